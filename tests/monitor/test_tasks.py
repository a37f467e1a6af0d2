"""The monitor holds models of every task against their test rows, also without limits or a time."""

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.conftest import PARAMS
from tests.model.test_scoring import fitted
from tests.serve.bundles import typed
from tests.tasks import TASKS
from truerun.base import paths, tables, text_files
from truerun.base.tasks import Task
from truerun.limits import __main__ as limits
from truerun.model import results, targets
from truerun.model.predictor import Predictor
from truerun.monitor import counts, labels, release
from truerun.monitor.__main__ import main
from truerun.monitor.calibrated import calibration_of_classes
from truerun.monitor.counts import DayCounts, Layout
from truerun.monitor.document import NOT_OF_NUMBERS
from truerun.monitor.lines import LinesRead, LogFiles
from truerun.monitor.result import MonitorResult
from truerun.params.evaluate import Evaluate

pytestmark = pytest.mark.slow

NAME, LAST, DAYS = "hist_gradient_boosting", dt.date(2024, 3, 31), 30


def lay_down(folder: Path, task: Task) -> pd.DataFrame:
    """A project of a model of a task; the rows that tested it."""
    test = typed(folder, task, NAME)
    _, contract = fitted(NAME, task)
    schema = contract.model_dump(mode="json", exclude_none=True)
    (folder / paths.SCHEMA).write_text(yaml.safe_dump(schema), encoding="utf-8")
    (folder / "data").mkdir()
    (folder / "validated").rename(folder / paths.VALIDATED)
    tables.write_table(test, folder / paths.PREDICTIONS)
    evaluate = {"slices": ["few"], "min_slice_rows": 15, "importance_rows": 10,
                "importance_repeats": 1, "seed": 1}  # fmt: skip
    if task == "binary":
        evaluate["threshold"] = 0.4
    content = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    content |= {"evaluate": evaluate, "compare": {}, "gate": {}, "monitor": {"groups": ["full"]}}
    content["split"] = {"by": "random", "test_share": 0.3}
    (folder / paths.PARAMS).write_text(yaml.safe_dump(content), encoding="utf-8")
    limits.write(folder)
    chosen = Evaluate.model_validate({**evaluate, "slices": ("few",)})
    learned = targets.numbers(test[contract.target], contract)
    figures = results.summarize_all({"test": test, "train": test}, learned, contract, chosen)
    text_files.write_json(folder / paths.METRICS / "evaluate.json", figures)
    return test


def write_log(test: pd.DataFrame, task: Task, random: np.random.Generator) -> None:
    """The test rows once more each day, drawn anew and with other keys; and their outcomes."""
    predictor = Predictor.load()
    names = [name for name in test if str(name).startswith("score")]
    outcomes, number = [], 0
    Path("log").mkdir()
    for back in range(DAYS):
        day = LAST - dt.timedelta(days=back)
        rows = test.sample(frac=1, replace=True, random_state=int(random.integers(10**6)))
        written = []
        for row in json.loads(rows.to_json(orient="records")):
            number += 1
            single = float(row["score"]) if task != "multiclass" else None
            of_classes = {str(name).removeprefix("score:"): row[name] for name in names}
            score = of_classes if single is None else single
            decision = max(of_classes, key=of_classes.__getitem__) if single is None else single
            if task == "binary":
                decision = int(row["score"] >= 0.4)
            cells = {name: row[name] for name in ("whole", "number", "few", "full", "many")}
            line = {
                "time": f"{day}T12:00:00.000+00:00", "role": "live", "model": predictor.version,
                "key": {"id": number}, "cells": cells, "score": score, "decision": decision,
                "refused": None, "seconds": 0.1,
            }  # fmt: skip
            written.append(json.dumps(line) + "\n")
            outcomes.append((number, row["target"]))
        Path(f"log/{day}.0.0001.jsonl").write_text("".join(written), encoding="utf-8")
    pd.DataFrame(outcomes, columns=["id", "target"]).to_csv("outcomes.csv", index=False)


