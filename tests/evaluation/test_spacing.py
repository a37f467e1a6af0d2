"""Of many training rows some are scored, evenly spaced; of test rows all are."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import PARAMS
from tests.tasks import contract_of
from truerun.base import tables
from truerun.base.tables import TableError
from truerun.contract.contract import Contract
from truerun.evaluation import evaluation, spacing
from truerun.model import results, targets
from truerun.project import params

COLUMNS = {"x": {"type": "float"}}
BINARY = contract_of("binary", COLUMNS)


class Squeezed:
    """A model whose score is the row's x."""

    feature_names_in_ = ("x",)

    def predict_proba(self, rows: pd.DataFrame) -> npt.NDArray[np.float64]:
        return np.column_stack([1 - rows["x"], rows["x"]])


def lay_down(folder: Path, sides: list[str], target: list[int], cuts: tuple[int, ...]) -> None:
    rows = pd.DataFrame({"id": np.arange(len(sides)), "target": target, "split": sides})
    rows["x"] = np.arange(len(sides)) / len(sides)
    for number, places in enumerate(np.split(np.arange(len(rows)), cuts)):
        tables.write_table(rows.iloc[places], folder / f"{number}.parquet")


@given(
    st.lists(st.integers(0, 2), min_size=1, max_size=60),
    st.integers(1, 9),
)
def test_every_so_many_rows_are_taken_and_each_class_is_there(target: list[int], step: int) -> None:
    places = spacing.evenly(pd.Series(target), step, (0, 1, 2))
    assert set(range(0, len(target), step)) <= set(places)
    assert {target[place] for place in places} == set(target)
    more = set(places) - set(range(0, len(target), step))
    assert more <= {target.index(value) for value in set(target)}
    assert places.tolist() == sorted(set(places))


def test_partitions_are_spaced_as_if_they_were_one(tmp_path: Path) -> None:
    sides = ["train", "test", "train", "train"] * 10
    lay_down(tmp_path, sides, [0, 1, 1, 0] * 10, (5, 6, 6, 30))
    taken = spacing.training_places(tmp_path, BINARY, 8)
    of_all = [
        first + place
        for first, name in zip((0, 5, 6, 6, 30), taken, strict=True)
        for place in taken[name].tolist()
    ]
    assert of_all == [place for place, side in enumerate(sides) if side == "train"][::4]


def test_a_folder_without_training_rows_is_refused(tmp_path: Path) -> None:
    lay_down(tmp_path, ["test"] * 4, [0, 1, 0, 1], ())
    with pytest.raises(TableError, match="holds no training row"):
        spacing.training_places(tmp_path, BINARY, 8)


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """More training rows than are scored, of which the first half is 0 and the other 1."""
    monkeypatch.setattr(evaluation, "MOST_TRAINING", 50)
    sides = ["train", "train", "test"] * 100
    lay_down(tmp_path, sides, [0] * 150 + [1] * 150, (140,))
    return tmp_path


def test_all_test_rows_are_scored_and_some_training_rows(many: Path) -> None:
    rows = evaluation.scored(Squeezed(), many, BINARY)  # type: ignore[arg-type]
    assert rows.test["id"].tolist() == list(range(2, 300, 3))
    assert len(rows.all_train) == 200
    kept = [place for place in range(300) if place % 3 < 2][::4]
    expected = (np.array(kept) / 300).astype(np.float32)
    assert rows.train["score"].tolist() == expected.tolist()


def test_the_baseline_is_of_all_training_rows(many: Path) -> None:
    rows = evaluation.scored(Squeezed(), many, BINARY)  # type: ignore[arg-type]
    figures = summarized(rows, BINARY)
    assert (figures["test"]["rows"], figures["train"]["rows"]) == (100, 50)
    assert figures["baseline"]["mean_score"] == rows.all_train["target"].mean() == 0.5


def test_the_card_says_of_how_many_training_rows_the_figures_are(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = params.load(PARAMS)
    chosen = whole.evaluate.model_copy(update={"slices": (), "value": None})
    terms = evaluation.EvaluationTerms(BINARY, chosen, whole.source, "logistic_regression")
    some = evaluation.evaluate(Squeezed(), many, terms).card  # type: ignore[arg-type]
    assert "The figures of training rows are of 50 of them, evenly spaced.\n" in some
    assert "\n200 rows; " in some
    monkeypatch.setattr(evaluation, "MOST_TRAINING", 200)
    assert "evenly spaced" not in evaluation.evaluate(Squeezed(), many, terms).card  # type: ignore[arg-type]


def summarized(rows: evaluation.ScoredRows, contract: Contract) -> dict[str, dict[str, float]]:
    chosen = params.load(PARAMS).evaluate.model_copy(update={"slices": (), "value": None})
    learned = targets.numbers(rows.all_train[contract.target], contract)
    return results.summarize_all(
        {"test": rows.test, "train": rows.train}, learned, contract, chosen
    )
