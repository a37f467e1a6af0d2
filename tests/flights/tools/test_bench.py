"""The benchmark compares like with like, and a limit that is passed fails it."""

import dataclasses
import re

import pytest
from tools.flights import bench, scale
from tools.flights.bench import Pair

from tests.conftest import ROOT, Project

PAIR = Pair("this", "that", 1.35, [(2.6, 2.0), (9.0, 3.0), (1.3, 1.0)])
COSTS = {stage: scale.Cost(10.0, 0.012, 2**30) for stage in scale.A_ROW}
COSTS["train"] = scale.Cost(10.0, 12.0, 2**30)
RUNS = [scale.Run(1, 1000, COSTS), scale.Run(2, 2000, COSTS)]


def test_the_median_of_the_ratios_counts() -> None:
    assert PAIR.ratio == pytest.approx(1.3)
    assert bench.problems([PAIR]) == []


def test_a_limit_that_is_passed_is_told() -> None:
    slower = dataclasses.replace(PAIR, limit=1.2)
    assert bench.problems([PAIR, slower]) == [
        "this takes 1.30 times as long as that, not 1.2 times"
    ]


def test_the_page_says_what_was_measured_and_where() -> None:
    page = bench.page([PAIR, dataclasses.replace(PAIR, limit=1.2)], RUNS, rounds=3)
    assert "| this | 2.6 | that | 2.0 | 1.30 (1.30 to 3.00) | 1.35 | yes |" in page
    assert "| this | 2.6 | that | 2.0 | 1.30 (1.30 to 3.00) | 1.2 | **no** |" in page
    assert "| train | 10.0 s, 12.0 s CPU, 1.00 GiB |" in page
    assert "a row, prepare | 12 | 6.0 | yes |" in page
    assert "a row, evaluate | 6 | 6.0 | yes |" in page
    assert "minutes of these three | 7 | 0.5 | yes |" in page
    assert "cores of" in page


def test_the_page_says_of_each_ratio_whether_it_is_kept() -> None:
    page = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
    pairs = re.findall(
        r"\| ([\d.]+) \([\d.]+ to [\d.]+\) \| ([\d.]+) \| (yes|\*\*no\*\*) \|$", page, re.MULTILINE
    )
    assert len(pairs) == 6
    assert all((float(ratio) <= float(limit)) == (kept == "yes") for ratio, limit, kept in pairs)


@pytest.mark.nightly
@pytest.mark.slow
def test_one_process_gives_the_same_results_without_files_in_between(project: Project) -> None:
    """Else it would be compared with other work."""
    for folder in ("prepared", "validated", "features"):
        for path in (project.root / "data" / folder).iterdir():
            path.unlink()
    for path in [*(project.root / "metrics").iterdir(), *(project.root / "plots").iterdir()]:
        path.unlink()
    command = scale.stage_command(project.root, "prepare")[:-1]
    before = (project.root / "data/predictions.parquet").read_bytes()
    (project.root / "data/predictions.parquet").unlink()
    project.run(*command, "tools.straight_line")
    assert project.run("git", "status", "--short") == ""
    assert (project.root / "data/predictions.parquet").read_bytes() == before
    assert list((project.root / "data/prepared").iterdir()) == []
