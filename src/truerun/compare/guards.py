"""Which changed files judge a change, or guard against one: code of the verdict, tests, workflows.

Whoever changes these and something else at once could hide the one with the other, so the report
names them, and asks for a second pair of eyes.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from truerun.comparison.comparison import FileChange

GUARDS = re.compile(
    r"src/truerun/(base|ci|cli|compare|comparison|contract|evaluation|gate|judge|model|params|project"
    r"|report|repro|stages)/"
    r"|tools/|\.github/|\.ci/|requirements/"
    r"|(.+/)?(conftest\.py|\.gitattributes|\.gitmodules|\.dvcignore|pytest\.ini|tox\.ini|setup\.cfg)$"
    r"|(Makefile|pyproject\.toml|\.pre-commit-config\.yaml|\.dvc/config)$"
)
TEST = re.compile(r"tests/")
# What keeps a test from running, or from failing.
SKIPS = re.compile(
    r"^\+.*(\bskip(if)?\b|\bxfail\b|importorskip|collect_ignore|__test__)", re.MULTILINE
)
KINDS: Mapping[str, Literal["added", "removed"]] = {"A": "added", "D": "removed"}


def changed(listing: Iterable[tuple[str, str]], diff_of_tests: str) -> list[FileChange]:
    """The guards among changed files; of tests, those that are gone or that skip something now.

    Parameters
    ----------
    listing : Git's letter for the change of each file, and its name.
    diff_of_tests : the changes of all tests, as Git shows them.
    """
    skipping = {
        part.partition("\n")[0].rpartition(" b/")[2]
        for part in re.split(r"^diff --git ", diff_of_tests, flags=re.MULTILINE)[1:]
        if SKIPS.search(part)
    }
    return [
        FileChange(path=name, change=KINDS.get(letter, "changed"))
        for letter, name in listing
        if GUARDS.match(name) or (TEST.match(name) and (letter == "D" or name in skipping))
    ]
