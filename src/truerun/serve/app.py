"""The service as an ASGI application: paths, and what each of them answers."""

import asyncio
import re
import time
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from truerun.base.errors import ModelError
from truerun.serve import metrics_page, request_json
from truerun.serve.answering import RowAnswer
from truerun.serve.batch import Batches
from truerun.serve.bodies import read_body
from truerun.serve.counters import Counters
from truerun.serve.door import Door
from truerun.serve.openapi import described
from truerun.serve.refusal import Refusal
from truerun.serve.replies import content, json_response
from truerun.serve.request_json import RequestRow
from truerun.serve.request_log import LogEntry, RequestLog
from truerun.serve.settings import ServeSettings
from truerun.serve.state import State

PREDICT, PREDICTIONS = "/v1/predict", "/v1/predictions/"
EXPLAIN = "explain"  # of a query
COUNT = re.compile("[1-9][0-9]{0,2}")  # of columns
AT_ONCE = 64  # rows that are answered before others have their turn
AGAIN = {"Retry-After": "1"}  # seconds


class Service:
    """What answers requests by the state of a worker."""

    def __init__(
        self, number: int, settings: ServeSettings, state: State, counters: Counters
    ) -> None:
        """Begin as the worker of a number, whose counts and log are its own."""
        self._number, self.settings, self.counters = number, settings, counters
        self.take(state)
        self._log = (
            None
            if settings.log is None
            else RequestLog(settings.log, number, settings.log_kept, counters.logged)
        )
        self._waiting = 0
        self._batches = (
            None if settings.batch is None else Batches(settings.batch, settings.batch_hours)
        )

    def take(self, state: State) -> None:
        """Answer by another state from now on, and count by its bins."""
        self.state = state
        self.counters.begin(self._number, state.answerer.predictor)

    def close(self) -> None:
        """Write what the log still holds."""
        if self._log is not None:
            self._log.close()

    async def look_up(self, request: Request) -> Response:
        """Answer with the score of a key that was made ahead."""
        if self._batches is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "the service was started without --batch")
        raw_path: bytes = request.scope["raw_path"]
        key = raw_path[len(PREDICTIONS) :]
        return json_response(await self._batches.answer(key, self.state.answerer))

    async def predict(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the rows of a request, or say what is wrong with it.

        Without Starlette's layers, which cost more time than a score; `openapi` describes it.
        """
        try:
            response = await self._response(scope, receive)
        except Refusal as refusal:
            response = _refused(refusal)
        await response(scope, receive, send)

    async def _response(self, scope: Scope, receive: Receive) -> Response:
        if scope["method"] != "POST":
            status = HTTPStatus.METHOD_NOT_ALLOWED
            raise Refusal(status, status.phrase, headers={"Allow": "POST"})
        if self._waiting >= self.settings.most_waiting:
            raise Refusal(
                HTTPStatus.TOO_MANY_REQUESTS, "too many requests wait: try again", headers=AGAIN
            )
        self._waiting += 1
        try:
            await asyncio.sleep(0)  # others that came at the same time are counted, too
            async with asyncio.timeout(self.settings.longest):
                body = await read_body(scope, receive, self.settings.most_bytes)
            return await self._answered(body, _explain(scope["query_string"]))
        except TimeoutError as error:
            raise Refusal(
                HTTPStatus.REQUEST_TIMEOUT,
                f"the request did not arrive within {self.settings.longest:g} seconds",
            ) from error
        finally:
            self._waiting -= 1

    async def _answered(self, body: bytes, explain: int) -> Response:
        begun = time.monotonic()
        rows, is_single = request_json.rows(body, self.settings.most_rows)
        state = self.state  # for all rows, whatever comes meanwhile
        answers = await self._answers(state, rows, explain, begun + self.settings.longest)
        if self._log is not None:
            seconds = time.monotonic() - begun
            self._log.add(LogEntry(rows, answers, state, time.time(), seconds))
        broken = [
            (number, each)
            for number, answer in enumerate(answers, start=1)
            for each in answer.prediction.broken
        ]
        if broken:
            self.counters.refused(broken)
            raise Refusal(
                HTTPStatus.UNPROCESSABLE_ENTITY, "a row breaks the contract", broken=broken
            )
        self.counters.answers(answers)
        contents = list(map(content, answers))
        return json_response(contents[0] if is_single else {"predictions": contents})

    async def _answers(
        self, state: State, rows: list[RequestRow], explain: int, deadline: float
    ) -> list[RowAnswer]:
        """Answers to rows, some at a time, for as long as a request may take."""
        answers: list[RowAnswer] = []
        for first in range(0, len(rows), AT_ONCE):
            if first:
                await asyncio.sleep(0)
            if time.monotonic() > deadline:
                raise Refusal(
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    f"the rows took longer than {self.settings.longest:g} seconds: send fewer",
                    headers=AGAIN,
                )
            part, share = rows[first : first + AT_ONCE], self.settings.canary_share
            try:
                answers += state.answers(part, share, explain)
            except ModelError as error:
                raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from error
        return answers


def _explain(query: bytes) -> int:
    """How many columns shall be named that move a score most."""
    asked = QueryParams(query).get(EXPLAIN) if query else None
    if asked is None:
        return 0
    if not COUNT.fullmatch(asked):
        raise Refusal(HTTPStatus.BAD_REQUEST, f"{EXPLAIN} must be a whole number from 1 to 999")
    return int(asked)


def _refused(refusal: Refusal) -> Response:
    return json_response(refusal.content(), refusal.status, refusal.headers)


def application(service: Service) -> Door:
    """All paths of the service."""

    async def refuse(_: Request, refusal: Exception) -> Response:
        if isinstance(refusal, Refusal):
            return _refused(refusal)
        if isinstance(refusal, HTTPException):  # no such path, or not by this method
            status = HTTPStatus(refusal.status_code)
            return json_response({"error": status.phrase}, status, refusal.headers)
        raise refusal

    async def predictions(request: Request) -> Response:
        """Say the newest score of a key that was made ahead, and how old it is."""
        return await service.look_up(request)

    async def model(_: Request) -> Response:
        """Say which model answers, of which commit it is, and how good."""
        return json_response(service.state.description)

    async def healthz(_: Request) -> Response:
        """Say that the process runs."""
        return json_response({"status": "ok"})

    async def readyz(_: Request) -> Response:
        """Say that a model is there to answer."""
        return json_response(
            {"status": "ready", "model_version": service.state.answerer.predictor.version}
        )

    async def metrics(_: Request) -> Response:
        """Counts of all workers, as Prometheus reads them."""
        page = metrics_page.text(service.counters, service.state)
        return Response(page, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def openapi(_: Request) -> Response:
        """Say what a row may hold, and what comes back."""
        return json_response(described(service.state, service.settings, routes))

    routes = [
        Route(PREDICTIONS + "{key:path}", predictions),
        Route("/v1/model", model),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Route("/openapi.json", openapi),
    ]
    app = Starlette(routes=routes, exception_handlers={Refusal: refuse, HTTPException: refuse})
    app.router.redirect_slashes = False
    return Door(app, {PREDICT: service.predict}, service.settings, service.counters)
