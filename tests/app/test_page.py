"""The page says what the service says: in Streamlit's own test, and in a browser."""

import contextlib
import http.server
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
from streamlit.testing.v1 import AppTest

from tests import browser
from tests.browser import Browser
from tests.conftest import wait_until
from tests.serve.bundles import retold, typed
from tests.serve.service import Client, running
from truerun.app import client as clients
from truerun.app.__main__ import PAGE, main
from truerun.base.errors import AppError
from truerun.base.tasks import Task

pytestmark = pytest.mark.slow  # a server
KEY = "0123456789abcdef0123456789abcdef"


def bounded(facts: dict[str, Any]) -> None:
    """Give a contract the limits without which there is nothing to try."""
    facts["contract"]["columns"]["number"].update(min=-9.0, max=9.0)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("own")
    typed(folder)
    retold(folder / "models/bundle", bounded)
    with running(folder, "--workers", "1", TRUERUN_API_KEYS=KEY) as client:
        yield client


@pytest.fixture
def address(service: Client, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TRUERUN_API_KEY", KEY)
    monkeypatch.setenv(clients.URL_NAME, f"http://127.0.0.1:{service.port}")
    return f"http://127.0.0.1:{service.port}"


def shown() -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    check(page)
    return page


def check(page: AppTest) -> None:
    """See that nothing failed; an `assert` on a part of a page takes minutes to show it."""
    failed = [each.message for each in page.exception]
    assert failed == []


def metrics(page: AppTest) -> dict[str, str]:
    return {each.label: each.value for each in reversed(page.metric)}


def typed_in(page: AppTest, column: str, text: str) -> None:
    """Write something into the form, and send it."""
    (field,) = (each for each in page.text_input if each.label == column)
    field.set_value(text)
    page.button[0].click().run()
    check(page)


def test_the_form_begins_with_a_row_that_is_answered_and_answers_what_is_typed(
    service: Client, address: str
) -> None:
    page = shown()
    example = service.ask("/openapi.json", headers={"Authorization": f"Bearer {KEY}"}).content
    body = example["paths"]["/v1/predict"]["post"]["requestBody"]["content"]["application/json"]
    row = body["example"]
    answer = clients.Client(address).answer(row)
    assert metrics(page)["Score"] == f"{answer['score']:.4g}"
    typed_in(page, "number", "-3.5")
    changed = clients.Client(address).answer({**row, "number": -3.5})
    assert changed["score"] != answer["score"]
    assert metrics(page)["Score"] == f"{changed['score']:.4g}"
    typed_in(page, "number", "far")
    errors = [each.value for each in page.error]
    assert errors == ["The row breaks the contract, so it has no score:"]
    assert page.dataframe[0].value.to_dict("records")[0]["column"] == "number"


@pytest.mark.usefixtures("address")
def test_another_value_of_a_column_has_the_score_of_such_a_row() -> None:
    page = shown()
    slider = page.select_slider[0]
    slider.set_value(slider.options[0]).run()
    check(page)
    scores = [each.label for each in page.metric]
    assert scores == ["Score", "Decision"] * 2  # of the row as it is, and as it might be


@pytest.mark.nightly
@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_answers_of_other_tasks_are_shown(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(tmp_path, task)
    with running(tmp_path, "--workers", "1") as client:
        monkeypatch.setenv(clients.URL_NAME, f"http://127.0.0.1:{client.port}")
        page = shown()
    assert ("Likeliest" if task == "multiclass" else "9 of 10 lie within") in metrics(page)


@pytest.mark.nightly
def test_a_model_without_reasons_is_shown_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(tmp_path, "binary", "random_forest")
    with running(tmp_path, "--workers", "1") as client:
        monkeypatch.setenv(clients.URL_NAME, f"http://127.0.0.1:{client.port}")
        page = shown()
    headings = [each.value for each in page.subheader]
    assert headings == ["What if"]
    assert "Score" in metrics(page)


@pytest.mark.usefixtures("address")
def test_rows_of_a_file_are_scored_and_those_that_break_the_contract_are_named() -> None:
    page = shown()
    text = "id,whole,number,few,full,many,note\n1,2,0.5,a,b,c,red\n2,far,0.5,a,b,c,red\n"
    page.file_uploader[0].upload("rows.csv", text.encode(), "text/csv").run()
    check(page)
    assert metrics(page)["Rows with a score"] == "1 of 2"
    broken = page.dataframe[-1].value.to_dict("records")
    assert [(each["row"], each["column"]) for each in broken] == [("2", "whole")]


def test_every_row_of_many_has_its_own_answer(address: str) -> None:
    sent = [
        {
            "id": n,
            "whole": n % 7,
            "number": n % 80 / 9,
            "few": "a",
            "full": "b",
            "many": "c",
            "note": "",
        }
        for n in range(1, 1_203)
    ]
    for place in (3, 499, 500, 1_201):
        sent[place]["number"] = "far"
    answers = clients.Client(address).answers(sent)
    assert [place for place, each in enumerate(answers) if "broken" in each] == [3, 499, 500, 1_201]
    alone = clients.Client(address).answer(sent[700])
    assert answers[700] == alone


def test_a_service_that_is_not_there_or_not_ours_is_named(
    service: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
    for url, reason in (
        (nowhere, "does not answer"),
        ("ftp://example.org", "is no address such as http://"),
        (f"http://127.0.0.1:{service.port}", "the service answers 401"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(["--url", url])
        assert ended.value.code == 1
        assert reason in capsys.readouterr().err


def test_an_answer_that_is_not_of_truerun_is_refused() -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(AppError, match="is no service of truerun: status 404"):
            clients.Client(f"http://127.0.0.1:{server.server_port}").description()
        server.shutdown()


@pytest.fixture
def opened(address: str) -> Iterator[str]:
    """The page as the command shows it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "truerun.app", "--url", address, "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ})
    try:
        assert wait_until(lambda: _listens(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@browser.needed
def test_it_fits_a_phone_and_asks_nothing_of_others(opened: str, tmp_path: Path) -> None:
    shell = Browser(tmp_path)
    try:
        shell.open(opened, 390)
        assert wait_until(lambda: shell.value("document.body.innerText.includes('What if')"))
        assert wait_until(
            lambda: bool(shell.value("document.querySelectorAll('canvas, svg').length"))
        )
        assert shell.value("document.documentElement.scrollWidth") <= 390
        asked: list[Any] = json.loads(
            shell.value(
                "JSON.stringify(performance.getEntriesByType('resource').map(each => each.name))"
            )
        )
    finally:
        shell.close()
    assert asked
    assert [each for each in asked if not each.startswith((opened, "data:"))] == []
