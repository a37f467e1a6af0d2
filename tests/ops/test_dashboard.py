"""What the dashboard asks is answered by a Prometheus that holds a week of data."""

import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from tools.flights.watch_demo import programs

from tests.ops.test_rules import A_DAY, OPS, RULES, STEP, WEEK, fault, needs_promtool, quiet

DASHBOARD = json.loads((OPS / "grafana/dashboards/truerun.json").read_text(encoding="utf-8"))
DENSE = 6  # steps before the end that have a sample a minute, of which rates are made
CHAIN = 3  # rules that read what others record, one after the other


def expressions() -> list[str]:
    """All that the dashboard asks Prometheus."""
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def recorded(end: float) -> Iterator[str]:
    """A week of a service until noon, and its monitor, in the text format of OpenMetrics."""
    last = fault(WEEK)
    series = quiet(WEEK) | {'truerun_monitor_findings{check="drift"}': [1.0] * WEEK * A_DAY}
    for family in sorted({name.partition("{")[0] for name in series}):
        yield f"# TYPE {family} unknown"
        for name, values in series.items():
            if name.partition("{")[0] != family:
                continue
            for step in range(last - DENSE):
                yield f"{name} {values[step]} {end - (last - step) * STEP * 60}"
            for minute in range(DENSE * STEP, -1, -1):
                later, past = divmod(minute, STEP)
                after, before = values[last - later], values[last - later - 1]
                yield f"{name} {after - (after - before) * past / STEP} {end - minute * 60}"
    yield "# EOF"


def promtool(*words: str) -> None:
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def prometheus(folder: Path) -> AbstractContextManager[str]:
    """A Prometheus of the data in a folder; its host and port."""
    port = programs.free_port()
    (folder / "none.yml").write_text("{}", encoding="ascii")
    command = [
        "prometheus",
        f"--config.file={folder / 'none.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={programs.LOOPBACK}:{port}",
        "--storage.tsdb.retention.time=45d",
    ]
    return programs.answering(folder, "/-/ready", command, port)


def answer(address: str, query: str, moment: float) -> list[Any]:
    """What is answered to a query of a moment."""
    words = urllib.parse.urlencode({"query": query, "time": moment})
    with urllib.request.urlopen(f"http://{address}/api/v1/query?{words}") as reply:
        answered: list[Any] = json.load(reply)["data"]["result"]
    return answered


@pytest.mark.nightly
@needs_promtool
@pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed")
def test_each_question_of_the_dashboard_has_an_answer(tmp_path: Path) -> None:
    end = time.time() // (STEP * 60) * STEP * 60
    (tmp_path / "week.om").write_text("\n".join(recorded(end)) + "\n", encoding="ascii")
    data = str(tmp_path / "data")
    promtool("tsdb", "create-blocks-from", "openmetrics", str(tmp_path / "week.om"), data)
    for _ in range(CHAIN):  # what is recorded is read once Prometheus starts anew
        with prometheus(tmp_path) as address:
            promtool(
                *("tsdb", "create-blocks-from", "rules", f"--url=http://{address}"),
                *(f"--start={end - (WEEK - 1) * 86_400 - 6 * 3600}", f"--end={end}"),
                *(f"--eval-interval={STEP}m", f"--output-dir={data}", str(RULES)),
            )
    with prometheus(tmp_path) as address:
        for query in expressions():
            answered = answer(address, query, end)
            assert answered, query
            assert "NaN" not in str(answered), query
