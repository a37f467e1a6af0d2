"""The client of a service sends its key to the origin that was named, and nowhere else."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from truerun.app.client import Client
from truerun.base.errors import AppError, ServeError
from truerun.serve.client import KEY, MODEL, PREDICT, ServiceClient

SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of a test
Reply = tuple[int, str, bytes]  # status, location, content


@dataclass
class Seen:
    """An address, and the requests that came there: method, path, key and body."""

    url: str
    requests: list[tuple[str, str, str | None, bytes]] = field(default_factory=list)


@contextmanager
def answering(reply: Callable[[str], Reply]) -> Iterator[Seen]:
    """A server that answers each path as it is told to."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            key = self.headers.get("Authorization")
            seen.requests.append((self.command, self.path, key, body))
            status, location, content = reply(self.path)
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name that the library asks for

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        seen = Seen(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield seen
        server.shutdown()


def client(url: str) -> ServiceClient:
    return ServiceClient(url, {KEY: f" {SECRET}\n"})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("body", [None, b"{}"])
def test_no_redirect_takes_the_key_elsewhere(status: int, body: bytes | None) -> None:
    with answering(lambda _: (200, "", b"{}")) as thief:
        port = thief.url.rpartition(":")[2]
        for place in (thief.url, f"//127.0.0.1:{port}", f"http://localhost:{port}/v1/model"):
            with answering(lambda _, to=place: (status, to, b"")) as service:
                with client(service.url) as asking, pytest.raises(ServeError) as refused:
                    asking.ask(MODEL, body)
                assert "name that one" in str(refused.value)
                assert port in str(refused.value)
                assert [key for _, _, key, _ in service.requests] == [f"Bearer {SECRET}"]
    assert thief.requests == []


@pytest.mark.parametrize(
    ("body", "status", "followed"),
    [(None, 301, True), (None, 307, True), (b"{}", 308, True), (b"{}", 302, False)],
)
def test_a_redirect_within_the_origin_is_followed_with_key_and_body(
    body: bytes | None, status: int, followed: bool
) -> None:
    def reply(path: str) -> Reply:
        return (200, "", b"[1]") if path == "/below/here?x=1" else (status, "here?x=1", b"moved")

    with answering(reply) as service, client(f"{service.url}/below/") as asking:
        if not followed:
            with pytest.raises(ServeError, match="name that one"):
                asking.ask("/there", body)
            return
        assert asking.ask("/there", body).json("it") == [1]
    method = "GET" if body is None else "POST"
    expected = [
        (method, path, f"Bearer {SECRET}", body or b"")
        for path in ("/below/there", "/below/here?x=1")
    ]
    assert service.requests == expected


def test_a_circle_of_redirects_ends() -> None:
    with (
        answering(lambda _: (302, "/again", b"")) as service,
        client(service.url) as asking,
        pytest.raises(ServeError, match="around in a circle"),
    ):
        asking.ask(MODEL)
    assert len(service.requests) < 10


def test_without_a_key_none_is_sent_and_a_401_says_what_names_one() -> None:
    with answering(lambda _: (401, "", b'{"error": "a key is needed"}')) as service:
        for environment in ({}, {KEY: " "}, {"TRUERUN_API_KEYS": SECRET}):
            with (
                ServiceClient(service.url, environment) as asking,
                pytest.raises(ServeError, match=f"401: .*{KEY} names one"),
            ):
                asking.ask(PREDICT, b"{}").json("it")
        with pytest.raises(AppError, match=f"answers 401: a key is needed: {KEY} names one"):
            Client(service.url).description()
    assert {key for _, _, key, _ in service.requests} == {None}


@pytest.mark.parametrize("key", ["two\nlines", "schlüssel", "bell\a"])
def test_a_key_that_no_header_holds_is_refused_before_anything_is_sent(key: str) -> None:
    with pytest.raises(ServeError, match=f"{KEY} holds what no key may hold") as refused:
        ServiceClient("http://127.0.0.1:1", {KEY: key})
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["localhost:8000", "ftp://here", "http://", "http://here:port", "http://[::1", ""]
)
def test_an_address_that_is_none_is_named(address: str) -> None:
    with pytest.raises(ServeError, match="is no address such as http://"):
        ServiceClient(address, {})


def test_who_does_not_answer_or_not_in_json_is_named() -> None:
    with answering(lambda _: (200, "", b"<html>")) as service, client(service.url) as asking:
        with pytest.raises(ServeError, match="it answers no JSON"):
            asking.ask(MODEL).json("it")
        with pytest.raises(AppError, match="is no service of truerun: status 200"):
            Client(service.url).description()
    with client(service.url) as asking, pytest.raises(ServeError, match="does not answer"):
        asking.ask(MODEL)
    with pytest.raises(AppError, match=r"does not answer.*make serve"):
        Client(service.url).description()
