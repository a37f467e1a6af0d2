"""What the page asks a service of `truerun serve`."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from truerun.base.errors import AppError, ServeError
from truerun.serve.client import MODEL, OPENAPI, PREDICT, HttpReply, ServiceClient

URL_NAME = "TRUERUN_APP_URL"  # by which the command tells the page where the service is
AT_ONCE = 500  # rows of a request: a service may take no more than 1,000
HELP = "`make serve` starts a service, and --url says where another is"


class Client:
    """A service by its address; raises `AppError` where it does not answer."""

    def __init__(self, url: str) -> None:
        self._url = url

    def description(self) -> dict[str, Any]:
        """What the service says of its model."""
        return self._asked(MODEL)

    def openapi(self) -> dict[str, Any]:
        """What a row may hold."""
        return self._asked(OPENAPI)

    def answer(self, row: Mapping[str, Any], explain: int = 0) -> dict[str, Any]:
        """The answer to a row, or `error` and what is `broken`."""
        query = f"?explain={explain}" if explain else ""
        return self._asked(f"{PREDICT}{query}", row)

    def answers(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The answer to each row: those that break the contract are told, and asked for no more."""
        answers: list[dict[str, Any]] = [{} for _ in rows]
        for first in range(0, len(rows), AT_ONCE):
            places = list(range(first, min(first + AT_ONCE, len(rows))))
            while places:
                reply = self._asked(PREDICT, [rows[place] for place in places])
                if "predictions" in reply:
                    for place, answer in zip(places, reply["predictions"], strict=True):
                        answers[place] = answer
                    break
                broken = reply.get("broken")
                if not broken:
                    raise AppError(reply["error"])
                for each in broken:
                    place = places[each["row"] - 1]
                    answers[place].setdefault("broken", []).append(each)
                places = [place for place in places if not answers[place]]
        return answers

    def _asked(self, path: str, rows: Any = None) -> dict[str, Any]:
        """The content of an answer, of a refusal for the contract's sake, too."""
        try:
            with ServiceClient(self._url) as service:
                reply = service.ask(path, None if rows is None else json.dumps(rows).encode())
        except ServeError as error:
            raise AppError(f"{error}: {HELP}") from error
        content = _content(reply)
        if content is None:
            raise AppError(f"{self._url}{path} is no service of truerun: status {reply.status}")
        if reply.status not in (HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise AppError(f"the service answers {reply.status}: {content['error']}{reply.hint}")
        return content


def _content(reply: HttpReply) -> dict[str, Any] | None:
    """What a service of truerun says; None if another one does."""
    try:
        content = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    return content if reply.status == HTTPStatus.OK or "error" in content else None
