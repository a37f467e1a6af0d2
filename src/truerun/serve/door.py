"""What every request passes: who may come in, and how each is counted."""

import functools
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from truerun.serve.counters import PATHS, Counters
from truerun.serve.settings import ServeSettings, is_loopback

OPEN = ("/healthz", "/readyz")  # what watches a service has no key
NAMELESS = (
    (HTTPStatus.UNAUTHORIZED, b"a key is needed: Authorization: Bearer KEY"),
    (HTTPStatus.MISDIRECTED_REQUEST, b"without keys the service is called localhost or 127.0.0.1"),
)
UNKNOWN_KEY, OTHER_HOST = range(2)


class Door:
    """Lets requests in by their key, and counts them by path and status."""

    def __init__(
        self,
        app: ASGIApp,
        direct: Mapping[str, ASGIApp],
        settings: ServeSettings,
        counters: Counters,
    ) -> None:
        """Take what answers requests: `direct` those of some paths, `app` all others."""
        self._app, self._direct = app, direct
        self._keys, self._counters = settings.keys, counters
        self._is_open = not settings.keys.digests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or turn it away."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            refused = self._refused(scope)
            if refused is None:
                await self._direct.get(scope["path"], self._app)(scope, receive, answer)
            else:
                await _turn_away(answer, *NAMELESS[refused])
        finally:
            self._counters.request(_path(scope["path"]), status, time.perf_counter() - begun)

    def _refused(self, scope: Scope) -> int | None:
        """Why a request is turned away.

        A page of a stranger's may have a browser ask this machine by a name of the stranger's: a
        service without keys answers to this machine's own names alone.
        """
        if scope["path"] in OPEN:
            return None
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if self._is_open:
            return None if _is_here(headers.get(b"host", b"")) else OTHER_HOST
        is_known = self._keys.admit(headers.get(b"authorization", b""))
        return None if is_known else UNKNOWN_KEY


@functools.lru_cache(maxsize=64)
def _is_here(host: bytes) -> bool:
    """Whether the name by which a client calls this machine is one of its own.

    >>> [_is_here(host) for host in (b"localhost:80", b"[::1]:80", b"127.0.0.1", b"example.org")]
    [True, True, True, False]
    """
    name = host.decode("latin-1")
    if name.startswith("["):
        return is_loopback(name[1:].partition("]")[0])
    return is_loopback(name.partition(":")[0])


def _path(path: str) -> str:
    """What a path is counted as."""
    if path.startswith("/v1/predictions/"):
        return "/v1/predictions"
    return path if path in PATHS else "other"


async def _turn_away(send: Any, status: HTTPStatus, reason: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    if status == HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b"Bearer"))
    body = b'{"error":"' + reason + b'"}'
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
