"""Scores that were made ahead are looked up by key, with their age; old ones are not passed off."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.serve.bundles import retold, typed
from tests.serve.service import Client, running

pytestmark = pytest.mark.slow  # a server
ROWS = [
    {"at": "2024-02-01T12:00:00+00:00", "id": 7, "score": 0.25, "number": 1, "decision": 0},
    {"at": "2024-02-01T12:00:00+00:00", "id": 8, "score": 0.75, "number": 2, "decision": 1},
    {"at": "2024-02-01T13:00:00+00:00", "id": "a/b c", "score": 0.5, "number": 3, "decision": 1},
]


def keyed(facts: dict[str, Any]) -> None:
    """Have a bundle's key be a moment and a text."""
    facts["key"] = ["at", "id"]
    facts["contract"]["columns"] |= {"at": {"type": "time"}, "id": {"type": "text"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("batch")
    typed(made)
    retold(made / "models/bundle", keyed)
    return made


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Client]:
    options = ["--workers", "1", "--batch", "coming.jsonl", "--batch-hours", "2"]
    with running(folder, *options) as client:
        yield client


def write(path: Path, rows: list[dict[str, Any]], age: float = 0) -> None:
    """Write a batch of an age in seconds, as a whole."""
    new = path.with_name("new")
    if path.suffix == ".parquet":
        table = pd.DataFrame(rows).astype({"score": "float32", "id": "str"})
        table.assign(at=pd.to_datetime(table["at"])).to_parquet(new)
    else:
        new.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    moment = time.time() - age
    os.utime(new, (moment, moment))
    new.replace(path)


def test_a_key_has_the_score_of_the_newest_batch_with_its_age(
    folder: Path, service: Client
) -> None:
    path = folder / "coming.jsonl"
    path.unlink(missing_ok=True)
    reply = service.ask("/v1/predictions/2024-02-01T12:00Z/7")
    assert (reply.status, reply.content["error"]) == (503, "there are no scores yet")
    write(path, ROWS, age=3600)
    reply = service.ask("/v1/predictions/2024-02-01T12:00Z/7")
    assert reply.status == 200
    assert 3600 <= reply.content["age_seconds"] < 7200
    assert (reply.content["score"], reply.content["decision"]) == (0.25, 0)
    assert "number" not in reply.content
    for key in ("2024-02-01T13:00:00%2B00:00/8", "2024-02-01T13:00+01:00/8"):  # 12:00 in UTC
        expected = 404 if "%2B" in key else 200
        assert service.ask(f"/v1/predictions/{key}").status == expected
    assert service.ask("/v1/predictions/2024-02-01T13:00Z/a%2Fb%20c").content["score"] == 0.5
    for key in ("2024-02-01T12:00Z/9", "7", "2024-02-01T12:00Z/7/7", "x/y", "%FF/%00", "/"):
        assert service.ask(f"/v1/predictions/{key}").status == 404, key

    write(path, [{**ROWS[0], "score": 0.125}])
    assert service.ask("/v1/predictions/2024-02-01T12:00Z/7").content["score"] == 0.125


def test_a_stale_batch_is_no_answer_and_a_broken_one_replaces_none(
    folder: Path, service: Client
) -> None:
    path = folder / "coming.jsonl"
    write(path, ROWS, age=7200 + 60)
    reply = service.ask("/v1/predictions/2024-02-01T12:00Z/7")
    assert (reply.status, reply.headers["retry-after"]) == (503, "60")
    assert reply.content["error"] == "the newest scores are 2.0 hours old, and 2 are allowed"
    write(path, ROWS)
    assert service.ask("/v1/predictions/2024-02-01T12:00Z/7").status == 200
    for broken in ("{", "[1]\n", '{"id": 7}\n', "\xff"):
        path.write_text(broken, encoding="latin-1")
        assert service.ask("/v1/predictions/2024-02-01T12:00Z/7").content["score"] == 0.25
    write(path, ROWS[1:])
    assert service.ask("/v1/predictions/2024-02-01T12:00Z/7").status == 404


def test_a_batch_of_parquet_says_the_same(folder: Path) -> None:
    write(folder / "coming.parquet", [{**row, "score": 0.1} for row in ROWS])
    with running(folder, "--workers", "1", "--batch", "coming.parquet") as client:
        reply = client.ask("/v1/predictions/2024-02-01T13:00Z/a%2Fb%20c").content
        assert (reply["score"], reply["decision"]) == (0.1, 1)
        assert client.ask("/v1/predictions/2024-02-01T12:00Z/8").content["score"] == 0.1
    with running(folder, "--workers", "1") as client:
        reply = client.ask("/v1/predictions/2024-02-01T12:00Z/8")
        assert (reply.status, "without --batch" in reply.content["error"]) == (404, True)
