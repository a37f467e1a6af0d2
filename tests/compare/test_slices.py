"""In which order slices are listed, and which of too many."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests import comparisons
from truerun.compare import slices
from truerun.compare.pairs import Scored
from truerun.compare.shorten import Shortener
from truerun.comparison.comparison import Slice


def part(value: str, head: float | None, metric: str = "rmse") -> Slice:
    difference = comparisons.difference(metric, 1.0, head, 0.1)
    return Slice(column="place", value=value, count=9, clusters=9, differences=(difference,))


def test_the_weakest_are_those_with_the_largest_errors_where_less_is_better() -> None:
    many = [part(str(number), 1.0) for number in range(200)]
    weak = [part(f"weak {number}", 2.0 + number) for number in range(slices.WEAKEST)]
    found = slices.listed([*many, part("good", 0.1), *weak], "rmse", Shortener())
    shown = [one.value for one in found.slices]
    assert len(shown) == 200
    assert shown[-8:] == [one.value for one in weak]
    assert "good" not in shown


def test_only_as_many_of_the_weakest_are_kept_as_are_shown() -> None:
    many = [part(str(number), 1.0) for number in range(200)]
    weak = [part(f"weak {number}", 9.0 - number) for number in range(slices.WEAKEST + 1)]
    found = slices.listed([*many, *weak], "rmse", Shortener())
    assert [one.value for one in found.slices][191:] == [
        "191",
        *(one.value for one in weak[: slices.WEAKEST]),
    ]
    assert (found.tested, found.false_discoveries) == (209, 0.05)


def test_other_metrics_and_slices_without_a_figure_do_not_make_a_slice_weak() -> None:
    many = [part(str(number), 1.0) for number in range(200)]
    found = slices.listed([*many, part("r2", 99.0, "mae"), part("none", None)], "rmse", Shortener())
    assert [one.value for one in found.slices] == [str(number) for number in range(200)]


@pytest.fixture(scope="module")
def changed() -> list[Slice]:
    """Slices of which one got much worse, one a little less so, one better, two stayed."""
    random = np.random.default_rng(3)
    rows, names = 5_000, np.array(["same b", "same a", "better", "worst", "worse"])
    place = names[np.arange(rows) % 5]
    target = (random.random(rows) < 0.5).astype(np.int8)
    base = np.clip(0.3 + 0.4 * target + random.normal(0, 0.1, rows), 0.01, 0.99)
    head = base.copy()
    right = np.where(target == 1, 0.2, -0.2)
    for name, gain in (("better", 0.3), ("worse", -0.15), ("worst", -0.5)):
        noise = random.normal(0, 0.3, rows)
        head = np.where(place == name, base + gain * right + 0.1 * noise, head)
    head = np.clip(head, 0.01, 0.99)
    scored = Scored("binary", target, base, head, base > 0.5, head > 0.5, np.arange(rows))
    parts = slices.parts(pd.DataFrame({"place": place}), ["place"], least=1)
    return slices.compare_slices(scored, parts)


def test_worse_slices_come_first_the_surest_of_them_at_the_top_then_better_ones(changed) -> None:
    assert [one.value for one in changed] == ["worst", "worse", "better", "same a", "same b"]
    assert [one.count for one in changed] == [1_000] * 5


def test_only_discoveries_among_all_tests_are_told_apart() -> None:
    random = np.random.default_rng(5)
    rows = 4_000
    number = np.arange(rows) % 40
    place = np.array([f"{number:02}" for number in range(40)])[number]
    target = (random.random(rows) < 0.5).astype(np.int8)
    base = np.clip(0.5 + 0.2 * (target - 0.5) + random.normal(0, 0.1, rows), 0.01, 0.99)
    head = np.clip(base + random.normal(0, 0.1 + 0.2 * (number < 3), rows), 0.01, 0.99)
    scored = Scored("binary", target, base, head, base > 0.5, head > 0.5, np.arange(rows))
    parts = slices.parts(pd.DataFrame({"place": place}), ["place"], least=1)
    tests = [d for one in slices.compare_slices(scored, parts) for d in one.differences]
    stand = stats.false_discovery_control([d.p_value for d in tests]) <= 0.05

    assert [d.verdict in ("better", "worse") for d in tests] == list(stand)
    alone = [not d.low <= 0 <= d.high for d in tests]
    assert 0 < sum(stand) < sum(alone)
