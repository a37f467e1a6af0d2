"""Plays a week of flights through the service, and shows which alarm rang when.

The newest whole week of data/validated, and the week before that it is held against, are sent to
`truerun serve` at the times of the flights; on day five no flight has any weather. Prometheus
scrapes the service and follows ops/prometheus/, Alertmanager the routes of ops/alertmanager/. All
of them run on this machine, on ports that are free, and keep nothing. What is sent where an alarm
would go by mail or chat is received here instead.

Both come with the system: `apt-get install prometheus prometheus-alertmanager`. Exit status: 1 if
the damage raised no alarm or another day did.

Usage:
  python -m tools.flights.watch_demo               what `make watch-demo` calls; takes two minutes
  python -m tools.flights.watch_demo --hour 1      slower, for a machine that does other things, too
"""

import argparse
import http.client
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from tools.flights.watch_demo import pace, programs, receiver, story, week
from tools.flights.watch_demo.pace import Pace
from tools.flights.watch_demo.receiver import Alarm
from tools.flights.watch_demo.week import Fortnight, Request
from truerun.base import paths
from truerun.base.commands import run
from truerun.base.errors import TruerunError, exit_with
from truerun.contract import contract

HOUR, SHORTEST, LONGEST = 0.4, 0.1, 3600.0  # seconds
OPS = Path("ops")
JOB = "truerun"
MONITOR = "truerun-monitor"  # the group of rules about daily runs
STEP = 15  # minutes of the flights of one request
ABOUT = """\
  An hour takes {pace.hour:g} s. The rules of ops/prometheus/ and the routes of
  ops/alertmanager/ are used as they are, each duration shorter in the same
  proportion, but none shorter than {pace.least:g} s, four scrapes: what rings after ten
  minutes takes {hours:g} h here. Alarms of daily runs of `truerun monitor` are left
  out, and those that learn for four weeks are silent."""


class DemoError(TruerunError):
    """A week that does not raise the alarms that it should."""


def main(hour: float | None = None) -> None:
    """Play both weeks, an hour in so many seconds, and say what rang."""
    if hour is not None and not SHORTEST <= hour <= LONGEST:
        raise DemoError(f"--hour {hour:g} is not between {SHORTEST:g} and {LONGEST:g} seconds")
    prometheus, alertmanager = programs.installed()
    print("watch-demo: two weeks of flights through the service, Prometheus and Alertmanager")
    run(Path(), sys.executable, "-m", "truerun.repro")
    weeks = week.read(paths.VALIDATED, contract.load(paths.SCHEMA), STEP)
    with (
        tempfile.TemporaryDirectory(prefix="watch-demo-") as temporary,
        programs.service(folder := Path(temporary)) as service,
    ):
        speed = Pace(hour or hour_for(os.getloadavg()[0], os.cpu_count() or 1))
        print(ABOUT.format(pace=speed, hours=speed.least / speed.hour), flush=True)
        with watching(folder, speed, service, prometheus, alertmanager) as (scraped, alarms):
            start, late = play(weeks, speed, service)
            gap = longest_gap(scraped)
    end = start + 2 * week.DAYS * speed.day
    rung = story.rung([alarm for alarm in alarms if alarm.began < end], start, speed.hour)
    print("\n".join(["", *story.table(weeks, rung), ""]))
    if faults := story.faults(weeks, rung):
        if max(late, gap) > speed.scrape:
            faults.append(
                f"the machine was busy: a request was {late:.2f} s late, and {gap:.2f} s lay"
                f" between two scrapes; OPTIONS='--hour {2 * speed.hour:g}' stands more"
            )
        raise DemoError("\n  ".join(["the alarms are not as they should be:", *faults]))
    print("The damage was told, and nothing else.")


def hour_for(load: float, cores: int) -> float:
    """Seconds that an hour takes: more, if many processes wait for each core.

    >>> [hour_for(load, 2) for load in (0.1, 3.9, 11.0)]
    [0.4, 0.4, 1.1]
    """
    return max(HOUR, round(HOUR * load / (2 * cores), 1))


@contextmanager
def watching(
    folder: Path, speed: Pace, service: str, prometheus: str, alertmanager: str
) -> Iterator[tuple[str, list[Alarm]]]:
    """What watches a service: the address of Prometheus, and the alarms as they come."""
    with ExitStack() as stack:
        address, alarms = stack.enter_context(receiver.listening())
        settings = pace.alertmanager(_yaml("alertmanager/alertmanager.yml"), speed, address)
        port = programs.free_port()
        routes = stack.enter_context(
            programs.answering(
                folder,
                "/-/ready",
                [
                    alertmanager,
                    f"--config.file={_written(folder / 'alertmanager.yml', settings)}",
                    f"--storage.path={folder / 'alertmanager'}",
                    f"--web.listen-address={programs.LOOPBACK}:{port}",
                    "--cluster.listen-address=",
                ],
                port,
            )
        )
        _written(folder / "rules.yml", pace.rules(_yaml("prometheus/rules.yml"), speed, MONITOR))
        settings = pace.prometheus(_yaml("prometheus/prometheus.yml"), speed, JOB, service, routes)
        port = programs.free_port()
        scraped = stack.enter_context(
            programs.answering(
                folder,
                "/-/ready",
                [
                    prometheus,
                    f"--config.file={_written(folder / 'prometheus.yml', settings)}",
                    f"--storage.tsdb.path={folder / 'prometheus'}",
                    f"--web.listen-address={programs.LOOPBACK}:{port}",
                    f"--query.lookback-delta={speed.duration('5m')}",
                ],
                port,
            )
        )
        programs.wait_for(scraped, f'up{{job="{JOB}"}} == 1')
        yield scraped, alarms


def play(weeks: Fortnight, speed: Pace, service: str) -> tuple[float, float]:
    """Send all flights at their times; when the first day began, and the longest delay.

    Raises
    ------
    DemoError
        If the service does not answer one with scores.
    """
    connection = http.client.HTTPConnection(service, timeout=programs.WAIT)
    start, late = time.time() + 2 * speed.hour, 0.0
    for request in weeks.requests:
        due = start + request.hour * speed.hour
        time.sleep(max(0.0, due - time.time()))
        late = max(late, time.time() - due)
        _send(connection, request)
    connection.close()
    time.sleep(max(0.0, start + 2 * week.DAYS * speed.day - time.time()))
    return start, late


def _send(connection: http.client.HTTPConnection, request: Request) -> None:
    connection.request("POST", "/v1/predict", request.body, {"Content-Type": "application/json"})
    reply = connection.getresponse()
    body = reply.read()
    if reply.status != http.client.OK:
        raise DemoError(f"the service answers {reply.status}: {body[:500].decode()}")


def longest_gap(prometheus: str) -> float:
    """The longest time between two scrapes, in seconds."""
    (up,) = programs.ask(prometheus, f'up{{job="{JOB}"}}[1h]')
    times = [float(moment) for moment, _ in up["values"]]
    return max(after - before for before, after in itertools.pairwise(times))


def _yaml(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((OPS / name).read_text(encoding="utf-8"))
    return content


def _written(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--hour", type=float, metavar="S", help=f"default: {HOUR}, or what it needs"
    )
    chosen = parser.parse_args()
    exit_with(lambda: main(chosen.hour))
