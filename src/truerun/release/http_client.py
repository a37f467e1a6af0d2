"""Requests to a service by HTTP, with the key of a client if the environment has one."""

import http.client
import json
import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

from truerun.base.errors import ReleaseError

KEYS = "TRUERUN_API_KEYS"
PREDICT, MODEL, OPENAPI, METRICS = "/v1/predict", "/v1/model", "/openapi.json", "/metrics"
SECONDS = 30.0
MOST = 64 * 2**20  # bytes of an answer


@dataclass(frozen=True)
class HttpReply:
    """A status, a body, and how many seconds both took."""

    status: int
    body: bytes
    seconds: float

    def json(self, what: str) -> Any:
        """The body as JSON; raise `ReleaseError` if it is none, or no success."""
        if self.status != http.client.OK:
            text = self.body[:300].decode("utf-8", "replace")
            raise ReleaseError(f"{what} answers {self.status}: {text}")
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise ReleaseError(f"{what} answers no JSON: {error}") from error


class ServiceClient:
    """A service at an address: `with ServiceClient("http://127.0.0.1:8000") as service: ...`.

    There is one connection, which is opened anew when it breaks.
    """

    def __init__(self, address: str, environment: Mapping[str, str] = os.environ) -> None:
        """Take an address such as http://127.0.0.1:8000; raise `ReleaseError` if it is none."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ReleaseError(f"{address} is no address such as http://127.0.0.1:8000")
        self.address = address.rstrip("/")
        self._below = parts.path.rstrip("/")
        self._connection = _connection(parts)
        keys = environment.get(KEYS, "").split()
        self._headers = {"Authorization": f"Bearer {keys[0]}"} if keys else {}

    def ask(self, path: str, body: bytes | None = None) -> HttpReply:
        """Ask for a path; with a body, as rows are sent. A broken connection is tried once more.

        Raises
        ------
        ReleaseError
            If there is no answer.
        """
        method = "GET" if body is None else "POST"
        headers = self._headers | ({} if body is None else {"Content-Type": "application/json"})
        for is_last in (False, True):
            begun = time.perf_counter()
            try:
                self._connection.request(method, f"{self._below}{path}", body, headers)
                answer = self._connection.getresponse()
                content = answer.read(MOST)
                return HttpReply(answer.status, content, time.perf_counter() - begun)
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if is_last:
                    raise ReleaseError(f"{self.address}{path} does not answer: {error}") from error
        raise AssertionError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    host = str(parts.hostname)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=SECONDS, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
