"""Runs the child's own code on many files, each in a sealed process that is forked for it.

Nothing here computes before it forks, so no thread is lost, and a file takes milliseconds.
"""

import io
import os
import signal
import sys
import time
from typing import Any

import lightgbm  # noqa: F401 - once, and not after each fork

from truerun.model.isolation.messages import message, received
from truerun.model.isolation.seal import seal
from truerun.model.isolation.serving import serve

SECONDS = 10


def main() -> None:
    """Take requests with a file and rows, and tell how the process ended and what it answered."""
    while request := received(sys.stdin.buffer):
        header, payload = request
        content, rows = payload[: header["file"]], payload[header["file"] :]
        outcome, answers = _outcome(header["method"], content, rows)
        for part in message({"outcome": outcome}, answers):
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()


def _outcome(method: str, content: bytes, rows: bytes) -> tuple[int, bytes]:
    """The status of the process, and its answers."""
    answers, write = os.pipe()
    process = os.fork()
    if not process:
        os.close(answers)
        _serve(write, method, content, rows)
    os.close(write)
    with os.fdopen(answers, "rb") as stream:
        said = stream.read()
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), said


def _serve(write: int, method: str, content: bytes, rows: bytes) -> Any:
    signal.setitimer(signal.ITIMER_REAL, SECONDS)  # whatever waits is ended, too
    try:
        network = seal(SECONDS)
        parts = [*message({}, content), *message({"method": method}, rows)]
        with os.fdopen(write, "wb") as answers:
            serve(io.BytesIO(b"".join(parts)), answers, network)
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - it must not go on as its parent
        print(repr(error), time.time(), file=sys.stderr)
        os._exit(99)


if __name__ == "__main__":
    main()
