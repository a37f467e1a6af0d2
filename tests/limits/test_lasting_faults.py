"""What stands at its usual value, or is gone, is found in a table in time, and little else is."""

import re
from collections.abc import Callable

import pandas as pd
import pytest

from tests.limits import stations
from tests.limits.stations import WIDER, in_month
from truerun.limits.limits_file import Limits

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def limits(tmp_path_factory: pytest.TempPathFactory) -> Limits:
    folder = tmp_path_factory.mktemp("stations")
    stations.lay_down(folder, stations.wider_rows())
    return stations.learned(folder, WIDER)


def standing(column: str, station: str | None) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """What is measured at a station, or at all, is for 22 days what it mostly is."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        still = table["at"] < table["at"].min() + pd.Timedelta(days=22)
        if station is not None:
            still &= table["station"] == station
        return table.assign(**{column: table[column].mask(still, table[column].mode()[0])})

    return change


def without(probe: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda table: table[table["probe"] != probe]


AT_ONE = (
    r"column {} is {} in all rows where station is {} for \d\d days from 2023-0[78]-\d\d \(.*\),"
    r" and is not in the other rows of [\d.]+ days meanwhile, at most .*\.elsewhere\.station\.{}\)"
)
FAULTS = {
    "rain of east": (standing("rain", "east"), "still", AT_ONE.format("rain", 0, "east", "east")),
    "sight of north": (
        standing("sight", "north"),
        "still",
        AT_ONE.format("sight", 10, "north", "north"),
    ),
    "rain of all": (
        lambda table: table.assign(rain=0.0),
        "still",
        r"column rain is 0 in all rows for \d\d days from 2023-0[78].* spells\.rain\.days\)",
    ),
    **{
        f"probe {probe}": (
            without(probe),
            "gone",
            rf"column probe is {probe} in no row for (2[89]|3\d) days .*gone\.probe\.{probe}\)",
        )
        for probe in "fh"
    },
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_lasts_longer_than_it_ever_did_is_found(name: str, limits: Limits) -> None:
    change, check, told = FAULTS[name]
    found = stations.found(in_month(change)(stations.wider_rows()), limits, WIDER)
    details = [each.detail for each in found if each.check == check]
    assert any(re.match(told, detail) for detail in details), details


def test_nothing_lasts_too_long_in_rows_without_a_fault_of_this_draw_and_another(
    limits: Limits,
) -> None:
    for seed in (1, 2):
        found = stations.found(stations.wider_rows(seed), limits, WIDER)
        lasting = [each.detail for each in found if re.search(r"(spells|gone)\.", each.detail)]
        assert lasting == []
