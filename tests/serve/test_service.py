"""The service answers as evaluate scored, says what it is, and outlives what happens to it."""

import json
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import wait_until
from tests.predict.test_predict import made, rows
from tests.serve.bundles import retold, rows_of, typed
from tests.serve.service import Client, running
from tests.tasks import CLASSES
from truerun.base.tasks import Task
from truerun.model.scoring import bundle as bundles
from truerun.serve import options
from truerun.serve import settings as serve_settings
from truerun.serve.__main__ import main

pytestmark = pytest.mark.slow  # a server
ANYWHERE = "0.0.0.0"  # noqa: S104 - it is refused
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundle of a source of one's own, and the rows that it was tested on."""
    folder = tmp_path_factory.mktemp("own")
    typed(folder).to_json(folder / "tested.json", orient="records")
    return folder


@pytest.fixture(scope="module")
def service(own: Path) -> Iterator[Client]:
    with running(own, "--workers", "2") as client:
        yield client


def sent_and_scores(folder: Path) -> tuple[list[dict[str, Any]], list[float]]:
    """Rows as JSON, and the score of each."""
    whole = json.loads((folder / "tested.json").read_text(encoding="utf-8"))
    scores = [row["score"] for row in whole]
    names = ("id", "whole", "number", "few", "full", "many", "note", "target")
    return [{name: row[name] for name in names} for row in whole], scores


def single(values: Any) -> Any:
    return np.asarray(values, dtype=np.float32).tolist()


def test_rows_get_the_scores_of_evaluate_alone_and_together(own: Path, service: Client) -> None:
    sent, scores = sent_and_scores(own)
    together = service.predict(sent).content
    assert single([each["score"] for each in together["predictions"]]) == single(scores)
    for row, score in zip(sent[:20], scores, strict=False):
        reply = service.predict(row).content
        assert single(reply["score"]) == single(score)
        assert reply["decision"] == int(np.float32(score) >= 0.4)
        assert reply["model_version"] == bundles.read(own / "models/bundle").version


