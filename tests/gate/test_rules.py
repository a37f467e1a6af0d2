"""Every rule of the gate passes, warns and fails where it should, and says why."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import comparisons
from tests.comparisons import provenance
from truerun.compare import slices
from truerun.compare.shorten import Shortener
from truerun.comparison.comparison import (
    Change,
    Cost,
    Data,
    DataFinding,
    Decisions,
    FileChange,
    GateResult,
    LockDifference,
    MetricDifference,
    Metrics,
    Missing,
    Newest,
    Own,
    Paired,
    PartitionChange,
    Quarantine,
    Reproduction,
    RowChanges,
    RuleResult,
    Slice,
)
from truerun.gate import __main__ as gate
from truerun.gate import outcomes, rules
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate

GONE = Missing(missing="nothing is known")


def difference(metric: str = "roc_auc", value: float = 0.0, reach: float = 0.01, **more: Any):
    told = {
        "metric": metric,
        "label": metric,
        "higher_is_better": metric != "log_loss",
        "decimals": 4,
        "base": 0.7,
        "head": 0.7 + value,
        "difference": value,
        "low": value - reach,
        "high": value + reach,
        "p_value": 0.5,
        "detectable": 0.01,
        "verdict": "can't tell",
        "reason": None,
    }
    return MetricDifference.model_validate(told | more)


def measured(*told: MetricDifference, head: int = 1000, **values: float) -> Metrics:
    return Metrics(
        paired=(
            Paired(
                rows="the test rows",
                false_verdicts=0.04,
                count=1000,
                cluster=None,
                clusters=1000,
                differences=told,
            ),
        ),
        same_rows=True,
        own=(Own(side="base", count=1000, values={}), Own(side="head", count=head, values=values)),
        training={"roc_auc": 0.9},
    )


def decided(changed: int) -> Decisions:
    return Decisions(
        count=1000,
        base_threshold=0.5,
        head_threshold=0.5,
        changed=changed,
        improved=0,
        worsened=changed,
        transitions=(),
        classes=(),
        slices=(),
    )


def data(**parts: Any) -> Data:
    return Data.model_validate(
        {
            "files": (),
            "contract": (),
            "rows": GONE,
            "moved_by": None,
            "lost": (),
            "partitions": (),
            "columns": (),
            "quarantine": GONE,
            "findings": (),
            "findings_by_base": None,
            "test_rows": GONE,
            "repeated": GONE,
            "seen": GONE,
            "newest": GONE,
        }
        | parts
    )


def reproduction(state: str = "reproduced", **more: Any) -> Reproduction:
    told = {"every": True, "ran": (), "count": 0, "differences": ()}
    told |= {"failed": None, "error": None}
    return Reproduction.model_validate({"state": state} | told | more)


EDITED = LockDifference(stage="evaluate", kind="score", name="scores", expected="0.7", found="0.9")
GUARDS = tuple(FileChange(path=name, change="removed") for name in "abcd")


def rows(removed: int, **more: int) -> RowChanges:
    """Changes of a table of 1,000 rows, of which some are gone."""
    counts = dict.fromkeys(RowChanges.model_fields, 0)
    return RowChanges.model_validate(
        counts | {"base_rows": 1000, "head_rows": 1000 - removed, "removed": removed} | more
    )


def of_test_rows(count: int) -> Metrics:
    """Metrics of a base with so many test rows."""
    own = Own(side="base", count=count, values={})
    return measured(roc_auc=0.7).model_copy(update={"own": (own,)})


def judged(asked: dict[str, Any], **parts: Any) -> dict[str, RuleResult]:
    given_parts = {
        "task": "binary",
        "metrics": measured(roc_auc=0.7),
        "slices": GONE,
        "decisions": GONE,
        "scores": GONE,
        "data": data(),
        "cost": GONE,
        "reproduction": reproduction(),
        "provenance": provenance(),
        "proposed": None,
    } | parts
    proposed = given_parts.pop("proposed")
    gate = Gate.model_validate({"lost_rows": None, "changed_labels": None} | asked)
    found = rules.judge(gate, Evidence(**given_parts), proposed=proposed)
    return {rule.rule: rule for rule in found.rules}


def slices_of(*values: tuple[str, float | None]) -> tuple[Slice, ...]:
    return tuple(
        Slice(
            column="carrier",
            value=name,
            count=300,
            clusters=9,
            shrunk=None,
            differences=(difference(head=value),),
        )
        for name, value in values
    )


def lost_in(
    *moves: tuple[str, float, float | None], reach: float | None = 0.01
) -> tuple[Slice, ...]:
    """Slices by name, difference and shrunk estimate; without a reach, too few for an interval."""
    few = {} if reach else {"low": None, "high": None, "reason": "of 3 clusters"}
    return tuple(
        Slice(
            column="carrier",
            value=name,
            count=300,
            clusters=9,
            shrunk=shrunk,
            differences=(
                difference("accuracy", -0.9),
                difference(value=moved, reach=reach or 0, **few),
            ),
        )
        for name, moved, shrunk in moves
    )


@pytest.mark.parametrize(
    ("asked", "parts", "rule", "outcome", "told"),
    [
        ({"limits": {"roc_auc": {"min": 0.7}}}, {}, "roc_auc, limit", "pass", "0.7"),
        ({"limits": {"roc_auc": {"min": 0.71}}}, {}, "roc_auc, limit", "fail", "0.01 more"),
        ({"limits": {"roc_auc": {"max": 0.6}}}, {}, "roc_auc, limit", "fail", "0.1 less"),
        ({"limits": {"f1": {"min": 0.1}}}, {}, "f1, limit", "warn", "not known"),
        (
            {"limits": {"roc_auc": {"min": 0.7}}},
            {"metrics": GONE},
            "roc_auc, limit",
            "warn",
            "noth",
        ),
        (
            {"losses": {"roc_auc": 0.01}},
            {"metrics": measured(difference(value=-0.03))},
            "roc_auc, loss",
            "fail",
            "at least 0.02",
        ),
        (
            {"losses": {"roc_auc": 0.01}},
            {"metrics": measured(difference(value=-0.005))},
            "roc_auc, loss",
            "warn",
            "could be 0.015",
        ),
        (
            {"losses": {"roc_auc": 0.01}},
            {"metrics": measured(difference(value=0.03))},
            "roc_auc, loss",
            "pass",
            "+0.03",
        ),
        (
            {"losses": {"log_loss": 0.01}},
            {"metrics": measured(difference("log_loss", 0.03))},
            "log_loss, loss",
            "fail",
            "at least 0.02",
        ),
        (
            {"losses": {"log_loss": 0.01}},
            {"metrics": measured(difference("log_loss", -0.03))},
            "log_loss, loss",
            "pass",
            "-0.03",
        ),
        (
            {"losses": {"roc_auc": 0.01}},
            {"metrics": measured(difference(low=None, high=None, reason="of 3 clusters"))},
            "roc_auc, loss",
            "warn",
            "of 3 clusters",
        ),
        ({"train_test_gap": {"roc_auc": 0.3}}, {}, "roc_auc, training against test", "pass", "0.2"),
        (
            {"train_test_gap": {"roc_auc": 0.1}},
            {},
            "roc_auc, training against test",
            "fail",
            "less",
        ),
        (
            {"worst_slice": {"roc_auc": {"min": 0.5}}},
            {"slices": slices_of(("AA", 0.6), ("UA", 0.4), ("DL", None))},
            "roc_auc, worst slice",
            "fail",
            "carrier UA",
        ),
        (
            {"worst_slice": {"roc_auc": {"min": 0.5}}},
            {"slices": slices_of(("AA", 0.6))},
            "roc_auc, worst slice",
            "pass",
            "carrier AA",
        ),
        (
            {"worst_slice": {"roc_auc": {"min": 0.5}}},
            {},
            "roc_auc, worst slice",
            "warn",
            "nothing is known",
        ),
        (
            {"slice_losses": {"roc_auc": {"margin": 0.03, "min_rows": 300}}},
            {"slices": lost_in(("AA", -0.05, -0.05), ("B6", -0.09, -0.08), ("UA", 0.1, 0.1))},
            "roc_auc, loss in a slice",
            "fail",
            (
                "B6, 300 rows: -0.0900 (-0.1000 to -0.0800); and 1 more a loss that could be 0.03 "
                "or less; it is at least 0.08"
            ),
        ),
        (
            {"slice_losses": {"roc_auc": {"margin": 0.03, "min_rows": 301}}},
            {"slices": lost_in(("B6", -0.09, -0.08))},
            "roc_auc, loss in a slice",
            "pass",
            "no such slice",
        ),
        (
            {"slice_losses": {"roc_auc": {"margin": 0.03}}},
            {"slices": lost_in(("B6", -0.04, -0.031), ("AA", 0.0, 0.0))},
            "roc_auc, loss in a slice",
            "warn",
            "B6, 300 rows: -0.0400 (-0.0500 to -0.0300) a loss of 0.03 or less; 0.031 is likely",
        ),
        (  # the interval passes the margin, as those of most slices do
            {"slice_losses": {"roc_auc": {"margin": 0.03}}},
            {"slices": lost_in(("B6", -0.035, -0.012))},
            "roc_auc, loss in a slice",
            "pass",
            "carrier B6, 300 rows: -0.0350 (-0.0450 to -0.0250)",
        ),
        (
            {"slice_losses": {"roc_auc": {"margin": 0.03}}},
            {"slices": lost_in(("B6", -0.5, None), reach=None)},
            "roc_auc, loss in a slice",
            "warn",
            "unknown of 3 clusters",
        ),
        (
            {"slice_losses": {"roc_auc": {"margin": 0.03}}},
            {"slices": (*lost_in(("B6", -0.5, None), reach=None), *lost_in(("AA", 0.0, 0.0)))},
            "roc_auc, loss in a slice",
            "warn",
            "carrier B6, 300 rows: -0.5000 a loss of 0.03 or less; 0.5 is likely",
        ),
        (
            {"slice_losses": {"roc_auc": {"margin": 0.03}}},
            {},
            "roc_auc, loss in a slice",
            "warn",
            "nothing is known",
        ),
        ({"test_rows": 0.8}, {}, "size of the test set", "pass", "1,000 of 1,000"),
        (
            {"test_rows": 0.8},
            {"metrics": measured(head=700)},
            "size of the test set",
            "fail",
            "700 of 1,000",
        ),
        ({"test_rows": 0.8}, {"metrics": GONE}, "size of the test set", "warn", "are unknown"),
        (
            {"changed_decisions": 0.1},
            {"decisions": decided(100)},
            "changed decisions",
            "pass",
            "100 rows",
        ),
        (
            {"changed_decisions": 0.1},
            {"decisions": decided(101)},
            "changed decisions",
            "fail",
            "101 rows",
        ),
        ({"changed_decisions": 0.1}, {}, "changed decisions", "warn", "nothing is known"),
        (
            {"quarantined": 0.01},
            {"data": data(quarantine=Quarantine(rows=5, share=0.02, base_rows=0, checks=()))},
            "quarantined rows",
            "fail",
            "5 rows",
        ),
        ({"quarantined": 0.01}, {}, "quarantined rows", "warn", "nothing is known"),
        (
            {"repeated": 0.01},
            {"data": data(test_rows=100, repeated=2)},
            "repeated test rows",
            "fail",
            "2 rows",
        ),
        (
            {"repeated": 0.01},
            {"data": data(test_rows=100, repeated=1)},
            "repeated test rows",
            "pass",
            "1 rows",
        ),
        ({"repeated": 0.01}, {}, "repeated test rows", "warn", "not available"),
        (
            {"max_age_days": 30.0},
            {"data": data(newest=Newest(moment="2013-10-31", age_days=31.0))},
            "age of the newest row",
            "fail",
            "2013-10-31",
        ),
        (
            {"max_age_days": 30.0},
            {"data": data(newest=Newest(moment="2013-10-31", age_days=29.0))},
            "age of the newest row",
            "pass",
            "2013-10-31",
        ),
        (
            {"predict_one_ms": 10.0},
            {"cost": (Cost(name="predict_one_ms", base=None, head=11.0),)},
            "time to predict a row",
            "fail",
            "11 ms",
        ),
        (
            {"predict_1000_ms": 10.0},
            {"cost": (Cost(name="predict_1000_ms", base=None, head=9.0),)},
            "time to predict 1,000 rows",
            "pass",
            "9 ms",
        ),
        (
            {"model_bytes": 1000},
            {"cost": (Cost(name="bytes", base=None, head=2000.0),)},
            "size of the model",
            "fail",
            "1,000 less",
        ),
        ({"model_bytes": 1000}, {}, "size of the model", "warn", "nothing is known"),
        (
            {},
            {"proposed": Gate.model_validate({"limits": {"roc_auc": {"min": 0.9}}})},
            "the gate itself",
            "warn",
            "this change edits gate: in params.yaml; of the 15 new rules 1 would fail",
        ),
        ({}, {}, "pipeline", "pass", "no failure"),
        (
            {},
            {"reproduction": reproduction("failed", failed="train", error="no")},
            "pipeline",
            "fail",
            "train failed",
        ),
        ({}, {}, "reproducibility", "pass", "the same hashes"),
        ({}, {"reproduction": reproduction("not run")}, "reproducibility", "warn", "not run"),
        (
            {},
            {"reproduction": reproduction("uncommitted")},
            "reproducibility",
            "warn",
            (
                "uncommitted changes, so there is nothing to compare the run with"
                " a commit of the changes"
            ),
        ),
        (
            {},
            {
                "reproduction": reproduction(
                    "differs",
                    count=1,
                    differences=(
                        LockDifference(stage="a", kind="k", name="n", expected="1", found="2"),
                    ),
                )
            },
            "reproducibility",
            "fail",
            "1 difference",
        ),
        ({}, {}, "recomputed from the model", "pass", "the same"),
        (
            {},
            {"provenance": provenance(recomputed=GONE)},
            "recomputed from the model",
            "warn",
            "nothing is known",
        ),
        (
            {},
            {"provenance": provenance(recomputed=(EDITED, EDITED))},
            "recomputed from the model",
            "fail",
            "evaluate, scores: 0.9, not 0.7; and 1 more `dvc repro --force evaluate`",
        ),
        ({}, {}, "checks made again", "pass", "the same"),
        (
            {},
            {"provenance": provenance(revalidated=GONE)},
            "checks made again",
            "warn",
            "nothing is known",
        ),
        (
            {},
            {"provenance": provenance(revalidated=(EDITED,))},
            "checks made again",
            "fail",
            "evaluate, scores: 0.9, not 0.7 `dvc repro --force validate`",
        ),
        ({}, {}, "inputs of the lock", "pass", "the commit's"),
        (
            {},
            {"provenance": provenance(inputs=(EDITED,))},
            "inputs of the lock",
            "fail",
            "evaluate, scores: 0.9, not 0.7 `dvc repro`, and a commit of what it gives",
        ),
        (
            {},
            {"provenance": provenance(inputs=(EDITED.model_copy(update={"stage": ""}),))},
            "inputs of the lock",
            "fail",
            "scores: 0.9, not 0.7",
        ),
        ({}, {}, "unexplained outputs", "pass", "none"),
        (
            {},
            {"provenance": provenance(unexplained=(EDITED,))},
            "unexplained outputs",
            "fail",
            "evaluate, scores: 0.9, not 0.7 `dvc repro --force`",
        ),
        ({}, {}, "definitions of stages", "pass", "the same"),
        (
            {},
            {
                "provenance": provenance(
                    definitions=(
                        Change(name="train: frozen", base=None, head="True"),
                        Change(name="variable run", base="a", head="b"),
                        Change(name="train", base="a stage", head=None),
                    )
                )
            },
            "definitions of stages",
            "warn",
            "variable run, a → b: what the stages run is another; and 1 more a reviewer",
        ),
        ({}, {}, "files that judge", "pass", "the same"),
        (
            {},
            {"provenance": provenance(guards=GONE)},
            "files that judge",
            "warn",
            "nothing is known",
        ),
        (
            {},
            {"provenance": provenance(guards=GUARDS)},
            "files that judge",
            "warn",
            "a removed, b removed, c removed, and 1 more a second reviewer",
        ),
        ({"lost_rows": 0.01}, {"data": data(rows=rows(10))}, "lost rows", "pass", "1 %, 10 rows"),
        ({"lost_rows": 0.01}, {"data": data(rows=rows(11))}, "lost rows", "fail", "11 rows, 0 of"),
        ({"lost_rows": 0.0}, {"data": data(rows=rows(0))}, "lost rows", "pass", "0 %, 0 rows"),
        ({"lost_rows": 0.01}, {}, "lost rows", "warn", "nothing is known"),
        (
            {"lost_rows": 0.01},
            {"data": data(rows=rows(9, removed_test=9)), "metrics": of_test_rows(500)},
            "lost rows",
            "fail",
            "1.8 %, 9 rows, 9 of them test rows",
        ),
        (
            {"lost_rows": 0.01},
            {"data": data(rows=rows(9, removed_test=5)), "metrics": of_test_rows(500)},
            "lost rows",
            "pass",
            "1 %, 9 rows, 5 of them test rows",
        ),
        (
            {"lost_rows": 0.01},
            {"data": data(rows=rows(0, base_rows=0)), "metrics": of_test_rows(0)},
            "lost rows",
            "pass",
            "0 %, 0 rows",
        ),
        (
            {"changed_labels": 0.01},
            {"data": data(rows=rows(100, targets=9))},
            "changed labels",
            "pass",
            "1 %, 9 rows, 0 of them test rows",
        ),
        (
            {"changed_labels": 0.01},
            {"data": data(rows=rows(100, targets=10))},
            "changed labels",
            "fail",
            "10 rows, 0 of them test rows 0.111 % less",
        ),
        (
            {"changed_labels": 0.01},
            {"data": data(rows=rows(0, both_test=100, targets=2, targets_test=2))},
            "changed labels",
            "fail",
            "2 %, 2 rows, 2 of them test rows",
        ),
        (
            {"changed_labels": 0.01},
            {"data": data(rows=rows(0, both_test=900, targets=2, targets_test=0))},
            "changed labels",
            "fail",
            "2 %, 2 rows, 0 of them test rows",
        ),
        (
            {"changed_labels": 0.01},
            {"data": data(rows=rows(0, both_test=100, targets=10, targets_test=1))},
            "changed labels",
            "pass",
            "1 %, 10 rows, 1 of them test rows",
        ),
        ({"changed_labels": 0.01}, {}, "changed labels", "warn", "nothing is known"),
        (
            {"changed_labels": 0.01},
            {"data": data(rows=rows(1000))},
            "changed labels",
            "pass",
            "0 %, 0 rows",
        ),
        ({}, {}, "checks of the data", "pass", "none fails"),
        ({}, {"data": data(findings=GONE)}, "checks of the data", "warn", "nothing is known"),
        (
            {},
            {"data": data(findings_by_base=GONE)},
            "checks of the data",
            "warn",
            "nothing is known",
        ),
        (
            {},
            {
                "data": data(
                    findings=GONE,
                    findings_by_base=(DataFinding(check="rows", status="fail", detail="few"),),
                )
            },
            "checks of the data",
            "fail",
            "1 fail by the limits of the base, the first is rows: few fix the data, or change the",
        ),
        (
            {},
            {
                "data": data(
                    findings_by_base=(DataFinding(check="drift", status="warn", detail="far"),)
                )
            },
            "checks of the data",
            "pass",
            "none fails",
        ),
        ({}, {}, "rows that change sides", "warn", "nothing is known"),
        ({}, {"data": data(rows=rows(0))}, "rows that change sides", "pass", "none"),
        (
            {},
            {"data": data(rows=rows(0, to_training=3), moved_by="code")},
            "rows that change sides",
            "fail",
            "0 to the test rows, 3 to the training rows, by code code that splits",
        ),
        (
            {},
            {"data": data(rows=rows(0, to_test=3), moved_by="settings")},
            "rows that change sides",
            "warn",
            "3 to the test rows, 0 to the training rows, by other settings a reviewer who agrees",
        ),
        (
            {},
            {"data": data(rows=rows(0, to_test=3), moved_by="data")},
            "rows that change sides",
            "warn",
            "by other raw files a reviewer who knows",
        ),
        (
            {},
            {
                "data": data(
                    rows=rows(0, to_test=3),
                    moved_by="data",
                    partitions=(PartitionChange(name="b", base_rows=None, head_rows=9),),
                )
            },
            "rows that change sides",
            "pass",
            "3 to the test rows, 0 to the training rows, by other raw files",
        ),
        ({}, {"data": data(seen=0)}, "unseen test rows", "pass", "none"),
        ({}, {"data": data(seen=7)}, "unseen test rows", "warn", "7 test rows"),
        ({}, {}, "unseen test rows", "warn", "nothing is known"),
        (
            {},
            {
                "data": data(
                    findings=(DataFinding(check="leakage", status="fail", detail="it knows"),)
                )
            },
            "checks of the data",
            "fail",
            "leakage: it knows",
        ),
    ],
)
def test_every_rule_says_what_is_and_what_would_have_to_be(
    asked: dict[str, Any], parts: dict[str, Any], rule: str, outcome: str, told: str
) -> None:
    found = judged(asked, **parts)[rule]
    assert found.outcome == outcome
    assert told in f"{found.found} {found.needed}"
    assert (found.needed is None) == (outcome == "pass")
    not_run = rule == "reproducibility" and outcome == "warn"
    assert found.unknown == (found.found == "unknown" or not_run)


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"limits": {"rmse": {"max": 3.0}}}, "rmse, limit"),
        ({"losses": {"r2": 0.01}}, "r2, loss"),
        ({"train_test_gap": {"mae": 0.3}}, "mae, training against test"),
        ({"worst_slice": {"poisson_deviance": {"max": 2.0}}}, "poisson_deviance, worst slice"),
    ],
)
def test_a_rule_for_a_metric_that_the_task_does_not_have_fails_by_its_name(
    asked: dict[str, Any], rule: str
) -> None:
    name, (key,) = rule.partition(",")[0], asked
    for metrics in (measured(roc_auc=0.7), GONE):
        found = judged(asked, metrics=metrics)[rule]
        assert (found.outcome, found.found) == ("fail", f"task: binary has no metric {name}")
        assert found.needed.startswith(f"in params.yaml, gate.{key} with metrics of the task: ")
        assert "roc_auc" in found.needed


def test_a_rule_for_losses_in_slices_of_a_metric_that_is_not_tested_there_fails() -> None:
    asked = {"slice_losses": {"log_loss": {"margin": 0.1}}}
    found = judged(asked, slices=lost_in(("B6", 0.0, 0.0)))["log_loss, loss in a slice"]
    assert (found.outcome, found.found) == (
        "fail",
        "task: binary tests slices by roc_auc, not by log_loss",
    )
    assert found.needed == "in params.yaml, gate.slice_losses with roc_auc alone"
    several = judged(asked, task="multiclass", slices=GONE)["log_loss, loss in a slice"]
    assert several.found == "unknown"


def test_a_loss_in_a_slice_of_a_metric_that_should_be_low_is_a_rise() -> None:
    risen = lost_in(("B6", 0.0, 0.09))[0]
    one = difference("log_loss", 0.09)
    slices_of_it = (risen.model_copy(update={"differences": (one,)}),)
    asked = {"slice_losses": {"log_loss": {"margin": 0.03}}}
    found = judged(asked, task="multiclass", slices=slices_of_it)["log_loss, loss in a slice"]
    assert (found.outcome, found.found) == (
        "fail",
        "carrier B6, 300 rows: +0.0900 (+0.0800 to +0.1000)",
    )


def test_each_bound_of_the_worst_slice_has_its_own() -> None:
    asked = Gate.model_validate({"worst_slice": {"roc_auc": {"min": 0.5, "max": 0.9}}})
    many = slices_of(*((str(number), 0.7) for number in range(250)), ("UA", 0.95), ("DL", 0.4))
    known = Evidence("binary", GONE, many, GONE, GONE, data(), GONE, reproduction(), provenance())
    found = [r for r in rules.judge(asked, known).rules if "worst" in r.rule]
    assert [(rule.asks, rule.outcome, rule.found) for rule in found] == [
        ("at least 0.5", "fail", "0.4 (carrier DL, 300 rows)"),
        ("at most 0.9", "fail", "0.95 (carrier UA, 300 rows)"),
    ]


def test_of_too_many_slices_the_weakest_are_listed_however_far_down() -> None:
    cut = Shortener()
    many = slices_of(*((str(number), 0.7) for number in range(250)), ("UA", 0.1), ("DL", None))
    found = slices.listed(many, "roc_auc", cut)
    assert [part.value for part in found.slices] == [*map(str, range(199)), "UA"]
    assert (found.tested, cut.notes) == (252, ["slices: 200 of 252 are listed"])


@pytest.mark.parametrize("task", ["regression", "counts"])
def test_a_rule_for_decisions_fails_where_none_are_taken(task: str) -> None:
    asked = {"changed_decisions": 0.1}
    found = judged(asked, task=task, decisions=None)["changed decisions"]
    assert (found.outcome, found.found) == ("fail", f"task: {task} takes no decisions")
    assert found.needed == "params.yaml without gate.changed_decisions"


def test_rules_hold_the_metrics_of_every_task() -> None:
    told = difference("rmse", 1234.5, 200.0, higher_is_better=False, decimals=None)
    asked = {"losses": {"rmse": 100.0}, "limits": {"rmse": {"max": 24_000.0}}}
    found = judged(asked, task="regression", metrics=measured(told, rmse=25_500.0))
    assert found["rmse, loss"].outcome == "fail"
    assert found["rmse, loss"].found == "+1,234.5 (+1,034.5 to +1,434.5)"
    assert found["rmse, limit"].needed == "1,500 less"


def test_rows_and_labels_are_limited_unless_null_says_that_they_are_not() -> None:
    told = {"data": data(rows=rows(2, targets=2))}
    limits = {name: Gate().model_dump()[name] for name in ("lost_rows", "changed_labels")}
    assert limits == {"lost_rows": 0.001, "changed_labels": 0.001}
    by_default = judged(limits, **told)
    assert by_default["lost rows"].outcome == by_default["changed labels"].outcome == "fail"
    assert by_default["lost rows"].asks == (
        "at most 0.1 % of the base's rows, and of its test rows"
    )
    assert not {"lost rows", "changed labels"} & {*judged({}, **told)}


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("train: always_changed", "DVC runs the stage always, or no longer"),
        ("train: cmd", "the stage runs another command"),
        ("train: wdir", "the stage runs in another folder"),
        ("train: deps a.py", "a change of it no longer runs the stage"),
        ("train: params train: seed", "a change of it no longer runs the stage"),
        ("train: output model", "DVC keeps it in another way, or no longer"),
        ("each: foreach", "what the stages run is another"),
    ],
)
def test_a_definition_that_changed_is_told_with_its_effect(name: str, effect: str) -> None:
    changed = provenance(definitions=(Change(name=name, base="a", head=None),))
    found = judged({}, provenance=changed)["definitions of stages"]
    assert found.found == f"{name}, a → nothing: {effect}"


def test_a_rule_that_is_left_out_asks_for_nothing() -> None:
    standing = [
        *("pipeline", "reproducibility", "recomputed from the model", "checks made again"),
        *("inputs of the lock", "unexplained outputs", "definitions of stages"),
        *("settings that judge", "files that judge", "checks of the data"),
        *("rows that change sides", "unseen test rows"),
    ]
    assert list(judged({})) == standing


@given(st.floats(-0.2, 0.2), st.floats(0, 0.1), st.floats(0, 0.1), st.booleans())
def test_a_loss_fails_only_if_all_of_the_interval_is_beyond_the_margin(
    value: float, reach: float, margin: float, rises: bool
) -> None:
    told = difference(value=value, reach=reach, higher_is_better=rises)
    found = judged({"losses": {"roc_auc": margin}}, metrics=measured(told))["roc_auc, loss"]
    losses = [-told.low, -told.high] if rises else [told.low, told.high]
    expected = "fail" if min(losses) > margin else "warn" if max(losses) > margin else "pass"
    assert found.outcome == expected


def test_a_failed_check_of_the_data_is_told_with_how_many_there_are() -> None:
    failed = [DataFinding(check=name, status="fail", detail="no") for name in ("rows", "drift")]
    warned = DataFinding(check="age", status="warn", detail="old")
    found = judged({}, data=data(findings=(warned, *failed)))["checks of the data"]
    assert found.found == "2 fail, the first is rows: no"
    found = judged({}, data=data(findings=(warned,)))["checks of the data"]
    assert (found.outcome, found.found) == ("pass", "none fails")


@pytest.mark.parametrize(
    ("parts", "outcome", "told"),
    [
        ({"repeated": 1}, "warn", "unknown"),
        ({"test_rows": 1}, "warn", "unknown"),
        ({"repeated": 1, "test_rows": 1}, "fail", "100 %, 1 rows"),
        ({"repeated": 0, "test_rows": 0}, "pass", "0 %, 0 rows"),
    ],
)
def test_repeated_rows_are_a_share_of_the_test_rows_if_both_are_known(
    parts: dict[str, int], outcome: str, told: str
) -> None:
    found = judged({"repeated": 0.5}, data=data(**parts))["repeated test rows"]
    assert (found.outcome, found.found) == (outcome, told)


def test_differences_of_a_run_are_counted() -> None:
    found = judged({}, reproduction=reproduction("differs", count=1234))["reproducibility"]
    assert found.found == "1,234 differences"
    found = judged({}, reproduction=reproduction("differs", count=1))["reproducibility"]
    assert found.found == "1 difference"


@pytest.mark.parametrize("key", ["limits", "train_test_gap", "worst_slice"])
def test_a_metric_that_cannot_be_judged_hides_no_other(key: str) -> None:
    bounds: Any = {"rmse": 0.1, "roc_auc": 0.1, "brier": 0.1}
    if key != "train_test_gap":
        bounds = {name: {"max": 0.1} for name in bounds}
    told = judged({key: bounds}, metrics=GONE)
    assert [name.partition(",")[0] for name in told if "," in name] == list(bounds)
    told = judged({key: bounds}, slices=slices_of(("AA", 0.6)))
    assert [name.partition(",")[0] for name in told if "," in name] == list(bounds)


def test_figures_at_a_bound_are_within_it() -> None:
    asked = {"limits": {"roc_auc": {"min": 0.7, "max": 0.7}}, "test_rows": 0.8}
    found = judged(asked, metrics=measured(head=800, roc_auc=0.7))
    assert {found[name].outcome for name in ("roc_auc, limit", "size of the test set")} == {"pass"}
    found = judged({"limits": {"roc_auc": {"min": 0.8, "max": 0.9}}})["roc_auc, limit"]
    assert (found.asks, found.needed) == ("at least 0.8 and at most 0.9", "0.1 more")
    costs = (Cost(name="predict_one_ms", base=9.0, head=1.0), Cost(name="bytes", base=9.0, head=2))
    assert judged({"model_bytes": 2}, cost=costs)["size of the model"].found == "2 bytes"
    assert judged({"predict_1000_ms": 2}, cost=costs)["time to predict 1,000 rows"].unknown


def test_a_test_set_of_which_one_side_is_unknown_has_no_share() -> None:
    known = measured(roc_auc=0.7)
    alone = known.model_copy(update={"own": known.own[1:]})
    found = judged({"test_rows": 0.8}, metrics=alone)["size of the test set"]
    assert (found.outcome, found.needed) == ("warn", "the test rows of one side are unknown")


def test_a_gap_of_which_one_side_is_unknown_is_none() -> None:
    gap = "f1, training against test"
    assert judged({"train_test_gap": {"f1": 0.1}}, metrics=measured(f1=0.5))[gap].unknown
    gap = "roc_auc, training against test"
    assert judged({"train_test_gap": {"roc_auc": 0.1}}, metrics=measured(f1=0.5))[gap].unknown
    found = judged({"train_test_gap": {"roc_auc": 0.1}}, metrics=measured(roc_auc=1.0))[gap]
    assert (found.outcome, found.found) == ("pass", "0.1")


def test_large_figures_have_no_decimals() -> None:
    assert [outcomes.figure(value) for value in (999.4, 1000, -1000.4)] == [
        "999.4",
        "1,000",
        "-1,000",
    ]


def test_a_loss_that_just_reaches_the_margin_may_stand() -> None:
    asked = {"losses": {"log_loss": 0.25}}

    def outcome(low: float, high: float) -> str:
        told = difference("log_loss", (low + high) / 2, low=low, high=high)
        return judged(asked, metrics=measured(told))["log_loss, loss"].outcome

    assert [outcome(0.0, 0.25), outcome(0.25, 0.5), outcome(0.2501, 0.5)] == [
        "pass",
        "warn",
        "fail",
    ]


def test_an_interval_with_one_end_is_none() -> None:
    for gone in ("difference", "low", "high"):
        told = measured(difference(**{gone: None}))
        assert judged({"losses": {"roc_auc": 0.1}}, metrics=told)["roc_auc, loss"].unknown


def test_the_worst_outcome_is_the_gates() -> None:
    asked = Gate.model_validate({"limits": {"roc_auc": {"min": 0.9}}, "quarantined": 0.1})
    known = Evidence(
        "binary",
        measured(roc_auc=0.7),
        GONE,
        GONE,
        GONE,
        data(),
        GONE,
        reproduction(),
        provenance(),
    )
    found = rules.judge(asked, known)
    assert found.outcome == "fail"


def test_what_the_gate_prints_names_each_rule_and_what_is_needed() -> None:
    told = GateResult(
        outcome="fail",
        rules=(
            RuleResult(
                rule="roc_auc, limit",
                outcome="fail",
                unknown=False,
                asks="at least 0.9",
                found="0.7",
                needed="0.2 more",
            ),
        ),
    )
    assert gate.lines(told, explain=False) == [
        "fail  roc_auc, limit  at least 0.9: 0.7",
        "The gate fails: 1 of 1 rules failed, 0 warned.",
    ]
    assert gate.lines(told, explain=True) == [
        "fail  roc_auc, limit  at least 0.9: 0.7",
        "                      needed: 0.2 more",
        "The gate fails: 1 of 1 rules failed, 0 warned.",
    ]


def test_the_last_line_that_the_gate_prints_is_its_outcome() -> None:
    def last(*outcomes_of_rules: str) -> str:
        return gate.lines(comparisons.gate(*outcomes_of_rules), explain=True)[-1]

    assert last("pass", "pass") == "The gate holds: 0 of 2 rules failed, 0 warned."
    assert last("pass", "warn") == "The gate holds, with warnings: 0 of 2 rules failed, 1 warned."
    assert last("warn", "fail", "fail") == "The gate fails: 2 of 3 rules failed, 1 warned."


@pytest.mark.parametrize(("outcome", "status"), [("pass", None), ("warn", None), ("fail", 1)])
def test_the_command_ends_as_the_gate_says(
    outcome: str, status: int | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = comparisons.write(comparisons.comparison(gate=comparisons.gate(outcome)), tmp_path)
    ended = None
    try:
        gate.judge(path, explain=False)
    except SystemExit as error:
        ended = error.code
    assert ended == status
    assert capsys.readouterr().out.startswith(f"{outcome}  roc_auc, loss  at most 0.01 worse: ")


@pytest.mark.parametrize("content", ["", "[]", "{", json.dumps({"version": 2}), '{"version": 1}'])
def test_a_file_that_is_no_comparison_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "comparison.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(gate.GateError, match=r"comparison\.json is not a comparison"):
        gate.load(path)


def test_lost_rows_are_limited_among_the_test_rows_too() -> None:
    def lost(removed: int, removed_test: int) -> RuleResult:
        counts = {"base_rows": 100_000, "head_rows": 100_000 - removed, "removed": removed}
        rest = dict.fromkeys(("added", "edited", "targets", "to_test", "to_training"), 0)
        rest |= {"both_test": 0, "targets_test": 0}
        labels = {"labels_to_positive": None, "labels_to_negative": None}
        rows = RowChanges.model_validate({**counts, "removed_test": removed_test, **rest, **labels})
        return judged({"lost_rows": 0.001}, data=data(rows=rows))["lost rows"]

    assert lost(100, 1).outcome == "pass"
    assert lost(101, 1).outcome == "fail"
    told = lost(2, 2)  # of 1,000 test rows
    assert (told.outcome, told.found) == ("fail", "0.2 %, 2 rows, 2 of them test rows")


def test_settings_that_judge_are_named_with_both_values() -> None:
    changes = (
        {"name": "validate.leakage_auc", "base": "0.85", "head": "0.99"},
        {"name": "columns.wind.max", "base": "150", "head": None},
        {"name": "compare.cluster", "base": "day", "head": "flight"},
    )
    found = judged({}, provenance=provenance(settings=changes))["settings that judge"]
    assert found.outcome == "warn"
    assert found.found == (
        "validate.leakage_auc, 0.85 → 0.99; columns.wind.max, 150 → nothing; and 1 more"
    )
    assert judged({})["settings that judge"].outcome == "pass"
