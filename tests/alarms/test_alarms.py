"""An alarm of whoever has the secret has the model trained anew, and nothing else does."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.ci import hub as github
from tests.ci.hub import Fault, Hub
from tests.conftest import ROOT
from truerun.alarms import receiver
from truerun.alarms.__main__ import main
from truerun.alarms.options import ALARMS
from truerun.alarms.receiver import Receiver, firing
from truerun.ci.github import Api

WORD = "a secret of 24 characters"
BEARER = {"Authorization": f"Bearer {WORD}"}
MESSAGE: dict[str, Any] = {
    "version": "4",
    "groupKey": '{}:{alertname="TruerunMonitorActs"}',
    "status": "firing",
    "receiver": "chat-and-issue",
    "alerts": [
        {"status": "firing", "labels": {"alertname": "TruerunMonitorActs", "severity": "page"}},
        {"status": "resolved", "labels": {"alertname": "TruerunModelStale"}},
    ],
}


@pytest.fixture
def heard(
    hub: Hub, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Hub, int]]:
    """GitHub, and the port of a receiver that tells it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    api = Api(f"{hub.address}/api/v3", github.REPOSITORY, github.WRITE, sleep=lambda _: None)
    with Receiver(0, api, WORD.encode(), ALARMS) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield hub, made.server_port
        made.shutdown()
        thread.join()


def post(
    port: int, content: bytes, path: str = "/alerts", headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """What is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, content, BEARER if headers is None else headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def sent(*alarms: tuple[str, Any]) -> bytes:
    """A message with alarms, each with its status and name."""
    alerts = [{"status": status, "labels": {"alertname": name}} for status, name in alarms]
    return json.dumps(MESSAGE | {"alerts": alerts}).encode()


def test_an_alarm_that_fires_is_sent_to_github_as_an_event_that_the_workflow_takes(
    heard: tuple[Hub, int],
) -> None:
    hub, port = heard
    status, said = post(port, json.dumps(MESSAGE).encode())
    assert (status, said) == (202, "TruerunMonitorActs: sent the event retrain to me/flights\n")
    (event,) = hub.dispatched
    assert event == {"event_type": "retrain", "client_payload": {"alarm": "TruerunMonitorActs"}}
    flow = yaml.safe_load((ROOT / ".github/workflows/retrain.yml").read_text(encoding="utf-8"))
    assert flow[True]["repository_dispatch"]["types"] == [event["event_type"]]
    (train,) = (step for step in flow["jobs"]["train"]["steps"] if step.get("id") == "retrain")
    assert train["env"]["ALARM"] == "${{ github.event.client_payload.alarm }}"
    rules = (ROOT / "ops/prometheus/rules.yml").read_text(encoding="utf-8")
    assert all(f"- alert: {name}\n" in rules for name in ALARMS)


@pytest.mark.parametrize(
    ("content", "path", "headers", "status"),
    [
        (b"{}", "/alerts", {}, 401),
        (b"{}", "/alerts", {"Authorization": f"Bearer {WORD}x"}, 401),
        (b"{}", "/alerts", {"Authorization": f"Basic {WORD}"}, 401),
        (b"{}", "/alerts", {"Authorization": "Bearer \xe9"}, 401),
        (b"{}", "/other", BEARER, 404),
        (b"{}", "/alerts", BEARER, 400),
        (b"\xff", "/alerts", BEARER, 400),
        (b"[" * 100_000, "/alerts", BEARER, 400),
        (b'{"version": "3", "alerts": []}', "/alerts", BEARER, 400),
        (b"", "/alerts", BEARER | {"Content-Length": "1000001"}, 413),
        (b"", "/alerts", BEARER | {"Content-Length": "-1"}, 413),
        (sent(("resolved", "TruerunMonitorActs")), "/alerts", BEARER, 202),
        (sent(("firing", "TruerunSlow"), ("firing", None), ("firing", {})), "/alerts", BEARER, 202),
    ],
)
def test_what_is_none_of_it_starts_nothing(
    content: bytes, path: str, headers: dict[str, str], status: int, heard: tuple[Hub, int]
) -> None:
    hub, port = heard
    assert post(port, content, path, headers)[0] == status
    assert hub.dispatched == []


def test_what_github_does_not_take_alertmanager_sends_again(heard: tuple[Hub, int]) -> None:
    hub, port = heard
    hub.faults.append(Fault("POST .*/dispatches", 404))
    status, said = post(port, json.dumps(MESSAGE).encode())
    assert status == 502
    assert "GitHub says 404" in said
    hub.faults.append(Fault("POST .*/dispatches", 502))  # which passes
    assert post(port, json.dumps(MESSAGE).encode())[0] == 202
    assert len(hub.dispatched) == 1


def test_who_breaks_off_or_is_slow_holds_nobody_up(
    heard: tuple[Hub, int], capsys: pytest.CaptureFixture[str]
) -> None:
    hub, port = heard
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"POST /alerts HTTP/1.1\r\n")  # and no more
        with socket.create_connection(("127.0.0.1", port)) as broken:
            head = f"POST /alerts HTTP/1.1\r\nAuthorization: Bearer {WORD}\r\n"
            broken.sendall(f"{head}Content-Length: 900\r\n\r\n{{".encode())
        assert post(port, json.dumps(MESSAGE).encode())[0] == 202
    assert len(hub.dispatched) == 1
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.slow
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(),
                    lambda each: st.lists(each) | st.dictionaries(
                        st.sampled_from(["version", "alerts", "status", "labels", "alertname"]),
                        each)))  # fmt: skip
def test_no_message_is_too_odd(content: Any) -> None:
    names = firing(json.dumps(content).encode())
    assert names is None or all(isinstance(name, str) for name in names)


def test_the_command_says_where_it_hears_and_ends_with_an_interrupt(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{WORD}\n", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "truerun.alarms", "--secret", str(tmp_path / "secret"),
         "--port", "0", "--alarm", "Other"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "GITHUB_REPOSITORY": "me/town",
             "GITHUB_TOKEN": "t"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        port = int(process.stdout.readline().split("/alerts")[0].rpartition(":")[2])
        status, said = post(port, json.dumps(MESSAGE).encode())
        process.send_signal(2)
        errors = process.communicate(timeout=60)[1]
    assert (status, "none of these" in said) == (202, True)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("secret", "port", "said"),
    [
        ("short", "0", "has 5 bytes, and a secret has 16 or more"),
        (None, "0", "secret: No such file or directory"),
        (WORD, "70000", "--port 70000"),
    ],
)
def test_what_cannot_be_heard_with_is_refused(  # noqa: PLR0913, and what is checked
    *,
    secret: str | None,
    port: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "me/town")
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    if secret is not None:
        (tmp_path / "secret").write_text(secret, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["--secret", str(tmp_path / "secret"), "--port", port])
    assert ended.value.code == 1
    error = capsys.readouterr().err
    assert said in error
    assert WORD not in error


def test_its_port_is_that_of_the_receiver_in_alertmanager() -> None:
    text = (ROOT / "ops/alertmanager/alertmanager.yml").read_text(encoding="utf-8")
    assert f"http://127.0.0.1:9094{receiver.PATH}\n" in text
