"""The slice that lost most is named in the first lines, whatever its verdict."""

from typing import Any

import pytest

from tests import comparisons
from tests.comparisons import comparison, difference
from truerun.comparison.comparison import Slice, Slices
from truerun.report.contents import document
from truerun.report.slice_line import slice_line


def part(value: str, shrunk: float | None, moved: Any = -0.033, error: float | None = 0.02, **more):
    one = difference("roc_auc", 0.7, 0.7 + moved, error) if moved is not None else moved
    told = {"column": "carrier", "value": value, "count": 4_500, "clusters": 61, "shrunk": shrunk}
    differences = {"differences": (one or difference("roc_auc", None, None),)}
    return Slice.model_validate(told | differences | more)


def line(*parts: Slice, metric: str = "roc_auc") -> str:
    made = Slices(metric=metric, false_verdicts=0.01, tested=len(parts), slices=parts)
    return slice_line(comparisons.as_json(comparison(slices=made)))


def test_the_largest_loss_is_named_with_its_shrunk_estimate_its_interval_and_its_rows() -> None:
    told = line(part("AA", 0.001, 0.002), part("B6", -0.021), part("UA", -0.020, -0.039))
    assert (
        told
        == "Largest loss in a slice: carrier B6, ROC AUC -0.021 (-0.073 to +0.007), 4,500 rows."
    )


def test_a_loss_beyond_chance_is_said_to_be_worse() -> None:
    assert line(part("B6", -0.03, error=0.01)).endswith("4,500 rows: worse.")


def test_a_loss_that_is_sure_comes_before_one_that_may_be_chance() -> None:
    told = line(part("AA", -0.030, -0.05, 0.03), part("B6", -0.021, -0.022, 0.005))
    assert "carrier B6, ROC AUC -0.021" in told


def test_a_loss_that_the_other_slices_make_none_is_told_as_it_was_measured() -> None:
    told = line(part("B6", 0.001), part("AA", 0.002, 0.01))
    assert "carrier B6, ROC AUC -0.033 (-0.073 to +0.007)" in told
    assert told.endswith("rows; probably chance, judged by the other slices.")


def test_a_slice_without_an_interval_is_named_where_none_has_one() -> None:
    few = part("HA", None, -0.2, None)
    assert (
        line(few) == "Largest loss in a slice: carrier HA, ROC AUC -0.20 (no interval), 4,500 rows."
    )
    assert "carrier B6" in line(few, part("B6", -0.021))


@pytest.mark.parametrize(
    "parts", [[part("AA", 0.0, 0.0, 0.0)], [part("AA", -0.1, 0.01)], [part("AA", -0.1, None)], []]
)
def test_where_no_slice_lost_nothing_is_said(parts: list[Slice]) -> None:
    assert line(*parts) == ""


def test_a_metric_that_should_be_low_loses_by_rising() -> None:
    one = difference("log_loss", 0.3, 0.35, 0.01)
    told = line(part("B6", 0.04, differences=(one,)), metric="log_loss")
    assert "log loss +0.040 (+0.030 to +0.070), 4,500 rows: worse." in told


def test_only_the_metric_that_is_tested_counts_slices_as_worse() -> None:
    """Accuracy falls in every slice where a threshold moves; the slices are judged by ROC AUC."""
    accuracy = difference("accuracy", 0.9, 0.8, 0.01)
    assert accuracy.verdict == "worse"
    parts = [
        part(name, -0.02, differences=(difference("roc_auc", 0.7, 0.68, 0.02), accuracy))
        for name in ("AA", "B6")
    ]
    made = Slices(metric="roc_auc", false_verdicts=0.01, tested=2, slices=tuple(parts))
    told = document(comparisons.as_json(comparison(slices=made)))
    assert "worse" not in told.reasons
    assert "Slices: 0 worse, 0 better, of 2" in [section.title for section in told.sections]
    assert told.change.endswith("ROC AUC -0.020 (-0.060 to +0.020), 4,500 rows.")
