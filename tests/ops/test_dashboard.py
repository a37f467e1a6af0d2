"""What the dashboard asks is answered by a Prometheus that has followed a service for a week."""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.flights.watch_demo import pace, programs
from tools.flights.watch_demo.pace import Pace

from tests.conftest import wait_until
from tests.ops.test_rules import A_DAY, OPS, RULES, STEP, WEEK, Series, quiet

DASHBOARD = json.loads((OPS / "grafana/dashboards/truerun.json").read_text(encoding="utf-8"))
SPEED = Pace(hour=0.15)


def expressions() -> list[str]:
    """All that the dashboard asks Prometheus."""
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


@contextmanager
def service(series: Series, begun: list[float]) -> Iterator[str]:
    """A page of metrics, of the moment of a week that begins when it is first read."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not begun:
                begun.append(time.time())
            step = int((time.time() - begun[0]) / SPEED.hour * 60 / STEP)
            lines = [
                f"{name} {values[min(step, len(values) - 1)]}\n" for name, values in series.items()
            ]
            body = "".join(lines).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(BrokenPipeError):  # it was too slow
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer((programs.LOOPBACK, 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{programs.LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def prometheus(folder: Path, scraped: str) -> Iterator[str]:
    """A Prometheus that scrapes an address, and follows the rules faster; its own address."""
    settings = yaml.safe_load((OPS / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    made = pace.prometheus(settings, SPEED, "truerun", scraped, f"{programs.LOOPBACK}:9")
    (folder / "prometheus.yml").write_text(yaml.safe_dump(made), encoding="utf-8")
    rules = pace.rules(yaml.safe_load(RULES.read_text(encoding="utf-8")), SPEED, "")
    (folder / "rules.yml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    port = programs.free_port()
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={programs.LOOPBACK}:{port}",
        f"--query.lookback-delta={SPEED.duration('5m')}",
    ]
    with programs.answering(folder, "/-/ready", command, port) as address:
        yield address


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed")
def test_each_question_of_the_dashboard_has_an_answer(tmp_path: Path) -> None:
    series = quiet(WEEK) | {
        'truerun_monitor_findings{check="drift"}': [1.0] * WEEK * A_DAY,
        'truerun_stability_index{column="heat"}': [0.05] * WEEK * A_DAY,
    }
    del series['up{job="truerun"}']  # which is Prometheus' own
    asked = {query: SPEED.query(query) for query in expressions()}
    begun: list[float] = []
    with service(series, begun) as scraped, prometheus(tmp_path, scraped) as address:

        def are_all_answered() -> bool:
            for query, faster in list(asked.items()):
                answered = programs.ask(address, faster)
                if answered and "NaN" not in str(answered):
                    del asked[query]
            return not asked

        assert wait_until(lambda: bool(begun))  # Prometheus takes its time
        assert wait_until(are_all_answered, WEEK * SPEED.day), list(asked)
