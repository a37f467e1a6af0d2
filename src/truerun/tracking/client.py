"""A server of MLflow by its REST API; what it does not take is a `TrackingError`."""

import base64
import http.client
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit

from truerun.base.errors import TrackingError, TruerunError
from truerun.base.nested import value_at

SECONDS = 20.0  # of waiting for a part of an answer
MOST = 8 * 2**20  # bytes of an answer
ABSENT = "RESOURCE_DOES_NOT_EXIST"
WORD = re.compile(r"[\w.-]+", re.ASCII)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirection is an error: the key would go to whom it names."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


class Tracker:
    """A server at an address: `Tracker("http://127.0.0.1:5000").get("runs/get", run_id="1")`."""

    def __init__(self, address: str, environment: Mapping[str, str] = os.environ) -> None:
        """Take an address; the environment may hold a key, as for MLflow's own client."""
        try:
            parts = urlsplit(address)
            is_server = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            is_server = False
        if not is_server or "@" in address:  # a password is not shown
            raise TrackingError(
                "MLFLOW_TRACKING_URI is not the address of a server, such as http://127.0.0.1:5000;"
                " MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD are for a name"
            )
        self.address = address.rstrip("/")
        self._opener = urllib.request.build_opener(_NoRedirect)
        self._headers = {"Content-Type": "application/json"}
        if token := environment.get("MLFLOW_TRACKING_TOKEN"):
            self._headers["Authorization"] = f"Bearer {token}"
        elif name := environment.get("MLFLOW_TRACKING_USERNAME"):
            pair = f"{name}:{environment.get('MLFLOW_TRACKING_PASSWORD', '')}".encode()
            self._headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"

    def get(self, path: str, **values: str) -> Any:
        """The answer to a question, as JSON; None about what the server does not have."""
        return self._parsed(f"mlflow/{path}?{urlencode(values)}", "GET", None)

    def post(self, path: str, **values: Any) -> Any:
        """The answer to values that are sent as JSON."""
        return self._parsed(f"mlflow/{path}", "POST", json.dumps(values).encode())

    def upload(self, place: str, name: str, path: Path) -> None:
        """Keep a file as an artifact at a place, which is the `artifact_uri` of a run."""
        if not place.startswith("mlflow-artifacts:/"):
            raise TrackingError(
                f"{self.address} has its clients write artifacts: start it with `mlflow server"
                " --artifacts-destination PLACE`, and make the experiment anew"
            )
        below = quote(f"{urlsplit(place).path.strip('/')}/{name}")
        with path.open("rb") as file:
            size = str(os.fstat(file.fileno()).st_size)
            self._ask(f"mlflow-artifacts/artifacts/{below}", "PUT", file, {"Content-Length": size})

    def _parsed(self, path: str, method: str, body: bytes | None) -> Any:
        try:
            return json.loads(self._ask(path, method, body, {}))
        except (ValueError, RecursionError) as error:
            raise TrackingError(f"{self.address} answers with no JSON") from error

    def _ask(
        self, path: str, method: str, body: bytes | BinaryIO | None, more: Mapping[str, str]
    ) -> bytes:
        try:
            asked = urllib.request.Request(  # noqa: S310 - its address is http or https
                f"{self.address}/api/2.0/{path}", body, {**self._headers, **more}, method=method
            )
            with self._opener.open(asked, timeout=SECONDS) as answer:
                content: bytes = answer.read(MOST)
                return content
        except urllib.error.HTTPError as error:
            reply = ""
            with suppress(OSError, http.client.HTTPException), error:
                reply = error.read(MOST).decode("utf-8", "replace")
            if method == "GET" and f'"{ABSENT}"' in reply:
                return b"null"
            raise TrackingError(f"{self.address} answers {error.code}: {_plain(reply)}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise TrackingError(f"{self.address} does not answer: {_plain(str(error))}") from error


def word(answer: Any, *keys: str) -> str:
    """The number of a run, an experiment or a version, which is a text of few letters."""
    text = value_at(answer, *keys)
    if not isinstance(text, str) or not WORD.fullmatch(text):
        raise TrackingError(f"the server answers without {'.'.join(keys)}")
    return text


def first(answer: Any, key: str) -> Any:
    """The first of a list in an answer; None without one. MLflow leaves out an empty list."""
    entries = value_at(answer, key)
    return entries[0] if isinstance(entries, list) and entries else None


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Values by name, as MLflow takes them."""
    return [{"key": key, "value": value} for key, value in values.items()]


def never_failing(log: Callable[[], str]) -> None:
    """Print what a server was told; if it does not take it, say so on stderr, and go on."""
    try:
        print(f"mlflow: {log()}")
    except (TruerunError, OSError) as error:
        sys.stdout.flush()
        print(f"mlflow: {error}. Nothing else depends on it", file=sys.stderr)


def _plain(text: str) -> str:
    """A text as one short line, without what a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text[:300])
