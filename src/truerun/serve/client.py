"""Requests to a service by HTTP, with the key of a client if the environment has one.

The key goes to the origin that was named (scheme, host and port) and to no other: a redirect to
another one is not followed.
"""

import http.client
import json
import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import SplitResult, urljoin, urlsplit

from truerun.base.errors import ServeError

KEY = "TRUERUN_API_KEY"
PREDICT, MODEL, OPENAPI, METRICS = "/v1/predict", "/v1/model", "/openapi.json", "/metrics"
SECONDS = 30.0
MOST = 64 * 2**20  # bytes of an answer
PORTS = {"http": 80, "https": 443}
SAME_METHOD = (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)
REDIRECTS = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, *SAME_METHOD)
MOST_REDIRECTS = 5


@dataclass(frozen=True)
class HttpReply:
    """A status, a body, and how many seconds both took."""

    status: int
    body: bytes
    seconds: float

    @property
    def hint(self) -> str:
        """What to do about the status, to stand behind what is said of it; mostly nothing."""
        return f": {KEY} names one" if self.status == HTTPStatus.UNAUTHORIZED else ""

    def json(self, what: str) -> Any:
        """The body as JSON; raise `ServeError` if it is none, or no success."""
        if self.status != HTTPStatus.OK:
            text = self.body[:300].decode("utf-8", "replace")
            raise ServeError(f"{what} answers {self.status}: {text}{self.hint}")
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise ServeError(f"{what} answers no JSON: {error}") from error


class ServiceClient:
    """A service at an address: `with ServiceClient("http://127.0.0.1:8000") as service: ...`.

    There is one connection, which is opened anew when it breaks.
    """

    def __init__(self, address: str, environment: Mapping[str, str] = os.environ) -> None:
        """Take an address such as http://127.0.0.1:8000.

        Raises
        ------
        ServeError
            If it is none, or the key of the environment cannot be sent.
        """
        try:
            parts = urlsplit(address)
            self._origin = _origin(parts)
        except ValueError:  # a port that is no number
            self._origin = ("", None, None)
        if self._origin[0] not in PORTS or not self._origin[1]:
            raise ServeError(f"{address} is no address such as http://127.0.0.1:8000")
        self.address = address.rstrip("/")
        self._connection = _connection(parts)
        key = environment.get(KEY, "").strip()
        if not (key.isascii() and key.isprintable()):
            raise ServeError(f"{KEY} holds what no key may hold: letters of ASCII alone")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def ask(self, path: str, body: bytes | None = None) -> HttpReply:
        """Ask for a path; with a body, as rows are sent. A broken connection is tried once more.

        Raises
        ------
        ServeError
            If there is no answer, or it is a redirect to another origin.
        """
        begun = time.perf_counter()
        url = f"{self.address}{path}"
        for _ in range(MOST_REDIRECTS + 1):
            status, target, content = self._asked(url, body)
            if status not in REDIRECTS or not target:
                return HttpReply(status, content, time.perf_counter() - begun)
            target = urljoin(url, target)
            if not self._may_follow(status, target, body):
                raise ServeError(f"{url} sends us to {target}, which is not asked: name that one")
            url = target
        raise ServeError(f"{self.address}{path} sends us around in a circle")

    def _may_follow(self, status: int, target: str, body: bytes | None) -> bool:
        """Whether a redirect stays with the origin, and a body would be sent once more."""
        try:
            is_own = _origin(urlsplit(target)) == self._origin
        except ValueError:
            return False
        return is_own and (body is None or status in SAME_METHOD)

    def _asked(self, url: str, body: bytes | None) -> tuple[int, str, bytes]:
        """Status, the address of a redirect, and content of what answers at an address."""
        method = "GET" if body is None else "POST"
        headers = self._headers | ({} if body is None else {"Content-Type": "application/json"})
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        for is_last in (False, True):
            try:
                self._connection.request(method, target, body, headers)
                answer = self._connection.getresponse()
                return answer.status, answer.headers.get("Location", ""), answer.read(MOST)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._connection.close()
                if is_last:
                    raise ServeError(f"{url} does not answer: {error}") from error
        raise AssertionError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    """What a key is given to."""
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    host = str(parts.hostname)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=SECONDS, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
