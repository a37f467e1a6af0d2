"""Each fault of a month of a table in time is found, by its check, its column and its partition."""

import re

import numpy as np
import pandas as pd
import pytest

from tests.limits import stations
from tests.limits.stations import FIRST, in_month
from truerun.limits.limits_file import Limits


@pytest.fixture(scope="module")
def limits(tmp_path_factory: pytest.TempPathFactory) -> Limits:
    folder = tmp_path_factory.mktemp("stations")
    stations.lay_down(folder, stations.rows())
    return stations.learned(folder)


def at_hours(table: pd.DataFrame, first: int) -> "pd.Series[bool]":
    return table["at"].dt.hour >= first


def stuck(table: pd.DataFrame) -> pd.DataFrame:
    """The heat of one station does not move for 22 days."""
    still = (table["station"] == "north") & (
        table["at"] < table["at"].min() + pd.Timedelta(days=22)
    )
    return table.assign(heat=table["heat"].mask(still, 11.25))


def copied(table: pd.DataFrame) -> pd.DataFrame:
    """One day in place of another."""
    day = table["at"].dt.floor("D")
    source, target = day.min() + pd.Timedelta(days=9), day.min() + pd.Timedelta(days=17)
    again = table[day == source].assign(at=lambda rows: rows["at"] + (target - source))
    return pd.concat([table[day != target], again], ignore_index=True)


def shifted(hours: int):
    """What heat was measured stands so many hours late."""
    steps = hours * stations.PER_DAY // 24
    return lambda table: table.assign(heat=np.roll(table["heat"].to_numpy(), steps))


def swapped(table: pd.DataFrame) -> pd.DataFrame:
    names = {"east": "north", "north": "east"}
    return table.assign(station=table["station"].replace(names))


def three_days(table: pd.DataFrame) -> pd.DataFrame:
    """The outcome of three days is not known, so their rows are none."""
    first = table["at"].min().floor("D") + pd.Timedelta(days=9)
    return table[(table["at"] < first) | (table["at"] >= first + pd.Timedelta(days=3))]


FAULTS = {
    "a station gone": (
        lambda table: table[table["station"] != "south"],
        "volume",
        r"column station is south in 0 rows in the week from 2023-0[78]-\d\d .*\.rows\.south\)",
    ),
    "evenings gone": (
        lambda table: table[~at_hours(table, 18)],
        "clock",
        r"there are 0 rows from \d\d:00 to \d\d:59 \(UTC\) in the week from 2023-0[78]",
    ),
    "evenings of one station gone": (
        lambda table: table[~(at_hours(table, 18) & (table["station"] == "east"))],
        "volume",
        r"column station is east in \d+ rows in the week from 2023-0[78]",
    ),
    "every second row gone": (
        lambda table: table.iloc[::2],
        "volume",
        r"there are 1\d\d rows in the week from 2023-0[78].* at least \d+",
    ),
    "three days gone": (three_days, "clock", r"there are 0 rows on \w+ \(UTC\) in the week from"),
    "the worst outcomes gone": (
        lambda table: table[(table["bad"] == 0) | (table["dust"] < 28)],
        "volume",
        r"there are \d+ rows in the week from 2023-0[78]",
    ),
    "a day copied": (
        copied,
        "repeat",
        r"column (load|dust|heat) has on a day 100\.0% of the values that it has on another day",
    ),
    "heat five hours off": (shifted(5), "relation", r"columns .*heat.* go together otherwise"),
    "stations swapped": (swapped, "relation", r"columns .*station.* go together otherwise"),
    "a sensor stuck": (
        stuck,
        "still",
        r"column heat has one and the same value in (9\d\.\d|100\.0)% of the rows \(of a group\)",
    ),
    "a unit changed": (
        lambda table: table.assign(load=table["load"] * 0.001),
        "range",
        r"column load is in its tails, or has a rare or new value, in 100\.0% of the rows",
    ),
    "a column empty": (
        lambda table: table.assign(heat=np.nan),
        "missing",
        r"column heat is missing in 100\.0% of the rows in the week",
    ),
    "the target inverted": (
        lambda table: table.assign(bad=1 - table["bad"]),
        "relation",
        r"columns .*bad.* go together otherwise",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_a_month_is_found_for_its_reason(name: str, limits: Limits) -> None:
    change, check, told = FAULTS[name]
    findings = stations.found(in_month(change)(stations.rows()), limits)
    details = [each.detail for each in findings if each.check == check]
    assert any(re.match(told, detail) for detail in details), findings
    assert {each.status for each in findings} == {"warn"}


def test_nothing_is_found_in_the_rows_that_the_limits_are_from(limits: Limits) -> None:
    training = stations.rows()
    training = training[training["at"] < FIRST + pd.Timedelta(days=stations.TRAINING)]
    assert stations.found(training, limits) == []


@pytest.mark.slow
def test_little_is_found_in_rows_of_another_draw(limits: Limits) -> None:
    findings = [each for seed in (2, 3) for each in stations.found(stations.rows(seed), limits)]
    assert len(findings) <= 5, findings  # of 60 windows 5 % are 3
