"""What the page shows is what the service answers, with the flights' own model."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.conftest import ROOT, Project
from tests.serve.service import Client, running
from truerun.model.predictor import Predictor
from truerun.model.scoring import bundle

pytestmark = pytest.mark.slow
PAGE = (ROOT / "docs/serve.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
FLIGHT = ROOT / "docs/flight.json"
KEY = ["scheduled_departure", "carrier", "flight", "origin"]
SHOWN = 'It answers `{"score":'


def typed(command: str, client: Client) -> str:
    """What a command of a page prints, with the port of this service."""
    done = subprocess.run(
        ["bash", "-c", command.replace(":8000/", f":{client.port}/")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def commands(page: str) -> list[str]:
    """The requests for scores of a page."""
    return re.findall(r"^curl (?:--silent )?--json .*localhost.*/v1/predict\S*", page, re.MULTILINE)


def test_rows_get_the_scores_of_evaluate_and_the_commands_of_the_pages_are_answered(
    sample_project: Project,
) -> None:
    root = sample_project.root
    predictions = pd.read_parquet(root / "data/predictions.parquet")
    valid = pd.read_parquet(root / "data/validated/2013-10.parquet")
    both = valid.merge(predictions[[*KEY, "score"]], on=KEY).sample(300, random_state=1)
    names = list(Predictor.load(root / bundle.FOLDER).facts["contract"]["columns"])
    rows = json.loads(both[names].to_json(orient="records", date_format="iso", double_precision=15))
    with running(root, "--workers", "1") as client:
        answers = client.predict(rows).content["predictions"]
        scores = np.asarray([each["score"] for each in answers], dtype=np.float32)
        np.testing.assert_array_equal(scores, both["score"].to_numpy(np.float32))

        told = client.ask("/v1/model").content
        assert told["commit"] == sample_project.run("git", "rev-parse", "HEAD").strip()
        assert told["card"].startswith("# Model card")
        assert told["metrics"]["test"]["rows"] == len(predictions)

        (first, explained, second), (third,) = commands(PAGE), commands(README)
        expected = Predictor.load(root / bundle.FOLDER).version
        for command in (first, third):
            assert json.loads(typed(command, client))["model_version"] == expected
        assert len(json.loads(typed(explained, client))["contributions"]) == 3
        broken = {each["column"] for each in json.loads(typed(second, client))["broken"]}
        assert {"carrier", "distance", "origin"} <= broken


def test_the_flight_of_the_page_has_its_score_in_the_predictions() -> None:
    place = ROOT / "data/predictions.parquet"
    if not place.exists():
        pytest.skip("nothing was run here yet")
    flight = json.loads(FLIGHT.read_text(encoding="utf-8"))
    whole = pd.read_parquet(place, columns=[*KEY, "score"])
    is_it = whole["scheduled_departure"] == pd.Timestamp(flight[KEY[0]])
    for name in KEY[1:]:
        is_it &= whole[name] == flight[name]
    (score,) = whole.loc[is_it, "score"]
    shown = PAGE.partition(SHOWN)[2].partition(",")[0]
    assert np.float32(shown) == score


def test_the_page_names_every_option_and_status() -> None:
    options = (ROOT / "src/truerun/serve/options.py").read_text(encoding="utf-8")
    described = (ROOT / "src/truerun/serve/openapi.py").read_text(encoding="utf-8")
    for status in re.findall(r'^    "(\d{3})":', described, re.MULTILINE):
        assert f"| {status} | " in PAGE, status
    for option in re.findall(r'^ +"(--[a-z-]+)"', options, re.MULTILINE):
        if option not in ("--host", "--bundle"):
            assert option in PAGE, option
    assert Path(ROOT / "docs/flight.json").exists()
