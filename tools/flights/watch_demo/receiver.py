"""Who is told of an alarm: a receiver of Alertmanager's webhooks on loopback."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tools.flights.watch_demo.programs import LOOPBACK


@dataclass(frozen=True)
class Alarm:
    """An alarm that a receiver was told of, and when it began, in seconds since 1970."""

    name: str
    column: str
    began: float
    receiver: str
    summary: str
    runbook: str


@contextmanager
def listening() -> Iterator[tuple[str, list[Alarm]]]:
    """A receiver until the block ends: its address, and the alarms, each once, as they come."""
    received: list[Alarm] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.extend(
                each for each in alarms(json.loads(body), self.path[1:]) if each not in received
            )
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def alarms(message: dict[str, Any], receiver: str) -> list[Alarm]:
    """The alarms of a message of version 4, whether they still ring or not."""
    return [
        Alarm(
            each["labels"]["alertname"],
            each["labels"].get("column", ""),
            dt.datetime.fromisoformat(each["startsAt"]).timestamp(),
            receiver,
            each["annotations"]["summary"],
            each["annotations"]["runbook"],
        )
        for each in message["alerts"]
    ]
