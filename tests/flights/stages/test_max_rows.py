"""A model that is fitted on some of the training rows: whole days, and the files say so."""

import json

import pytest

from tests.conftest import Project

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]


@pytest.mark.nightly
def test_a_model_is_fitted_on_whole_days_up_to_max_rows_and_says_so(
    project: Project, warm_path: str
) -> None:
    drawn = "seed: 20130101\n  max_rows: 3000\n  draw_by: {}\n  hist_gradient_boosting:"
    project.edit("params.yaml", "seed: 20130101\n  hist_gradient_boosting:", drawn.format("date"))
    told = project.run("dvc", "repro", check=False, PATH=warm_path)
    assert "train.draw_by names date, which is not a column of schema.yaml" in told
    project.edit("params.yaml", drawn.format("date"), drawn.format("day"))
    told = project.run("dvc", "repro", PATH=warm_path)
    figures = json.loads(project.read("metrics/train.json"))
    rows, of = figures["rows"], figures["drawn_of"]
    assert 2500 < rows <= 3000 < of
    assert f"on {rows:,} rows of {of:,} (train.max_rows) of " in told
    assert f"{rows:,} rows, drawn of {of:,} rows (`train.max_rows`), from" in project.read(
        "models/card.md"
    )
    project.run("truerun", "compare", "--base", "HEAD", PATH=warm_path)
    assert "rows are for training" not in project.read("comparison.json")
    project.edit("params.yaml", "max_rows: 3000", "max_rows: 5")
    told = project.run("dvc", "repro", check=False, PATH=warm_path)
    assert "train.max_rows is 5, fewer than the " in told
