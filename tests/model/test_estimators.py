"""The estimators: what the file of each says is true, and its library is imported when needed."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import yaml
from skops.io import dumps, get_untrusted_types
from threadpoolctl import threadpool_info, threadpool_limits

from tests.conftest import PARAMS
from tests.tasks import TASKS, smaller
from truerun.base import settings
from truerun.base.settings import SettingsError, load_section
from truerun.base.tasks import Task
from truerun.model import estimators, model_files
from truerun.model.estimators import ESTIMATORS, NAMES, TRUSTED
from truerun.params.train import Train
from truerun.tune.dotted import flat

SMALL = {"max_iter": 50, "n_estimators": 3, "min_samples_leaf": 5, "min_child_samples": 5}


def chosen(name: str) -> Train:
    """The parameters of a project that has chosen an estimator, with few trees."""
    train = load_section(estimators.SECTION, PARAMS, "train")
    return train.model_copy(update={"model": name, name: smaller(getattr(train, name), SMALL)})


def data(task: Task) -> tuple[np.ndarray, np.ndarray]:
    """Features of which two decide the target, some values missing."""
    random = np.random.default_rng(5)
    features = random.normal(size=(200, 4)).astype(np.float32)
    known = features[:, 0] - features[:, 3]
    target = {
        "binary": (known > 0).astype(np.int8),
        "multiclass": np.digitize(known, [-1, 1]),
        "regression": known.astype(np.float64),
        "counts": random.poisson(np.exp(known)),
    }[task]
    features[random.random(features.shape) < 0.05] = np.nan
    return features, target


def served(name: str, parameters: dict[str, Any], task: Task) -> Any:
    """An estimator as its file has it, fitted with parameters as params.yaml has them."""
    content = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))["train"]
    content |= {"model": name, name: parameters}
    train = settings.checked(estimators.SECTION, content, PARAMS, "train")
    estimator = estimators.fit(name, estimators.build(train, task), *data(task))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "estimator.skops"
        model_files.dump_model(estimator, path, TRUSTED)
        return model_files.load_model(path, TRUSTED)


@pytest.mark.parametrize("name", NAMES)
def test_an_estimator_is_fitted_and_served_by_its_name(name: str) -> None:
    parameters = getattr(chosen(name), name).model_dump()
    task = ESTIMATORS[name].tasks[0]
    features, _ = data(task)

    assert len(served(name, parameters, task).predict(features)) == len(features)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_types_that_an_estimator_trusts_are_those_in_its_files(name: str) -> None:
    needed = set()
    for task in ESTIMATORS[name].tasks:
        estimator = estimators.build(chosen(name), task)
        needed |= set(get_untrusted_types(data=dumps(estimators.fit(name, estimator, *data(task)))))

    assert needed == set(ESTIMATORS[name].trusted)
    assert needed <= set(TRUSTED)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_searched_is_a_parameter(name: str) -> None:
    parameters = flat(getattr(chosen(name), name).model_dump())
    assert set(ESTIMATORS[name].ranges) <= set(parameters)


@pytest.mark.parametrize("task", TASKS)
def test_every_task_is_served_and_has_a_baseline(task: Task) -> None:
    serving = [name for name in NAMES if task in ESTIMATORS[name].tasks]
    assert len(serving) > 3
    assert "baseline" in serving


@pytest.mark.slow
def test_no_library_is_imported_before_an_estimator_is_built() -> None:
    program = (
        "import sys; from pathlib import Path; from truerun.project import params; "
        "params.load(Path(sys.argv[1])); print({'lightgbm', 'sklearn'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program, str(PARAMS)]
    assert subprocess.check_output(command, text=True) == "set()\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "  model: hist_gradient_boosting",
            "  model: oracle",
            "train.model: Input should be 'hist_",
        ),
        ("  ridge:\n", "  rigde:\n", "train.rigde is not a known key (did you mean ridge?)"),
        ("    alpha: 1.0", "    alpha: 0.0", "train.ridge.alpha: Input should be greater than 0"),
        ("    alpha: 1.0", "    alhpa: 1.0", "train.ridge.alhpa is not a known key (did you mean"),
        ("    alpha: 1.0", "    alhpa: 1.0", "train.ridge.alpha is missing"),
        ("  baseline: {}\n", "", "train.baseline is missing"),
    ],
)
def test_a_stage_refuses_a_wrong_key_of_any_estimator(
    tmp_path, old: str, new: str, message: str
) -> None:
    text = PARAMS.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / "params.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        load_section(estimators.SECTION, path, "train")
    assert str(error.value).startswith(f"{path}: ")
    assert message in str(error.value)


def test_a_small_fit_takes_one_thread_and_a_large_one_all_that_there_are() -> None:
    def taken(count: int) -> set[int]:
        with estimators.threads(np.zeros(count)):
            pools = threadpool_info()
        return {pool["num_threads"] for pool in pools if pool["user_api"] == "openmp"}

    with threadpool_limits(2, user_api="openmp"):
        assert taken(1000) == {1}
        assert taken(estimators.FEW + 1) == {2}
