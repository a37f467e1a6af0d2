"""How scores lie and move, counted by hand."""

import numpy as np
import pytest

from truerun.compare import scores
from truerun.compare.pairs import Scored
from truerun.comparison.comparison import Scores


def of(task: str, target, base, head) -> Scores:
    target, base, head = (np.array(side) for side in (target, base, head))
    nothing = np.zeros(len(target))
    return scores.compare_scores(
        Scored(task, target, base, head, nothing, nothing, np.arange(len(target)))
    )


def test_a_roc_curve_rises_from_corner_to_corner_through_its_points() -> None:
    target, score = np.array([1, 0, 1, 0]), np.array([0.9, 0.7, 0.7, 0.1])
    curve = dict(scores.roc(target, score))
    assert list(curve) == pytest.approx([n / 40 for n in range(41)])
    assert (curve[0.0], curve[1.0]) == (0.0, 1.0)
    assert curve[0.5] == 1.0
    assert curve[0.25] == pytest.approx(0.75)  # half of the way from (0, 0.5) to (0.5, 1)
    assert all(0 <= y <= 1 for y in curve.values())


@pytest.mark.parametrize("target", [[0, 0], [1, 1]])
def test_rows_of_one_class_have_no_roc_curve(target: list[int]) -> None:
    found = of("binary", target, [0.1, 0.2], [0.3, 0.4])
    assert (found.base_roc, found.head_roc) == ((), ())


def test_probabilities_are_counted_in_bins_of_a_twentieth() -> None:
    found = of("binary", [0, 1, 1, 0], [0.0, 0.51, 0.99, 1.0], [0.0, 0.51, 0.99, 0.96])
    counts = np.zeros(20, dtype=int)
    counts[[0, 10]], counts[19] = 1, 2
    assert found.base.edges == pytest.approx(tuple(n / 20 for n in range(21)))
    assert found.base.counts == found.head.counts == tuple(counts)
    assert (found.moved, found.errors) == (None, ())
    assert len(found.base_roc) == len(found.head_roc) == 41


def test_shifts_are_head_less_base_in_bins_around_none() -> None:
    found = of("binary", [0, 1, 1, 0], [0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.8])
    assert found.mean_shift == pytest.approx(0.1)
    assert found.shift_quantiles == pytest.approx(
        {"5 %": 0.0, "25 %": 0.0, "50 %": 0.0, "75 %": 0.1, "95 %": 0.34}
    )
    assert (found.shift.edges[0], found.shift.edges[-1]) == pytest.approx((-0.4, 0.4))
    assert (found.shift.counts[10], found.shift.counts[20], sum(found.shift.counts)) == (3, 1, 4)


def test_where_nothing_moved_all_shifts_are_in_a_small_bin_in_the_middle() -> None:
    found = of("binary", [0, 1], [0.1, 0.2], [0.1, 0.2])
    assert (found.shift.edges[0], found.shift.edges[-1]) == (-0.01, 0.01)
    assert found.shift.counts[10] == 2


def test_of_several_classes_the_score_is_that_of_the_rows_own() -> None:
    base = [[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]]
    found = of("multiclass", [0, 1], base, [[0.8, 0.1, 0.1], [0.1, 0.5, 0.4]])
    assert found.mean_shift == pytest.approx((0.1 + 0.3) / 2)
    assert (found.base_roc, found.moved) == ((), None)


def test_a_prediction_has_moved_if_by_more_than_a_hundredth_of_the_targets_deviation() -> None:
    target = [-1.0, 1.0] * 50  # its standard deviation is 1
    head = [0.0] * 97 + [0.0099, 0.0101, -0.5]
    found = of("regression", target, [0.0] * 100, head)
    assert found.moved == 2
    assert found.base_roc == found.head_roc == ()


def test_errors_are_means_of_each_tenth_from_low_targets_to_high_ones() -> None:
    target = np.arange(20.0)
    found = of("regression", target, target + 1, target - np.arange(20))
    assert [(one.low, one.high, one.count) for one in found.errors] == [
        (2.0 * n, 2.0 * n + 1, 2) for n in range(10)
    ]
    assert [one.base for one in found.errors] == [1.0] * 10
    assert [one.head for one in found.errors] == [2.0 * n + 0.5 for n in range(10)]


def test_predictions_far_from_most_are_counted_in_the_outer_bins() -> None:
    target = np.linspace(0, 1, 1000)
    base = target.copy()
    base[0], base[-1] = -50.0, 50.0
    found = of("regression", target, base, target)
    assert -0.1 < found.base.edges[0] < found.base.edges[-1] < 1.1
    assert len(found.base.counts) == 20
    assert found.base.edges == found.head.edges
    assert sum(found.base.counts) == sum(found.shift.counts) == 1000
    assert found.shift.edges[-1] == 50.0  # most did not move at all, so the farthest counts


def test_shifts_far_from_most_are_counted_in_the_outer_bins() -> None:
    base = np.zeros(1000)
    head = np.tile([0.1, -0.1], 500)
    head[0] = 90.0
    found = of("regression", np.arange(1000.0), base, head)
    assert (found.shift.edges[0], found.shift.edges[-1]) == pytest.approx((-0.1, 0.1))
    assert (found.shift.counts[0], found.shift.counts[-1]) == (500, 500)


def test_predictions_that_are_all_the_same_are_in_the_middle() -> None:
    found = of("regression", [1.0, 2.0], [3.0, 3.0], [3.0, 3.0])
    assert (found.base.edges[0], found.base.edges[-1]) == (2.5, 3.5)
    assert found.base.counts[10] == 2
