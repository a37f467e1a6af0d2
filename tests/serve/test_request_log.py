"""The log keeps a line for each row, within bounds, and nothing that is marked as personal."""

import datetime as dt
import json
import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import wait_until
from tests.serve.bundles import retold, typed
from tests.serve.service import running
from tests.serve.test_hostile import GOOD, row
from truerun.serve import request_log
from truerun.serve.request_json import DECODER
from truerun.serve.request_log import LogEntry, RequestLog
from truerun.serve.settings import Retention, ServeSettings
from truerun.serve.sharing import is_chosen
from truerun.serve.state import State

pytestmark = pytest.mark.slow  # a server
KEPT = Retention(30, 10**9)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two bundles, of which the second decides otherwise."""
    made = tmp_path_factory.mktemp("log")
    typed(made)
    retold(
        made / "models/bundle",
        lambda facts: facts["contract"]["columns"]["note"].update(personal=True),
    )
    (made / "other").mkdir()
    typed(made / "other", name="baseline")
    return made


def lines(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in request_log.files(folder)
        for line in path.read_text(encoding="ascii").splitlines()
    ]


def test_each_row_has_a_line_and_personal_columns_are_in_none(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(folder, "--workers", "2", "--log", str(log)) as client:
        one = client.predict(GOOD).content
        client.predict([row(id=8, note="secret words"), row(id=9, few=None)])
        client.predict([row(id=10), row(id=11, whole="x", note=3, more="secret")])
        client.ask("/v1/predict", b"no rows")
    kept = lines(log)
    assert [line["key"]["id"] for line in sorted(kept, key=lambda each: each["key"]["id"])] == [
        7, 8, 9, 10, 11,
    ]  # fmt: skip
    first = next(line for line in kept if line["key"]["id"] == 7)
    assert first["cells"] == {name: GOOD[name] for name in first["cells"]}
    assert set(first["cells"]) == set(GOOD) - {"id", "note"}
    assert np.float32(first["score"]) == np.float32(one["score"])
    assert (first["role"], first["model"]) == ("live", one["model_version"])
    assert first["refused"] is None
    assert 0 < first["seconds"] < 60
    assert dt.datetime.fromisoformat(first["time"]).tzinfo == dt.UTC
    refused = next(line for line in kept if line["key"]["id"] == 11)
    assert (refused["score"], refused["decision"]) == (None, None)
    assert {each["column"] for each in refused["refused"]} == {"whole", "note", "more"}
    assert "secret" not in "".join(path.read_text() for path in request_log.files(log))


def test_a_worker_that_is_killed_loses_no_line_that_is_older_than_a_second(
    folder: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with running(folder, "--workers", "1", "--log", str(log)) as client:
        client.predict([row(id=number) for number in range(20)])
        assert wait_until(lambda: len(lines(log)) == 20)
        (worker,) = client.workers()
        os.kill(worker, signal.SIGKILL)
        client.predict(row(id=20))
    assert [line["key"]["id"] for line in lines(log)] == list(range(21))


def test_a_shadow_is_logged_and_never_returned(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    shadow = folder / "other/models/bundle"
    options = ["--workers", "1", "--log", str(log), "--shadow", str(shadow)]
    with running(folder, *options) as client:
        live = client.ask("/v1/model").content["version"]
        answers = client.predict([row(id=number) for number in range(30)]).content["predictions"]
    assert {answer["model_version"] for answer in answers} == {live}
    kept = lines(log)
    roles = Counter(line["role"] for line in kept)
    assert roles == {"live": 30, "shadow": 30}
    assert len({line["score"] for line in kept if line["role"] == "shadow"}) == 1  # the baseline's
    assert {line["model"] for line in kept if line["role"] == "shadow"}.isdisjoint({live})


def test_a_canary_answers_its_share_of_the_keys_the_same_each_time(
    folder: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    canary = folder / "other/models/bundle"
    options = ["--log", str(log), "--canary", str(canary), "--canary-share", "0.3"]
    rows = [row(id=number) for number in range(300)]
    with running(folder, "--workers", "2", *options) as client:
        live = client.ask("/v1/model").content["version"]
        for _ in range(2):
            answers = client.predict(rows).content["predictions"]
            by_canary = [answer["model_version"] != live for answer in answers]
            expected = [is_chosen(DECODER.decode(json.dumps(each)), ["id"], 0.3) for each in rows]
            assert by_canary == expected
        assert 60 < sum(by_canary) < 120
    assert Counter(line["role"] for line in lines(log)) == {
        "live": 2 * (300 - sum(by_canary)),
        "canary": 2 * sum(by_canary),
    }


@pytest.fixture
def entry(folder: Path) -> LogEntry:
    """Three rows that were answered."""
    settings = ServeSettings.__new__(ServeSettings)
    for name, value in (("bundle", folder / "models/bundle"), ("shadow", None), ("canary", None)):
        object.__setattr__(settings, name, value)
    state = State.load(settings)
    rows = [DECODER.decode(json.dumps(row(id=number))) for number in range(3)]
    return LogEntry(rows, state.answers(rows, 0), state, time.time(), 0.001)


def test_what_cannot_be_kept_is_counted_and_the_service_goes_on(
    entry: LogEntry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    counts: Counter[str] = Counter()

    def count(outcome: str, rows: int) -> None:
        counts[outcome] += rows

    monkeypatch.setattr(request_log, "EVERY", 3600)
    monkeypatch.setattr(request_log, "MOST_ROWS", 7)
    log = RequestLog(tmp_path / "log", 0, KEPT, count)
    for _ in range(4):
        log.add(entry)
    log.close()
    assert counts == {"written": 6, "dropped": 6}
    assert len(lines(tmp_path / "log")) == 6

    (tmp_path / "file").write_text("no folder")
    log = RequestLog(tmp_path / "file", 0, KEPT, count)
    log.add(entry)
    log.close()
    assert counts == {"written": 6, "dropped": 9}
    assert "3 lines of the log are lost" in capsys.readouterr().err


def test_the_oldest_files_make_room_for_another_and_it_is_told(
    entry: LogEntry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(request_log, "MOST_BYTES", 100)
    for day in (1, 2, 3):
        (tmp_path / f"2020-01-0{day}.0.0001.jsonl").write_text("x" * 100)
    (tmp_path / "other.jsonl").write_text("x" * 1000)
    log = RequestLog(tmp_path, 0, Retention(1e6, 250), lambda *_: None)
    log.add(entry)
    log.close()
    left = [path.name for path in request_log.files(tmp_path)]
    assert left == ["2020-01-03.0.0001.jsonl", f"{dt.datetime.now(dt.UTC).date()}.0.0001.jsonl"]
    assert (tmp_path / "other.jsonl").exists()
    said = capsys.readouterr().err
    assert "2 files of the log, from 2020-01-01.0.0001.jsonl on, are deleted" in said


def test_files_are_full_at_a_size_and_deleted_after_days(
    entry: LogEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_log, "MOST_BYTES", 10)
    for _ in range(3):
        log = RequestLog(tmp_path, 4, KEPT, lambda *_: None)
        log.add(entry)
        log.close()
    today = dt.datetime.now(dt.UTC).date()
    assert [path.name for path in request_log.files(tmp_path)] == [
        f"{today}.4.000{number}.jsonl" for number in (1, 2, 3)
    ]
    for days in (5, 6, 7, 40):
        (tmp_path / f"{today - dt.timedelta(days)}.0.0001.jsonl").write_text("")
    (tmp_path / "other.jsonl").write_text("")
    request_log.delete_old(tmp_path, 6, time.time())
    left = {path.name[:10] for path in tmp_path.glob("*.jsonl")}
    days = {str(today - dt.timedelta(days)) for days in (0, 5, 6)}
    assert left == {*days, "other.json"}