@pytest.mark.parametrize("task", ["binary", "multiclass", "counts"])
def test_rows_of_a_table_are_taken_with_its_names_and_texts(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    predictions = made(task).set_index("id")
    raw = rows_of(rows())
    for place, row in enumerate(raw):
        row["whole"] = [row["whole"], f" {row['whole']} ", str(row["whole"])][place % 3]
        row["id"] = [row["id"], str(row["id"])][place % 2]
    with running(tmp_path, "--workers", "1") as client:
        answers = client.predict(raw).content["predictions"]
        refused = client.predict({**raw[0], "whole": "many", "id": None, "more": 1}).content
        example = json.loads(client.ask("/openapi.json").body)
    for row, answer in zip(raw, answers, strict=True):
        if str(row["id"]) not in predictions.index:
            continue
        expected = predictions.loc[str(row["id"])]
        if task == "multiclass":
            assert single(list(answer["score"].values())) == single(
                [expected[f"score:{name}"] for name in CLASSES]
            )
        else:
            assert single(answer["score"]) == single(expected["score"])
        if task == "counts":
            assert answer["low"] <= answer["score"] <= answer["high"]
    assert [(each["column"], each["check"]) for each in refused["broken"]] == [
        ("more", "unknown"),
        ("whole", "is not a number"),
        ("id", "not_nullable"),
    ]
    predict = example["paths"]["/v1/predict"]["post"]
    assert predict["requestBody"]["content"]["application/json"]["example"].keys() == {*raw[0]} - {
        "left out"
    }


def test_the_description_holds_an_example_that_is_answered_so(own: Path, service: Client) -> None:
    whole = service.ask("/openapi.json").content
    predict = whole["paths"]["/v1/predict"]["post"]
    example = predict["requestBody"]["content"]["application/json"]["example"]
    expected = predict["responses"]["200"]["content"]["application/json"]["example"]
    assert service.predict(example).content == expected
    schema = whole["components"]["schemas"]["Row"]
    assert schema["required"] == ["full", "id", "whole"]
    assert schema["properties"]["number"]["type"] == ["number", "null"]
    assert {"400", "413", "415", "422", "429"} <= set(predict["responses"])
    assert {"/v1/predict", "/v1/model", "/healthz", "/readyz", "/metrics"} <= set(whole["paths"])
    key = whole["paths"]["/v1/predictions/{key}"]["get"]["parameters"]
    assert [(each["name"], each["in"], each["required"]) for each in key] == [("key", "path", True)]
    told = service.ask("/v1/model").content
    assert told["version"] == bundles.read(own / "models/bundle").version
    assert (told["commit"], told["card"]) == (None, None)


def test_the_counts_of_all_workers_are_one_page(own: Path) -> None:
    sent, scores = sent_and_scores(own)
    with running(own, "--workers", "3") as client:
        for _ in range(30):
            client.predict(sent[:2])
        client.predict([sent[0], {**sent[1], "few": 1, "whole": "x"}, {**sent[2], "few": 2}])
        page = client.ask("/metrics").body.decode()

    def count(line: str) -> float:
        return float(page.partition(f"\n{line} ")[2].partition("\n")[0])

    assert count('truerun_requests_total{path="/v1/predict",status="200"}') == 30
    assert count('truerun_requests_total{path="/v1/predict",status="422"}') == 1
    assert count('truerun_rows_total{outcome="scored"}') == 60
    assert count('truerun_rows_total{outcome="refused"}') == 2
    assert count('truerun_refusals_total{column="few"}') == 2
    assert count('truerun_refusals_total{column="whole"}') == 1
    assert count("truerun_predict_seconds_count") == 31
    assert count('truerun_score_count{class=""}') == 60
    assert count('truerun_score_sum{class=""}') == pytest.approx(30 * sum(scores[:2]), rel=1e-5)
    for name in ("whole", "number", "few", "full", "many", "note"):
        bins = re.findall(rf'truerun_cells_total\{{bin="[^"]*",column="{name}"\}} (\S+)', page)
        assert sum(map(float, bins)) == 60, name
        assert count(f'truerun_stability_index{{column="{name}"}}') > 0, name  # of two rows alone


@pytest.mark.parametrize("where", ["environment", "file"])
def test_keys_let_in_and_nobody_else(where: str, own: Path, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"{KEY}\n{KEY[::-1]}\n", encoding="utf-8")
    given = [] if where == "environment" else ["--keys", str(tmp_path / "keys")]
    environment = {options.KEYS: f"{KEY} {KEY[::-1]}"} if where == "environment" else {}
    (row, *_), _ = sent_and_scores(own)
    with running(own, "--workers", "1", *given, **environment) as client:
        for key in (KEY, KEY[::-1]):
            assert client.predict(row, Authorization=f"Bearer {key}").status == 200
        for header in ("", "Bearer", f"Bearer {KEY[:-1]}", f"Basic {KEY}", f"Bearer {KEY}x", KEY):
            reply = client.predict(row, Authorization=header)
            assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
        for path, status in (("/metrics", 401), ("/openapi.json", 401), ("/healthz", 200)):
            assert client.ask(path).status == status
        assert client.raw(b"GET /v1/model HTTP/1.1\r\nAuthorization: Bearer \xff\r\n\r\n")[
            9:12
        ] in (
            b"400",
            b"401",
        )


def test_what_cannot_start_says_why(
    own: Path,
    tmp_path: Path,
    service: Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(own)
    monkeypatch.delenv(options.KEYS, raising=False)
    (tmp_path / "keys").write_text("short", encoding="utf-8")
    (tmp_path / "none").write_text("\n", encoding="utf-8")
    for given, said in (
        (["--host", ANYWHERE], "can be reached from other machines"),
        (["--keys", "keys"], "--keys keys cannot be read"),
        (["--keys", str(tmp_path / "keys")], "key 1 of"),
        (["--keys", str(tmp_path / "none")], "holds no key"),
        (["--port", str(service.port)], "cannot listen on 127.0.0.1"),
        (["--port", "70000"], "--port 70000 is not between 0 and 65,535"),
        (["--workers", "0"], "--workers 0 is not between"),
        (["--bundle", str(tmp_path)], "digest does not exist"),
        (["--batch", "scores.csv"], "--batch scores.csv: it ends in .jsonl or .parquet"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(given)
        text = capsys.readouterr().err
        assert (ended.value.code, said in text, text.count("\n")) == (1, True, 1), text


def test_loopback_is_what_only_this_machine_reaches() -> None:
    local = [serve_settings.is_loopback(host) for host in ("127.8.0.1", "::1", "localhost")]
    others = [serve_settings.is_loopback(host) for host in (ANYWHERE, "::", "10.0.0.1", "x", "")]
    assert (local, others) == ([True] * 3, [False] * 5)


def test_a_model_is_changed_without_a_dropped_request(tmp_path: Path) -> None:
    predictions = typed(tmp_path)
    place = tmp_path / "models/bundle"
    sent = rows_of(predictions[["id", "whole", "number", "few", "full", "many", "note"]])[:3]
    first = bundles.read(place).version
    replies: list[tuple[int, str, Any]] = []
    over = threading.Event()
    with running(tmp_path, "--workers", "2") as client:

        def ask() -> None:
            while not over.is_set():
                reply = client.predict(sent[0])
                content = reply.content
                replies.append((reply.status, content["model_version"], content["decision"]))

        def versions() -> set[str]:
            return {client.ask("/readyz").content["model_version"] for _ in range(20)}

        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask) for _ in range(4)]
            try:
                retold(place, lambda facts: facts.update(threshold=0.0))
                second = bundles.read(place).version
                client.signal(signal.SIGHUP)
                assert wait_until(lambda: versions() == {second})
            finally:
                over.set()
            for each in asking:
                each.result()
        assert {status for status, _, _ in replies} == {200}
        assert {version for _, version, _ in replies} == {first, second}
        assert {decision for _, version, decision in replies if version == second} == {1}

        # One that cannot be read, one of other columns, one that is not as it was written.
        for edit, said in (
            (lambda facts: facts.pop("walk"), "bundle.json is not whole"),
            (
                lambda facts: facts["contract"]["columns"].update(more={"type": "int"}),
                "a bundle with other columns than the one that answers is refused",
            ),
            (lambda facts: facts.update(classes=[0, 2]), "with other classes than"),
        ):
            kept = (place / "bundle.json").read_bytes(), (place / "digest").read_bytes()
            retold(place, edit)
            client.signal(signal.SIGHUP)
            assert client.process.stdout is not None
            line = client.process.stdout.readline()
            while "goes on" not in line:
                line = client.process.stdout.readline()
            assert said in line
            assert versions() == {second}
            (place / "bundle.json").write_bytes(kept[0])
            (place / "digest").write_bytes(kept[1])
        content = (place / "value.npy").read_bytes()
        for at in (0, len(content) // 2, len(content) - 1):
            (place / "value.npy").write_bytes(
                content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
            )
            client.signal(signal.SIGHUP)
            assert "value.npy is not the one that was written" in client.process.stdout.readline()
        assert versions() == {second}


def test_a_worker_that_is_killed_is_replaced_and_the_service_ends_when_told(own: Path) -> None:
    (row, *_), _ = sent_and_scores(own)
    with running(own, "--workers", "2") as client:
        before = client.workers()
        os.kill(before[0], signal.SIGKILL)
        assert wait_until(lambda: len(set(client.workers()) - set(before)) == 1)
        assert all(client.predict(row).status == 200 for _ in range(10))
        workers = client.workers()
        client.signal(signal.SIGTERM)
        assert client.process.wait(60) == 0
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


def test_workers_end_with_the_process_that_started_them(own: Path) -> None:
    with running(own, "--workers", "2") as client:
        workers = client.workers()
        client.signal(signal.SIGKILL)
        client.process.wait(60)
        assert wait_until(lambda: not any(Path(f"/proc/{each}").exists() for each in workers))


def test_more_requests_than_may_wait_are_told_to_come_again(own: Path) -> None:
    (row, *_), _ = sent_and_scores(own)
    body = json.dumps(row).encode()
    head = (
        "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with running(own, "--workers", "1", "--waiting", "2", "--seconds", "60") as client:
        held = [socket.create_connection(("127.0.0.1", client.port)) for _ in range(2)]
        try:
            for each in held:
                each.sendall(head + body[:5])  # each waits for the rest of its body
            reply = client.predict(row)
            while reply.status == 200:  # until both are there
                reply = client.predict(row)
            assert (reply.status, reply.headers["retry-after"]) == (429, "1")
            for each in held:
                each.sendall(body[5:])
                assert each.recv(65536)[9:12] == b"200"
        finally:
            for each in held:
                each.close()
        assert client.predict(row).status == 200


def test_a_request_that_does_not_arrive_is_given_up(own: Path) -> None:
    head = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with running(own, "--workers", "1", "--seconds", "0.05") as client:
        reply = client.raw(head + b"Connection: close\r\nContent-Length: 9\r\n\r\n{")
        assert reply[9:12] == b"408"
        assert b"did not arrive within 0.05 seconds" in reply
