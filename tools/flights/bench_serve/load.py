"""Requests of some clients at a time, by wrk: how many a second, how long each, at what cost."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from truerun.base.commands import run
from truerun.base.errors import TruerunError

CLIENTS = (1, 16, 64)
QUIET = 0.1  # seconds without a tick of a processor
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
SCRIPT = """\
wrk.method = "POST"
wrk.body = io.open("{body}"):read("*a")
wrk.headers["Content-Type"] = "application/json"
"""


@dataclass(frozen=True)
class Load:
    """Requests of so many clients: how many a second, and their milliseconds."""

    clients: int
    a_second: float
    processor: float
    median: float
    most: float  # of 99 of 100


def measured(clients: int, url: str, body: Path, duration: int, spent: Callable[[], float]) -> Load:
    """What some clients get of a service, and what it costs.

    Parameters
    ----------
    body : a file with the body of each request.
    duration : seconds.
    spent : the seconds of a processor that the service has taken until now.
    """
    script = body.with_suffix(".lua")
    script.write_text(SCRIPT.format(body=body), encoding="utf-8")
    before = idle(spent)
    printed = run(
        Path(), "wrk", "--threads", "1", "--connections", str(clients), "--duration",
        f"{duration}s", "--timeout", "60s", "--latency", "--script", str(script), url,
    )  # fmt: skip
    return parsed(clients, printed, spent() - before)


def idle(spent: Callable[[], float]) -> float:
    """Wait until a service has done what it still had to do; what it has spent until then."""
    before, now = -1.0, spent()
    while now > before:
        time.sleep(QUIET)
        before, now = now, spent()
    return now


def parsed(clients: int, printed: str, spent: float) -> Load:
    """What wrk prints as figures; raise `TruerunError` if a request failed.

    Parameters
    ----------
    spent : seconds of a processor.
    """
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise TruerunError(f"requests failed:\n{printed}")
    requests = re.search(r"(\d+) requests in ([\d.]+(?:ms|s|m)),", printed)
    shares = dict(re.findall(r"^ +(50|99)% +(\S+) *$", printed, re.MULTILINE))
    if requests is None or set(shares) != {"50", "99"}:
        raise TruerunError(f"wrk prints something else:\n{printed}")
    count, seconds = int(requests[1]), milliseconds(requests[2]) / 1000
    median, most = (milliseconds(shares[share]) for share in ("50", "99"))
    return Load(clients, count / seconds, 1000 * spent / max(1, count), median, most)


def milliseconds(text: str) -> float:
    """A time as wrk prints it.

    >>> [milliseconds(text) for text in ("784.00us", "16.5ms", "1.2s", "0.5m")]
    [0.784, 16.5, 1200.0, 30000.0]
    """
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return round(float(number) * UNITS[unit], 6)
