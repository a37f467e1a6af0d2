"""The flights' own model over files, and over the flights that have not left at a moment."""

import os
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import Project
from truerun.predict.__main__ import main

pytestmark = pytest.mark.slow
KEY = ["scheduled_departure", "carrier", "flight", "origin"]
NOW = pd.Timestamp("2013-10-20T12:00Z")


@pytest.fixture
def predictions(sample_project: Project, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.chdir(sample_project.root)
    return pd.read_parquet("data/predictions.parquet")


def test_rows_of_the_contract_get_the_scores_of_evaluate(
    predictions: pd.DataFrame, tmp_path: Path
) -> None:
    output = tmp_path / "scores.parquet"
    main(["data/validated/2013-10.parquet", "--output", str(output)])
    scores = pd.read_parquet(output)
    assert len(scores) == len(predictions) > 4000
    pd.testing.assert_frame_equal(scores[[*KEY, "score"]], predictions[[*KEY, "score"]])
    assert scores["decision"].tolist() == (predictions["score"] >= 0.3).astype(int).tolist()


def test_flights_that_have_not_left_are_scored_as_known_at_the_moment(
    predictions: pd.DataFrame, tmp_path: Path
) -> None:
    output = tmp_path / "coming.parquet"
    main(["--at", NOW.isoformat(), "--output", str(output)])
    coming = pd.read_parquet(output)
    assert (coming["scheduled_departure"] > NOW).all()
    both = coming.merge(predictions, on=KEY, suffixes=("", " of evaluate"))
    assert len(both) == (predictions["scheduled_departure"] > NOW).sum()
    soon = both["scheduled_departure"] <= NOW + pd.Timedelta(hours=3)
    assert soon.sum() > 10
    same = both["score"] == both["score of evaluate"]
    assert same[soon].all()
    assert not same[~soon].all()


def test_a_file_that_is_no_table_of_the_contract_is_refused_by_name(
    predictions: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predictions.to_parquet(tmp_path / "some.parquet")
    for file, said in (
        (tmp_path / "some.parquet", "has no column"),
        (Path("data/raw/flights/2013-10.csv"), "is not Parquet"),
    ):
        with pytest.raises(SystemExit) as ended:
            main([os.fspath(file), "--output", str(tmp_path / "scores.csv")])
        assert ended.value.code == 1
        assert said in capsys.readouterr().err
    assert not (tmp_path / "scores.csv").exists()