@pytest.mark.parametrize(
    "task",
    [
        pytest.param(task, marks=pytest.mark.nightly) if task in ("binary", "counts") else task
        for task in TASKS
    ],
)
def test_a_model_of_each_task_holds_and_is_seen_to_fail(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    test = lay_down(tmp_path, task)
    write_log(test, task, np.random.default_rng(1))
    output = Path("reports/monitor/monitor.json")

    def watch() -> tuple[int, MonitorResult]:
        with pytest.raises(SystemExit) as ended:
            main(["log", "--labels", "outcomes.csv", "--until", str(LAST)])
        assert isinstance(ended.value.code, int)
        return ended.value.code, MonitorResult.model_validate_json(output.read_bytes())

    status, result = watch()
    assert (status, [each.detail for each in result.findings]) == (0, [])
    assert bool(result.expected) == (task in ("binary", "multiclass"))
    page = Path("reports/monitor/monitor.html").read_text(encoding="utf-8")
    assert (NOT_OF_NUMBERS in page) == (task in ("regression", "counts"))
    expected = result.expected
    assert result.labels is not None
    assert {each.verdict for each in result.labels.metrics} <= {"can't tell", "the same", "unknown"}
    assert result.labels.slices_tested >= 3
    assert bool(result.labels.gaps) == (task == "binary")
    table = pd.read_csv("outcomes.csv")
    shuffled = table["target"].sample(frac=1, random_state=1).to_numpy()
    table.assign(target=shuffled).to_csv("outcomes.csv", index=False)
    status, result = watch()
    assert status == 2
    assert "performance" in {each.check for each in result.findings}
    assert result.expected == expected  # what outcomes hang on, scores do not say


def test_several_classes_are_counted_the_same_in_parts_and_days_and_a_doubt_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also a model that is less sure of everything: its expected log loss is worse."""
    monkeypatch.chdir(tmp_path)
    test = lay_down(tmp_path, "multiclass")
    write_log(test, "multiclass", np.random.default_rng(1))
    loaded = release.load(Path("models/bundle"))
    tested = labels.tested(loaded)
    layout = Layout(loaded, calibration_of_classes(tested.target, tested.score, tested.cluster))
    answers = LogFiles.find(Path("log"))
    some = [line for _, line in answers.read(LAST, LinesRead())]
    whole = counts.of_lines(some, layout)
    parts = [counts.of_lines(part, layout) for part in (some[100:], some[:7], some[7:100])]
    assert sum(parts, DayCounts()).content() == whole.content()
    content = json.loads(json.dumps(whole.content()))
    assert DayCounts.of_content(content, layout).content() == whole.content()
    assert layout.fingerprint != Layout(loaded).fingerprint
    with pytest.raises(ValueError, match="reshape"):
        DayCounts.of_content(content, Layout(loaded))

    def watch(until: dt.date, state: str) -> MonitorResult:
        with pytest.raises(SystemExit):
            main(["log", "--until", str(until), "--output", state])
        return MonitorResult.model_validate_json(Path(state, "monitor.json").read_bytes())

    for back in (2, 1, 0):
        daily = watch(LAST - dt.timedelta(days=back), "daily")
    assert watch(LAST, "once") == daily
    for path in Path("once").rglob("*.json"):
        assert path.read_bytes() == Path("daily", *path.parts[1:]).read_bytes(), path
    assert {each.metric for each in daily.expected} >= {"log_loss", "f1_macro", "roc_auc_macro"}
    page = Path("once/monitor.html").read_text(encoding="utf-8")
    assert "What is to be expected before outcomes are known" in page
    prom = Path("once/monitor.prom").read_text(encoding="utf-8")
    assert 'truerun_monitor_expected{metric="log_loss"}' in prom
    capsys.readouterr()

    for path in Path("log").iterdir():
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for row in rows:
            row["score"] = {name: 0.2 * each + 0.8 / 3 for name, each in row["score"].items()}
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    unsure = watch(LAST, "once")
    assert "expected" in {each.check for each in unsure.findings}
    assert "by the scores alone log loss is to be expected at " in capsys.readouterr().out
