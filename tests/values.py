"""Values that a function could change under its caller."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import ModuleType


def changeable(package: ModuleType) -> list[str]:
    """The dataclasses of a package of which a field can be set."""
    return [kind.__qualname__ for kind in _dataclasses(package) if not _refuses(kind)]


def _refuses(kind: type) -> bool:
    value = object.__new__(kind)
    try:
        setattr(value, fields(kind)[0].name, None)
    except AttributeError:
        return True
    return False


def _dataclasses(package: ModuleType) -> Iterator[type]:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.name:
                yield value
