"""Which changed files judge a change, or guard against one: code of the verdict, tests, workflows.

Whoever changes these and something else at once could hide the one with the other, so the report
names them, and asks for a second pair of eyes.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from truerun.comparison.comparison import FileChange

GUARDS = re.compile(
    r"src/truerun/(base|ci|cli|compare|comparison|contract|evaluation|gate|judge|limits|model|package|params"
    r"|plots|project|report|repro|stages|validation)/"
    r"|tools/|vendor/|\.github/|\.ci/|requirements/|((docs|\.gitlab)/)?CODEOWNERS$"
    r"|(.+/)?(conftest\.py|\.gitattributes|\.gitmodules|\.dvcignore|pytest\.ini|tox\.ini|setup\.cfg)$"
    r"|(Makefile|limits\.yaml|pyproject\.toml|\.pre-commit-config\.yaml|\.truerun\.yaml|\.dvc/config)$"
)
# Of a repository that has the project in a folder: what holds for all folders.
ABOVE = re.compile(
    r"(\.\./)+(\.github/|((docs|\.gitlab)/)?CODEOWNERS$|(conftest\.py|\.gitattributes|\.gitmodules"
    r"|pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml|\.pre-commit-config\.yaml)$)"
)
TEST = re.compile(r"tests/")
# What keeps a test from running, or from failing.
SKIPS = re.compile(
    r"^\+.*(\bskip(if|unless|test)?\b|\bxfail\b|importorskip|collect_ignore|ignore_collect|__test__)",
    re.MULTILINE | re.IGNORECASE,
)
DEFINITIONS = re.compile(
    r"^([-+])\s*(?:async\s+)?(?:def|class)\s+(test\w*)", re.MULTILINE | re.IGNORECASE
)
KINDS: Mapping[str, Literal["added", "removed"]] = {"A": "added", "D": "removed"}


def changed(listing: Iterable[tuple[str, str]], diff_of: Callable[[str], str]) -> list[FileChange]:
    """The guards among changed files; of tests, those that are gone or that skip something now.

    Parameters
    ----------
    listing : Git's letter for the change of each file, and its name, from the project's folder on.
    diff_of : the changes of the file of a name, as Git shows them.
    """
    return [
        FileChange(path=name, change=KINDS.get(letter, "changed"))
        for letter, name in listing
        if (ABOVE if name.startswith("../") else GUARDS).match(name)
        or (TEST.match(name) and (letter == "D" or _weakens(diff_of(name))))
    ]


def _weakens(diff: str) -> bool:
    """Whether a test is gone from a file, or something in it is skipped that was not."""
    lines = "\n".join(re.split(r"^@@ ", diff, flags=re.MULTILINE)[1:])  # no names of files
    names: dict[str, set[str]] = {"-": set(), "+": set()}
    for sign, name in DEFINITIONS.findall(lines):
        names[sign].add(name)
    return bool(SKIPS.search(lines) or names["-"] - names["+"])
