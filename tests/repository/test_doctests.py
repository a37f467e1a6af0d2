"""The examples of the rooms that only compute: each runs, and shows what it says."""

import doctest
import importlib
import pkgutil
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOMS = ("comparison", "compare", "contract", "gate", "model", "report")


def modules(room: types.ModuleType) -> Iterator[types.ModuleType]:
    """A room and all that lies below it, but for its programs."""
    yield room
    for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
        if not module.name.endswith("__main__"):
            yield importlib.import_module(module.name)


def tried(room: types.ModuleType) -> doctest.TestResults:
    """How many examples a room has, and how many of them fail."""
    results = [doctest.testmod(module) for module in modules(room)]
    return doctest.TestResults(
        sum(result.failed for result in results), sum(result.attempted for result in results)
    )


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_has_examples_and_they_hold(name: str) -> None:
    result = tried(importlib.import_module(f"truerun.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


def test_an_example_that_does_not_hold_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "shed" / "shelf"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text('"""\n>>> 1 + 1\n2\n"""\n', encoding="utf-8")
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "sums.py").write_text('"""\n>>> 1 + 1\n3\n"""\n', encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("shed", "shed.shelf", "shed.shelf.sums"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    result = tried(importlib.import_module("shed"))
    assert (result.attempted, result.failed) == (2, 1)
    assert "shed.shelf.sums" in capsys.readouterr().out
