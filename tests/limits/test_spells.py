"""Spells of days: anchors by hand, and what must hold of any table."""

from itertools import groupby

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from scipy import stats

from truerun.limits import lasting, limits_file, spells
from truerun.limits.bins import Bins
from truerun.limits.spells import DayStates, Spell
from truerun.limits.sums import Counted

FIRST = pd.Timestamp("2024-01-01", tz="UTC")
FIRST_DAY = 19_723
USUAL = {"rain": 0.0}
COUNTED = Counted(
    {"station": Bins(values=("east", "west")), "kind": Bins(values=("a", "b"))},
    *("y", "binary", ("station",), "at", True, ()),
    usual=USUAL,
    steady={"kind": ("a", "b")},
)
Row = tuple[int, int, float, str]


def states(rows: list[Row], *, grouped: bool = True) -> DayStates:
    """The states of rows of a day, a station, its rain and a kind."""
    table = pd.DataFrame(rows, columns=["day", "station", "rain", "kind"])
    table["at"] = FIRST + pd.to_timedelta(table["day"], unit="D")
    groups = {"station": table["station"].to_numpy(np.int64)} if grouped else {}
    return spells.of_rows(table, "at", USUAL, groups, COUNTED.steady)


def rainy(days: int, wet: set[tuple[int, int]], rows: int = 10) -> list[Row]:
    """Rows of two stations, of which half have rain on the wet days of a station."""
    return [
        (day, station, float((day, station) in wet and number >= rows // 2), "ab"[number % 2])
        for day in range(days)
        for station in (0, 1)
        for number in range(rows)
    ]


def test_a_spell_apart_is_as_large_as_what_happens_elsewhere_meanwhile() -> None:
    """West has no rain from the 2nd day to the 9th; on two of these it rains in half of east."""
    wet = {(0, 1), (9, 1), (3, 0), (5, 0), (9, 0)}
    made = spells.apart(states(rainy(10, wet)), least=7)
    assert made[("rain", "station", 0)] == []
    assert made[("rain", "station", 1)] == [Spell(FIRST_DAY + 1, FIRST_DAY + 8, 8, 1.0)]
    [all_] = spells.calm(states(rainy(10, wet))).values()
    assert [(each.first - FIRST_DAY, each.days) for each in all_] == [(1, 2), (4, 1), (6, 3)]


def test_days_without_a_value_neither_end_a_spell_nor_count() -> None:
    rows = [(0, 0, 0.0, "a"), (1, 0, np.nan, "a"), (2, 0, 0.0, "a"), (3, 0, 2.0, "a")]
    [found] = spells.calm(states(rows)).values()
    assert [(each.first - FIRST_DAY, each.last - FIRST_DAY, each.days) for each in found] == [
        (0, 2, 2)
    ]


def test_a_category_is_gone_on_days_that_have_rows_of_others() -> None:
    """There are no rows on the 4th day, which counts for nothing."""
    kinds = {0: "b", 1: "a", 2: "a", 4: "a", 5: "b"}
    made = spells.absences(states([(day, 0, 0.5, kind) for day, kind in kinds.items()]))
    days = {key[1]: [(s.first - FIRST_DAY, s.days) for s in found] for key, found in made.items()}
    assert days == {"a": [(0, 1), (5, 1)], "b": [(1, 3)]}


def test_rows_without_a_group_have_no_spells_apart() -> None:
    made = states(rainy(10, set()), grouped=False)
    assert spells.apart(made, least=1) == {}
    [[found]] = spells.calm(made).values()
    assert found.days == 10
    assert spells.together([DayStates(), made, DayStates()]).days.tolist() == made.days.tolist()
    assert spells.calm(spells.together([])) == {}


@pytest.mark.parametrize(
    ("count", "days", "level"), [(20, 30, 0.01), (9, 60, 0.001), (200, 210, 1e-4)]
)
def test_the_limit_of_days_is_the_tail_of_the_beta_geometric_distribution(
    count: int, days: int, level: float
) -> None:
    """A geometric spell whose chance to go on has a beta distribution, by quadrature."""
    found = [Spell(0, 0, 1, 1.0)] * (count - 1) + [Spell(0, 0, days - count + 1, 1.0)]
    most = spells.most_days(found, windows=count + 1, level=level)
    goes_on = stats.beta(days - count + 1, count + 2)

    def beyond(length: int) -> float:
        return float(goes_on.expect(lambda share: share**length))

    expected = next(length for length in range(1000) if beyond(length) <= level)
    assert most == max(expected, days - count + 1)


def test_of_exponential_amounts_one_more_is_beyond_its_limit_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    beyond = 0
    for _ in range(4000):
        sizes = random.exponential(2.0, 20)
        found = [Spell(0, 0, 9, size) for size in sizes]
        beyond += random.exponential(2.0) > spells.most_elsewhere(found, windows=21, level=0.05)
    assert beyond <= stats.binom.ppf(0.999, 4000, 0.05)  # less, by the one that is added
    assert beyond >= 0.025 * 4000


def learned(wet: set[tuple[int, int]], days: int = 140) -> limits_file.Limits:
    made = lasting.learned(
        {"all": states(rainy(days, wet))}, COUNTED, range(FIRST_DAY, FIRST_DAY + days), 7
    )
    return limits_file.of_content({"windows": {"by": "days", "length": 7}, **made})


def wet_days(days: int, seed: int) -> set[tuple[int, int]]:
    """One day of four is wet, at both stations but for one time of five."""
    random = np.random.default_rng(seed)
    wet = np.flatnonzero(random.random(days) < 0.25)
    return {(int(d), s) for d in wet for s in (0, 1) if random.random() < 0.8}


def test_a_station_without_rain_is_told_while_it_rains_elsewhere_and_a_kind_that_is_gone() -> None:
    limits, newer = learned(wet_days(140, 1)), wet_days(30, 2)
    assert [
        found.detail
        for found in lasting.findings({"new": states(rainy(30, newer))}, limits, COUNTED, 7)
    ] == []
    stuck = [row if row[1] == 0 else (*row[:2], 0.0, row[3]) for row in rainy(30, newer)]
    [told] = lasting.findings({"new": states(stuck)}, limits, COUNTED, 7)
    assert told.check == "still"
    assert told.detail.startswith(
        "column rain is 0 in all rows where station is west for 30 days from 2024-01-01 (new), and"
        " is not in the other rows of "
    )
    assert told.detail.endswith(" (limits.yaml: spells.rain.elsewhere.station.west)")
    one_kind = [row for row in rainy(30, newer) if row[3] == "a"]
    [told] = lasting.findings({"new": states(one_kind)}, limits, COUNTED, 7)
    most = limits.gone["kind"]["b"]
    assert 14 <= most < 30
    assert told.detail == (
        f"column kind is b in no row for 30 days from 2024-01-01 (new), at most {most}"
        " (limits.yaml: gone.kind.b)"
    )


def test_all_stations_without_rain_are_told_when_it_never_was_so_long() -> None:
    limits = learned({(day, station) for day in range(0, 140, 3) for station in (0, 1)})
    dry = states(rainy(40, set()))
    [told] = lasting.findings({"new": dry}, limits, COUNTED, 7)
    assert told.detail.startswith("column rain is 0 in all rows for 40 days from 2024-01-01 (new)")


def test_what_is_gone_for_long_in_training_rows_has_no_limit() -> None:
    rows = [row for row in rainy(140, set()) if row[3] == "a" or not 40 <= row[0] < 60]
    made = lasting.learned({"all": states(rows)}, COUNTED, range(FIRST_DAY, FIRST_DAY + 140), 7)
    assert list(made["gone"]["kind"]) == ["a"]


@pytest.mark.slow
@runs(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 20),
            st.integers(0, 2),
            st.sampled_from([0.0, 1.0, np.nan]),
            st.sampled_from(["a", "b", "c"]),
        ),
        min_size=1,
        max_size=60,
    ),
    st.integers(0, 60),
)
def test_states_of_parts_are_those_of_the_whole_and_spells_as_counted_one_by_one(
    rows: list[Row], border: int
) -> None:
    whole = states(rows)
    joined = spells.together([states(part) for part in (rows[:border], rows[border:]) if part])
    assert spells.calm(whole) == spells.calm(joined)
    assert spells.apart(whole, 1) == spells.apart(joined, 1)
    assert spells.absences(whole) == spells.absences(joined)
    days = sorted({row[0] for row in rows})
    for (_, kind), found in spells.absences(whole).items():
        absent = [all(row[3] != kind for row in rows if row[0] == day) for day in days]
        by_hand = [len(list(run)) for held, run in groupby(absent) if held]
        assert [each.days for each in found] == by_hand
