"""docs/scale.md follows from docs/benchmarks.md."""

import pytest
from tools import scale_page

from tests.conftest import ROOT
from truerun.base.errors import TruerunError

TABLE = """
| stage | 1.00 million rows | 3.00 million rows |
| --- | --- | --- |
| prepare | 1.0 s, 1.0 s CPU, 1.00 GiB | 3.0 s, 3.0 s CPU, 1.00 GiB, 1.00 a row |
| validate | 1.0 s, 1.0 s CPU, 1.00 GiB | 3.0 s, 6.0 s CPU, 2.00 GiB, 1.00 a row |
| featurize | 1.0 s, 1.0 s CPU, 1.00 GiB | 3.0 s, 3.0 s CPU, 1.00 GiB, 1.00 a row |
| train | 1.0 s, 1.0 s CPU, 1.00 GiB | 9.0 s, 9.0 s CPU, 5.00 GiB, 1.00 a row |
| evaluate | 1.0 s, 1.0 s CPU, 1.00 GiB | 3.0 s, 3.0 s CPU, 1.00 GiB, 1.00 a row |
"""
CLUSTER = """
| stage, 1,000,000 rows | one process, no cluster | 1 worker | 2 workers | 4 workers |
| --- | --- | --- | --- | --- |
| prepare | 1.0 s, 1.0 s CPU | 1.0 s CPU (1.00), 100 MB | 140 MB | 250 MB |
| validate | 1.0 s, 1.0 s CPU | 1.0 s CPU (1.00), 200 MB | 210 MB | 230 MB |
| featurize | 1.0 s, 1.0 s CPU | 1.0 s CPU (1.00), 1 MB | 1 MB | 1 MB |
| evaluate | 1.0 s, 1.0 s CPU | 1.0 s CPU (1.00), 1 MB | 1 MB | 1 MB |
"""


def test_the_page_is_made_of_the_benchmarks() -> None:
    texts = [
        (ROOT / page).read_text(encoding="utf-8")
        for page in (scale_page.BENCHMARKS, scale_page.CLUSTER)
    ]
    assert (ROOT / scale_page.PAGE).read_text(encoding="utf-8") == scale_page.page(*texts)


def test_figures_are_those_of_the_last_column_and_the_slope_between_the_last_two() -> None:
    stages = scale_page.stages(TABLE)
    assert stages["prepare"] == scale_page.Stage(1.0, 0.0)
    assert stages["validate"] == scale_page.Stage(2.0, 2**30 / 2e6)
    page = scale_page.page(TABLE, CLUSTER)
    assert "| train | 3.0 | 0.8 h | 8.3 h | 2147 | 2,000 GiB | 20,000 GiB |" in page
    assert "| cores for an hour | 2 | 14 |" in page  # 5 µs a row
    assert "| train | 32 million rows |\n| validate | 128 million rows |\n" in page


def test_benchmarks_without_the_table_are_refused() -> None:
    with pytest.raises(TruerunError, match="run `make bench`"):
        scale_page.page("# Benchmarks", CLUSTER)


def test_bytes_grow_with_each_worker_or_with_the_share_of_partitions_that_others_hold() -> None:
    assert scale_page.moved(CLUSTER)["prepare"] == scale_page.Moved(100.0, 50.0)
    assert scale_page.moved(CLUSTER)["validate"] == scale_page.Moved(200.0, 40.0)
    page = scale_page.page(TABLE, CLUSTER)  # 5 µs a row are 2 cores for an hour of a billion rows
    assert "| prepare | 100 | 50 | 0.1 TB | 0.0 h | 7.5 TB | 1.7 h |" in page  # 2 and 14 workers
    assert "| validate | 200 | 40 | 0.2 TB | 0.0 h | 2.4 TB | 0.5 h |" in page


def test_a_cluster_without_the_table_is_refused() -> None:
    with pytest.raises(TruerunError, match="run `make bench-cluster`"):
        scale_page.page(TABLE, CLUSTER.replace("| 1 worker |", "| 3 workers |"))
