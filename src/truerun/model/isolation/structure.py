"""What a model holds once it is built: the check of each estimator, of every object in it."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from truerun.model.estimators import ESTIMATORS
from truerun.model.estimators.estimator import StructureError

MOST = 5_000_000  # objects


def check(model: Any) -> None:
    """Check every object that a model holds.

    Raises
    ------
    StructureError
        With the name of the field that is not as fitting leaves it.
    """
    checks = [item for each in ESTIMATORS.values() for item in each.objects.items()]
    for held in _held(model):
        kind = f"{type(held).__module__}.{type(held).__qualname__}"
        for name, check_object in checks:
            if check_object is not None and kind.startswith(name):
                try:
                    check_object(held)
                except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
                    raise StructureError(f"{type(held).__name__}: {error!r}") from error


def _held(model: Any) -> Iterator[Any]:
    """Every object that a model holds, once; a file may put them together in any way."""
    stack, seen = [model], {id(model)}
    while stack:
        part = stack.pop()
        yield part
        for value in _parts(part):
            if not isinstance(value, str | int | float | None) and id(value) not in seen:
                seen.add(id(value))
                stack.append(value)
        if len(seen) > MOST:
            raise StructureError(f"it holds more than {MOST:,} objects")


def _parts(part: Any) -> list[Any]:
    if isinstance(part, dict):
        return [*part, *part.values()]
    if isinstance(part, list | tuple | set | frozenset):
        return list(part)
    if isinstance(part, np.ndarray):
        return list(part.flat) if part.dtype == object else []
    return list(getattr(part, "__dict__", {}).values()) if not isinstance(part, type) else []
