"""The measurement of scale: what it measures is what a process took, and too much is told."""

import subprocess
import sys
from pathlib import Path

import pytest
from tools.flights import scale
from tools.flights.scale import GIB, Cost, Run

from tests.conftest import ROOT
from truerun.base.errors import TruerunError

MIB = 2**20


def run(years: int, seconds: float, peak: float = 1.0) -> Run:
    cost = Cost(wall=seconds, processor=seconds, peak=int(peak * GIB))
    return Run(
        years, 300_000 * years, {"prepare": Cost(1.0 * years, 1.0 * years, GIB), "train": cost}
    )


@pytest.mark.slow
def test_a_process_is_measured_by_itself() -> None:
    """Measured from a process as small as the one that `python -m tools.flights.scale` starts."""
    program = """if True:
        import sys
        from pathlib import Path
        from tools.flights.scale import cost
        for command in ("b'x' * (300 * 2**20)", "sum(range(10**7))", ""):
            taken = cost([sys.executable, "-c", command], Path())
            print(taken.peak, taken.processor, taken.wall)
    """
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    large, busy, idle = (map(float, line.split()) for line in done.stdout.splitlines())
    peak, _, _ = large
    assert 300 * MIB < peak < 400 * MIB
    _, processor, wall = busy
    peak, less, _ = idle
    assert peak < 100 * MIB
    assert processor > less
    assert wall > 0


def test_a_process_that_fails_ends_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(TruerunError, match=r"sys\.exit\(3\).* ended with exit status 3$"):
        scale.cost([sys.executable, "-c", "import sys; sys.exit(3)"], tmp_path)


def test_time_that_grows_with_the_rows_is_no_problem() -> None:
    assert scale.problems([run(1, 10), run(10, 100), run(30, 389)]) == []


def test_time_that_grows_faster_is_a_problem_by_its_stage_and_rows() -> None:
    assert scale.problems([run(1, 10), run(10, 100), run(30, 391)]) == [
        "train with 9,000,000 rows takes 1.30 times as long for a row as with 300,000"
    ]
    squared = [run(years, 10 * years**2) for years in (1, 10, 30)]
    assert [found.split(" takes ")[1] for found in scale.problems(squared)] == [
        "10.00 times as long for a row as with 300,000",
        "30.00 times as long for a row as with 300,000",
    ]


def test_growth_is_judged_by_the_processor_and_not_by_the_wall() -> None:
    waited = Cost(wall=9999, processor=100, peak=GIB)
    assert scale.problems([run(1, 10), Run(10, 3_000_000, {"train": waited})]) == []


def test_memory_above_16_gib_is_a_problem() -> None:
    assert scale.problems([run(1, 10, peak=16)]) == []
    assert scale.problems([run(1, 10), run(10, 100, peak=17)]) == [
        "train with 3,000,000 rows takes 17.0 GiB"
    ]


def test_the_table_has_a_line_for_each_stage() -> None:
    assert scale.table([run(1, 10), run(30, 330, peak=2.5)]) == [
        "| stage | 0.30 million rows | 9.00 million rows |",
        "| --- | --- | --- |",
        "| prepare | 1.0 s, 1.0 s CPU, 1.00 GiB | 30.0 s, 30.0 s CPU, 1.00 GiB, 1.00 a row |",
        "| train | 10.0 s, 10.0 s CPU, 1.00 GiB | 330.0 s, 330.0 s CPU, 2.50 GiB, 1.10 a row |",
    ]


@pytest.mark.parametrize("arguments", [["0"], ["-1"], ["ten"], ["1", "1.5"]])
def test_years_are_whole_numbers(arguments: list[str]) -> None:
    with pytest.raises(TruerunError, match="YEARS are whole numbers"):
        scale.main(arguments)
