"""The town of the monitor's tests, and a mail server."""

import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.monitor.conftest import folder, released

__all__ = ["folder", "mails", "released"]


class MailServer(socketserver.TCPServer):
    """Takes mail as RFC 5321 has it, without TLS; `taken` has each whole."""

    allow_reuse_address = True

    def __init__(self) -> None:
        self.taken: list[str] = []
        super().__init__(("127.0.0.1", 0), Conversation)

    @property
    def port(self) -> int:
        return self.server_address[1]


class Conversation(socketserver.StreamRequestHandler):
    """What is said with a client."""

    server: MailServer

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.partition(" ")[0].upper()
            if verb == "DATA":
                self.say("354 go on")
                lines = []
                while (each := self.rfile.readline().decode()) != ".\r\n":
                    lines.append(each.removeprefix("."))  # see RFC 5321, 4.5.2
                self.server.taken.append("".join(lines))
            if verb == "RCPT" and "nobody" in line:
                self.say("550 no such user")
                continue
            if verb == "QUIT":
                self.say("221 bye")
                return
            self.say("250 here" if verb == "EHLO" else "250 fine")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A server that mail is sent to."""
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("TRUERUN_SMTP", f"127.0.0.1:{server.port}")
        monkeypatch.setenv("TRUERUN_MAIL_FROM", "town@example.org")
        monkeypatch.setenv("TRUERUN_MAIL_TO", "ann@example.org, bob@example.org")
        yield server
        server.shutdown()
