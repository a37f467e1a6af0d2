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
from truerun.model import results
from truerun.model.predictor import Predictor
from truerun.monitor.__main__ import main
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
    figures = results.summarize_all({"test": test, "train": test}, contract, chosen)
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
    assert bool(result.expected) == (task == "binary")
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
