"""A table in time of another subject: what stations of a town measure, and how bad the air is."""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from truerun.base import paths, tables
from truerun.contract.contract import Column, Contract
from truerun.contract.data_checks import Finding
from truerun.limits import against, alignment, counting, learning, limits_file
from truerun.limits.counting import Counts
from truerun.limits.limits_file import Limits
from truerun.params.split import Split

FIRST, DAYS = pd.Timestamp("2023-01-02", tz="UTC"), 224  # 32 weeks from a Monday on
PER_DAY = 48
TRAINING = 168  # days
SPLIT = Split(by="time", test_share=0.25)
CONTRACT = Contract(
    task="binary",
    predicts="whether the air is bad",
    not_for="anything else",
    target="bad",
    key=("number",),
    time="at",
    columns={
        "number": Column(type="int", feature=False),
        "at": Column(type="time", feature=False),
        "station": Column(type="text", categories=("east", "north", "south")),
        "street": Column(type="text", categories=("main", "side")),
        "heat": Column(type="float", nullable=True),
        "load": Column(type="float"),
        "dust": Column(type="float"),
        "bad": Column(type="int", categories=(0, 1)),
    },
)
COUNTED: dict[str, Counts] = {}  # by month
Change = Callable[[pd.DataFrame], pd.DataFrame]


@functools.cache
def rows(seed: int = 1) -> pd.DataFrame:
    """Rows of 32 weeks: heat follows the hour and the weeks, load hour and weekday, dust both."""
    random = np.random.default_rng(seed)
    count = DAYS * PER_DAY
    at = FIRST + pd.to_timedelta(np.arange(count) * (24 * 60 // PER_DAY), unit="min")
    hour, weekday = at.hour.to_numpy(), at.day_of_week.to_numpy()
    station = random.choice(["east", "north", "south"], count, p=[0.5, 0.3, 0.2])
    season = 4 * np.sin(2 * np.pi * np.arange(count) / (56 * PER_DAY))
    heat = 12 + season + 6 * np.sin(2 * np.pi * (hour - 9) / 24) + random.normal(0, 1.5, count)
    load = 40 + 15 * (weekday < 5) + 12 * np.sin(2 * np.pi * (hour - 7) / 24)
    load = load + random.normal(0, 4, count)
    dust = np.exp(2 + 0.03 * load - 0.04 * heat + random.normal(0, 0.2, count))
    street = np.where(random.random(count) < np.where(station == "east", 0.9, 0.2), "main", "side")
    return pd.DataFrame(
        {
            "number": np.arange(count),
            "at": at.astype("datetime64[ms, UTC]"),
            "station": station,
            "street": street,
            "heat": np.where(random.random(count) < 0.02, np.nan, heat.round(2)),
            "load": load.round(2),
            "dust": dust.round(2),
            "bad": (dust > 25).astype("int8"),
        }
    )


def in_month(change: Change) -> Change:
    """A change of the four weeks of the newest month alone."""

    def changed(table: pd.DataFrame) -> pd.DataFrame:
        newest = table["at"] >= FIRST + pd.Timedelta(days=DAYS - 35)
        return pd.concat([table[~newest], change(table[newest].copy())], ignore_index=True)

    return changed


def parts(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows by month, with their side of the split."""
    border = FIRST + pd.Timedelta(days=TRAINING)
    table = table.assign(split=np.where(table["at"] < border, "train", "test"))
    return {str(name): part for name, part in table.groupby(table["at"].dt.strftime("%Y-%m"))}


def lay_down(folder: Path, table: pd.DataFrame) -> None:
    """Rows as the stage `validate` writes them."""
    for name, part in parts(table).items():
        tables.write_table(
            part.reset_index(drop=True), tables.partition(folder / paths.VALIDATED, name)
        )


def learned(folder: Path) -> Limits:
    """The limits of the rows in a folder."""
    return limits_file.of_content(learning.learned(folder, CONTRACT, SPLIT))


def found(table: pd.DataFrame, limits: Limits) -> list[Finding]:
    """What of a table passes limits; months of `rows()` are counted once."""
    assert limits.windows is not None
    counted, usual = against.counted(limits, CONTRACT), parts(rows())
    counts = []
    for name, part in parts(table).items():
        if name in usual and part.reset_index(drop=True).equals(usual[name].reset_index(drop=True)):
            if name not in COUNTED:
                COUNTED[name] = counting.count(part, name, counted, limits.windows)
            counts.append(COUNTED[name])
        else:
            counts.append(counting.count(part, name, counted, limits.windows))
    together = counting.together(counts)
    findings = against.findings(together.complete, together.whole, limits, CONTRACT)
    return findings + alignment.findings(together.daily, limits, CONTRACT)
