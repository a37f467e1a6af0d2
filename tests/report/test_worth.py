"""What a report says of the value of a change."""

from typing import Any

import pytest

from tests import comparisons
from truerun.comparison.comparison import BestThreshold, MetricFacts, Missing, Value, ValueCurve
from truerun.report import page, worth
from truerun.report.contents import document
from truerun.report.document import Lines, Paragraph, ReportSection, Table, Wide
from truerun.report.verdict import FINE, GOOD, LOOK, answer, reasons

SIDES = ("main", "this pull request")
FACTS = {"metric": "value", "label": "waiting saved (minutes per 1,000 rows)", "decimals": None}


def moved(base: float, head: float, error: float | None = None) -> Any:
    """The value of both sides, as a difference."""
    one = comparisons.main(base, head, error)
    return one.model_copy(update=FACTS | {"higher_is_better": True})


def valued(one: Any, **parts: Any) -> dict[str, Any]:
    """A comparison as JSON whose main pairing has a value."""
    metrics = comparisons.metrics()
    paired = metrics.paired[0]
    pairs = paired.model_copy(update={"differences": (*paired.differences, one)})
    value = Value(
        name="waiting saved",
        unit="minutes",
        prices="true positive 30, false positive -10",
        by="base",
        best=BestThreshold(threshold=0.24, present=0.3, difference=moved(802, 858.4, 21)),
        curve=ValueCurve(
            thresholds=(0.1, 0.2, 0.24, 0.3),
            base=(-400.0, 700, 790, 780),
            head=(-390.0, 720, 810, 802),
        ),
    ).model_copy(update=parts)
    facts = (*comparisons.metric_facts("binary"), MetricFacts(**FACTS, higher_is_better=True))
    return comparisons.as_json(
        comparisons.comparison(
            metrics=metrics.model_copy(update={"paired": (pairs, *metrics.paired[1:])}),
            value=value,
            metric_facts=facts,
            gate=comparisons.gate("pass"),
        )
    )


def section(comparison: dict[str, Any]) -> ReportSection:
    (one,) = worth.section(comparison, SIDES)
    return one


def paragraph(comparison: dict[str, Any]) -> str:
    first = section(comparison).blocks[0]
    assert isinstance(first, Paragraph)
    return first.text


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (moved(790, 802, 4.1), "Waiting saved: +12 minutes per 1,000 rows (+4 to +20)."),
        (moved(802, 790, 4.1), "Waiting saved: -12 minutes per 1,000 rows (-20 to -4)."),
        (
            moved(790, 802, 8),
            "Waiting saved can't be told apart: +12 minutes per 1,000 rows (-4 to +28).",
        ),
        (moved(802, 802, 0), "Waiting saved is the same."),
        (moved(790, 802), "Waiting saved: +12 minutes per 1,000 rows (no interval)."),
    ],
)
def test_the_first_lines_say_what_the_change_is_worth(one: Any, told: str) -> None:
    comparison = valued(one)
    assert worth.sentence(comparison) == told
    assert told in reasons(comparison)


def test_without_a_price_list_nothing_is_said_of_value() -> None:
    comparison = comparisons.as_json(comparisons.comparison())
    assert worth.sentence(comparison) == ""
    assert list(worth.section(comparison, SIDES)) == []
    assert not worth.is_worse(comparison)


def test_a_loss_of_value_asks_for_a_closer_look_and_is_told_once() -> None:
    assert answer(valued(moved(790, 802, 4.1))) in (FINE, GOOD, LOOK)
    worse = valued(moved(802, 790, 4.1))
    assert answer(worse) == LOOK
    assert reasons(worse).lower().count("waiting saved") == 1


def test_the_section_tells_prices_sides_and_the_best_threshold() -> None:
    assert paragraph(valued(moved(790, 802, 4.1))) == (
        "Both are valued by the prices of main, in minutes: true positive 30, false positive -10. "
        "main gives 790 per 1,000 rows, this pull request 802: +12 minutes per 1,000 rows "
        "(+4 to +20). The threshold that is worth most on cross-fitted scores of training rows is "
        "0.24, as this pull request claims: it is in no model file. Here it would be worth +56 "
        "minutes per 1,000 rows (+14 to +98) against the present 0.3: better."
    )
    same = paragraph(valued(moved(802, 802, 0), by="head", best=None))
    assert same.endswith("Both give 802 minutes per 1,000 rows.")
    assert "prices of this pull request" in same
    present = BestThreshold(threshold=0.3, present=0.3, difference=moved(802, 802, 0))
    assert paragraph(valued(moved(1, 2, 1), best=present)).endswith("It is the present one.")


def test_slices_are_listed_from_the_largest_loss_on() -> None:
    comparison = valued(moved(790, 802, 4.1))
    for number, part in enumerate(comparison["slices"]["slices"]):
        part["differences"].append(moved(100, 100 - 7 * number).model_dump(mode="json"))
    (table,) = [block for block in section(comparison).blocks if isinstance(block, Table)]
    changes = [float(row[-1]) for row in table.rows]
    assert changes == sorted(changes)
    assert len(changes) == len(comparison["slices"]["slices"])


def test_the_chart_marks_the_thresholds() -> None:
    comparison = valued(moved(790, 802, 4.1))
    (wide,) = [block for block in section(comparison).blocks if isinstance(block, Wide)]
    assert isinstance(wide.chart, Lines)
    assert [mark.label for mark in wide.chart.marks] == ["present 0.3", "best 0.24"]
    assert wide.chart.description == (
        "On these rows, main is worth most from 0.24 on and this pull request is worth most from "
        "0.24 on."
    )
    text = page.render(document(comparison), None)
    assert "threshold 0.24: main: 790; this pull request: 810" in text
    comparison["decisions"]["base_threshold"] = 0.2
    (wide,) = [block for block in section(comparison).blocks if isinstance(block, Wide)]
    labels = [mark.label for mark in wide.chart.marks]
    assert labels == ["main's 0.2", "this pull request's 0.3", "best 0.24"]


@pytest.mark.parametrize(
    "curve",
    [
        {"thresholds": [], "base": [], "head": []},
        {"thresholds": [0.1, 0.2], "base": [1], "head": [1, 2]},
        {"thresholds": [0.2, 0.1], "base": [1, 2], "head": [1, 2]},
        {"thresholds": [0.1, 0.2], "base": [1, 1], "head": [1, 1]},
        {"thresholds": [0.1, 0.2], "base": [1, 1e300], "head": [1, 2]},
        {"thresholds": [-1e300, 0.2], "base": [1, 3], "head": [1, 2]},
        None,
    ],
)
def test_a_curve_that_cannot_be_drawn_is_left_out(curve: Any) -> None:
    comparison = valued(moved(790, 802, 4.1))
    comparison["value"]["curve"] = curve
    assert [type(block) for block in section(comparison).blocks] == [Paragraph]


def test_why_there_is_no_value_or_no_best_threshold_is_told() -> None:
    gone = Missing(missing="params.yaml: evaluate.value.over does not go with it")
    comparison = comparisons.as_json(comparisons.comparison(value=gone))
    assert "value: params.yaml: evaluate.value.over" in _text(comparison)
    no_best = valued(moved(790, 802, 4.1), best=Missing(missing="too few rows"))
    assert "best threshold: too few rows" in _text(no_best)


def _text(comparison: dict[str, Any]) -> str:
    return page.render(document(comparison), None).replace("&nbsp;", " ")
