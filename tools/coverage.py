"""Which tests run which lines of some modules, and how long each test takes."""

import json
import sys
from collections import defaultdict
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

NO_TEST = ""  # what runs while tests are collected, as imports do


@dataclass(frozen=True)
class Coverage:
    """What a run of tests recorded."""

    seconds: dict[str, float]  # by test
    lines: dict[
        str, set[str]
    ]  # `path:line`, by test, by file of tests for its fixtures, by NO_TEST

    def on_import(self, path: str, lines: Iterable[int]) -> bool:
        """Whether one of the lines runs before any test does."""
        return any(f"{path}:{line}" in self.lines.get(NO_TEST, ()) for line in lines)

    def tests_of(self, path: str, lines: Iterable[int]) -> set[str]:
        """The tests that run one of the lines of a module."""
        wanted = {f"{path}:{line}" for line in lines}
        owners = {owner for owner, ran in self.lines.items() if ran & wanted}
        return {test for test in self.seconds if test in owners or _file(test) in owners}


class Recorder:
    """A plugin of pytest that records the lines which each test runs.

    What the set-up of a test runs counts for every test of its file, since they share fixtures.
    """

    def __init__(self, root: Path, modules: Iterable[str]) -> None:
        self.names = {str(root / path): path for path in modules}
        self.seconds: dict[str, float] = defaultdict(float)
        self.lines: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self.owner = NO_TEST

    def start(self) -> None:
        """Record from now on."""
        sys.settrace(self._called)

    def _called(self, frame: FrameType, _event: str, _value: object) -> Any:
        return self._line if frame.f_code.co_filename in self.names else None

    def _line(self, frame: FrameType, event: str, _value: object) -> Any:
        if event == "line":
            self.lines[self.owner].add((frame.f_code.co_filename, frame.f_lineno))
        return self._line

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Count what the set-up runs for the file."""
        self.owner = _file(item.nodeid)
        yield
        self.owner = item.nodeid

    def pytest_runtest_logfinish(self) -> None:
        """Count what runs between tests for none of them."""
        self.owner = NO_TEST

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the time of a test's set-up, of the test itself, or of its end."""
        self.seconds[report.nodeid] += report.duration

    def write(self, path: Path) -> None:
        """Write what was recorded, for `read`."""
        lines = {
            owner: [f"{self.names[name]}:{line}" for name, line in sorted(ran)]
            for owner, ran in self.lines.items()
        }
        path.write_text(json.dumps({"seconds": self.seconds, "lines": lines}), encoding="utf-8")


def read(path: Path) -> Coverage:
    """What a recorder wrote."""
    recorded = json.loads(path.read_text(encoding="utf-8"))
    lines = {owner: set(ran) for owner, ran in recorded["lines"].items()}
    return Coverage(recorded["seconds"], lines)


class Chosen:
    """A plugin of pytest that runs some tests only, in the order given."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.tests = tests

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the others."""
        by_name = {item.nodeid: item for item in items}
        items[:] = [by_name[test] for test in self.tests if test in by_name]


def _file(test: str) -> str:
    return test.partition("::")[0]
