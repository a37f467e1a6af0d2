"""A search is steady, goes on after an interrupt, and says honestly what it gains."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from tests.conftest import PARAMS, ROOT, heeds_interrupts, wait_until
from tests.tasks import CLASSES, contract_of
from tests.variants import nightly_after
from truerun.base import paths, tables, yaml_text
from truerun.contract.contract import Contract
from truerun.model.estimators import ESTIMATORS
from truerun.model.estimators.ranges import Range
from truerun.model.split import SPLIT
from truerun.project import params
from truerun.stages import featurize
from truerun.tune import __main__ as tune
from truerun.tune import dotted, folds, options

pytestmark = pytest.mark.slow

TUNE = (sys.executable, "-m", "truerun.tune")


def real(task: str, rows: int = 150) -> pd.DataFrame:
    """Some rows of a table of scikit-learn, with the columns x0 to x4 and `target`."""
    load = {"binary": load_breast_cancer, "multiclass": load_wine}.get(task, load_diabetes)
    features, target = load(return_X_y=True)
    if task == "multiclass":
        target = np.array(CLASSES)[target]
    if task == "counts":
        target = (target // 50).astype(np.int64)
    table = pd.DataFrame(features[:, :5], columns=[f"x{n}" for n in range(5)])
    return table.assign(target=target).sample(rows, random_state=1, ignore_index=True)


def noise(rows: int) -> pd.DataFrame:
    """Numbers that say nothing of the target."""
    random = np.random.default_rng(3)
    table = pd.DataFrame(random.normal(size=(rows, 5)), columns=[f"x{n}" for n in range(5)])
    return table.assign(target=random.integers(2, size=rows))


def lay_down(task: str, rows: pd.DataFrame, model: str, **more: Any) -> Contract:
    """Write settings, validated rows and features of a project into the folder at hand."""
    given = {name: {"type": "float"} for name in rows if name not in ("target", "id")}
    if "group" in rows:
        given["group"] = {"type": "int", "feature": False}
    contract = contract_of(task, given)
    told = contract.model_dump(mode="json", exclude_defaults=True)
    paths.SCHEMA.write_text(yaml.safe_dump(told), encoding="utf-8")
    held = yaml_text.loaded(PARAMS.read_text(encoding="utf-8"))
    held["featurize"]["exclude"] = []
    held["train"]["model"] = model
    held["compare"].update(more)
    paths.PARAMS.write_text(yaml_text.dumped(held), encoding="utf-8")
    numbered = rows.assign(id=range(len(rows)))
    side = np.where(numbered["id"] % 4 == 3, "test", "train")
    for name, part in numbered.assign(**{SPLIT: side}).groupby(numbered["id"] > len(rows) / 2):
        tables.write_table(part, tables.partition(paths.VALIDATED, str(name)))
    featurize.main()
    return contract


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def search(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command prints."""
    capsys.readouterr()
    tune.main(arguments)
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The message with which the command fails."""
    with pytest.raises(SystemExit) as ended:
        tune.main(arguments)
    assert ended.value.code == 1
    return capsys.readouterr().err


def test_every_parameter_that_is_searched_can_be_written_and_read_again() -> None:
    text = PARAMS.read_text(encoding="utf-8")
    for model, estimator in ESTIMATORS.items():
        ranges = estimator.ranges
        for end in ("low", "high"):
            values = {name: getattr(where, end) for name, where in ranges.items()}
            text = tune.with_parameters(text, model, values)
            held = dotted.flat(yaml.safe_load(text)["train"][model])
            assert {name: held[name] for name in values} == values
            Path("params.yaml").write_text(text, encoding="utf-8")
            assert params.load()


def test_a_search_with_scores_that_rise_is_none_with_scores_that_fall() -> None:
    contract = lay_down("binary", real("binary"), "hist_gradient_boosting")
    made = []
    for direction in ("increasing", "decreasing"):
        told = contract.model_dump(mode="json", exclude_defaults=True)
        told["columns"]["x0"]["monotone"] = direction
        paths.SCHEMA.write_text(yaml.safe_dump(told), encoding="utf-8")
        chosen = params.load()
        made.append(tune.search_conditions(chosen.train, folds.read(chosen)))
    assert {name for name in made[0] if made[0][name] != made[1][name]} == {"monotone"}


def test_a_value_is_tried_as_it_is_shown() -> None:
    assert Range(0.01, 1.0).rounded(0.123456) == 0.123
    assert Range(1, 10).rounded(7) == 7


@pytest.mark.parametrize(
    ("task", "model", "metric"),
    nightly_after(
        3,
        [
            ("binary", "logistic_regression", "ROC AUC"),
            ("multiclass", "logistic_regression", "log loss"),
            ("regression", "ridge", "RMSE"),
            ("counts", "random_forest", "Poisson deviance"),
            ("binary", "random_forest", "ROC AUC"),
            ("regression", "blend", "RMSE"),
        ],
    ),
)
def test_every_task_is_searched_by_its_metric_and_the_best_is_written(
    capsys: pytest.CaptureFixture[str], task: str, model: str, metric: str
) -> None:
    lay_down(task, real(task), model)
    before = paths.PARAMS.read_text(encoding="utf-8")
    printed = search(capsys, "--trials", "3", "--write")
    assert f"tune: {model} on 113 training rows of 5 features" in printed
    assert f"by {metric} in 5 folds" in printed
    told = dict(re.findall(r"^([\w.]+) +\S+ +(\S+)$", printed, re.MULTILINE))
    section = dotted.flat(getattr(params.load().train, model).model_dump())
    assert {name: str(section[name]) for name in ESTIMATORS[model].ranges} == {
        name: told[name] for name in ESTIMATORS[model].ranges
    }
    after = paths.PARAMS.read_text(encoding="utf-8")
    assert re.findall("#.*", after) == re.findall("#.*", before)
    assert len(after.splitlines()) == len(before.splitlines())


@pytest.mark.nightly
def test_the_same_search_finds_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    lay_down("binary", real("binary"), "hist_gradient_boosting")
    first, second = (
        search(capsys, "--trials", "3", "--study", f"{number}/study.db") for number in (1, 2)
    )
    assert first.replace("1/study", "2/study") == second


@pytest.mark.nightly
@pytest.mark.slow
def test_a_search_that_was_interrupted_goes_on_as_if_it_had_not_been(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lay_down("binary", real("binary"), "random_forest")
    whole = search(capsys, "--trials", "7", "--study", "whole.db")
    started = (*TUNE, "--trials", "1000", "--study", "part.db")
    process = subprocess.Popen(
        started,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/src"},
        preexec_fn=heeds_interrupts,  # noqa: PLW1509 - no other thread runs
    )
    assert wait_until(lambda: process.poll() is not None or trials("part.db") >= 2)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate()
    assert process.returncode == 0
    assert "Interrupted: the same command continues from here." in printed
    assert "current" in printed
    kept = trials("part.db")
    assert 2 <= kept < 7
    gone_on = search(capsys, "--trials", "7", "--study", "part.db")
    assert f"part.db keeps 7 trials, {7 - kept} of them new." in gone_on
    assert gone_on.partition("new.")[2] == whole.partition("new.")[2]


def trials(name: str) -> int:
    """How many trials have ended, in a search that may run."""
    try:
        with closing(sqlite3.connect(f"file:{name}?mode=ro", uri=True)) as file:
            query = "SELECT count(*) FROM trials WHERE state = 'COMPLETE'"
            return int(file.execute(query).fetchone()[0])
    except sqlite3.OperationalError:  # not there yet, or being written
        return 0


def test_a_search_on_other_data_or_of_another_model_is_refused_by_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = real("regression")
    lay_down("regression", rows, "ridge")
    search(capsys, "--trials", "2")
    lay_down("regression", rows.assign(x0=rows["x0"] * 2), "ridge")
    message = refused(capsys, "--trials", "2")
    assert f"{options.STUDY} keeps a search that was made with other training rows: " in message
    lay_down("regression", rows, "random_forest")
    message = refused(capsys, "--trials", "2")
    assert "made with other train.model: ridge, now random_forest; name another" in message
    held = paths.PARAMS.read_text(encoding="utf-8")
    lay_down("regression", rows, "ridge")
    search(capsys, "--trials", "2")
    paths.PARAMS.write_text(held.replace("seed: 20130101", "seed: 7"), encoding="utf-8")
    assert "other train.model" in refused(capsys, "--trials", "2")


def test_parameters_that_are_searched_may_change_between_two_searches(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lay_down("regression", real("regression"), "ridge")
    search(capsys, "--trials", "4", "--write")
    again = search(capsys, "--trials", "4")
    assert "4 trials, 0 of them new" in again
    assert "No trial does better than the current parameters: nothing to gain." in again


@pytest.mark.nightly
def test_the_best_of_many_by_luck_is_no_gain(capsys: pytest.CaptureFixture[str]) -> None:
    lay_down("binary", noise(300), "logistic_regression")
    printed = search(capsys, "--trials", "30")
    assert "a gain" not in printed
    assert "can't tell, it may be chance" in printed or "nothing to gain" in printed


def test_a_gain_is_told_with_its_interval(capsys: pytest.CaptureFixture[str]) -> None:
    lay_down("regression", real("regression", 400), "ridge")
    text = paths.PARAMS.read_text(encoding="utf-8")
    paths.PARAMS.write_text(text.replace("alpha: 1.0", "alpha: 5000.0"), encoding="utf-8")
    printed = search(capsys, "--trials", "8")
    assert re.search(r"^-[\d.]+ \(95 %: -[\d.]+ to -[\d.]+\): a gain$", printed, re.MULTILINE)
    assert "alpha     5000.0" in re.sub(" +(?=5000)", "     ", printed)


def test_rows_that_belong_together_are_in_one_fold() -> None:
    rows = real("binary", 200)
    lay_down("binary", rows.assign(group=np.arange(200) % 23), "lightgbm", cluster="group")
    found = folds.read(params.load())
    assert found.together == "group"
    assert found.folds == 5
    apart = pd.Series(found.fold).groupby(found.cluster).nunique()
    assert (apart == 1).all()
    lay_down("binary", rows, "lightgbm", cluster="nowhere")
    found = folds.read(params.load())
    assert found.together is None
    assert np.bincount(found.fold).tolist() == [30] * 5


def test_what_cannot_be_searched_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = real("binary")
    lay_down("binary", rows, "baseline")
    assert "train.model is baseline, which has no parameters" in refused(capsys)
    lay_down("binary", rows.assign(target=(rows.index == 0).astype(int)), "lightgbm")
    assert "1 is in 1 of the training rows" in refused(capsys)
    lay_down("binary", rows, "lightgbm")
    Path("text.db").write_text("no database, for sure\n" * 100, encoding="utf-8")
    assert "text.db cannot keep a search" in refused(capsys, "--study", "text.db")
    assert "--trials and --minutes must be above 0" in refused(capsys, "--minutes", "nan")
    assert "no trial has ended" in refused(capsys, "--minutes", "1e-9")
    table = tables.read_partitions(paths.FEATURES)
    tables.write_table(table.iloc[::-1], tables.partition(paths.FEATURES, "True"))
    assert "do not hold the same rows: run `dvc repro`" in refused(capsys)
    monkeypatch.setattr(tune, "find_spec", lambda _: None)
    assert "run `make extras` once" in refused(capsys)


def test_a_metric_of_the_gate_that_no_task_has_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lay_down("binary", real("binary"), "ridge")
    held = yaml_text.loaded(paths.PARAMS.read_text(encoding="utf-8"))
    held["gate"] = {"limits": {"roc_acu": {"min": 0.7}}}
    paths.PARAMS.write_text(yaml_text.dumped(held), encoding="utf-8")
    assert "gate.limits.roc_acu is not a known key (did you mean roc_auc?)" in refused(capsys)
