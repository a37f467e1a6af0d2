"""What is served must be what was judged: a bundle of another model, contract or threshold."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import PARAMS
from tests.model.test_scoring import fitted, laid_down
from tests.variants import nightly_after
from truerun.base import paths
from truerun.base.tasks import Task
from truerun.compare import recomputed
from truerun.compare.revision import Revision
from truerun.comparison.comparison import LockDifference, Missing
from truerun.evaluation import evaluation
from truerun.evaluation.evaluation import EvaluationTerms
from truerun.model.scoring import bundle
from truerun.params.source import SourceSettings
from truerun.project import params
from truerun.project.params import Params

LOCK = {"evaluate": {"cmd": "x", "outs": [{"path": str(bundle.FOLDER), "md5": "0" * 32}]}}


def chosen(task: Task) -> Params:
    whole = params.load(PARAMS)
    some = {"slices": ("few",), "min_slice_rows": 10, "importance_rows": 50, "value": None}
    some["threshold"] = 0.4 if task == "binary" else None
    source = SourceSettings(name="table", max_dropped=0.0, options={})
    return whole.model_copy(
        update={"evaluate": whole.evaluate.model_copy(update=some), "source": source}
    )


def judged(folder: Path, name: str, task: Task) -> Path:
    """What a run leaves of a model."""
    laid_down(name, task, folder)
    model, contract = fitted(name, task)
    for made, place in (
        ("validated", paths.VALIDATED),
        ("model.skops", paths.MODEL),
        ("bundle", bundle.FOLDER),
    ):
        (folder / place).parent.mkdir(exist_ok=True)
        shutil.move(folder / made, folder / place)
    settings = chosen(task)
    terms = EvaluationTerms(contract, settings.evaluate, settings.source, settings.train.model)
    evaluation.evaluate(model, folder / paths.VALIDATED, terms).write(folder)
    lock = yaml.safe_dump({"schema": "2.0", "stages": LOCK})
    (folder / "dvc.lock").write_text(lock, encoding="utf-8")
    return folder


def differences(folder: Path, name: str, task: Task, *, exact: bool = True) -> list[LockDifference]:
    head = Revision("the head", None, folder)
    found = recomputed.differences(head, chosen(task), fitted(name, task)[1], exact=exact)
    assert not isinstance(found, Missing), found
    return found


def edit_facts(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what a bundle says, with a digest that fits."""
    path = folder / bundle.FOLDER / bundle.FACTS
    facts = json.loads(path.read_text(encoding="utf-8"))
    change(facts)
    text = json.dumps(facts).encode()
    path.write_bytes(text)
    digest = hashlib.sha256(text).hexdigest()
    path.with_name(bundle.DIGEST).write_text(digest, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "task"),
    nightly_after(
        1,
        [
            ("hist_gradient_boosting", "binary"),
            ("logistic_regression", "multiclass"),
            ("random_forest", "regression"),
            ("lightgbm", "counts"),
            ("blend", "binary"),
        ],
    ),
)
def test_the_bundle_of_the_model_passes_and_another_is_named(
    name: str, task: Task, tmp_path: Path
) -> None:
    folder = judged(tmp_path / "head", name, task)
    assert differences(folder, name, task) == []
    assert differences(folder, name, task, exact=False) == []

    place = folder / bundle.FOLDER
    laid_down("baseline", task, tmp_path / "other")
    shutil.rmtree(place)
    shutil.copytree(tmp_path / "other/bundle", place)
    facts = [one.name for one in differences(folder, name, task, exact=False)]
    assert facts == ["models/bundle: model_md5"]
    md5 = hashlib.md5((folder / paths.MODEL).read_bytes(), usedforsecurity=False).hexdigest()
    edit_facts(folder, lambda of: of.update(model_md5=md5))
    (only,) = differences(folder, name, task)
    assert (only.name, only.found) == ("models/bundle", "others")

    shutil.rmtree(place)
    (only,) = differences(folder, name, task)
    assert only.name == "models/bundle"
    assert "does not exist" in only.found


@pytest.mark.slow
def test_each_edit_of_a_bundle_is_named(tmp_path: Path) -> None:
    name, task = "hist_gradient_boosting", "binary"
    folder = judged(tmp_path / "head", name, task)
    place = folder / bundle.FOLDER
    whole = shutil.copytree(place, tmp_path / "whole")

    def found() -> list[str]:
        names = [one.name for one in differences(folder, name, task)]
        shutil.rmtree(place)
        shutil.copytree(whole, place)
        return names

    edit_facts(folder, lambda of: of.update(threshold=0.1))
    assert found() == ["models/bundle: threshold"]

    def edit_all(facts: dict[str, Any]) -> None:
        facts.update(threshold=0.1, target="another", classes=["1", "0"], key=[], task="counts")
        facts["contract"]["columns"].pop("few")
        facts["source"].update(name="another")
        facts["training_bins"]["few"]["rows"].reverse()

    edit_facts(folder, edit_all)
    edited = ("classes", "contract", "key", "source", "target", "task", "threshold")
    assert sorted(found()) == [f"models/bundle: {fact}" for fact in (*edited, "training_bins")]
    edit_facts(folder, lambda of: of["walk"]["facts"].update(depth=1))
    assert found() == ["models/bundle"]
    edit_facts(folder, lambda of: of["lookups"]["tables"][0].update(unknown=[1, 1, 1]))
    assert found() == ["models/bundle"]
    for number in (float("nan"), float("inf")):
        edit_facts(folder, lambda of, number=number: of["walk"]["facts"].update(depth=number))
        assert found() == ["models/bundle"]
    edit_facts(folder, lambda of: of.update(format=1))
    assert found() == ["models/bundle"]
    array = place / "value.npy"
    array.write_bytes(array.read_bytes()[:-1] + b"\1")
    assert found() == ["models/bundle"]
    assert found() == []
