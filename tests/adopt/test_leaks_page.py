"""How many leaks are named, and how many honest columns are suspected, on labelled tables.

With RENEW_DOCS=1 all tables are read, and docs/leaks.md is written anew; else a part of them.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.adopt import leaky_tables
from tests.adopt.leaky_tables import Labelled
from tests.conftest import ROOT
from truerun.adopt.request import Request
from truerun.adopt.table_profile import TableProfile, profile_table

pytestmark = pytest.mark.slow

DOCS = ROOT / "docs/leaks.md"
RENEWED = "RENEW_DOCS" in os.environ
TABLES = [*leaky_tables.scenes(), *leaky_tables.generated(), *leaky_tables.real()]
SHOWN = TABLES if RENEWED else [*TABLES[:11], *TABLES[11::13]]
HEAD = "| table | target | leaks | named | honest columns | suspected |"
PAGE = """\
# Leaks

`make adopt` leaves out columns that surely know the target, and asks about those that may: a copy
of it, the parts or the factors of it, a value or a gap that is there for one class alone, two
columns whose difference knows it. This is how well it does on {tables} labelled tables, real ones
and generated ones, which `tests/adopt/leaky_tables.py` lists. The tests hold a part of them to
these counts, and `make leaks` writes them.

| | columns |
| --- | ---: |
| leaks | {leaks} |
| named, in the plan | {named} |
| of these left out | {left_out} |
| honest columns | {honest} |
| suspected wrongly | {suspected} ({share:.1%}) |

Recall is {recall:.1%}. Beside these, in {together} tables the user is asked about a sum of columns,
each of which tells too little for a suspicion.

{cases}
| table | target | leaks | named | honest columns | suspected |
| --- | --- | ---: | ---: | ---: | ---: |
{rows}

A list made by those who made the rules flatters them: when a model is too good to be true, look for
what it rests on, by importance, in its card.
"""


@dataclass(frozen=True)
class Seen:
    """A labelled table, and what is said of its columns."""

    table: Labelled
    named: frozenset[str]
    left_out: frozenset[str]
    honest: frozenset[str]
    suspected: frozenset[str]
    together: tuple[str, ...]

    @property
    def row(self) -> str:
        """Its line of the page."""
        counts = map(len, (self.table.leaks, self.named, self.honest, self.suspected))
        return f"| {self.table.name} | {self.table.target} | {' | '.join(map(str, counts))} |"


def seen(table: Labelled, profile: TableProfile) -> Seen:
    """Which leaks are named, and which honest columns are suspected."""
    left_out = {
        each.column
        for each in profile.decisions
        if each.kind == "leak" or (each.kind == "duplicate" and each.reason.endswith("a leak"))
    }
    suspects = left_out | {name for each in profile.leaks.asked for name in each.columns}
    unlabelled = {table.target, *table.leaks, *table.unclear}
    honest = {
        each.column for each in profile.decisions if each.kind not in ("constant", "empty")
    } - unlabelled
    named = (suspects | set(profile.leaks.together)) & table.leaks
    return Seen(
        table,
        frozenset(named),
        frozenset(left_out & table.leaks),
        frozenset(honest),
        frozenset(suspects & honest),
        profile.leaks.together,
    )


@pytest.fixture(scope="module")
def all_seen(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    """What is said of each table."""
    folder = tmp_path_factory.mktemp("leaks")
    return [read(table, folder / f"{number}.csv") for number, table in enumerate(SHOWN)]


def read(table: Labelled, path: Path) -> Seen:
    """What is said of a table."""
    table.make().to_csv(path, index=False)
    return seen(table, profile_table(path, Request(target=table.target)))


def cases(all_seen: list[Seen]) -> Iterator[str]:
    """What went wrong."""
    for each in all_seen:
        for name in sorted(each.table.leaks - each.named):
            yield f"- not named: `{name}` of {each.table.name} (target {each.table.target})"
    for each in all_seen:
        for name in sorted(each.suspected):
            yield f"- suspected: `{name}` of {each.table.name} (target {each.table.target})"


def page(all_seen: list[Seen]) -> str:
    """The counts, the cases that went wrong, and a line for each table."""
    total = {
        name: sum(len(getattr(each, name)) for each in all_seen)
        for name in ("named", "left_out", "honest", "suspected")
    }
    leaks = sum(len(each.table.leaks) for each in all_seen)
    return PAGE.format(
        tables=len(all_seen),
        leaks=leaks,
        **total,
        share=total["suspected"] / total["honest"],
        recall=total["named"] / leaks,
        together=sum(bool(each.together) for each in all_seen),
        cases="".join(f"{line}\n" for line in cases(all_seen)),
        rows="\n".join(each.row for each in all_seen),
    )


@pytest.mark.nightly
def test_the_page_says_what_is_named_and_what_is_suspected(all_seen: list[Seen]) -> None:
    if RENEWED:
        DOCS.write_text(page(all_seen), encoding="utf-8")
    text = DOCS.read_text(encoding="utf-8")
    assert text.startswith(PAGE.split("{", maxsplit=1)[0])
    for each in all_seen:
        assert each.row in text
    counts = dict(re.findall(r"^\| ([a-z ,]+) \| (\d+)", text, re.MULTILINE))
    leaks, honest = int(counts["leaks"]), int(counts["honest columns"])
    assert leaks >= 60
    assert honest >= 250
    assert int(counts["named, in the plan"]) >= 0.95 * leaks
    assert int(counts["suspected wrongly"]) <= 0.02 * honest


@pytest.mark.nightly
def test_no_leak_is_named_without_its_columns(all_seen: list[Seen], tmp_path: Path) -> None:
    for table in SHOWN[:11]:
        path = tmp_path / "table.csv"
        table.make().to_csv(path, index=False)
        profile = profile_table(path, Request(target=table.target))
        told = "\n".join(profile.warnings)
        assert "a sum of columns" not in told
        for name in {each for evidence in profile.leaks.asked for each in evidence.columns}:
            assert f"--drop {name}" in told
        for name in profile.leaks.left_out:
            assert f"--keep {name}" in told
    assert all(each.named for each in all_seen[:11])
