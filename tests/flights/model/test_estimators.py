"""Every estimator that params.yaml can name: built as told, the same with any number of threads."""

import io
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tqdm import tqdm

from tests.conftest import ROOT
from tests.tasks import TASKS, smaller
from tests.variants import nightly_after
from truerun.base import paths, tables
from truerun.base.errors import TruerunError
from truerun.base.tasks import Task
from truerun.contract import contract as contracts
from truerun.model import estimators, model_files
from truerun.model.estimators import ESTIMATORS, TRUSTED
from truerun.model.metrics import main_metric
from truerun.params.train import Train
from truerun.project import params
from truerun.stages import train
from truerun.tune.dotted import flat

pytestmark = pytest.mark.slow

CONTRACT = contracts.load(ROOT / "schema.yaml")
SERVED = [(name, task) for name, each in ESTIMATORS.items() for task in each.tasks]
SMALL = {"max_iter": 20, "n_estimators": 8, "min_samples_leaf": 5, "min_child_samples": 5}


def chosen(model: str) -> Train:
    """The repository's parameters of training, with fewer and smaller trees."""
    settings = params.load(ROOT / "params.yaml").train
    section = smaller(getattr(settings, model), SMALL)
    return settings.model_copy(update={"model": model, model: section})


def data(task: Task = "binary", rows: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Features of which two decide the target, some values missing."""
    random = np.random.default_rng(5)
    features = random.normal(size=(rows, 6)).astype(np.float32)
    known = features[:, 0] - features[:, 3]
    blurred = known + random.normal(size=rows)
    target = {
        "binary": (blurred > 0.5).astype(np.int8),
        "multiclass": np.digitize(blurred, [-1, 1]).astype(np.int64),
        "regression": blurred.astype(np.float64),
        "counts": random.poisson(np.exp(known - 0.5)).astype(np.int64),
    }[task]
    features[random.random(features.shape) < 0.05] = np.nan
    return features, target


def scores(estimator: Any, features: np.ndarray, task: Task) -> np.ndarray:
    """What `targets.predicted` makes of a model."""
    if task in ("regression", "counts"):
        return estimator.predict(features)
    found = estimator.predict_proba(features)
    return found if task == "multiclass" else found[:, 1]


def test_training_rows_are_those_of_all_partitions_in_order(in_folder) -> None:
    in_folder()
    random = np.random.default_rng(3)
    parts = {}
    for name, rows in (("2013-02", 5), ("2013-01", 1), ("2013-03", 40)):
        values = random.normal(size=(rows, 3)).astype(np.float32)
        parts[name] = pd.DataFrame(values, columns=["b", "a", "c"]).assign(late=np.int8(rows % 2))
        tables.write_table(parts[name], tables.partition(paths.FEATURES, name))
    expected = pd.concat([parts[name] for name in sorted(parts)])
    names, features, target = train.training_rows(CONTRACT)
    assert names == ["b", "a", "c"]
    np.testing.assert_array_equal(features, expected[["b", "a", "c"]])
    np.testing.assert_array_equal(target, expected["late"])
    assert features.flags.c_contiguous


@pytest.mark.parametrize(("model", "task"), nightly_after(10, SERVED))
def test_an_estimator_learns_and_takes_its_parameters(model: str, task: Task) -> None:
    settings = chosen(model)
    estimator = estimators.build(settings, task)
    last = estimator[-1] if hasattr(estimator, "steps") else estimator
    given = flat(getattr(settings, model).model_dump())
    assert {name: last.get_params()[name.replace(".", "__")] for name in given} == given
    features, target = data(task)
    score = scores(estimators.fit(model, estimator, features, target), features, task)
    expected = np.mean(np.eye(3)[target], axis=0) if task == "multiclass" else target.mean()
    constant = np.broadcast_to(expected, score.shape)
    metric = main_metric(task)
    values = [metric.value(target, np.asarray(s), target) for s in (score, constant)]
    if model == "baseline":
        assert score == pytest.approx(constant)
    elif metric.higher_is_better:
        assert values[0] > values[1] + 0.1
    else:
        assert values[0] < 0.9 * values[1]
    if task == "counts":
        assert score.min() > 0


@pytest.mark.parametrize(("model", "task"), SERVED)
def test_nothing_is_learned_of_what_no_training_row_has(model: str, task: Task) -> None:
    features, target = data(task, 300)
    features[:, 2] = np.nan
    later = np.array(features)
    later[:, 2] = np.linspace(-9, 9, len(later))
    estimator = estimators.fit(model, estimators.build(chosen(model), task), features, target)

    np.testing.assert_array_equal(scores(estimator, later, task), scores(estimator, features, task))
    assert np.isnan(features[:, 2]).all()


@pytest.mark.parametrize(
    ("model", "task", "told"),
    [
        ("ridge", "binary", "hist_gradient_boosting, logistic_regression, random_forest"),
        ("ridge", "counts", "hist_gradient_boosting, random_forest, lightgbm, blend, baseline"),
        ("logistic_regression", "regression", "hist_gradient_boosting, ridge, random_forest"),
    ],
)
def test_a_model_that_does_not_serve_the_task_is_refused(model: str, task: Task, told: str) -> None:
    with pytest.raises(TruerunError) as caught:
        estimators.build(chosen(model), task)
    assert f"params.yaml: train.model is {model}, which does not serve" in str(caught.value)
    assert f"{task}: take {told}" in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "regression", "counts"])
@pytest.mark.parametrize("model", ["hist_gradient_boosting", "lightgbm", "blend"])
def test_the_score_of_boosted_trees_goes_with_a_column_as_it_is_told(
    model: str, task: Task
) -> None:
    features, target = data(task)
    directions = [1, -1, 1, -1, 0, 0]
    free, told = (
        estimators.fit(model, estimators.build(chosen(model), task, given), features, target)
        for given in (None, directions)
    )
    for place, direction in enumerate(directions[:4]):
        more = features.copy()
        more[:, place] += 0.5
        gained = [
            direction * (scores(model, more, task) - scores(model, features, task))
            for model in (free, told)
        ]
        assert gained[0].min() < -0.001
        assert gained[1].min() >= 0


@pytest.mark.parametrize("model", ["hist_gradient_boosting", "lightgbm", "blend"])
def test_boosted_trees_of_several_classes_take_columns_without_a_direction(model: str) -> None:
    features, target = data("multiclass")
    estimator = estimators.build(chosen(model), "multiclass", [0] * features.shape[1])
    assert (
        scores(estimators.fit(model, estimator, features, target), features, "multiclass").shape[1]
        == 3
    )


@pytest.mark.parametrize(("model", "task"), nightly_after(10, SERVED))
def test_the_seed_of_the_parameters_decides_and_the_file_is_read_as_it_was_written(
    model: str, task: Task, tmp_path
) -> None:
    features, target = data(task)
    for name in ("one", "two"):
        estimator = estimators.fit(model, estimators.build(chosen(model), task), features, target)
        model_files.dump_model(estimator, tmp_path / name, TRUSTED)
    served = model_files.load_model(tmp_path / "one", TRUSTED)
    model_files.dump_model(served, tmp_path / "again", TRUSTED)
    assert len({(tmp_path / name).read_bytes() for name in ("one", "two", "again")}) == 1
    np.testing.assert_array_equal(scores(served, features, task), scores(estimator, features, task))


@pytest.mark.slow
def test_threads_change_nothing(tmp_path) -> None:
    """Model files and scores are the same to the bit with one OpenMP thread and with two."""
    program = """if True:
        import sys
        from pathlib import Path
        from tests.flights.model.test_estimators import *
        for model, task in SERVED:
            features, target = data(task)
            estimator = estimators.build(chosen(model), task)
            estimators.fit(model, estimator, features, target)
            model_files.dump_model(estimator, Path(sys.argv[1]) / f"{model} {task}", TRUSTED)
            np.save(Path(sys.argv[1]) / f"{model} {task}.npy", scores(estimator, features, task))
    """
    for threads in ("1", "2"):
        (tmp_path / threads).mkdir()
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / threads)],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": "1"},
            check=True,
        )
    written = sorted(file.name for file in (tmp_path / "1").iterdir())
    assert len(written) == 2 * len(SERVED)
    for name in written:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", ["hist_gradient_boosting", "lightgbm", "random_forest", "blend"])
def test_progress_reaches_the_last_iteration_and_nothing_else_is_printed(
    model: str, task: Task, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bars = []

    def shown(total: int, **_: str):
        bars.append(tqdm(total=total, file=io.StringIO()))
        return bars[0]

    monkeypatch.setattr(estimators, "progress", shown)
    estimator = estimators.build(chosen(model), task)
    estimators.fit(model, estimator, *data(task))
    assert bars[0].n == bars[0].total == estimators.iterations(estimator)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("task", TASKS)
def test_a_blend_is_fitted_as_scikit_learn_does_and_scores_by_the_mean(
    task: Task, tmp_path
) -> None:
    features, target = data(task)
    ours, theirs = (estimators.build(chosen("blend"), task) for _ in range(2))
    estimators.fit("blend", ours, features, target)
    estimators.fit_quietly(theirs, features, target)
    theirs.estimators_[1].n_jobs = 1
    for name, estimator in (("ours", ours), ("theirs", theirs)):
        model_files.dump_model(estimator, tmp_path / name, TRUSTED)
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()

    settings = chosen("blend")
    alone = []
    for member in ("hist_gradient_boosting", "lightgbm"):
        section = getattr(settings.blend, member)
        own = settings.model_copy(update={"model": member, member: section})
        estimator = estimators.fit(member, estimators.build(own, task), features, target)
        alone.append(scores(estimator, features, task))
    np.testing.assert_array_equal(scores(ours, features, task), np.mean(alone, axis=0))


@pytest.mark.parametrize("task", TASKS)
def test_a_random_forest_votes_in_one_order(task: Task) -> None:
    estimator = estimators.fit(
        "random_forest", estimators.build(chosen("random_forest"), task), *data(task)
    )
    assert estimator.n_jobs == 1
