"""What is read of a revision's folder, and what is said of files that are not there."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.compare.contracts import small_contract
from truerun.base import paths, tables
from truerun.compare.revision import Revision
from truerun.comparison.comparison import Missing

CONTRACT = small_contract()


@pytest.fixture
def revision(tmp_path: Path) -> Revision:
    """A revision with a contract, a lock, scores and validated rows."""
    (tmp_path / "dvc.lock").write_text(
        yaml.safe_dump({"schema": "2.0", "stages": {"train": {"cmd": "train"}}}), encoding="utf-8"
    )
    write(tmp_path / paths.SCHEMA, CONTRACT.model_dump(mode="json", exclude_none=True))
    scores = pd.DataFrame({"number": [1, 2], "y": [0, 1], "score": [0.1, 0.9]})
    tables.write_table(scores, tmp_path / paths.PREDICTIONS)
    for name, numbers in (("a", [1, 2, 3]), ("b", [4, 5])):
        rows = pd.DataFrame({"number": numbers})
        rows["split"] = ["test" if number % 2 else "train" for number in numbers]
        tables.write_table(rows, tmp_path / paths.VALIDATED / f"{name}.parquet")
    return Revision("base", None, tmp_path)


def write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


@pytest.mark.parametrize("value", [0.5, 0.01, 0.99])
def test_a_threshold_is_between_none_and_one(revision: Revision, value: float) -> None:
    write(revision.folder / paths.PARAMS, {"evaluate": {"threshold": value}})
    assert revision.threshold(CONTRACT) == value


@pytest.mark.parametrize("value", [0.0, 1.0, -0.5, 1.5, 1, "0.5", None])
def test_anything_else_is_no_threshold(revision: Revision, value: object) -> None:
    write(revision.folder / paths.PARAMS, {"evaluate": {"threshold": value}})
    told = Missing(missing="base has no evaluate.threshold in params.yaml")
    assert revision.threshold(CONTRACT) == told
    write(revision.folder / paths.PARAMS, {"evaluate": [value]})
    assert revision.threshold(CONTRACT) == told


def test_a_task_without_decisions_of_two_has_no_threshold(revision: Revision) -> None:
    assert revision.threshold(CONTRACT.model_copy(update={"task": "regression"})) is None


def test_predictions_are_read_with_all_their_columns(revision: Revision) -> None:
    assert revision.predictions(CONTRACT)["score"].tolist() == [0.1, 0.9]


def test_predictions_are_told_as_missing_with_the_reason(revision: Revision) -> None:
    path = revision.folder / paths.PREDICTIONS
    tables.write_table(pd.DataFrame({"number": [1], "y": [0]}), path)
    assert revision.predictions(CONTRACT) == Missing(
        missing="the scores of base have no column score"
    )
    path.write_bytes(b"no table")
    assert revision.predictions(CONTRACT).missing.startswith("base: ")
    path.unlink()
    nowhere = "the scores of base: neither in DVC's cache nor in a remote"
    assert revision.predictions(CONTRACT).missing == f"{nowhere}; --rebuild-base runs its pipeline"
    failed = Revision("base", None, revision.folder, failure="no disk")
    assert failed.predictions(CONTRACT).missing == f"{nowhere}, and its pipeline fails: no disk"
    (revision.folder / "dvc.lock").unlink()
    assert revision.predictions(CONTRACT).missing == (
        "base has no dvc.lock: there was no pipeline yet"
    )


@pytest.mark.parametrize("other", [{"target": "z"}, {"task": "regression"}])
def test_a_revision_that_predicts_something_else_is_told(
    revision: Revision, other: dict[str, str]
) -> None:
    told = revision.predictions(CONTRACT.model_copy(update=other)).missing
    assert told == (
        "base predicts something else: y (task: binary); name another commit with --base"
    )


def test_test_rows_are_those_of_all_partitions(revision: Revision) -> None:
    rows = revision.test_rows()
    assert rows["number"].tolist() == [1, 3, 5]
    assert rows.index.tolist() == [0, 1, 2]


def test_rows_that_are_not_there_and_a_model_neither_are_told(revision: Revision) -> None:
    empty = Revision("base", None, revision.folder / "nowhere")
    assert empty.test_rows().missing.startswith("the validated rows of base: ")
    assert empty.model().missing.startswith("the model of base: neither in DVC's cache")
    path = revision.folder / paths.MODEL
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"no model")
    assert revision.model().missing.startswith("the model of base: ")
    assert "neither" not in revision.model().missing


def test_files_that_cannot_be_read_hold_nothing(revision: Revision) -> None:
    nowhere = Path("nowhere")
    assert (revision.settings(nowhere), revision.text(nowhere)) == ({}, "")
    assert revision.figures(nowhere) == Missing(missing="base has no nowhere that can be read")
    (revision.folder / "list").write_text("[1]", encoding="utf-8")
    assert revision.settings(Path("list")) == {}
    assert revision.figures(Path("list")) == Missing(missing="list holds no figures")
    (revision.folder / "some").write_text('{"a": 1}', encoding="utf-8")
    assert revision.settings(Path("some")) == revision.figures(Path("some")) == {"a": 1}
    assert revision.text(Path("some")) == '{"a": 1}'
