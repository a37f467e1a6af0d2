"""The real service gives the scores of evaluate; one that does not is found by the first row."""

import json
import re
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conftest import wait_until
from tests.predict.test_predict import made, rows
from tests.release.test_versions import refused
from tests.release.workshop import Workshop
from tests.serve.bundles import retold
from tests.serve.service import running
from tests.variants import nightly_after
from truerun.base.tasks import Task
from truerun.model.scoring import bundle as bundles
from truerun.release import sent_rows
from truerun.release.__main__ import main

pytestmark = pytest.mark.slow  # a service


def with_data(predictions: pd.DataFrame) -> pd.DataFrame:
    """Lay down the raw data and the predictions of a project of a table."""
    Path("data/raw").mkdir(parents=True)
    raw = rows(target=True)
    for name, first in (("a", 0), ("b", 120)):
        raw[first : first + 120].to_csv(f"data/raw/{name}.csv", index=False)
    predictions.to_parquet("data/predictions.parquet")
    return predictions


@pytest.mark.parametrize("task", nightly_after(1, ["binary", "multiclass"]))
def test_a_service_gives_the_scores_of_evaluate(
    task: Task,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    predictions = with_data(made(task))
    scores = [name for name in predictions if str(name).startswith("score")]
    with running(tmp_path, "--workers", "1", "--rows", "50") as client:
        url = f"http://127.0.0.1:{client.port}"
        main(["smoke", url])
        printed = capsys.readouterr().out
        assert f"{len(predictions)} rows have the scores of evaluate" in printed
        assert re.search(r"8 requests; of 100, 50, 95 and 99 took at most [\d.]+ ms", printed)
        main(["smoke", url, "--rows", "7", "--at-once", "3"])
        assert "7 rows have the scores" in capsys.readouterr().out
        assert "and --longest is 0" in refused(["smoke", url, "--longest", "0"], capsys)
        assert "answers 413" in refused(["smoke", url, "--at-once", "60"], capsys)

        # A score that differs in its last bit.
        other = predictions.copy()
        place = 5
        value = np.float32(other.loc[place, scores[0]])
        other.loc[place, scores[0]] = np.nextafter(value, np.float32(1))
        other.to_parquet("data/predictions.parquet")
        text = refused(["smoke", url], capsys)
        assert f"row 6 of {len(predictions)} ({predictions.loc[place, 'id']}) has the score" in text
        assert str(value) in text
        predictions.to_parquet("data/predictions.parquet")

        # What the service says of itself is held against what was released.
        main(["api", f"{url}/openapi.json", url])
        capsys.readouterr()
        description = client.ask("/openapi.json").content
        description["components"]["schemas"]["Prediction"]["properties"]["reasons"] = {}
        Path("released.json").write_text(json.dumps(description))
        assert "has no reasons any more" in refused(["api", "released.json", url], capsys)
        pages = ["canary", "--live", url, "--canary", url, "--rows", "10", "--minutes", "0.0001"]
        assert "rows: 0 by the model" in refused(pages, capsys)
        main(pages[:-2])
        assert "the canary holds" in capsys.readouterr().out

        if task == "binary":
            retold(tmp_path / "models/bundle", lambda facts: facts.update(threshold=0.1))
            assert "answers by the model" in refused(["smoke", url], capsys)


def test_rows_that_cannot_be_sent_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    predictions = with_data(made("binary"))
    for url, said in (
        ("http://127.0.0.1:1", "does not answer"),
        ("ftp://example.org", "is no address such as http://127.0.0.1:8000"),
    ):
        assert said in refused(["smoke", url], capsys)
    raw = pd.read_csv("data/raw/a.csv", dtype=str)
    first = str(predictions["id"].iloc[0])
    pd.concat([raw, raw[raw["id"] == first]]).to_csv("data/raw/a.csv", index=False)
    sent = sent_rows.first(30)
    assert (len(sent.rows), sent.repeated, first in sent.keys) == (29, 1, False)
    assert sent.keys == [str(each) for each in predictions["id"][1:30]]
    assert "target" not in sent.rows[0]
    raw[raw["id"] != first].to_csv("data/raw/a.csv", index=False)
    text = refused(["smoke", "http://127.0.0.1:1"], capsys)
    assert f"has 1 rows that the data here lacks, the first {first}: `dvc pull` brings it" in text


def test_a_stage_is_taken_back_under_load_without_a_failed_request(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["create", "v1.0.0"])
    workshop.proved("Always yes", threshold=0.0)
    main(["create", "v1.1.0"])
    main(["promote", "v1.0.0", "production"])
    main(["promote", "v1.1.0", "production"])
    main(["fetch", "production", "--into", "served"])
    capsys.readouterr()
    row = {"id": 1, "whole": 40, "number": None, "few": "a", "full": "yes", "many": None,
           "note": None}  # fmt: skip
    replies: list[tuple[int, Any]] = []
    over = threading.Event()
    with running(workshop.clone, "--workers", "2", "--bundle", "served") as client:
        told = client.ask("/v1/model").content
        commit = workshop.git("rev-parse", "HEAD")
        assert told["release"] == {"version": "v1.1.0", "stage": "production"}
        assert (told["commit"], told["version"] in client.first) == (commit, True)

        def ask() -> None:
            while not over.is_set():
                reply = client.predict(row)
                replies.append((reply.status, reply.content.get("model_version")))

        def released() -> set[str]:
            return {client.ask("/v1/model").content["release"]["version"] for _ in range(20)}

        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask) for _ in range(4)]
            try:
                assert wait_until(lambda: len(replies) > 50)
                main(["rollback", "production"])
                main(["fetch", "production", "--into", "served"])
                client.signal(signal.SIGHUP)
                assert wait_until(lambda: released() == {"v1.0.0"})
            finally:
                over.set()
            for each in asking:
                each.result()
    assert {status for status, _ in replies} == {200}
    assert replies[0][1] == told["version"]
    assert replies[-1][1] == bundles.read(workshop.clone / "served").version != told["version"]
