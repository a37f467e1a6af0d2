"""Features are made a partition at a time, and are those that scikit-learn makes of all rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from flights import source as flights
from tests.conftest import ROOT
from tests.tasks import TASKS, contract_of
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import featurizer as featurizers
from truerun.model import model_files, targets
from truerun.project import params

FLIGHTS = contracts.load(ROOT / "schema.yaml")
CHOSEN = params.load(ROOT / "params.yaml").featurize
FEATURES = FLIGHTS.features(CHOSEN.exclude)


@pytest.fixture(scope="module")
def rows(raw_sample: Path) -> pd.DataFrame:
    return flights.prepare(raw_sample, "2013-10", flights.Options(horizon_hours=3)).rows


def assert_same_fits(
    rows: pd.DataFrame, features: list[str], contract: Contract, max_one_hot: int, folder: Path
) -> None:
    """Fit on text and target alone, and as scikit-learn does on all columns: the same comes out."""
    chosen = CHOSEN.model_copy(update={"max_one_hot": max_one_hot, "max_words": 5})
    whole, lean = (featurizers.build(features, rows, contract, chosen) for _ in range(2))

    expected = whole.fit_transform(rows[features], targets.numbers(rows[contract.target], contract))
    for name in featurizers.free_text(whole):
        featurizers.steady(whole, name)  # moves a weight by less than a millionth
    encodings = featurizers.fit(lean, features, rows, contract)
    made = lean.transform(rows[features])
    made[:, lean["columns"].output_indices_["many"]] = encodings
    words = len(featurizers.free_text(whole)) > 0
    np.testing.assert_allclose(made, expected, rtol=0, atol=2e-6 if words else 0)
    names = featurizers.feature_names(lean, contract)
    assert len(set(names)) == len(names) == made.shape[1]
    for name, featurizer in (("whole", whole), ("lean", lean)):
        model_files.dump_model(featurizer, folder / name)
    assert (folder / "lean").read_bytes() == (folder / "whole").read_bytes()
    served = model_files.load_model(folder / "lean")
    np.testing.assert_array_equal(served.transform(rows[features]), lean.transform(rows[features]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("features", "max_one_hot"),
    [
        (FEATURES, CHOSEN.max_one_hot),
        (FEATURES, 1),  # all text is target-encoded
        (FEATURES, 500),  # none is
        (["carrier", "destination"], 20),
        ([name for name in FEATURES if FLIGHTS.columns[name].type != "text"], 20),
    ],
    ids=["as in params.yaml", "target-encoded", "one-hot", "text alone", "numbers alone"],
)
@pytest.mark.parametrize("kind", ["real", "with gaps", "few rows"])
def test_a_fit_on_the_text_alone_is_the_fit_on_all_columns(
    rows: pd.DataFrame, tmp_path: Path, features: list[str], max_one_hot: int, kind: str
) -> None:
    if kind == "few rows":
        rows = rows.groupby("late").head(20).reset_index(drop=True)
    if kind == "with gaps":
        gaps = {
            name: rows[name].mask(rows["flight"] % 7 == 0) for name in ("carrier", "destination")
        }
        rows = rows.assign(**gaps)
    assert_same_fits(rows, features, FLIGHTS, max_one_hot, tmp_path)


COLUMNS = {
    "size": {"type": "float"},
    "shop": {"type": "text", "nullable": True},
    "town": {"type": "text", "nullable": True},
    "empty": {"type": "text", "nullable": True},
    "notes": {"type": "text", "nullable": True, "words": True},
    "remarks": {"type": "text", "nullable": True, "words": True},
    "silent": {"type": "text", "nullable": True, "words": True},
}


def sold(rows: int = 400, seed: int = 3) -> pd.DataFrame:
    """Rows with categories that are missing here and there, and with free text."""
    random = np.random.default_rng(seed)
    words = np.array(["the", "red", "new", "house", "boat", "is", "3", "zwölf", "東京都"])
    notes = [" ".join(random.choice(words, random.integers(0, 9))) for _ in range(rows)]
    table = pd.DataFrame(
        {
            "id": np.arange(rows),
            "size": random.normal(size=rows),
            "shop": pd.Series(random.choice(["a", "b", "nan"], rows), dtype="str"),
            "town": pd.Series(random.integers(0, 40, rows).astype(str), dtype="str"),
            "empty": pd.Series([None] * rows, dtype="str"),
            "notes": pd.Series(notes, dtype="str"),
            "remarks": pd.Series(notes[::-1], dtype="str"),
            "silent": pd.Series(["- 1 !", None] * (rows // 2), dtype="str"),
        }
    )
    for name in ("shop", "town", "notes"):
        table[name] = table[name].mask(random.random(rows) < 0.1)
    return table


def of_task(task: str, rows: int = 400) -> tuple[pd.DataFrame, Contract]:
    """Rows with a target of the task, and their contract."""
    table, contract = sold(rows), contract_of(task, COLUMNS)
    random = np.random.default_rng(5)
    drawn = random.poisson(2, rows)
    classes = np.array(contract.classes or [0])
    values = {
        "regression": random.normal(1e6, 1e4, rows),
        "counts": drawn,
    }.get(task, classes[np.minimum(drawn, len(classes) - 1)])
    return table.assign(target=values), contract


@pytest.mark.slow
@pytest.mark.parametrize("max_one_hot", [1, 20, 100])
@pytest.mark.parametrize("task", TASKS)
def test_it_is_so_for_every_task_with_gaps_and_free_text(
    tmp_path: Path, task: str, max_one_hot: int
) -> None:
    rows, contract = of_task(task)
    assert_same_fits(rows, contract.features(), contract, max_one_hot, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_unseen_and_missing_text_gets_features_when_it_is_served(tmp_path: Path, task: str) -> None:
    rows, contract = of_task(task)
    features = contract.features()
    featurizer = featurizers.build(features, rows, contract, CHOSEN)
    encodings = featurizers.fit(featurizer, features, rows, contract)
    model_files.dump_model(featurizer, tmp_path / "featurizer")
    served = model_files.load_model(tmp_path / "featurizer")
    text = [name for name in features if contract.columns[name].type == "text"]
    for value in ("never seen", None):
        other = rows.head(3).assign(**{name: pd.Series([value] * 3, dtype="str") for name in text})
        assert np.isfinite(served.transform(other[features])).all()
    assert encodings.shape == (400, len(contract.classes) if task == "multiclass" else 1)


def test_free_text_becomes_the_weights_of_its_commonest_words() -> None:
    rows, contract = of_task("binary")
    rows["notes"] = pd.Series(
        ["Good good dog", "good cat", None, "", "bird", "cat I"] + [None] * 394, dtype="str"
    )
    chosen = CHOSEN.model_copy(update={"max_words": 2})
    featurizer = featurizers.build(["notes"], rows, contract, chosen)
    featurizers.fit(featurizer, ["notes"], rows, contract)
    assert featurizers.feature_names(featurizer, contract) == ["notes_cat", "notes_good"]
    made = featurizer.transform(rows[["notes"]])
    assert made.dtype == np.float32
    assert made[[0, 2, 3, 4, 5]].tolist() == [[0, 1], [0, 0], [0, 0], [0, 0], [1, 0]]
    assert made[1].tolist() == pytest.approx([0.5**0.5] * 2)


def test_words_that_occur_equally_often_are_taken_in_the_order_of_the_alphabet() -> None:
    documents = pd.Series(["delta alpha", "charlie bravo bravo", None], dtype="str")
    assert featurizers.commonest_words(documents, 3) == ["alpha", "bravo", "charlie"]
    assert featurizers.commonest_words(pd.Series([None, "a"], dtype="str"), 3) == []


def test_the_weight_of_a_word_has_no_digits_that_depend_on_the_processor() -> None:
    rows, contract = of_task("counts")
    featurizer = featurizers.build(["notes"], rows, contract, CHOSEN)
    featurizers.fit(featurizer, ["notes"], rows, contract)
    weights = featurizer["columns"].named_transformers_["words 0"][-1].idf_
    assert (weights == weights.round(6)).all()


def test_names_that_would_occur_twice_are_numbered() -> None:
    columns = {
        "a_b": {"type": "text"},
        "a": {"type": "text"},
        "a_c": {"type": "float"},
        "notes": {"type": "text", "words": True},
        "a_e": {"type": "float"},
    }
    contract = contract_of("regression", columns)
    rows = pd.DataFrame(
        {
            "a_b": pd.Series(["d", "x"], dtype="str"),
            "a": pd.Series(["b_d", "c"], dtype="str"),
            "a_c": [1.0, 2.0],
            "a_e": [1.0, 2.0],
            "notes": pd.Series(["house", "boat"], dtype="str"),
            "target": [1.0, 2.0],
        }
    )
    features = contract.features()
    featurizer = featurizers.build(features, rows, contract, CHOSEN)
    featurizers.fit(featurizer, features, rows, contract)
    assert featurizers.feature_names(featurizer, contract) == [
        "a_c",
        "a_e",
        "a_b_d",
        "a_b_x",
        "a_b_d 2",
        "a_c 2",
        "notes_boat",
        "notes_house",
    ]


def test_encodings_are_cross_fitted(rows: pd.DataFrame) -> None:
    """A destination of one flight is not told by that flight's own outcome."""
    rows = rows.assign(destination=[f"D{number}" for number in range(len(rows))])
    featurizer = featurizers.build(FEATURES, rows, FLIGHTS, CHOSEN)
    encodings = featurizers.fit(featurizer, FEATURES, rows, FLIGHTS)[:, 0]
    late = (rows["late"] == 1).to_numpy()
    means = [encodings[side].mean() for side in (late, ~late)]
    assert means == pytest.approx([rows["late"].mean()] * 2, abs=1e-3)
    assert np.ptp(featurizer.transform(rows[FEATURES])[:, -1]) > 0.5
