"""Columns that stand a day off are found by what goes with them, and no others."""

import functools
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.limits import stations
from tests.limits.stations import CONTRACT, PER_DAY, in_month
from truerun.limits import alignment, limits_file
from truerun.limits.limits_file import Limits
from truerun.limits.repeats import DAY

NAMES = ["heat", "dust", "bad"]


@functools.cache
def changeable(seed: int = 1) -> pd.DataFrame:
    """Rows of stations where each day has a heat of its own, which the dust follows."""
    table = stations.rows(seed)
    days = np.random.default_rng(seed).normal(0, 5, stations.DAYS)[np.arange(len(table)) // PER_DAY]
    dust = table["dust"] * np.exp(-0.08 * days)
    return table.assign(
        heat=(table["heat"] + days).round(2),
        dust=dust.round(2),
        bad=(dust > 25).astype("int8"),
    )


def days_late(days: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """What heat was measured stands so many days late."""
    return lambda table: table.assign(heat=np.roll(table["heat"].to_numpy(), days * PER_DAY))


@pytest.fixture(scope="module")
def limits(tmp_path_factory: pytest.TempPathFactory) -> Limits:
    folder = tmp_path_factory.mktemp("changeable")
    stations.lay_down(folder, changeable())
    return stations.learned(folder)


def aligned(table: pd.DataFrame, limits: Limits) -> list[str]:
    """What is said of columns that stand a day off."""
    daily = {
        name: alignment.by_day(part, alignment.columns(CONTRACT), "at")
        for name, part in stations.parts(table).items()
    }
    return [each.detail for each in alignment.findings(daily, limits, CONTRACT)]


@pytest.mark.slow
@pytest.mark.parametrize(("days", "other", "off"), [(1, "before", "late"), (-1, "after", "early")])
def test_a_column_that_stands_a_day_off_is_named_with_the_way(
    limits: Limits, days: int, other: str, off: str
) -> None:
    told = aligned(in_month(days_late(days))(changeable()), limits)
    pattern = (
        rf"(heat|dust|bad) go with .* of the day ({other}|before|after) better than with those of"
        r" their own day in the 28 days from 2023-0[78]-\d\d \(2023-0[78]\): do they stand a day"
        r" (late|early)\? \(limits\.yaml: alignment\.(heat|dust|bad)\)"
    )
    assert told
    assert all(re.fullmatch(pattern, each) for each in told), told
    of_heat = aligned(
        in_month(days_late(days))(changeable()),
        limits.model_copy(update={"alignment": {"heat": limits.alignment["heat"]}}),
    )
    assert of_heat
    assert all(each.startswith("heat go with dust") for each in of_heat)
    assert all(f"of the day {other}" in each and f"a day {off}?" in each for each in of_heat)


@pytest.mark.slow
def test_the_stage_tells_it(limits: Limits) -> None:
    findings = stations.found(in_month(days_late(1))(changeable()), limits)
    assert {each.status for each in findings if each.check == "alignment"} == {"warn"}


def test_nothing_is_told_of_rows_that_are_in_order(limits: Limits) -> None:
    assert set(limits.alignment) >= {"heat", "dust"}
    assert aligned(changeable(), limits) == []
    assert aligned(changeable(2), limits) == []


@pytest.mark.slow
def test_nothing_is_learned_of_columns_that_go_with_nothing(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    table = changeable().copy()
    for name in ("heat", "load", "dust"):
        table[name] = random.normal(0, 1, len(table))
    table["bad"] = random.integers(0, 2, len(table)).astype("int8")
    stations.lay_down(tmp_path, table)
    assert stations.learned(tmp_path).alignment == {}


def test_columns_of_a_group_are_off_together() -> None:
    columns = {
        name: column.model_copy(update={"group": "weather" if name in ("heat", "load") else None})
        for name, column in CONTRACT.columns.items()
    }
    blocks = alignment.blocks(CONTRACT.model_copy(update={"columns": columns}))
    assert blocks == {"weather": ["heat", "load"], "dust": ["dust"], "bad": ["bad"]}


def test_limits_of_other_columns_are_passed_over() -> None:
    content = {"windows": {"by": "days", "length": 7}}
    other = {"gone": {"usual": 0.4, "pairs": {"gone": {"dust": 0.3}}}}
    assert aligned(changeable(), limits_file.of_content({**content, "alignment": other})) == []
    text = limits_file.text({**content, "alignment": other})
    assert "alignment:\n  gone: {usual: 0.4, pairs: {gone: {dust: 0.3}}}\n" in text


@pytest.mark.slow
@settings(deadline=None, max_examples=20)
@given(st.integers(1, 400), st.integers(0, 10**6))
def test_the_days_of_two_parts_are_those_of_the_whole(cut: int, seed: int) -> None:
    table = changeable().sample(400, random_state=seed)
    parts = [alignment.by_day(part, NAMES, "at") for part in (table[:cut], table[cut:])]
    whole = alignment.by_day(table, NAMES, "at")
    assert set(whole) == {day for part in parts for day in part}
    by_day = table.groupby(table["at"].astype("int64") // 1000 // DAY)[NAMES]
    for day, sums in whole.items():
        np.testing.assert_allclose(sum(part[day] for part in parts if day in part), sums)
    assert list(whole) == list(by_day.groups)
    sums, counts = np.array(list(whole.values())).transpose(1, 0, 2)
    np.testing.assert_allclose(sums, by_day.sum())
    np.testing.assert_array_equal(counts, by_day.count())
