"""The line to the process that runs a model: every wait has an end, every length a limit."""

import json
import os
import select
import signal
import subprocess  # nosec B404
import sys
import time
import weakref
from pathlib import Path
from typing import Any

import truerun
from truerun.base.commands import ONE_THREAD, start
from truerun.base.errors import ModelError
from truerun.model.isolation.messages import LENGTHS, LONGEST, LONGEST_HEADER, message

# With -I Python imports from no folder that the project under review could have a say in, and with
# the first argument from where this very code lies.
START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from truerun.model.isolation import child; child.main()"
)
LIBRARIES = "LD_LIBRARY_PATH"  # all that the child gets of the environment
REASONS = {"SIGXCPU": ", too much computing", "SIGKILL": ", too much memory or computing"}
GOODBYE = 10.0  # seconds for a process that has closed its streams to end
SOME = 2**16  # bytes that a pipe takes at once


class Channel:
    """Starts the process at once; it ends with this object.

    Parameters
    ----------
    seconds : that all answers may take together.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds, self._waited = seconds, 0.0
        source = str(Path(truerun.__file__).resolve().parents[1])
        processor = str(int(seconds * (os.cpu_count() or 1)))
        command = (sys.executable, "-I", "-B", "-X", "utf8", "-c", START, source, processor)
        self._process = start(
            Path("/"),
            *command,
            environment=ONE_THREAD | {n: v for n, v in os.environ.items() if n == LIBRARIES},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError
        self._requests, self._answers = (
            stream.fileno() for stream in (self._process.stdin, self._process.stdout)
        )
        os.set_blocking(self._requests, False)
        self.close = weakref.finalize(self, _end, self._process)

    def exchange(
        self, header: dict[str, Any], payload: bytes | memoryview, most: int
    ) -> tuple[dict[str, Any], bytearray]:
        """Send a request, and take its answer.

        Parameters
        ----------
        most : bytes of the answer, beside its header.

        Raises
        ------
        ModelError
            If the process has crashed, takes too long or answers anything else; it has ended then.
        """
        started = time.monotonic()
        try:
            for part in message(header, payload):
                self._write(memoryview(part), started)
            header_length, length = LENGTHS.unpack(self._read(LENGTHS.size, started))
            if header_length > LONGEST_HEADER or length > min(most, LONGEST):
                problem = f"its process answers with {header_length:,} and {length:,} bytes"
            else:
                answer = json.loads(bytes(self._read(header_length, started)))
                if isinstance(answer, dict):
                    return answer, self._read(length, started)
                problem = "its process answers without names"
        except TimeoutError:
            problem = f"its process takes more than {self._seconds:g} seconds in all"
        except (BrokenPipeError, EOFError):
            problem = self._ended()
        except (ValueError, RecursionError):
            problem = "its process answers without sense"
        finally:
            self._waited += time.monotonic() - started
        self.close()
        raise ModelError(problem)

    def _write(self, part: memoryview, started: float) -> None:
        while len(part):
            self._wait(self._requests, select.POLLOUT, started)
            part = part[os.write(self._requests, part[:SOME]) :]

    def _read(self, length: int, started: float) -> bytearray:
        content = bytearray()
        while len(content) < length:
            self._wait(self._answers, select.POLLIN, started)
            some = os.read(self._answers, min(length - len(content), SOME))
            if not some:
                raise EOFError
            content += some
        return content

    def _wait(self, stream: int, event: int, started: float) -> None:
        """Until a stream can be read or written, or the time is over."""
        left = self._seconds - self._waited - (time.monotonic() - started)
        poll = select.poll()
        poll.register(stream, event)
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError

    def _ended(self) -> str:
        """How the process ended that closed its streams."""
        try:
            status = self._process.wait(timeout=GOODBYE)
        except subprocess.TimeoutExpired:
            return "its process went silent"
        if status >= 0:
            return f"its process ended with {status}"
        name = signal.Signals(-status).name
        return f"its process crashed ({name}{REASONS.get(name, '')})"


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
