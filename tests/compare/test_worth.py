"""What a change is worth: by whose prices, judged with the metrics, and at other thresholds."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tests.compare.test_compare_tasks import CLASSES, compared, contract, rows_of, side, told
from tests.variants import nightly_after
from truerun.base import paths, tables
from truerun.compare.revision import Revision
from truerun.comparison.comparison import BestThreshold, Comparison, Missing, Slices, Value
from truerun.model.value import label
from truerun.params.value import PriceList

pytestmark = pytest.mark.slow

RIGHT = {a: {d: 10.0 * (a == d) for d in CLASSES} for a in CLASSES}
PRICES: dict[str, dict[str, Any]] = {
    "binary": {"true_positive": 30, "false_positive": -10, "false_negative": 0, "true_negative": 0},
    "multiclass": {"matrix": RIGHT},
    "regression": {"over": 2, "under": 3},
    "counts": {"over": 2, "under": 3},
}


def prices(task: str = "binary", **more: Any) -> PriceList:
    given = {"name": "profit", "unit": "euros", **PRICES[task], **more}
    return PriceList.model_validate(given)


def says(revision: Revision, **evaluate: Any) -> Revision:
    """A revision whose params.yaml says something else under `evaluate`."""
    path = revision.folder / paths.PARAMS
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["evaluate"] |= evaluate
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return revision


def claims(revision: Revision, threshold: float | None) -> Revision:
    path = revision.folder / "metrics/threshold.json"
    path.write_text(json.dumps({"best": threshold}), encoding="utf-8")
    return revision


def sides(tmp_path: Path, task: Any = "binary") -> tuple[Revision, Revision]:
    """A model that sees one column, and one that sees both."""
    rows, its = rows_of(task), contract(task)
    base = side(tmp_path / "base", rows, its, "x")
    return base, claims(side(tmp_path / "head", rows, its, "x", "z"), 0.25)


def worth(comparison: Comparison) -> Value:
    assert isinstance(comparison.value, Value), comparison.value
    return comparison.value


@pytest.mark.parametrize("task", nightly_after(2, PRICES))
def test_a_better_model_is_worth_more_in_every_task(task: Any, tmp_path: Path) -> None:
    base, head = sides(tmp_path, task)
    chosen = prices(task)
    found = compared(base, head, contract(task), value=chosen, losses={"value": 5})
    one = told(found)["value"]

    scores = [tables.read_table(each.folder / paths.PREDICTIONS) for each in (base, head)]
    by_hand = []
    for rows in scores:
        if task == "binary":
            called = rows["score"] >= 0.5
            values = 30.0 * (called & (rows["y"] == 1)) - 10.0 * (called & (rows["y"] == 0))
        elif task == "multiclass":
            columns = rows[[f"score:{name}" for name in CLASSES]].to_numpy(np.float64)
            values = 10.0 * (np.array(CLASSES)[columns.argmax(axis=1)] == rows["y"])
        else:
            error = rows["score"].astype("float64") - rows["y"]
            values = -np.where(error > 0, 2 * error, -3 * error)
        by_hand.append(1000 * float(np.mean(values)))
    assert (one.base, one.head) == pytest.approx(tuple(by_hand))
    assert one.label == label(chosen) == "profit (euros per 1,000 rows)"
    assert one.verdict == "better"
    assert one.low < one.difference < one.high
    assert worth(found).by == "head"
    assert found.metric_facts[-1].metric == "value"
    assert (worth(found).curve is None) == (worth(found).best is None) == (task != "binary")
    assert [rule.outcome for rule in found.gate.rules if rule.rule == "value, loss"] == ["pass"]

    assert isinstance(found.slices, Slices)
    parts = [
        (part.count, each)
        for part in found.slices.slices
        for each in part.differences
        if part.column == "place" and each.metric == "value"
    ]
    total = sum(count * (each.difference or 0) for count, each in parts)
    assert total == pytest.approx(sum(count for count, _ in parts) * (one.difference or 0))
    assert {each.verdict for _, each in parts} == {"unknown"}


def test_without_a_price_list_nothing_is_said(tmp_path: Path) -> None:
    found = compared(*sides(tmp_path), contract("binary"))
    assert found.value is None
    assert "value" not in told(found)


def test_a_change_is_not_judged_by_its_own_prices(tmp_path: Path) -> None:
    base, head = sides(tmp_path)
    says(base, value=prices(false_positive=-1000.0).model_dump(exclude_none=True))
    says(head, value=prices().model_dump(exclude_none=True))
    found = compared(base, head, contract("binary"), value=prices())
    assert worth(found).by == "base"
    assert "false positive -1000" in worth(found).prices
    change = next(one for one in found.provenance.settings if one.name.startswith("evaluate"))
    assert (change.name, change.base, change.head) == (
        "evaluate.value.false_positive",
        "-1000.0",
        "-10.0",
    )
    rule = next(one for one in found.gate.rules if one.rule == "settings that judge")
    assert rule.outcome == "warn"


def test_a_gain_in_the_metric_can_be_a_loss_in_value_which_the_gate_stops(tmp_path: Path) -> None:
    """The better model finds more ones, of which each costs."""
    base, head = sides(tmp_path)
    chosen = prices(true_positive=-50, false_positive=-1)
    asked = {"losses": {"roc_auc": 0.0, "value": 100}, "limits": {"value": {"min": -1e6}}}
    found = compared(base, head, contract("binary"), value=chosen, **asked)
    assert told(found)["roc_auc"].verdict == "better"
    assert told(found)["value"].verdict == "worse"
    outcomes = {rule.rule: rule.outcome for rule in found.gate.rules}
    assert outcomes["roc_auc, loss"] == "pass"
    assert outcomes["value, loss"] == "fail"
    assert outcomes["value, limit"] == "pass"
    assert found.gate.outcome == "fail"


def test_what_the_best_threshold_would_be_worth_is_counted_on_the_test_rows(tmp_path: Path) -> None:
    base, head = sides(tmp_path)
    found = compared(base, head, contract("binary"), value=prices())
    best, curve = worth(found).best, worth(found).curve
    assert isinstance(best, BestThreshold)
    assert curve is not None
    rows = tables.read_table(head.folder / paths.PREDICTIONS)
    gains = np.where(rows["y"] == 1, 30.0, -10.0)
    by_hand = [1000 * float((gains * (rows["score"] >= at)).mean()) for at in (0.5, 0.25)]
    assert (best.present, best.threshold) == (0.5, 0.25)
    one = best.difference
    assert (one.base, one.head) == pytest.approx(tuple(by_hand))
    assert one.base == pytest.approx(told(found)["value"].head)
    assert one.low < one.difference < one.high
    at = dict(zip(curve.thresholds, curve.head, strict=True))
    assert (at[0.5], at[0.25]) == pytest.approx(tuple(by_hand))
    before = dict(zip(curve.thresholds, curve.base, strict=True))
    assert before[0.5] == pytest.approx(told(found)["value"].base)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "metrics/threshold.json does not say what threshold is best"),
        ('{"best": 7}', "metrics/threshold.json holds no threshold between 0 and 1"),
        ('{"best": null}', "metrics/threshold.json says that there is none"),
    ],
)
def test_a_threshold_that_is_not_known_is_told(tmp_path: Path, content: str, why: str) -> None:
    base, head = sides(tmp_path)
    (head.folder / "metrics/threshold.json").write_text(content, encoding="utf-8")
    found = compared(base, head, contract("binary"), value=prices())
    assert worth(found).best == Missing(missing=f"head: {why}")
    assert told(found)["value"].verdict == "better"


@pytest.mark.parametrize(
    ("at_base", "chosen", "why"),
    [
        (None, {"over": 1.0}, "head: params.yaml: evaluate.value.over does not go with task"),
        (None, {"true_positive": "no"}, "head: params.yaml: evaluate.value.true_positive names no"),
        (None, {"true_positive": "number"}, ""),
        ({"name": "x"}, {}, "base: params.yaml: evaluate.value.unit is missing"),
        ("all", {}, "base: params.yaml: evaluate.value: Input should be a valid dictionary"),
    ],
)
def test_a_price_list_that_does_not_fit_is_told_and_the_gate_warns(
    tmp_path: Path, at_base: Any, chosen: dict[str, Any], why: str
) -> None:
    base, head = sides(tmp_path)
    if at_base is not None:
        says(base, value=at_base)
    found = compared(base, head, contract("binary"), value=prices(**chosen), losses={"value": 5.0})
    if not why:
        assert told(found)["value"].base is not None
        return
    assert isinstance(found.value, Missing)
    assert why in found.value.missing
    assert "value" not in told(found)
    rule = next(one for one in found.gate.rules if one.rule == "value, loss")
    assert (rule.outcome, rule.unknown) == ("warn", True)
    assert why in (rule.needed or "")


def test_a_rule_for_a_value_that_nobody_states_fails(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"losses": {"value": 5}, "limits": {"value": {"min": 0}}}
    found = compared(*sides(tmp_path), contract("binary"), **asked)
    rules = [one for one in found.gate.rules if one.rule.startswith("value")]
    assert [(one.outcome, one.found) for one in rules] == [
        ("fail", "params.yaml has no evaluate.value")
    ] * 2
    assert rules[1].needed == (
        "what outcomes are worth, under evaluate.value, or no gate.losses.value"
    )
