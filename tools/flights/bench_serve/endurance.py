"""Minutes of load on a service whose model changes and whose workers are killed.

Each answer is held against the bundle whose version it names, and against its line in the log. A
line may be missing only of a second before a worker was killed (docs/serve.md).
"""

import datetime as dt
import http.client
import json
import os
import re
import signal
import subprocess  # nosec B404
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tools.flights.bench_serve import processes
from truerun.base.commands import start
from truerun.base.errors import TruerunError
from truerun.model.scoring import bundle
from truerun.requests import log_lines
from truerun.serve import request_json
from truerun.serve.answering import Answerer
from truerun.serve.client import PREDICT
from truerun.serve.replies import shortest

CLIENTS, WORKERS = 16, 2
RELOADS, KILLS = 60, 10  # of the whole time
FIRST = dt.datetime(2013, 10, 1, tzinfo=dt.UTC)  # a key that is a time counts seconds from here
STATED = 1.0  # seconds before a kill of which lines may be missing
ALLOWANCE = 0.25  # seconds between an answer's end at the service and at the client
HEADERS = {"Content-Type": "application/json"}
SHIFT = 0.25  # of all scores, in the second bundle
Expected = Mapping[str, Sequence[float]]  # scores of the rows, by the version of a bundle


@dataclass(frozen=True)
class Answer:
    """The score of a request, by which model, and when it came."""

    row: int
    version: str
    score: float
    at: float


@dataclass
class Endured:
    """What clients saw, by the numbers of their requests, and what was done to the service."""

    answers: dict[int, Answer] = field(default_factory=dict)
    broken: int = 0
    refused: list[str] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)
    reloads: int = 0


@dataclass(frozen=True)
class Verdict:
    """What is wrong with the answers and the log; `lost` within the stated time is allowed."""

    answers: int
    wrong: int
    lost: int
    lost_beyond: int
    differing: int
    endured: Endured

    def problems(self) -> list[str]:
        """What must not be."""
        endured = self.endured
        return [
            text
            for is_so, text in (
                (not self.answers, "no answer came"),
                (self.wrong, f"{self.wrong:,} answers are not those of the bundle they name"),
                (self.differing, f"{self.differing:,} lines of the log say another score"),
                (self.lost_beyond, f"{self.lost_beyond:,} lines of the log are lost"),
                (endured.refused, f"requests were refused: {', '.join(endured.refused[:3])}"),
            )
            if is_so
        ]


def endure(
    folder: Path, source: Path, rows: Sequence[Mapping[str, Any]], minutes: float
) -> Verdict:
    """Have a service answer rows for some minutes, change its model, and kill its workers.

    Parameters
    ----------
    folder : where the two bundles, the log and what the service prints are kept.
    source : the bundle.
    rows : as a request has them; each gets a key of its own.
    """
    expected = {}
    for name, shift in (("first", 0.0), ("second", SHIFT)):
        other_bundle(source, folder / name, shift)
        answerer = Answerer.load(folder / name)
        expected[answerer.predictor.version] = scores(answerer, rows)
    requests = Requests(rows, answerer.predictor.facts)
    swap(folder, "first")
    log = folder / "log"
    with served(folder, log) as (port, process):
        endured = Endured()
        end = time.time() + minutes * 60
        with ThreadPoolExecutor(CLIENTS) as pool:
            asking = [
                pool.submit(ask, port, requests, endured, range(number, sys.maxsize, CLIENTS), end)
                for number in range(CLIENTS)
            ]
            disturb(folder, process, endured, minutes * 60)
            for each in asking:
                each.result()
    return judged(endured, expected, logged(log, requests))


class Requests:
    """Rows, one after the other, with a number each in the first column of the key."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> None:
        self._rows = rows
        self.name: str = facts["key"][0]
        self._type = facts["contract"]["columns"][self.name]["type"]

    def row(self, number: int) -> int:
        """Which row a request has."""
        return number % len(self._rows)

    def body(self, number: int) -> str:
        """The request of a number."""
        cell: Any = str(number) if self._type == "text" else number
        if self._type == "time":
            cell = (FIRST + dt.timedelta(seconds=number)).isoformat()
        return json.dumps({**self._rows[self.row(number)], self.name: cell})

    def number(self, cell: Any) -> int:
        """The number that a cell holds."""
        if self._type == "time":
            return round((dt.datetime.fromisoformat(cell) - FIRST).total_seconds())
        return int(cell)


def other_bundle(source: Path, target: Path, shift: float) -> None:
    """A bundle whose scores before the link are shifted, as another model's would be."""
    facts, files, _ = bundle.checked(source)
    name = "baseline.npy"
    if name not in files:
        raise TruerunError(f"{source} is of no boosted trees, of which another can be made")
    arrays = bundle.read(source).arrays
    changed = {**files, name: bundle.array_bytes(arrays["baseline"] + shift)}
    kept = {key: value for key, value in facts.items() if key not in ("files", "format")}
    target.mkdir()
    for file, content in bundle.contents(kept, changed).items():
        (target / file).write_bytes(content)


