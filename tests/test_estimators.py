"""Every estimator that params.yaml can name: built as told, the same with any number of threads."""

import io
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from tqdm import tqdm

from pipeline import estimators, models, params, paths, tables
from pipeline.params import Train
from pipeline.stages import train
from tests.conftest import ROOT

MODELS = ["hist_gradient_boosting", "lightgbm", "random_forest", "logistic_regression", "baseline"]
SMALL = {"max_iter": 20, "n_estimators": 8, "min_samples_leaf": 5, "min_child_samples": 5}


def chosen(model: str) -> Train:
    """The repository's parameters of training, with fewer and smaller trees."""
    settings = params.load(ROOT / "params.yaml").train
    section = getattr(settings, model)
    small = {name: value for name, value in SMALL.items() if name in type(section).model_fields}
    return settings.model_copy(update={"model": model, model: section.model_copy(update=small)})


def data(rows: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Features of which two decide the target, some values missing."""
    random = np.random.default_rng(5)
    features = random.normal(size=(rows, 6)).astype(np.float32)
    target = (features[:, 0] - features[:, 3] + random.normal(size=rows) > 0.5).astype(np.int8)
    features[random.random(features.shape) < 0.05] = np.nan
    return features, target


def test_training_rows_are_those_of_all_partitions_in_order(in_folder) -> None:
    in_folder()
    random = np.random.default_rng(3)
    parts = {}
    for name, rows in (("2013-02", 5), ("2013-01", 1), ("2013-03", 40)):
        values = random.normal(size=(rows, 3)).astype(np.float32)
        parts[name] = pd.DataFrame(values, columns=["b", "a", "c"]).assign(late=np.int8(rows % 2))
        tables.write_table(parts[name], tables.partition(paths.FEATURES, name))
    expected = pd.concat([parts[name] for name in sorted(parts)])
    names, features, target = train.training_rows("late")
    assert names == ["b", "a", "c"]
    np.testing.assert_array_equal(features, expected[["b", "a", "c"]])
    np.testing.assert_array_equal(target, expected["late"])
    assert features.flags.c_contiguous


@pytest.mark.parametrize("model", MODELS)
def test_an_estimator_learns_and_takes_its_parameters(model: str) -> None:
    settings = chosen(model)
    estimator = estimators.build(settings)
    last = estimator[-1] if hasattr(estimator, "steps") else estimator
    given = getattr(settings, model).model_dump()
    assert {name: last.get_params()[name] for name in given} == given
    features, target = data()
    score = estimators.fit(estimator, features, target).predict_proba(features)[:, 1]
    if model == "baseline":
        assert score == pytest.approx(np.full(len(target), target.mean()))
    else:
        assert score[target == 1].mean() > score[target == 0].mean() + 0.1


@pytest.mark.parametrize("model", ["hist_gradient_boosting", "lightgbm"])
def test_the_score_of_boosted_trees_goes_with_a_column_as_it_is_told(model: str) -> None:
    features, target = data()
    directions = [1, -1, 1, -1, 0, 0]
    free, told = (
        estimators.fit(estimators.build(chosen(model), given), features, target)
        for given in (None, directions)
    )
    for place, direction in enumerate(directions[:4]):
        more = features.copy()
        more[:, place] += 0.5
        gained = [
            direction * (model.predict_proba(more)[:, 1] - model.predict_proba(features)[:, 1])
            for model in (free, told)
        ]
        assert gained[0].min() < -0.001
        assert gained[1].min() >= 0


@pytest.mark.parametrize("model", MODELS)
def test_the_seed_of_the_parameters_decides(model: str, tmp_path) -> None:
    features, target = data()
    for name in ("one", "two"):
        estimator = estimators.fit(estimators.build(chosen(model)), features, target)
        models.dump_model(estimator, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.slow
def test_threads_change_nothing(tmp_path) -> None:
    """Model files and scores are the same to the bit with one OpenMP thread and with two."""
    program = """if True:
        import sys
        from pathlib import Path
        from tests.test_estimators import *
        features, target = data()
        for model in MODELS:
            estimator = estimators.fit(estimators.build(chosen(model)), features, target)
            models.dump_model(estimator, Path(sys.argv[1]) / model)
            np.save(Path(sys.argv[1]) / f"{model}.npy", estimator.predict_proba(features))
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
    assert len(written) == 2 * len(MODELS)
    for name in written:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


@pytest.mark.parametrize("model", ["hist_gradient_boosting", "lightgbm", "random_forest"])
def test_progress_reaches_the_last_iteration_and_nothing_else_is_printed(
    model: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bars = []

    def shown(total: int, **_: str):
        bars.append(tqdm(total=total, file=io.StringIO()))
        return bars[0]

    monkeypatch.setattr(estimators, "progress", shown)
    estimator = estimators.build(chosen(model))
    estimators.fit(estimator, *data())
    assert bars[0].n == bars[0].total == estimators.iterations(estimator)
    assert capfd.readouterr() == ("", "")


def test_a_random_forest_votes_in_one_order() -> None:
    estimator = estimators.fit(estimators.build(chosen("random_forest")), *data())
    assert estimator.n_jobs == 1
