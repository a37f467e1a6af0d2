"""What an answer over HTTP costs: processor time, latency and memory of one worker, by wrk.

A worker of `truerun serve` answers the row of docs/flight.json on loopback, without a log and with
one, to 1, 16 and 64 clients at a time. Processor time is the worker's own, from /proc, and hardly
depends on what else the machine does; latency and requests a second do. The page says how busy the
machine was. wrk comes with the system (`apt-get install wrk`).

Usage: python -m tools.flights.bench_serve          what `make bench-serve` calls
"""

import json
import os
import re
import subprocess  # nosec B404
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.machine import machine
from truerun.base import text_files
from truerun.base.commands import run, start
from truerun.base.errors import TruerunError, exit_with

OUTPUT = Path("docs/serve-benchmarks.md")
ROW = Path("docs/flight.json")
CLIENTS = (1, 16, 64)
SECONDS = 10
TICK = os.sysconf("SC_CLK_TCK")
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
SCRIPT = """\
wrk.method = "POST"
wrk.body = io.open("{body}"):read("*a")
wrk.headers["Content-Type"] = "application/json"
"""


@dataclass(frozen=True)
class Load:
    """Requests of so many clients: how many a second, and their milliseconds."""

    service: str
    clients: int
    a_second: float
    processor: float
    median: float
    most: float  # of 99 of 100


@dataclass(frozen=True)
class Start:
    """Seconds until the first answer, and MB of the worker after all requests."""

    ready: float
    memory: float


def main() -> None:
    """Measure both services, print the page and write it."""
    loads: list[Load] = []
    starts: dict[str, Start] = {}
    with tempfile.TemporaryDirectory(prefix="bench-serve-") as folder:
        script = Path(folder) / "wrk.lua"
        body = Path(folder) / "row.json"
        body.write_text(json.dumps(json.loads(ROW.read_text("utf-8"))), encoding="utf-8")
        script.write_text(SCRIPT.format(body=body), encoding="utf-8")
        with_log = ("--log", f"{folder}/log")
        for service, options in (("without a log", ()), ("with a log", with_log)):
            with started(options) as (address, worker, ready):
                loads += [
                    measured(service, address, worker, clients, script) for clients in CLIENTS
                ]
                starts[service] = Start(ready, memory(worker))
    text = page(loads, starts, os.getloadavg()[2])
    text_files.write_text(OUTPUT, text)
    print(text)


@contextmanager
def started(options: Sequence[str]) -> Iterator[tuple[str, int, float]]:
    """A service of one worker: its address, the worker's process, and the time until it answers."""
    begun = time.perf_counter()
    command = ("truerun", "serve", "--port", "0", "--workers", "1", *options)
    with start(Path(), *command, stdout=subprocess.PIPE) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://\S+", line)
            if found is None:
                raise TruerunError("the service did not start")
            run(Path(), "curl", "--silent", "--fail", f"{found[0]}/readyz")
            ready = time.perf_counter() - begun
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
            yield found[0], int(children.split()[0]), ready
        finally:
            process.terminate()


def measured(service: str, address: str, worker: int, clients: int, script: Path) -> Load:
    """What some clients get, and what it costs the worker."""
    before = ticks(worker)
    printed = run(
        Path(), "wrk", "--threads", "1", "--connections", str(clients), "--duration",
        f"{SECONDS}s", "--timeout", "30s", "--latency", "--script", str(script),
        f"{address}/v1/predict",
    )  # fmt: skip
    spent = (ticks(worker) - before) / TICK
    return parsed(service, clients, printed, spent)


def parsed(service: str, clients: int, printed: str, spent: float) -> Load:
    """What wrk prints as figures; raise `TruerunError` if a request failed.

    Parameters
    ----------
    spent : seconds of a processor.
    """
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise TruerunError(f"requests failed:\n{printed}")
    requests = re.search(r"(\d+) requests in ([\d.]+)s", printed)
    shares = dict(re.findall(r"^ +(50|99)% +(\S+) *$", printed, re.MULTILINE))
    if requests is None or set(shares) != {"50", "99"}:
        raise TruerunError(f"wrk prints something else:\n{printed}")
    count, seconds = int(requests[1]), float(requests[2])
    median, most = (milliseconds(shares[share]) for share in ("50", "99"))
    return Load(service, clients, count / seconds, 1000 * spent / count, median, most)


def milliseconds(text: str) -> float:
    """A time as wrk prints it.

    >>> [milliseconds(text) for text in ("784.00us", "16.5ms", "1.2s")]
    [0.784, 16.5, 1200.0]
    """
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return round(float(number) * UNITS[unit], 6)


def ticks(process: int) -> int:
    """Processor time of a process."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def memory(process: int) -> float:
    """MB that a process holds, shared ones too."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1000


def page(loads: Sequence[Load], starts: dict[str, Start], busy: float) -> str:
    """The page of figures."""
    rows = [
        f"| {each.service} | {each.clients} | {each.a_second:,.0f} | {each.processor:.2f} |"
        f" {each.median:.1f} | {each.most:.1f} |"
        for each in loads
    ]
    memories = [
        f"| {name} | {each.ready:.1f} | {each.memory:.0f} |" for name, each in starts.items()
    ]
    return "\n".join(
        [
            "# What an answer costs",
            "",
            f"Made by `make bench-serve` on {machine()},",
            f"whose load was {busy:.1f} in the last quarter of an hour: if it is busy, everything",
            "takes longer. One worker answers one flight a request, on loopback.",
            "",
            "| service | clients | a second | ms of processor each | ms, median | ms, 99 of 100 |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
            *rows,
            "",
            "| service | s until it answers | MB of the worker |",
            "| --- | ---: | ---: |",
            *memories,
            "",
        ]
    )


if __name__ == "__main__":
    exit_with(main)
