"""In which order slices are listed, and which of too many."""

import numpy as np
import pandas as pd
import pytest

from tests import comparisons
from truerun.compare import pairs, slices
from truerun.compare.pairs import Scored
from truerun.compare.shorten import Shortener
from truerun.compare.swaps import Judged
from truerun.comparison.comparison import Slice


def part(value: str, head: float | None, metric: str = "rmse") -> Slice:
    difference = comparisons.difference(metric, 1.0, head, 0.1)
    return Slice(
        column="place", value=value, count=9, clusters=9, shrunk=None, differences=(difference,)
    )


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
    assert (found.tested, found.false_verdicts) == (209, 0.01)


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
    return slices.compare_slices(scored, parts, "roc_auc")


def test_worse_slices_come_first_the_surest_of_them_at_the_top_then_better_ones(changed) -> None:
    assert [one.value for one in changed] == ["worst", "worse", "better", "same a", "same b"]
    assert [one.count for one in changed] == [1_000] * 5


@pytest.mark.slow
def test_the_main_metric_of_all_slices_is_judged_at_once_and_the_others_only_describe() -> None:
    random = np.random.default_rng(5)
    rows = 4_000
    number = np.arange(rows) % 40
    place = np.array([f"{number:02}" for number in range(40)])[number]
    target = (random.random(rows) < 0.5).astype(np.int8)
    base = np.clip(0.5 + 0.2 * (target - 0.5) + random.normal(0, 0.1, rows), 0.01, 0.99)
    head = np.clip(base + random.normal(0, 0.1 + 0.2 * (number < 3), rows), 0.01, 0.99)
    scored = Scored("binary", target, base, head, base > 0.5, head > 0.5, np.arange(rows))
    parts = list(slices.parts(pd.DataFrame({"place": place}), ["place"], least=1))
    found = slices.compare_slices(scored, parts, "brier")
    tested = [d for one in found for d in one.differences if d.metric == "brier"]
    others = [d for one in found for d in one.differences if d.metric != "brier"]
    alone = [pairs.differences(scored.where(part.rows), ["brier"])[0].verdict for part in parts]

    assert {d.reason for d in others} == {"only the main metric of a slice is tested"}
    assert {d.low for d in others} == {None}
    assert [d.verdict in ("better", "worse") for d in tested] == [
        not d.low <= 0 <= d.high for d in tested
    ]
    assert [d.verdict in ("better", "worse") for d in tested] == [d.p_value <= 0.01 for d in tested]
    assert 0 < sum(d.verdict == "worse" for d in tested) < alone.count("worse")


def test_differences_that_chance_explains_are_shrunk_to_their_mean() -> None:
    same = {n: Judged(0.01 * n, error=0.5) for n in range(5)}
    assert list(slices.shrunken(same).values()) == pytest.approx([0.02] * 5)


def test_differences_are_shrunk_as_far_as_chance_explains_them() -> None:
    """DerSimonian and Laird's variance of the truth, by their formula, of equal errors."""
    values = np.array([-3.0, 0.0, 1.0, 2.0])
    found = slices.shrunken({n: Judged(v, error=1.0) for n, v in enumerate(values)})
    truth = np.var(values, ddof=1) - 1
    expected = truth / (truth + 1) * values
    assert list(found.values()) == pytest.approx(expected)


def test_one_slice_that_surely_differs_is_not_shrunk_out_of_its_interval() -> None:
    parts = {n: Judged(0.001 * (-1) ** n, -0.5, 0.5, error=0.1) for n in range(60)}
    lost = Judged(-0.06, -0.11, -0.01, error=0.015)
    assert slices.shrunken(parts | {"lost": lost})["lost"] <= -0.01


def test_one_slice_that_surely_differs_moves_by_its_error_at_most() -> None:
    parts = {n: Judged(0.001, -0.01, 0.012, error=0.004) for n in range(15)}
    lost = Judged(-0.03, -0.05, -0.01, error=0.005)
    assert slices.shrunken(parts | {"lost": lost})["lost"] == pytest.approx(-0.025)
    assert slices.shrunken(parts | {"lost": lost})["lost"] <= -0.0249


def test_slices_that_stayed_are_not_shrunk_and_those_without_an_error_have_no_estimate() -> None:
    found = slices.shrunken({"same": Judged(0.0, error=0.0), "few": Judged(0.3, reason="few")})
    assert found == {"same": 0.0}


def test_the_largest_loss_is_listed_though_it_has_no_verdict() -> None:
    many = [part(str(number), 1.0) for number in range(200)]
    weak = [part(f"weak {number}", 9.0) for number in range(slices.WEAKEST)]
    lost = comparisons.difference("rmse", 0.1, 8.5, 9.0)
    loser = Slice(
        column="place", value="loser", count=9, clusters=9, shrunk=None, differences=(lost,)
    )
    found = slices.listed([*many, *weak, loser], "rmse", Shortener())
    assert "loser" in [one.value for one in found.slices]
