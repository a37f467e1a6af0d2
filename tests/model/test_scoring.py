"""A bundle gives the scores of its pipeline, bit for bit: of every task, estimator and column."""

import functools
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from tests.conftest import PARAMS, ROOT
from tests.tasks import CLASSES, TASKS, contract_of, smaller
from truerun.base import tables
from truerun.base.settings import load_section
from truerun.base.tasks import Task
from truerun.contract.contract import Contract
from truerun.contract.row_contract import Row
from truerun.model import bundle_files, estimators, model_files, targets
from truerun.model import featurizer as featurizers
from truerun.model.bundle_files import Expected, Margins, ServedModel
from truerun.model.estimators import ESTIMATORS, NAMES
from truerun.model.model_files import ModelFileError
from truerun.model.predictor import PIPELINE, Predictor
from truerun.model.row_tables import rows_of
from truerun.model.scoring import bundle, derived
from truerun.model.scoring.bundle import BundleError
from truerun.model.scoring.derived import Derived
from truerun.model.scoring.lookups import Lookups
from truerun.model.split import SPLIT
from truerun.params.featurize import Featurize
from truerun.params.source import SourceSettings

SMALL = {"max_iter": 20, "n_estimators": 5, "min_samples_leaf": 5, "min_child_samples": 5}
COLUMNS: dict[str, dict[str, Any]] = {
    "whole": {"type": "int"},
    "number": {"type": "float", "nullable": True},
    "few": {"type": "text", "nullable": True},
    "full": {"type": "text"},
    "many": {"type": "text", "nullable": True},
    "note": {"type": "text", "nullable": True, "words": True},
}
ADOPTED = {**COLUMNS, "whole": {"type": "float"}, "id": {"type": "text", "feature": False}}
NOTES = ["a red red car", "Red house, blue door", "blue BLUE sea", "", "nothing of these", "x y"]
FITTED = [(name, task) for name in NAMES for task in ESTIMATORS[name].tasks]


def table(count: int = 240, *, adopted: bool = False) -> pd.DataFrame:
    """Rows with every kind of column, some values missing."""
    random = np.random.default_rng(3)
    made = pd.DataFrame(
        {
            "id": np.arange(count),
            "whole": random.integers(-5, 2**40, count) % 50,
            "number": random.normal(size=count),
            "few": random.choice(["a", "b", "c"], count),
            "full": random.choice(["yes", "no"], count),
            "many": random.choice([f"place {number}" for number in range(30)], count),
            "note": random.choice(NOTES, count),
        }
    )
    for name in ("number", "few", "many", "note"):
        made.loc[random.random(count) < 0.1, name] = None
    texts = dict.fromkeys(("few", "full", "many", "note"), "str")
    if adopted:
        texts |= {"whole": "float64", "id": "str"}
    return made.astype(texts)


def target_of(rows: pd.DataFrame, task: str) -> "pd.Series[Any]":
    """A target that the columns tell something about."""
    known = rows["number"].fillna(0) + (rows["few"] == "a") + rows["whole"] / 50
    values: dict[str, Any] = {
        "binary": (known > 0.8).astype("int8"),
        "multiclass": pd.Series(np.array(CLASSES)[np.digitize(known, [0, 1])], dtype="str"),
        "regression": known.astype("float64"),
        "counts": known.clip(lower=0).round().astype("int64"),
    }
    series: pd.Series[Any] = values[task]
    return series


@functools.cache
def fitted(name: str, task: Task, *, adopted: bool = False) -> tuple[Pipeline, Contract]:
    """A pipeline as the stages make it; `adopted` of a table whose numbers are all floats."""
    contract = contract_of(task, ADOPTED if adopted else COLUMNS)
    rows = table(adopted=adopted).assign(target=target_of(table(), task))
    features = contract.features()
    chosen = Featurize(exclude=(), max_one_hot=5, max_words=4, seed=1)
    featurizer = featurizers.build(features, rows, contract, chosen)
    encodings = featurizers.fit(featurizer, features, rows, contract)
    matrix = featurizer.transform(rows[features])
    matrix[:, featurizer["columns"].output_indices_["many"]] = encodings
    train = load_section(estimators.SECTION, PARAMS, "train")
    train = train.model_copy(update={"model": name, name: smaller(getattr(train, name), SMALL)})
    estimator = estimators.build(train, contract.task)
    estimators.fit(name, estimator, matrix, targets.numbers(rows["target"], contract))
    return Pipeline([("featurizer", featurizer), ("estimator", estimator)]), contract


