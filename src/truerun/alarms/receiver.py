"""What Alertmanager's webhook says, heard on loopback, and told to GitHub as an event.

The message is that of Alertmanager's `webhook_configs`, version 4. An event that GitHub does not
take is answered with 502, after which Alertmanager tries again.
"""

import hmac
import json
import sys
from collections.abc import Collection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from truerun.base.nested import value_at
from truerun.ci.github import Api, GitHubError
from truerun.report.visible_text import short, visible_text

EVENT = "retrain"  # which retrain.yml goes by
PATH = "/alerts"
MOST = 1_000_000  # bytes of a message
SECONDS = 10.0  # in which a message comes


class Receiver(ThreadingHTTPServer):
    """Answers on loopback, whoever has the secret."""

    daemon_threads = True

    def __init__(self, port: int, api: Api, secret: bytes, names: Collection[str]) -> None:
        self.api, self.secret, self.names = api, secret, names
        super().__init__(("127.0.0.1", port), AlarmHandler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is nobody's fault."""
        error = sys.exception()
        if not isinstance(error, OSError):
            super().handle_error(request, client_address)


class AlarmHandler(BaseHTTPRequestHandler):
    """A message of Alertmanager's."""

    server: Receiver
    timeout = SECONDS

    def do_POST(self) -> None:
        """Answer what Alertmanager sends."""
        scheme, _, bearer = self.headers.get("Authorization", "").partition(" ")
        length = self.headers.get("Content-Length", "")
        is_secret = hmac.compare_digest(bearer.encode(), self.server.secret)
        if scheme != "Bearer" or not is_secret:
            self.say(401, "the bearer is not the secret")
        elif self.path != PATH:
            self.say(404, f"alarms go to {PATH}")
        elif not length.isdecimal() or int(length) > MOST:
            self.say(413, f"a message says its length, of at most {MOST:,} bytes")
        elif (alarms := firing(self.rfile.read(int(length)))) is None:
            self.say(400, "this is no message of Alertmanager's webhook, version 4")
        elif heard := sorted(alarms & {*self.server.names}):
            self.tell(heard[0])
        else:
            self.say(202, "none of these has the model trained anew")

    def tell(self, alarm: str) -> None:
        """Send GitHub the event; a second one does no harm."""
        event = {"event_type": EVENT, "client_payload": {"alarm": alarm}}
        try:
            self.server.api.send("POST", "dispatches", event, repeatable=True)
        except GitHubError as error:
            self.say(502, str(error))
        else:
            self.say(202, f"{alarm}: sent the event {EVENT} to {self.server.api.repository}")

    def say(self, status: int, text: str) -> None:
        """Answer, and print the same."""
        line = short(visible_text(text), 300)
        print(f"alarms: {status} {line}", flush=True)
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(f"{line}\n".encode())

    def log_message(self, *_: object) -> None:
        """What is to be said has been printed."""


def firing(content: bytes) -> set[str] | None:
    """The names of the alarms that fire in a message; None if it is none.

    >>> firing(b'{"version": "4", "alerts": []}')
    set()
    """
    try:
        message = json.loads(content)
    except (ValueError, RecursionError):
        return None
    alerts: Any = value_at(message, "alerts")
    if value_at(message, "version") != "4" or not isinstance(alerts, list):
        return None
    names = [
        value_at(alert, "labels", "alertname")
        for alert in alerts
        if value_at(alert, "status") == "firing"
    ]
    return {name for name in names if isinstance(name, str)}
