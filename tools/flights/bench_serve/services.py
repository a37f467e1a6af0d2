"""A server with the model of the flights: how it is started, asked, and what it says."""

import http.client
import json
import math
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.flights.bench_serve import load, processes
from tools.flights.bench_serve.load import CLIENTS, Load
from truerun.base.commands import ONE_THREAD
from truerun.base.errors import TruerunError

READY = 240.0  # seconds until a server answers, at most
EVERY = 0.02  # seconds between two looks whether it does
TAIL = 2000  # letters of what it prints


@dataclass(frozen=True)
class Service:
    """A command, a request for one score, and how the score is read.

    `{port}` in the command or the environment is where the server shall listen.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    path: str
    body: Any
    score: Callable[[Any], float]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cost:
    """Seconds until the first answer, MB after all requests, and the requests."""

    ready: float
    memory: float
    loads: tuple[Load, ...]


def cost(service: Service, expected: float, duration: int, folder: Path) -> Cost:
    """Start a service, measure it, and end it.

    Parameters
    ----------
    expected : the score that it must answer with: it would be another model.
    folder : where to keep what is sent, and what it prints.

    Raises
    ------
    TruerunError
        If it does not answer, or with another score.
    """
    body = folder / "body.json"
    body.write_text(json.dumps(service.body), encoding="utf-8")
    with started(service, folder / "printed") as (port, process, ready, answer):
        try:
            score = service.score(json.loads(answer))
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise TruerunError(f"{service.name} answers {answer[:TAIL]!r}") from error
        if not math.isclose(score, expected, abs_tol=1e-6):
            raise TruerunError(f"{service.name} answers {score}, and the model says {expected}")

        def spent() -> float:
            return processes.seconds(processes.family(process))

        url = f"http://127.0.0.1:{port}{service.path}"
        loads = tuple(load.measured(clients, url, body, duration, spent) for clients in CLIENTS)
        return Cost(ready, processes.megabytes(processes.family(process)), loads)


@contextmanager
def started(service: Service, printed: Path) -> Iterator[tuple[int, int, float, bytes]]:
    """A service that answers: its port, its process, the seconds that took, its first answer."""
    port = free_port()
    command = [part.replace("{port}", str(port)) for part in service.command]
    own = {name: text.replace("{port}", str(port)) for name, text in service.environment.items()}
    environment = {**os.environ, **ONE_THREAD, **own}
    begun = time.perf_counter()
    with processes.running(command, service.folder, environment, printed) as (process, ended):
        while (answer := _asked(port, service)) is None:
            if ended() is not None or time.perf_counter() - begun > READY:
                tail = printed.read_text("utf-8", "replace")[-TAIL:]
                raise TruerunError(f"{service.name} does not answer:\n{tail}")
            time.sleep(EVERY)
        yield port, process, time.perf_counter() - begun, answer


def _asked(port: int, service: Service) -> bytes | None:
    """The answer to the request, if there is one already."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", service.path, json.dumps(service.body), headers)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return content if answer.status == http.client.OK else None


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
