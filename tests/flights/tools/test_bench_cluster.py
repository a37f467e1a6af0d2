"""What a cluster costs: other files than without it are named; the page says what was measured."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from tools.flights import bench_cluster
from tools.flights.bench_cluster import Shared
from tools.flights.scale import Cost

from tests.conftest import ROOT
from truerun.base import paths

ALONE = {stage: Cost(10.0, 8.0, 2**30) for stage in bench_cluster.MAPPED}
SHARED = {stage: Shared(Cost(6.0, 4.0, 2**30), 8.0, 50_000_000) for stage in bench_cluster.MAPPED}


def test_a_file_that_is_other_lacking_or_too_many_is_named() -> None:
    expected = {"same": "1", "other": "2", "lacking": "3"}
    made = {"same": "1", "other": "4", "more": "5"}
    assert bench_cluster.differences(expected, made) == ["lacking", "more", "other"]
    assert bench_cluster.differences(expected, expected) == []


def test_what_stages_have_made_is_looked_at(tmp_path: Path) -> None:
    for path in (paths.PREPARED / "2013-01.parquet", paths.PREDICTIONS, paths.METRICS / "a.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"some")
    before = bench_cluster.digests(tmp_path)
    assert len(before) == 3
    (tmp_path / paths.PREDICTIONS).write_bytes(b"other")
    assert bench_cluster.differences(before, bench_cluster.digests(tmp_path)) == [
        paths.PREDICTIONS.as_posix()
    ]


@pytest.mark.slow
def test_time_of_processes_that_have_ended_counts() -> None:
    """A worker's processes end with a stage, and what they took must not get lost."""
    busy = "sum(i * i for i in range(3_000_000))"
    program = (
        "import subprocess, sys;"
        f" subprocess.run([sys.executable, '-c', {busy!r}]); print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout
        assert process.stdin
        process.stdout.readline()
        cluster = SimpleNamespace(scheduler=process, workers=[])
        assert bench_cluster.taken(cluster) >= 0.05  # type: ignore[arg-type]
        process.stdin.write(b"\n")


def test_the_page_says_what_moved_and_what_stays_in_one_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    more = {stage: replace(cost, moved=100_000_000) for stage, cost in SHARED.items()}
    page = bench_cluster.page(1_000_000, ALONE, {1: SHARED, 4: more})
    assert "| stage, 1,000,000 rows | one process, no cluster | 1 worker | 4 workers |" in page
    assert "| prepare | 10.0 s, 8.0 s CPU | 6.0 s, 12.0 s CPU (1.50), 50 MB | 12.0 s CPU" in page
    assert "200 bytes a row with 1, 400 bytes a row with 4" in page
    assert "33% with 1, 33% with 4" in page
