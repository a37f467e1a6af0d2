"""A server of MLflow by its REST API: https://mlflow.org/docs/latest/api_reference/rest-api.html."""

import base64
import http.client
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit

from truerun.base.errors import TrackingError, TruerunError

ADDRESS = "MLFLOW_TRACKING_URI"
SECONDS = 20.0  # of waiting for a part of an answer
MOST = 8 * 2**20  # bytes of an answer
SHOWN = 200  # characters of what a server says
PROXY = "mlflow-artifacts:"  # artifacts that the server itself keeps
WORD = re.compile(r"[\w.-]+", re.ASCII)


class MlflowError(TrackingError):
    """A refusal by a server of MLflow; `code` is what it names the reason."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirection is an error: the key would go to whom it names."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


class Tracker:
    """A server at an address: `Tracker("http://127.0.0.1:5000").call("GET", "runs/get", {...})`.

    The environment may hold `MLFLOW_TRACKING_TOKEN`, or `MLFLOW_TRACKING_USERNAME` and
    `MLFLOW_TRACKING_PASSWORD`, as for MLflow's own client.
    """

    def __init__(self, address: str, environment: Mapping[str, str] = os.environ) -> None:
        """Take an address; raise `TrackingError` if it is not that of a server."""
        try:
            parts = urlsplit(address)
            is_server = parts.scheme in ("http", "https") and bool(parts.hostname)
            inside = "@" in parts.netloc
        except ValueError:
            is_server = inside = False
        if inside:  # and is not shown
            raise TrackingError(
                f"{ADDRESS} holds a name or a password: MLFLOW_TRACKING_USERNAME and"
                " MLFLOW_TRACKING_PASSWORD are for them"
            )
        if not is_server:
            raise TrackingError(
                f"{ADDRESS} is {_plain(address)}, and not the address of a server, such as"
                " http://127.0.0.1:5000"
            )
        self.address = address.rstrip("/")
        self._opener = urllib.request.build_opener(_NoRedirect)
        self._headers = {"User-Agent": "truerun"}
        if token := environment.get("MLFLOW_TRACKING_TOKEN"):
            self._headers["Authorization"] = f"Bearer {token}"
        elif name := environment.get("MLFLOW_TRACKING_USERNAME"):
            pair = f"{name}:{environment.get('MLFLOW_TRACKING_PASSWORD', '')}".encode()
            self._headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"

    def call(self, method: str, path: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the server answers to a request below api/2.0/mlflow.

        Raises
        ------
        TrackingError
            If there is no answer, it refuses, or it answers no object of JSON.
        """
        below, body = f"/api/2.0/mlflow/{path}", None
        if method == "GET":
            below = f"{below}?{urlencode(values)}"
        else:
            body = json.dumps(values).encode()
        answer = self._ask(method, below, body, {"Content-Type": "application/json"})
        try:
            content = json.loads(answer)
        except (ValueError, RecursionError) as error:
            raise TrackingError(f"{self.address} answers {path} with no JSON") from error
        if not isinstance(content, dict):
            raise TrackingError(f"{self.address} answers {path} with no object of JSON")
        return content

    def find(self, path: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the server has by a name; None if it has none."""
        try:
            return self.call("GET", path, values)
        except MlflowError as error:
            if error.code != "RESOURCE_DOES_NOT_EXIST":
                raise
        return None

    def upload(self, place: str, name: str, path: Path) -> None:
        """Keep a file as an artifact at a place, which is the `artifact_uri` of a run.

        Raises
        ------
        TrackingError
            If the server does not take artifacts itself, or refuses this one.
        """
        if not place.startswith(f"{PROXY}/"):
            raise TrackingError(
                f"{self.address} keeps artifacts at {_plain(place)}, where its clients write"
                " themselves: start it with `mlflow server --artifacts-destination PLACE`, and make"
                " the experiment anew"
            )
        below = quote(f"{urlsplit(place).path.strip('/')}/{name}")
        headers = {"Content-Type": "application/octet-stream"}
        try:
            with path.open("rb") as file:
                headers["Content-Length"] = str(os.fstat(file.fileno()).st_size)
                self._ask("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{below}", file, headers)
        except OSError as error:
            raise TrackingError(f"{path} cannot be read: {error.strerror}") from error

    def _ask(
        self, method: str, below: str, body: bytes | BinaryIO | None, headers: Mapping[str, str]
    ) -> bytes:
        """The body of an answer that says that all is well."""
        every = {**self._headers, **headers}
        try:
            asked = urllib.request.Request(  # noqa: S310 - its address is http or https
                f"{self.address}{below}", body, every, method=method
            )
            with self._opener.open(asked, timeout=SECONDS) as answer:
                content: bytes = answer.read(MOST + 1)
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = _plain(str(getattr(error, "reason", None) or error))
            raise TrackingError(f"{self.address} does not answer: {why}") from error
        if len(content) > MOST:
            raise TrackingError(f"{self.address} answers with more than {MOST} bytes")
        return content

    def _refusal(self, error: urllib.error.HTTPError) -> TrackingError:
        """What a server says that does not do what it is asked."""
        try:
            with error:
                content = error.read(MOST)
        except (OSError, http.client.HTTPException):
            content = b""
        answers = f"{self.address} answers {error.code}: "
        try:
            told = json.loads(content)
            return MlflowError(answers + _plain(str(told["message"])), str(told["error_code"]))
        except (ValueError, RecursionError, TypeError, KeyError):  # no server of MLflow
            return TrackingError(answers + _plain(content.decode("utf-8", "replace")))


def word(answer: Any, *keys: str) -> str:
    """The text below some keys of an answer: a number of a run, an experiment or a version.

    Raises
    ------
    TrackingError
        If there is none, or it has other letters than such a number.
    """
    text = found(answer, *keys)
    if not isinstance(text, str) or not WORD.fullmatch(text):
        raise TrackingError(f"the server answers without {'.'.join(keys)}")
    return text


def found(answer: Any, *keys: str) -> Any:
    """What lies below some keys of an answer; None if nothing does."""
    for key in keys:
        answer = answer.get(key) if isinstance(answer, dict) else None
    return answer


def items(answer: Any, key: str) -> list[Any]:
    """The list below a key of an answer; MLflow leaves out one that is empty."""
    content = found(answer, key)
    if content is not None and not isinstance(content, list):
        raise TrackingError(f"the server answers with no list of {key}")
    return content or []


def tags(entry: Any, *keys: str) -> dict[str, str]:
    """The tags of a run or a version, by name."""
    pairs = items(found(entry, *keys) if keys else entry, "tags")
    return {str(found(pair, "key")): str(found(pair, "value")) for pair in pairs}


def never_failing(told: Callable[[], str]) -> None:
    """Print what a server was told; if it does not take it, say so on stderr, and go on."""
    try:
        print(f"mlflow: {told()}")
    except TruerunError as error:
        sys.stdout.flush()
        print(f"mlflow: {error}. Nothing else depends on it", file=sys.stderr)


def _plain(text: str) -> str:
    """A text as one short line, without what a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text[:SHOWN]).strip()
