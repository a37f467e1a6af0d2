"""A service as it is started by its command, and what a client says to it."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

SECONDS = 60.0


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        """The body, of JSON."""
        return json.loads(self.body)


class Client:
    """A service that runs, and requests to it."""

    def __init__(self, process: subprocess.Popen[str], first: str) -> None:
        self.process, self.first = process, first
        self.port = int(first.split(" answers ", maxsplit=1)[0].rpartition(":")[2])

    def ask(
        self,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        method: str | None = None,
    ) -> Reply:
        """Ask for a path; with a body, as a row is sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        sent = {"Content-Type": "application/json"} if body is not None else {}
        with contextlib.closing(connection):
            verb = method or ("GET" if body is None else "POST")
            connection.request(verb, path, body, {**sent, **(headers or {})})
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())

    def predict(self, rows: Any, **headers: str) -> Reply:
        """Ask for the scores of rows."""
        return self.ask("/v1/predict", json.dumps(rows).encode(), headers)

    def raw(self, content: bytes, *, half: bool = False) -> bytes:
        """Send bytes as they are; what comes back until the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), SECONDS) as connection:
            with contextlib.suppress(OSError):  # it may have been closed meanwhile
                connection.sendall(content)
                if half:
                    connection.shutdown(socket.SHUT_WR)
            parts = []
            with contextlib.suppress(ConnectionResetError):
                while part := connection.recv(65536):
                    parts.append(part)
            return b"".join(parts)

    def signal(self, number: int) -> None:
        """Send a signal to the process that was started."""
        self.process.send_signal(number)

    def workers(self) -> list[int]:
        """The processes that answer."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return list(map(int, children.split()))


@contextlib.contextmanager
def running(folder: Path, *options: str, **environment: str) -> Iterator[Client]:
    """A service that answers in a folder, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "truerun.serve", "--port", "0", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            assert " answers by model " in first, first + process.stdout.read()
            client = Client(process, first)
            assert client.ask("/readyz").status == 200
            yield client
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
