"""The tree of errors that base/errors.py draws is the one that the code has."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import truerun
from truerun.base import errors
from truerun.base.errors import TruerunError


def drawn() -> list[tuple[int, str]]:
    """Depth and name of each error of the drawing, in its order."""
    lines = re.findall(
        r"^    ((?:[│ ]   )*)(?:[├└]── )?(\w+Error)", errors.__doc__ or "", re.MULTILINE
    )
    return [(len(indent) // 4 + (name != "TruerunError"), name) for indent, name in lines]


def defined(error: type[Exception] = TruerunError, depth: int = 0) -> Iterator[tuple[int, str]]:
    """Depth and name of an error of the package and of those that derive from it."""
    yield depth, error.__name__
    for kind in error.__subclasses__():
        if kind.__module__.startswith("truerun."):
            yield from defined(kind, depth + 1)


@pytest.mark.slow
def test_the_tree_is_drawn_as_it_is() -> None:
    for module in pkgutil.walk_packages(truerun.__path__, "truerun."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
    assert len(drawn()) > 15
    assert sorted(drawn()) == sorted(defined())