def scores(answerer: Answerer, rows: Sequence[Mapping[str, Any]]) -> list[float]:
    """The score of each row by a bundle, as an answer has it."""
    read, _ = request_json.rows(json.dumps(list(rows)).encode(), len(rows))
    made = []
    for answer in answerer.answers(read):
        if not isinstance(answer.prediction.score, float):
            raise TruerunError(f"a row has no score: {answer.prediction}")
        made.append(shortest(answer.prediction.score))
    return made


def swap(folder: Path, name: str) -> None:
    """Have the bundle that is served be another one, at one stroke."""
    link = folder / "link"
    link.symlink_to(name)
    link.replace(folder / "bundle")


@contextmanager
def served(folder: Path, log: Path) -> Iterator[tuple[int, int]]:
    """A service of some workers with a log: its port and its process."""
    command = (
        sys.executable, "-m", "truerun.serve", "--port", "0", "--workers", str(WORKERS),
        "--bundle", str(folder / "bundle"), "--log", str(log), "--log-megabytes", "100000",
    )  # fmt: skip
    with (
        (folder / "printed").open("w") as errors,
        start(Path(), *command, stdout=subprocess.PIPE, stderr=errors.fileno()) as process,
    ):
        try:
            line = process.stdout.readline() if process.stdout else ""
            match = re.search(r"http://\S+:(\d+) ", line)
            if match is None:
                raise TruerunError(f"the service did not start: {line}")
            yield int(match[1]), process.pid
        finally:
            process.terminate()
            process.communicate()


def ask(
    port: int,
    requests: Requests,
    endured: Endured,
    numbers: Iterable[int],
    end: float,
) -> None:
    """Ask for one row after the other, until the end."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for number in numbers:
        if time.time() >= end:
            break
        try:
            connection.request("POST", PREDICT, requests.body(number), HEADERS)
            reply = connection.getresponse()
            content = reply.read()
        except (OSError, http.client.HTTPException):  # its worker is gone
            connection.close()
            endured.broken += 1
            continue
        if reply.status != http.client.OK:
            endured.refused.append(f"{reply.status} {content[:80]!r}")
            continue
        prediction = json.loads(content)
        answer = Answer(
            requests.row(number), prediction["model_version"], prediction["score"], time.time()
        )
        endured.answers[number] = answer
    connection.close()


def disturb(folder: Path, process: int, endured: Endured, duration: float) -> None:
    """Change the model and kill workers, evenly over some seconds."""
    begun = time.time()
    events = sorted(
        [((place + 1) / (RELOADS + 1), "reload") for place in range(RELOADS)]
        + [((place + 0.5) / KILLS, "kill") for place in range(KILLS)]
    )
    for share, what in events:
        time.sleep(max(0.0, begun + share * duration - time.time()))
        if what == "reload":
            endured.reloads += 1
            swap(folder, "second" if endured.reloads % 2 else "first")
            os.kill(process, signal.SIGHUP)
        elif workers := processes.children(process):
            endured.kills.append(time.time())
            os.kill(workers[len(endured.kills) % len(workers)], signal.SIGKILL)
    time.sleep(max(0.0, begun + duration - time.time()))


def logged(log: Path, requests: Requests) -> dict[int, tuple[str, float]]:
    """The version and the score of each line of a log, by the number of its request."""
    return {
        requests.number(line["key"][requests.name]): (line["model"], line["score"])
        for line in log_lines.read(log)
    }


def judged(endured: Endured, expected: Expected, lines: Mapping[int, tuple[str, float]]) -> Verdict:
    """Hold answers against bundles and the log."""
    wrong = differing = lost = beyond = 0
    for number, answer in endured.answers.items():
        of_version = expected.get(answer.version)
        wrong += of_version is None or of_version[answer.row] != answer.score
        line = lines.get(number)
        if line is None:
            is_stated = any(
                kill - STATED <= answer.at <= kill + ALLOWANCE for kill in endured.kills
            )
            lost += 1
            beyond += not is_stated
        else:
            same = line[0] == answer.version and np.float32(line[1]) == np.float32(answer.score)
            differing += not same
    return Verdict(len(endured.answers), wrong, lost, beyond, differing, endured)
