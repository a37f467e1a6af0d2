"""The flights' own model over files, and over the flights that have not left at a moment."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from flights import source as flights
from tests.conftest import Project
from tests.flights.conftest import write_months
from truerun.base import paths
from truerun.contract import contract as contracts
from truerun.model import estimators, model_files, targets
from truerun.model.predictor import Predictor
from truerun.model.row_tables import rows_of
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


def test_every_flight_of_two_months_gets_the_bits_of_the_pipeline(
    predictions: pd.DataFrame, tmp_path: Path
) -> None:
    """The real flights, and not the sample's: 50,000 and more."""
    assert len(predictions)
    write_months(tmp_path, ("2013-07", "2013-08", "2013-09", "2013-10"))
    months = [
        flights.prepare(tmp_path, name, flights.Options(horizon_hours=3)).rows
        for name in ("2013-09", "2013-10")
    ]
    rows = pd.concat(months, ignore_index=True)
    assert len(rows) > 50_000
    predictor = Predictor.load()
    actual = predictor.scores(rows_of(rows[predictor.facts["features"]]))
    model = model_files.load_model(paths.MODEL, estimators.TRUSTED)
    expected = targets.predicted(model, rows, contracts.load(paths.SCHEMA))
    np.testing.assert_array_equal(actual, expected)
    assert len(np.unique(actual)) > 10_000


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
