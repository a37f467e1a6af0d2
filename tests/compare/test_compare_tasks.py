"""Comparisons of each task, from the files of two sides to the report."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor

from tests import comparisons
from tests.compare.contracts import NUMBER, contract_of
from tests.conftest import PARAMS
from tests.variants import nightly_after
from truerun.base import paths, tables, text_files
from truerun.base.tasks import Task
from truerun.compare import assemble, cost
from truerun.compare.assemble import ComparisonInputs
from truerun.compare.reproduction import Record, Run
from truerun.compare.revision import PACKAGES, Revision
from truerun.compare.shorten import Shortener
from truerun.compare.summary import summary
from truerun.comparison.comparison import Comparison, Decisions, Metrics, Missing, Scores, Slices
from truerun.contract.contract import Column, Contract
from truerun.model import metrics, model_files, targets, tasks
from truerun.params.compare import Compare
from truerun.params.gate import Gate
from truerun.params.value import PriceList
from truerun.project import params
from truerun.report import markdown, page, schema, terminal
from truerun.report.contents import document

pytestmark = pytest.mark.slow

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression", "counts")
CLASSES = ("bike", "bus", "car")
TARGET = {
    "binary": Column(type="int", categories=(0, 1)),
    "multiclass": Column(type="text", categories=CLASSES),
    "regression": Column(type="float"),
    "counts": Column(type="int", min=0),
}


def contract(task: Task, **columns: Column) -> Contract:
    own = {
        "number": NUMBER,
        "place": Column(type="text", feature=False),
        "x": Column(type="float"),
        "z": Column(type="float"),
        "y": TARGET[task],
    }
    return contract_of(task, own | columns)


def rows_of(task: Task, count: int = 900) -> pd.DataFrame:
    """Rows of 30 places, of which two thirds are for training; both columns tell of the target."""
    random = np.random.default_rng(1)
    x, z = random.normal(size=(2, count))
    signal = x + z + 0.3 * random.normal(size=count)
    target = {
        "binary": (signal > 0).astype(np.int64),
        "multiclass": np.array(CLASSES)[np.digitize(signal, [-0.7, 0.7])],
        "regression": 1000 * signal,
        "counts": random.poisson(np.exp(0.5 + 0.5 * signal)),
    }[task]
    number = np.arange(count)
    table = pd.DataFrame({"number": number, "x": x, "z": z, "y": target})
    table["place"] = (number % 30).astype(str)
    table["split"] = np.where(number % 3, "train", "test")
    return table


def fitted(rows: pd.DataFrame, features: list[str], its: Contract) -> Any:
    kinds = {"regression": LinearRegression, "counts": PoissonRegressor}
    train = rows[rows["split"] == "train"]
    model = kinds.get(its.task, LogisticRegression)()
    return model.fit(train[features], targets.numbers(train["y"], its))


def side(
    folder: Path, rows: pd.DataFrame, its: Contract, *features: str, model: Any = None
) -> Revision:
    """The files that a run of the pipeline leaves, as far as a comparison reads them."""
    model = model or fitted(rows, list(features), its)
    test = rows[rows["split"] == "test"].reset_index(drop=True)
    score = targets.score_table(targets.predicted(model, test, its), its)
    model_files.dump_model(model, folder / paths.MODEL)
    tables.write_table(rows, folder / paths.VALIDATED / "one.parquet")
    tables.write_table(test.drop(columns="split").join(score), folder / paths.PREDICTIONS)
    numbers = targets.numbers(test["y"], its)
    at = 0.5 if its.task == "binary" else None
    figures = metrics.evaluate(its.task, numbers, targets.scores(score, its), at)
    results = {"test": figures, "train": figures}
    checked = {"quarantined": {"rows": 7, "share": 0.01, "checks": []}, "findings": []}
    text_files.write_json(folder / paths.METRICS / "validate.json", checked)
    text_files.write_json(folder / paths.METRICS / "evaluate.json", results)
    text_files.write_json(folder / paths.METRICS / "train.json", {"rows": len(rows) - len(test)})
    for name, content in (
        ("schema.yaml", its.model_dump(mode="json", exclude_none=True)),
        ("params.yaml", {"evaluate": {"threshold": at} if at else {}}),
        ("dvc.lock", {"schema": "2.0", "stages": {"train": {"cmd": "train"}}}),
    ):
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    return Revision(folder.name, None, folder)


def compared(
    base: Revision,
    head: Revision,
    its: Contract,
    failed: str | None = None,
    value: PriceList | None = None,
    **gate: Any,
) -> Comparison:
    """What a comparison says, as its strict model and the report's schema read it.

    `value` is the head's price list. `failed` is a stage of the head that failed just now.
    """
    whole = params.load(PARAMS)
    some = {"slices": ("place", "nowhere"), "min_slice_rows": 10, "value": value}
    chosen = whole.model_copy(
        update={
            "compare": Compare(cluster="place"),
            "evaluate": whole.evaluate.model_copy(update=some),
            "gate": Gate.model_validate(gate),
        }
    )
    record = Record(every=False, ran=(), failed=failed, error="no") if failed else None
    both = ComparisonInputs(base, head, Run(record, {}, ()), (), NOW)
    text = assemble.compare(both, chosen, its, Shortener()).model_dump_json()
    schema.parsed(text.encode())
    return Comparison.model_validate_json(text)


def pair(tmp_path: Path, task: Task, **gate: Any) -> Comparison:
    """A model that sees one column against one that sees both."""
    rows, its = rows_of(task), contract(task)
    base = side(tmp_path / "base", rows, its, "x")
    return compared(base, side(tmp_path / "head", rows, its, "x", "z"), its, **gate)


def told(found: Comparison, pairing: int = 0) -> dict[str, Any]:
    assert isinstance(found.metrics, Metrics), found.metrics
    assert not isinstance(found.metrics.paired, Missing), found.metrics.paired
    return {one.metric: one for one in found.metrics.paired[pairing].differences}


@pytest.mark.parametrize("task", nightly_after(2, TASKS))
def test_a_better_model_is_told_as_such_in_every_part(task: Task, tmp_path: Path) -> None:
    main = tasks.TASKS[task].main_metric
    found = pair(tmp_path, task, limits={main: {"max": 1e9}}, losses={main: 0.0})

    assert (found.task, found.main_metric) == (task, main)
    assert list(told(found)) == list(metrics.METRICS[task])
    written = json.loads((tmp_path / "head" / "metrics/evaluate.json").read_text())["test"]
    for name, one in told(found).items():
        assert one.head == pytest.approx(written[name], rel=1e-5)
        if one.metric == "calibration_error":
            assert "how sure a difference is" in one.reason
            continue
        assert one.low < one.difference < one.high
    assert told(found)[main].verdict == "better"
    assert found.metrics.paired[0].clusters == 10
    assert found.metrics.training[main] == pytest.approx(written[main], rel=1e-5)
    assert found.reproduction.differences == ()
    assert isinstance(found.slices, Slices)
    assert {one.column for one in found.slices.slices} == (
        {"place", "y"} if task == "multiclass" else {"place"}
    )
    assert isinstance(found.scores, Scores)
    assert {cost.name for cost in found.cost if cost.base and cost.head} == {
        "predict_one_ms",
        "predict_1000_ms",
        "bytes",
    }
    assert {rule.outcome for rule in found.gate.rules if rule.rule.startswith(main)} == {"pass"}
    assert main in summary(found)
    for render in (markdown.render, page.render, terminal.render):
        assert "is better" in render(document(json.loads(found.model_dump_json())), None)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0.7363, "0.7363     0.7400     +0.0037  +0.0010 to +0.0064  better"),
        (24_310.5, "    24,310"),
        (310.25, "    310.25"),
        (0.000012345, "0.000012345"),
    ],
)
def test_a_summary_has_the_digits_that_the_size_of_a_metric_asks_for(
    size: float, said: str
) -> None:
    told = comparisons.difference("roc_auc", size, size + 0.0037, 0.00135)
    if size != 0.7363:
        told = comparisons.difference("rmse", size, size * 1.0001, size / 10)
    found = comparisons.comparison(metrics=comparisons.metrics(told))
    assert said in summary(found)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_decisions_of_classes_are_counted_from_which_to_which(task: Task, tmp_path: Path) -> None:
    found = pair(tmp_path, task, changed_decisions=0.01).decisions

    assert isinstance(found, Decisions)
    assert found.changed == sum(one.count for one in found.transitions) > 0
    assert found.improved == sum(one.improved for one in found.transitions) > found.worsened
    counts = [one.count for one in found.transitions]
    assert counts == sorted(counts, reverse=True)
    names = ("0", "1") if task == "binary" else CLASSES
    assert [one.name for one in found.classes] == list(names)
    assert sum(one.count for one in found.classes) == found.count == 300
    gained = sum(one.head_right - one.base_right for one in found.classes)
    assert gained == found.improved - found.worsened
    assert (found.base_threshold, found.head_threshold) == (
        (0.5, 0.5) if task == "binary" else (None, None)
    )


@pytest.mark.parametrize("task", ["regression", "counts"])
def test_predictions_of_numbers_move_and_decide_nothing(task: Task, tmp_path: Path) -> None:
    found = pair(tmp_path, task, changed_decisions=0.5)

    assert found.decisions is None
    assert isinstance(found.scores, Scores)
    assert 0 < found.scores.moved <= found.scores.count == 300
    assert sum(found.scores.base.counts) == sum(found.scores.shift.counts) == 300
    assert sum(one.count for one in found.scores.errors) == 300
    lows = [one.low for one in found.scores.errors]
    assert lows == sorted(lows)
    assert sum(one.count * one.head for one in found.scores.errors) / 300 == pytest.approx(
        told(found)["mae"].head
    )
    rule = next(rule for rule in found.gate.rules if rule.rule == "changed decisions")
    assert rule.outcome == "fail"
    text = markdown.render(document(json.loads(found.model_dump_json())), None)
    assert "Decisions" not in text
    assert "decisions" not in text.split("Not determined")[1]


def test_classes_are_slices_that_tell_what_becomes_of_each(tmp_path: Path) -> None:
    found = pair(tmp_path, "multiclass")

    assert isinstance(found.slices, Slices)
    assert isinstance(found.decisions, Decisions)
    right = {one.name: one.head_right / one.count for one in found.decisions.classes}
    recall = {
        part.value: one.head
        for part in found.slices.slices
        if part.column == "y"
        for one in part.differences
        if one.metric == "accuracy"
    }
    assert recall == pytest.approx(right)


def test_classes_in_another_order_are_the_same_classes(tmp_path: Path) -> None:
    rows, its = rows_of("multiclass"), contract("multiclass")
    turned = contract("multiclass", y=Column(type="text", categories=CLASSES[::-1]))
    model = fitted(rows, ["x"], its)
    mirrored = fitted(rows, ["x"], turned)
    base = side(tmp_path / "base", rows, turned, model=mirrored)
    found = compared(base, side(tmp_path / "head", rows, its, model=model), its)

    assert all(abs(one.difference) < 1e-4 for one in told(found).values())
    assert found.decisions.changed <= 1


def test_a_class_that_the_base_does_not_know_has_no_probability_there(tmp_path: Path) -> None:
    rows = rows_of("multiclass")
    its = contract("multiclass")
    fewer = contract("multiclass", y=Column(type="text", categories=("bike", "bus")))
    base = side(tmp_path / "base", rows[rows["y"] != "car"], fewer, "x", "z")
    found = compared(base, side(tmp_path / "head", rows, its, "x", "z"), its)

    # On the rows that both have there is no car; on all rows the base's model says so of none.
    assert found.metrics.paired[0].count < found.metrics.paired[1].count == 300
    assert told(found)["roc_auc_macro"].base is None
    assert told(found, 1)["log_loss"].base > 5
    assert told(found, 1)["balanced_accuracy"].base < 0.67


def test_a_class_that_only_the_base_knows_is_decided_for_wrongly(tmp_path: Path) -> None:
    rows = rows_of("multiclass")
    its = contract("multiclass", y=Column(type="text", categories=("bike", "bus")))
    few = rows[rows["y"] != "car"]
    base = side(tmp_path / "base", rows, contract("multiclass"), "x", "z")
    found = compared(base, side(tmp_path / "head", few, its, "x", "z"), its)

    assert {one.base for one in found.decisions.transitions} >= {"car"}
    assert {one.name for one in found.decisions.classes} == {"bike", "bus"}
    assert told(found)["accuracy"].difference > 0.05
    assert told(found)["log_loss"].verdict == "better"
    assert told(found)["roc_auc_macro"].base is not None


@pytest.mark.parametrize("task", nightly_after(2, TASKS))
def test_a_base_of_another_task_is_no_crash_but_something_else(task: Task, tmp_path: Path) -> None:
    other: Task = "regression" if task != "regression" else "multiclass"
    its = contract(task)
    base = side(tmp_path / "base", rows_of(other), contract(other), "x")
    main = tasks.TASKS[task].main_metric
    found = compared(
        base, side(tmp_path / "head", rows_of(task), its, "x"), its, losses={main: 0.1}
    )

    told = f"base predicts something else: y (task: {other}); name another commit with --base"
    assert found.metrics.paired.missing == told
    assert [own.side for own in found.metrics.own] == ["head"]
    assert dict(found.metrics.own[0])["values"][main] is not None
    rule = next(rule for rule in found.gate.rules if rule.rule == f"{main}, loss")
    assert (rule.outcome, rule.unknown) == ("warn", True)
    assert all(cost.head for cost in found.cost if cost.name.startswith("predict"))
    assert all(cost.base for cost in found.cost if cost.name.startswith("predict"))


def test_a_base_whose_contract_cannot_be_read_is_told(tmp_path: Path) -> None:
    rows, its = rows_of("counts"), contract("counts")
    base = side(tmp_path / "base", rows, its, "x")
    (base.folder / "schema.yaml").write_text("task: alchemy\n", encoding="utf-8")
    found = compared(base, side(tmp_path / "head", rows, its, "x"), its)

    assert found.metrics.paired.missing.startswith("base: schema.yaml: task: ")
    assert str(tmp_path) not in found.model_dump_json()


@pytest.mark.parametrize("task", nightly_after(2, TASKS))
def test_new_test_rows_are_scored_by_the_models_of_both(task: Task, tmp_path: Path) -> None:
    rows, its = rows_of(task), contract(task)
    base = side(tmp_path / "base", rows[:600], its, "x")
    found = compared(base, side(tmp_path / "head", rows, its, "x"), its)

    assert [part.count for part in found.metrics.paired] == [200, 300]
    assert told(found, 1)[tasks.TASKS[task].main_metric].low is not None


def test_rows_that_the_base_was_trained_on_are_left_out_and_it_is_said(tmp_path: Path) -> None:
    rows, its = rows_of("binary"), contract("binary")
    other = rows.assign(split=np.where(rows["number"] % 2, "train", "test"))
    base = side(tmp_path / "base", other, its, "x")
    found = compared(base, side(tmp_path / "head", rows, its, "x"), its)

    assert [(part.rows, part.count) for part in found.metrics.paired] == [
        ("the test rows that both have", 150),
        ("the test rows of head that are new to base, scored by both models", 150),
    ]
    # Odd numbers were for training; now all are that three does not divide.
    assert (found.data.rows.to_test, found.data.rows.to_training) == (150, 300)
    assert found.data.seen == 150


def test_a_model_that_knows_fewer_classes_than_its_contract_has_no_cost(tmp_path: Path) -> None:
    rows, its = rows_of("multiclass"), contract("multiclass")
    base = side(tmp_path / "base", rows, its, "x")
    head = side(tmp_path / "head", rows, its, "x")
    few = rows[rows["y"] != "car"]
    older = contract("multiclass", y=Column(type="text", categories=("bike", "bus")))
    model_files.dump_model(fitted(few, ["x"], older), head.folder / paths.MODEL)
    found = compared(base, head, its)

    costs = {cost.name: cost for cost in found.cost}
    assert (costs["predict_one_ms"].head, costs["bytes"].head is None) == (None, False)
    assert costs["predict_one_ms"].base > 0


@pytest.mark.parametrize("task", TASKS)
def test_of_settings_that_cannot_be_read_the_task_is_told_by_the_contract(
    task: Task, tmp_path: Path
) -> None:
    both = [side(tmp_path / name, rows_of(task), contract(task), "x") for name in ("base", "head")]
    revisions = ComparisonInputs(*both, Run(None, {}, ()), (), NOW)
    found = assemble.without_settings(revisions, "params.yaml: no")
    assert (found.task, found.main_metric) == (task, tasks.TASKS[task].main_metric)


def test_what_a_stage_did_not_write_in_the_run_that_failed_is_not_told_as_the_heads(
    tmp_path: Path,
) -> None:
    rows, its = rows_of("binary"), contract("binary")
    base, head = (side(tmp_path / name, rows, its, "x") for name in ("base", "head"))
    by_stage = {name: compared(base, head, its, name) for name in ("prepare", "validate", "train")}

    for name, found in by_stage.items():
        gone = Missing(missing=f"the stage {name} failed")
        assert (found.metrics, found.scores, found.cost) == (gone, gone, gone)
        of_rows = (found.data.rows, found.data.test_rows, found.data.seen, found.data.repeated)
        known = (found.data.quarantine, found.data.findings)
        assert [isinstance(part, Missing) for part in of_rows] == [name != "train"] * 4
        # What validate wrote before it failed says why it did.
        assert [isinstance(part, Missing) for part in known] == [name == "prepare"] * 2
        rule = next(rule for rule in found.gate.rules if rule.rule == "checks of the data")
        assert rule.outcome == ("warn" if name == "prepare" else "pass")


def test_what_the_base_had_in_quarantine_may_be_unknown(tmp_path: Path) -> None:
    rows, its = rows_of("binary"), contract("binary")
    base, head = (side(tmp_path / name, rows, its, "x") for name in ("base", "head"))
    text_files.write_json(base.folder / "metrics/validate.json", {"quarantined": [7]})
    quarantine = compared(base, head, its).data.quarantine
    assert (quarantine.rows, quarantine.base_rows) == (7, None)


def test_data_that_was_never_checked_passes_no_check(tmp_path: Path) -> None:
    rows, its = rows_of("binary"), contract("binary")
    base, head = (side(tmp_path / name, rows, its, "x") for name in ("base", "head"))
    (head.folder / "metrics/validate.json").unlink()
    found = compared(base, head, its)
    rule = next(rule for rule in found.gate.rules if rule.rule == "checks of the data")
    assert (rule.outcome, rule.unknown) == ("warn", True)
    assert "checks of the data" in markdown.render(
        document(json.loads(found.model_dump_json())), None
    )


def test_a_time_that_no_row_has_is_told(tmp_path: Path) -> None:
    its = contract("binary", when=Column(type="time", feature=False, nullable=True))
    its = its.model_copy(update={"time": "when"})
    rows = rows_of("binary").assign(when=pd.Series(pd.NaT, range(900), dtype="datetime64[us]"))
    base, head = (side(tmp_path / name, rows, its, "x") for name in ("base", "head"))
    assert compared(base, head, its).data.newest == Missing(missing="no row has a when")


@pytest.mark.nightly
def test_many_slices_and_transitions_are_cut_and_the_cut_is_told(tmp_path: Path) -> None:
    rows = rows_of("binary", 9000)
    rows["place"] = (rows["number"] // 30).astype(str)
    its = contract("binary")
    base = side(tmp_path / "base", rows, its, "x")
    found = compared(base, side(tmp_path / "head", rows, its, "x", "z"), its)

    assert (found.slices.tested, len(found.slices.slices)) == (300, 200)
    assert "slices: 200 of 300 are listed" in found.shortened


def both_sides(tmp_path: Path, its: Contract | None = None) -> tuple[Revision, Revision, Contract]:
    """Two sides that are the same, for a test to change a file of one."""
    its = its or contract("binary")
    base, head = (side(tmp_path / name, rows_of("binary"), its, "x") for name in ("base", "head"))
    return base, head, its


def rewrite(revision: Revision, name: str, content: Any) -> None:
    """Let a revision have another content in a file of JSON or YAML."""
    (revision.folder / name).write_text(json.dumps(content), encoding="utf-8")


def test_the_same_on_both_sides_is_the_same_in_every_respect(tmp_path: Path) -> None:
    found = compared(*both_sides(tmp_path))
    assert {one.verdict for one in told(found).values()} == {"the same"}
    assert found.metrics.same_rows
    assert [(own.side, own.count) for own in found.metrics.own] == [("base", 300), ("head", 300)]
    assert (found.decisions.changed, found.scores.mean_shift) == (0, 0)
    assert (found.data.test_rows, found.data.repeated, found.data.seen) == (300, 0, 0)
    assert (found.data.rows.added, found.data.rows.edited, found.data.contract) == (0, 0, ())
    assert (found.causes.parameters, found.causes.stages, found.shortened) == ((), (), ())
    assert "the gate itself" not in {rule.rule for rule in found.gate.rules}


def test_the_same_model_with_the_same_packages_has_one_cost(tmp_path: Path) -> None:
    base, head, its = both_sides(tmp_path)
    shutil.copy2(head.folder / paths.MODEL, base.folder / paths.MODEL)

    def predicting() -> list[tuple[bool, bool]]:
        costs = compared(base, head, its).cost
        named = [cost for cost in costs if cost.name == "predict_one_ms"]
        return [(cost.same, cost.base == cost.head) for cost in named]

    assert predicting() == [(True, True)]
    (head.folder / PACKAGES).parent.mkdir()
    (head.folder / PACKAGES).write_text("skops==0.13.0\n", encoding="utf-8")
    assert predicting() == [(False, False)]


def test_findings_are_new_if_the_base_has_none_such_but_for_its_figures(tmp_path: Path) -> None:
    base, head, its = both_sides(tmp_path)
    quarantined = {"rows": 0, "share": 0.0, "checks": []}
    details = {
        base: ["column age: index 0.61", "partition 2013-09: 5 rows", "1,204 rows"],
        head: ["column wind: index 0.61", "partition 2013-10: 5 rows", "column age: index 1.62"],
    }
    for side, told in details.items():
        findings = [{"check": "drift", "status": "warn", "detail": detail} for detail in told]
        rewrite(side, "metrics/validate.json", {"quarantined": quarantined, "findings": findings})
    found = compared(base, head, its).data.findings
    assert [(one.detail, one.new) for one in found] == [
        ("column wind: index 0.61", True),
        ("partition 2013-10: 5 rows", True),
        ("column age: index 1.62", False),
    ]
    rewrite(base, "metrics/validate.json", [])
    assert {one.new for one in compared(base, head, its).data.findings} == {None}


def test_findings_are_listed_failures_first_and_those_that_pass_are_not(tmp_path: Path) -> None:
    base, head, its = both_sides(tmp_path)
    findings = [
        {"check": f"{status} {number}", "status": status, "detail": "why"}
        for number in range(51)
        for status in ("pass", "warn", "fail")
    ]
    quarantined = {"rows": 7, "share": 0.01, "checks": []}
    rewrite(head, "metrics/validate.json", {"quarantined": quarantined, "findings": findings})
    found = compared(base, head, its)
    names = [finding.check for finding in found.data.findings]
    assert names == [*(f"fail {n}" for n in range(51)), *(f"warn {n}" for n in range(49))]
    assert found.shortened == ("findings of validate: 100 of 102 are listed",)
    rewrite(head, "metrics/validate.json", {"quarantined": quarantined, "findings": [{}]})
    assert compared(base, head, its).data.findings == Missing(
        missing="metrics/validate.json does not say what was checked"
    )


def test_checks_of_the_contract_are_counted_on_both_sides(tmp_path: Path) -> None:
    base, head, its = both_sides(tmp_path)
    for revision, checks in ((base, {"x": 3, "y": 1}), (head, {"z": 2, "x": 5})):
        entries = [{"column": name, "check": "range", "rows": n} for name, n in checks.items()]
        quarantined = {"rows": sum(checks.values()), "share": 0.01, "checks": entries}
        rewrite(revision, "metrics/validate.json", {"quarantined": quarantined, "findings": []})
    quarantine = compared(base, head, its).data.quarantine
    assert (quarantine.rows, quarantine.share, quarantine.base_rows) == (7, 0.01, 4)
    assert [(one.column, one.base_rows, one.head_rows) for one in quarantine.checks] == [
        ("z", 0, 2),
        ("x", 3, 5),
        ("y", 1, 0),
    ]


def test_the_newest_row_is_told_with_its_age_in_days(tmp_path: Path) -> None:
    its = contract("binary", when=Column(type="time", feature=False))
    its = its.model_copy(update={"time": "when"})
    when = pd.Timestamp("2025-12-30 12:00") - pd.to_timedelta(np.arange(900), unit="h")
    for zone in (None, "UTC"):
        rows = rows_of("binary").assign(when=when.tz_localize(zone))
        base, head = (side(tmp_path / name, rows, its, "x") for name in ("base", "head"))
        newest = compared(base, head, its).data.newest
        assert newest.moment.startswith("2025-12-30 12:00:00")
        assert newest.age_days == 1.5


def test_figures_of_training_rows_are_those_that_are_numbers(tmp_path: Path) -> None:
    base, head, its = both_sides(tmp_path)
    written = json.loads((head.folder / "metrics/evaluate.json").read_text(encoding="utf-8"))
    odd = {"roc_auc": 0.5, "f1": None, "brier": "low", "recall": 1, "weight": 3}
    rewrite(head, "metrics/evaluate.json", written | {"train": odd})
    assert compared(base, head, its).metrics.training == {"roc_auc": 0.5, "recall": 1.0}
    rewrite(head, "metrics/evaluate.json", written | {"train": [1]})
    assert compared(base, head, its).metrics.training == {}


def test_figures_that_neither_scores_nor_rows_give_are_told(tmp_path: Path) -> None:
    base, head, its = both_sides(tmp_path)
    written = json.loads((head.folder / "metrics/evaluate.json").read_text(encoding="utf-8"))
    written["test"]["roc_auc"] = 0.99
    rewrite(head, "metrics/evaluate.json", written)
    rewrite(head, "metrics/train.json", {"rows": 601})
    found = compared(base, head, its).reproduction
    assert found.state == "differs"
    assert [one.name for one in found.differences] == [
        "evaluate.json: test.roc_auc",
        "train.json: rows",
    ]


@pytest.mark.parametrize(
    ("before", "after", "warned"),
    nightly_after(
        2,
        [
            ({"repeated": 0.1}, {"repeated": 0.5}, True),
            ({"repeated": 0.5}, {"repeated": 0.5}, False),
            (None, {"repeated": 0.5}, False),
            ({"repeated": 0.1}, None, True),
        ],
    ),
)
def test_rules_that_are_not_those_of_the_base_are_told(
    before: Any, after: Any, warned: bool, tmp_path: Path
) -> None:
    base, head, its = both_sides(tmp_path)
    for revision, rules in ((base, before), (head, after)):
        evaluate = {"evaluate": {"threshold": 0.5}}
        rewrite(revision, "params.yaml", evaluate | ({"gate": rules} if rules else {}))
    found = compared(base, head, its, **(after or {}))
    assert ("the gate itself" in {rule.rule for rule in found.gate.rules}) == warned


def test_the_rules_of_the_base_judge_and_those_of_the_head_are_shown(tmp_path: Path) -> None:
    base, head, its = both_sides(tmp_path)
    evaluate = {"evaluate": {"threshold": 0.5}}
    strict, lax = ({"limits": {"roc_auc": {"min": least}}} for least in (0.99, 0.1))
    rewrite(base, "params.yaml", evaluate | {"gate": strict})
    rewrite(head, "params.yaml", evaluate | {"gate": lax})
    rules = {rule.rule: rule for rule in compared(base, head, its, **lax).gate.rules}
    assert (rules["roc_auc, limit"].outcome, rules["roc_auc, limit"].asks) == (
        "fail",
        "at least 0.99",
    )
    assert "would fail" in rules["the gate itself"].found
    assert "roc_auc" not in rules["the gate itself"].found


@pytest.mark.parametrize(
    ("packages", "exact"),
    [
        (f"numpy=={np.__version__}  # a comment\nnot-for-this-system==1.0\n", True),
        (f"numpy=={np.__version__}.1\n", False),
    ],
)
def test_only_other_packages_than_those_that_judge_excuse_rounding(
    packages: str, exact: bool, tmp_path: Path
) -> None:
    base, head, its = both_sides(tmp_path)
    for revision, content in ((base, "numpy==2.0\n"), (head, packages)):
        path = revision.folder / "requirements/run.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    assert compared(base, head, its).provenance.exact == exact


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("slices", [], ["evaluate.slices"]),
        ("min_slice_rows", 900, ["evaluate.min_slice_rows"]),
        ("threshold", 0.6, []),
    ],
)
def test_slices_judge_and_the_threshold_is_the_models(
    key: str, value: Any, named: list[str], tmp_path: Path
) -> None:
    base, head, its = both_sides(tmp_path)
    section = {"slices": ["place"], "min_slice_rows": 10, "threshold": 0.5}
    rewrite(base, "params.yaml", {"evaluate": section})
    rewrite(head, "params.yaml", {"evaluate": section | {key: value}})
    settings = compared(base, head, its).provenance.settings
    assert [change.name for change in settings] == named


def test_the_clusters_of_the_base_count(tmp_path: Path) -> None:
    base, head, its = both_sides(tmp_path)
    evaluate = {"evaluate": {"threshold": 0.5}}
    for cluster, expected in ((None, None), ("place", "place"), ("nowhere", "place")):
        rewrite(base, "params.yaml", evaluate | {"compare": {"cluster": cluster}})
        assert compared(base, head, its).metrics.paired[0].cluster == expected


@pytest.mark.parametrize("lacks", ["base", "head"])
def test_without_a_threshold_nothing_is_decided(lacks: str, tmp_path: Path) -> None:
    base, head, its = both_sides(tmp_path)
    rewrite(base if lacks == "base" else head, "params.yaml", {})
    found = compared(base, head, its)
    gone = Missing(missing=f"{lacks} has no evaluate.threshold in params.yaml")
    assert found.decisions == gone
    if lacks == "head":
        assert found.metrics == gone
    else:
        assert found.metrics.paired == gone
        assert [own.side for own in found.metrics.own] == ["head"]


def test_a_model_that_takes_columns_which_the_head_lacks_has_no_times(tmp_path: Path) -> None:
    rows, its = rows_of("binary"), contract("binary")
    older = contract("binary", w=Column(type="float"))
    base = side(tmp_path / "base", rows.assign(w=rows["x"]), older, "x", "w")
    found = compared(base, side(tmp_path / "head", rows, its, "x"), its)
    costs = {cost.name: cost for cost in found.cost}
    assert costs["predict_one_ms"].base is None
    assert costs["predict_one_ms"].head > 0
    assert costs["bytes"].base > 0


def test_slices_have_as_many_rows_as_params_yaml_asks_for_but_classes_any(tmp_path: Path) -> None:
    rows, its = rows_of("multiclass"), contract("multiclass")
    tests = rows.index[rows["split"] == "test"]
    rows.loc[tests[:9], "place"] = "small"
    rows.loc[tests[9:19], "place"] = "large enough"
    base = side(tmp_path / "base", rows, its, "x")
    found = compared(base, side(tmp_path / "head", rows, its, "x"), its)
    parts = {(one.column, one.value): one.count for one in found.slices.slices}
    assert parts["place", "large enough"] == 10
    assert ("place", "small") not in parts
    assert {value for column, value in parts if column == "y"} == set(CLASSES)


def test_an_error_names_a_side_and_not_the_folder_that_it_lies_in(tmp_path: Path) -> None:
    base, head, its = both_sides(tmp_path)
    path = base.folder / paths.VALIDATED / "one.parquet"
    path.write_bytes(b"no table")
    found = compared(base, head, its)
    assert str(tmp_path) not in found.model_dump_json()
    assert "base: data/validated/one.parquet" in found.data.rows.missing


@pytest.mark.parametrize("data_only", [False, True])
def test_no_command_of_a_head_that_is_data_is_run(data_only: bool, tmp_path: Path) -> None:
    """A lock may name any command, and none of what it would have to read."""
    base, head, its = both_sides(tmp_path)
    ran = tmp_path / "ran"
    (head.folder / "src").mkdir()
    rewrite(head, "dvc.lock", {"schema": "2.0", "stages": {"train": {"cmd": f"touch {ran}"}}})
    found = compared(base, replace(head, data_only=data_only), its)
    assert ran.exists() != data_only
    (training, *_) = found.cost
    assert (training.note == cost.NOT_RUN) == data_only
