"""A table in time of another subject: what stations of a town measure, and how bad the air is."""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from truerun.base import paths, tables
from truerun.contract.contract import Column, Contract
from truerun.contract.data_checks import Finding
from truerun.limits import against, alignment, counting, lasting, learning, limits_file
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
WIDER = CONTRACT.model_copy(
    update={
        "columns": {
            **CONTRACT.columns,
            "probe": Column(type="text"),
            "rain": Column(type="float"),
            "sight": Column(type="float"),
        }
    }
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


def wider_rows(seed: int = 1) -> pd.DataFrame:
    """The same with rain on one day of four, for a while, at most stations, and poor sight then.

    Besides with probes, of which f to h are in one row a day each.
    """
    table, random = rows(seed), np.random.default_rng(seed + 1000)
    day, place = np.arange(len(table)) // PER_DAY, np.arange(len(table)) % PER_DAY
    falls = random.random((DAYS, 3)) < np.where(random.random(DAYS) < 0.25, 0.9, 0)[:, None]
    begins = random.integers(0, PER_DAY // 2, DAYS)[day]
    station = np.unique(table["station"], return_inverse=True)[1]
    wet = falls[day, station] & (place >= begins) & (place < begins + PER_DAY // 3)
    shares = [0.25, 0.25, 0.25, 0.125, 0.0625, *[1 / PER_DAY] * 3]
    return table.assign(
        probe=random.choice(list("abcdefgh"), len(table), p=shares),
        rain=np.where(wet, random.exponential(2.0, len(table)).round(1), 0.0),
        sight=np.where(wet, random.uniform(1, 9, len(table)).round(2), 10.0),
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


def learned(folder: Path, contract: Contract = CONTRACT) -> Limits:
    """The limits of the rows in a folder."""
    return limits_file.of_content(learning.learned(folder, contract, SPLIT))


def found(table: pd.DataFrame, limits: Limits, contract: Contract = CONTRACT) -> list[Finding]:
    """What of a table passes limits; months of `rows()` are counted once."""
    assert limits.windows is not None
    counted, usual = against.counted(limits, contract), parts(rows())
    counts = []
    for name, part in parts(table).items():
        if name in usual and part.reset_index(drop=True).equals(usual[name].reset_index(drop=True)):
            if name not in COUNTED:
                COUNTED[name] = counting.count(part, name, counted, limits.windows)
            counts.append(COUNTED[name])
        else:
            counts.append(counting.count(part, name, counted, limits.windows))
    together = counting.together(counts)
    findings = against.findings(together.complete, together.whole, limits, contract)
    findings += alignment.findings(together.daily, limits, contract)
    return findings + lasting.findings(together.states, limits, counted, limits.windows.length)
