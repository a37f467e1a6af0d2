"""Every command of a runbook is typed beside a service that runs, and says something."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.monitor import town
from tests.ops.test_runbooks import PAGES, commands
from tests.serve.bundles import rows_of, typed
from tests.serve.service import Client, running

pytestmark = [pytest.mark.slow, pytest.mark.nightly]


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A service that was asked for scores, and its folder, in which it was watched until today."""
    (tmp_path / "service").mkdir()
    tested = typed(tmp_path / "service").head(3)
    rows = rows_of(tested[["id", "whole", "number", "few", "full", "many", "note"]])
    monkeypatch.chdir(tmp_path)
    town.lay_down(tmp_path)
    table = town.live()
    yesterday = pd.Timestamp.now("UTC").normalize() - pd.Timedelta(days=1)
    table["at"] += yesterday - pd.Timestamp(town.LAST, tz="UTC")
    town.write_log(Path("requests"), town.lines(table))
    town.write_labels(Path("outcomes.csv"), table)
    with running(tmp_path / "service", "--batch", "coming.jsonl") as client:
        assert client.predict(rows).status == 200
        assert client.predict([{"whole": "x"}]).status == 422
        assert client.ask("/v1/predictions/7").status == 503
        yield client


def test_each_command_can_be_followed(watched: Client) -> None:
    typed_in = dict.fromkeys(command for page in PAGES for command in commands(page))
    of_monitor = [each for each in typed_in if each.startswith("truerun")]
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for command in [*of_monitor, *(each for each in typed_in if each not in of_monitor)]:
        here = command.replace("localhost:8000", f"127.0.0.1:{watched.port}")
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", here],
            env={**os.environ, "PATH": search},
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode in ((0, 1, 2) if command in of_monitor else (0,)), (command, said)
        assert done.stdout, command
