"""Requests to a service of `truerun serve`."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from truerun.base.errors import AppError

URL_NAME = "TRUERUN_APP_URL"  # by which the command tells the page where the service is
SECONDS = 30.0
AT_ONCE = 500  # rows of a request: a service may take no more than 1,000
UNPROCESSABLE = 422


class Client:
    """A service by its address, and a key if it asks for one."""

    def __init__(self, url: str, key: str = "") -> None:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise AppError(f"--url must begin with http:// or https://, and {url} does not")
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def description(self) -> dict[str, Any]:
        """What the service says of its model."""
        return self._asked("/v1/model")

    def openapi(self) -> dict[str, Any]:
        """What a row may hold."""
        return self._asked("/openapi.json")

    def answer(self, row: Mapping[str, Any], explain: int = 0) -> dict[str, Any]:
        """The answer to a row, or `error` and what is `broken`."""
        query = f"?explain={explain}" if explain else ""
        return self._asked(f"/v1/predict{query}", row)

    def answers(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The answer to each row: those that break the contract are told, and asked for no more."""
        answers: list[dict[str, Any]] = [{} for _ in rows]
        for first in range(0, len(rows), AT_ONCE):
            places = list(range(first, min(first + AT_ONCE, len(rows))))
            while places:
                said = self._asked("/v1/predict", [rows[place] for place in places])
                if "predictions" in said:
                    for place, answer in zip(places, said["predictions"], strict=True):
                        answers[place] = answer
                    break
                broken = said.get("broken")
                if not broken:
                    raise AppError(said["error"])
                for each in broken:
                    place = places[each["row"] - 1]
                    answers[place].setdefault("broken", []).append(each)
                places = [place for place in places if not answers[place]]
        return answers

    def _asked(self, path: str, rows: Any = None) -> dict[str, Any]:
        """The content of an answer, of a refusal for the contract's sake, too."""
        body = None if rows is None else json.dumps(rows).encode()
        headers = {**self._headers, "Content-Type": "application/json"}
        request = urllib.request.Request(self._url + path, body, headers)  # noqa: S310 - checked
        try:
            with urllib.request.urlopen(  # noqa: S310  # nosec B310
                request, timeout=SECONDS
            ) as reply:
                content: dict[str, Any] = json.load(reply)
                return content
        except urllib.error.HTTPError as error:
            with error:
                return _refused(error)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise AppError(
                f"no service answers at {self._url} ({error}): `make serve` starts one, and --url"
                " says where another is"
            ) from error


def _refused(error: urllib.error.HTTPError) -> dict[str, Any]:
    """What a service says where it has no score."""
    try:
        content: dict[str, Any] = json.load(error)
        reason = content["error"]
    except (ValueError, TypeError, KeyError):
        raise AppError(f"{error.url} is no service of truerun: status {error.code}") from error
    if error.code != UNPROCESSABLE:
        raise AppError(f"the service answers {error.code}: {reason}")
    return content