def laid_down(
    name: str, task: Task, folder: Path, options: dict[str, Any] | None = None
) -> Expected:
    """The bundle of a model, and what it was held against; with options, of an adopted table."""
    adopted = options is not None
    model, contract = fitted(name, task, adopted=adopted)
    rows = table(adopted=adopted).assign(target=target_of(table(), task))
    rows[SPLIT] = np.where(np.arange(len(rows)) % 3, "train", "test")
    scores = targets.score_table(targets.predicted(model, rows, contract), contract)
    tables.write_table(rows, tables.partition(folder / "validated", "all"))
    test = pd.concat([rows, scores], axis=1)[rows[SPLIT] == "test"].reset_index(drop=True)
    expected = Expected(folder / "validated", test)
    model_files.dump_model(model, folder / "model.skops", estimators.TRUSTED)
    write(fitted(name, task, adopted=adopted), task, expected, folder, options)
    return expected


def write(
    pair: tuple[Pipeline, Contract],
    task: Task,
    expected: Expected,
    folder: Path,
    options: dict[str, Any] | None = None,
) -> None:
    model, contract = pair
    threshold = 0.4 if task == "binary" else None
    source = SourceSettings(name="table", max_dropped=0.0, options=options or {})
    ends = None if contract.classes else Margins(-0.5, 0.75)
    served = ServedModel(model, folder / "model.skops", contract, threshold, source, ends)
    bundle_files.write(served, expected, folder / "bundle")


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "whole": st.integers(-(2**53), 2**53),
            "number": st.none() | st.floats(-1e30, 1e30),
            "few": st.none() | st.sampled_from(["a", "b", "c", "unseen", ""]),
            "full": st.sampled_from(["yes", "no", "unseen"]),
            "many": st.none() | st.sampled_from(["place 1", "place 29", "elsewhere"]),
            "note": st.none()
            | st.sampled_from(NOTES)
            | st.lists(st.sampled_from(["red", "Blue", "SEA", "ab", "İx", "-"]), max_size=9).map(
                " ".join
            ),
        }
    ),
    min_size=1,
    max_size=30,
)


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a table of the types of `table`."""
    return pd.DataFrame(rows).astype(table()[list(COLUMNS)].dtypes.to_dict())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "task"), FITTED)
def test_scores_and_decisions_of_any_rows_are_those_of_the_pipeline(
    name: str, task: Task, tmp_path: Path
) -> None:
    judged = laid_down(name, task, tmp_path)
    model, contract = fitted(name, task)
    predictor = Predictor.load(tmp_path / "bundle")

    @settings(max_examples=6, deadline=None)
    @given(ROWS)
    def check(rows: list[dict[str, Any]]) -> None:
        expected = targets.predicted(model, frame(rows), contract)
        actual = predictor.scores(rows)
        np.testing.assert_array_equal(actual, expected)
        one = predictor.scores(rows[:1])
        np.testing.assert_array_equal(one, targets.predicted(model, frame(rows[:1]), contract))
        single = targets.scores(targets.score_table(expected, contract), contract)
        decided = targets.decisions(single, predictor.threshold)
        if task == "multiclass":
            assert predictor.decisions(actual) == [CLASSES[place] for place in decided]
        else:
            np.testing.assert_array_equal(predictor.decisions(actual), decided)

    check()
    features = judged.predictions[contract.features()]
    answers = [predictor.answer({"id": 1, **row}) for row in rows_of(features)]
    assert [answer.broken for answer in answers] == [()] * len(answers)
    if task == "multiclass":
        told = np.array([list(answer.score.values()) for answer in answers], np.float32)
    else:
        told = np.array([answer.score for answer in answers], np.float32)
    if name not in ("logistic_regression", "ridge"):  # whose last bit depends on the rows at once
        np.testing.assert_array_equal(
            told, targets.scores(judged.predictions, contract).astype(np.float32)
        )


def test_features_are_those_of_the_featurizer() -> None:
    model, contract = fitted("hist_gradient_boosting", "multiclass")
    rows = table()[contract.features()]
    made = Lookups(json.loads(json.dumps(derived.plan(model["featurizer"])))).features(
        rows_of(rows)
    )
    np.testing.assert_array_equal(made, model["featurizer"].transform(rows))
    assert np.isnan(made).any()


@pytest.mark.parametrize("names", [[], ["one"], ["one", "two"]])
def test_any_number_of_columns_may_be_numbers(names: list[str]) -> None:
    made = Lookups({"numbers": names, "tables": [], "words": []})
    rows: list[Row] = [{"one": 1.5, "two": None, "other": "x"}, {"one": 3, "two": 2, "other": "y"}]
    expected = np.array([[1.5, np.nan], [3, 2]], np.float32)[:, : len(names)]
    np.testing.assert_array_equal(made.features(rows), expected)


@pytest.mark.slow
def test_a_bundle_that_gives_another_score_is_refused_and_not_left(tmp_path: Path) -> None:
    judged = laid_down("hist_gradient_boosting", "binary", tmp_path)
    judged.predictions.loc[7, "score"] = np.nextafter(
        judged.predictions.loc[7, "score"], np.float32(1)
    )

    with pytest.raises(BundleError, match=r"gives 1 of 80 test rows another score .* first 21$"):
        write(fitted("hist_gradient_boosting", "binary"), "binary", judged, tmp_path)
    assert not (tmp_path / "bundle").exists()


@pytest.mark.slow
def test_a_linear_model_whose_matrix_gives_another_score_keeps_its_pipeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_down("ridge", "regression", tmp_path)
    assert Predictor.load(tmp_path / "bundle").facts["walk"]["kind"] == "linear"

    def otherwise(*given: Any) -> Derived:
        walk = linear(*given)
        return replace(walk, arrays={**walk.arrays, "intercept": walk.arrays["intercept"] + 1})

    linear = derived._linear
    monkeypatch.setattr(derived, "_linear", otherwise)
    judged = laid_down("ridge", "regression", tmp_path)
    assert Predictor.load(tmp_path / "bundle").facts["walk"]["kind"] == PIPELINE
    judged.predictions["score"] += np.float32(1)
    with pytest.raises(BundleError, match="another score"):
        write(fitted("ridge", "regression"), "regression", judged, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hist_gradient_boosting", "random_forest", "lightgbm", "blend"])
def test_the_same_model_gives_the_same_bundle_and_any_other_byte_is_refused(
    name: str, tmp_path: Path
) -> None:
    laid_down(name, "binary", tmp_path)
    place = tmp_path / "bundle"
    files = {path.name: path.read_bytes() for path in place.iterdir()}
    laid_down(name, "binary", tmp_path)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == files

    for file, content in files.items():
        for changed in (content[:-1], content[:-2] + bytes([content[-2] ^ 1]) + content[-1:]):
            (place / file).write_bytes(changed)
            if changed.strip() != content.strip():
                with pytest.raises(BundleError, match=r"is refused: .* `truerun repro` makes"):
                    bundle.read(place)
        (place / file).unlink()
        with pytest.raises(BundleError, match=file):
            bundle.read(place)
        (place / file).write_bytes(content)
    (place / "more").write_bytes(b"")
    with pytest.raises(BundleError, match="more is too much"):
        bundle.read(place)


@pytest.mark.parametrize("task", ["regression", "counts"])
def test_an_interval_is_around_the_score_and_tells_how_often_it_held(
    task: Task, tmp_path: Path
) -> None:
    judged = laid_down("hist_gradient_boosting", task, tmp_path)
    predictor = Predictor.load(tmp_path / "bundle")
    score = targets.scores(judged.predictions, fitted("baseline", task)[1])
    low, high = predictor.intervals(score)
    target = judged.predictions["target"]
    least = 0 if task == "counts" else -np.inf
    np.testing.assert_allclose(low, np.maximum(score - 0.5, least), rtol=1e-6)
    np.testing.assert_allclose(high, score + 0.75, rtol=1e-6)
    inside = (score - 0.5 <= target) & (target <= score + 0.75)
    assert predictor.facts["interval"]["held"] == pytest.approx(inside.mean(), abs=5e-5)
    assert 0 < inside.mean() < 1


@pytest.mark.slow
def test_a_walk_needs_numpy_and_pydantic_alone(tmp_path: Path) -> None:
    laid_down("hist_gradient_boosting", "binary", tmp_path)
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from pathlib import Path\n"
        "from truerun.model.predictor import Predictor\n"
        f"predictor = Predictor.load(Path({str(tmp_path / 'bundle')!r}))\n"
        "row = dict(id=1, whole=3, number=None, few='a', full='yes', many='unseen', note='red')\n"
        "assert predictor.answer(row).score is not None\n"
        "places = {name.partition('.')[0]: getattr(module, '__file__', None) or ''\n"
        "          for name, module in sys.modules.items() if name not in before}\n"
        "print(*sorted(name for name, place in places.items() if 'site-packages' in place))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert set(done.stdout.split()) <= {
        "annotated_types", "numpy", "pydantic", "pydantic_core", "typing_extensions",
        "typing_inspection",
    }  # fmt: skip
    assert "numpy" in done.stdout


@pytest.mark.slow
def test_a_package_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_down("lightgbm", "binary", tmp_path)
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(BundleError, match="needs lightgbm, and lightgbm is not installed"):
        Predictor.load(tmp_path / "bundle")


@pytest.mark.slow
def test_a_blend_names_both_of_its_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_down("blend", "binary", tmp_path)
    needs = Predictor.load(tmp_path / "bundle").facts["needs"]
    assert needs == ["scikit-learn", "skops", "pandas", "lightgbm"]
    for name in ("lightgbm.basic", "lightgbm.sklearn"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModelFileError, match=r"model\.skops needs lightgbm.* is not installed"):
        Predictor.load(tmp_path / "bundle")


def test_every_task_is_tried() -> None:
    assert {task for _, task in FITTED} == set(TASKS)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda facts: facts.pop("walk"), "bundle.json is not whole: walk: Field required"),
        (lambda facts: facts.update(classes=3), "classes: Input should be a valid list"),
        (lambda facts: facts["walk"].pop("kind"), "its parts do not fit together (KeyError: 'kind"),
        (lambda facts: facts["walk"].update(kind="trees"), "fit together (KeyError: 'link"),
        (lambda facts: facts["lookups"].pop("words"), "fit together (KeyError: 'words"),
        (lambda facts: facts["contract"].update(columns=[1]), "fit together (AttributeError"),
        (lambda facts: facts["training_bins"].pop("few"), "are not those of features"),
        (
            lambda facts: facts["training_bins"]["few"]["rows"].pop(),
            "training_bins.few: Value error, rows does not fit the bins",
        ),
        (lambda facts: facts.update(format=0), "it is of format 0, and 3 is read here"),
    ],
)
def test_a_bundle_that_is_as_it_was_written_but_not_whole_is_refused(
    edit: Any, said: str, tmp_path: Path
) -> None:
    laid_down("baseline", "binary", tmp_path)
    place = tmp_path / "bundle"
    facts = json.loads((place / "bundle.json").read_text())
    edit(facts)
    text = json.dumps(facts).encode()
    (place / "bundle.json").write_bytes(text)
    (place / "digest").write_text(hashlib.sha256(text).hexdigest())
    with pytest.raises(BundleError, match=re.escape(said)):
        Predictor.load(place)


def test_what_is_no_json_or_no_array_is_refused(tmp_path: Path) -> None:
    laid_down("baseline", "binary", tmp_path)
    place = tmp_path / "bundle"
    (place / "constant.npy").write_bytes(b"no array")
    facts = json.loads((place / "bundle.json").read_text())
    facts["files"]["constant.npy"] = hashlib.sha256(b"no array").hexdigest()
    for text, said in (
        (json.dumps(facts).encode(), "constant.npy is no array"),
        (b"[" * 100_000, "bundle.json is not JSON"),
        (b"[]", "it is of format None"),
    ):
        (place / "bundle.json").write_bytes(text)
        (place / "digest").write_text(hashlib.sha256(text).hexdigest())
        with pytest.raises(BundleError, match=re.escape(said)):
            Predictor.load(place)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "task"), FITTED)
def test_several_rows_are_answered_as_each_is_alone(name: str, task: Task, tmp_path: Path) -> None:
    laid_down(name, task, tmp_path)
    predictor = Predictor.load(tmp_path / "bundle")
    rows = [dict(row, id=place) for place, row in enumerate(rows_of(table().drop(columns="id")))]
    rows = [*rows[:20], {"id": 1}, *rows[20:40]]
    answers = predictor.answers(rows)
    assert answers == [predictor.answer(row) for row in rows]
    assert [bool(answer.broken) for answer in answers] == [place == 20 for place in range(41)]
    assert predictor.answers([]) == []
