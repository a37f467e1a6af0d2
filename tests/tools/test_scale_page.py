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


def test_the_page_is_made_of_the_benchmarks() -> None:
    text = (ROOT / scale_page.BENCHMARKS).read_text(encoding="utf-8")
    assert (ROOT / scale_page.PAGE).read_text(encoding="utf-8") == scale_page.page(text)


def test_figures_are_those_of_the_last_column_and_the_slope_between_the_last_two() -> None:
    stages = scale_page.stages(TABLE)
    assert stages["prepare"] == scale_page.Stage(1.0, 0.0)
    assert stages["validate"] == scale_page.Stage(2.0, 2**30 / 2e6)
    page = scale_page.page(TABLE)
    assert "| train | 3.0 | 0.8 h | 8.3 h | 2147 | 2,000 GiB | 20,000 GiB |" in page
    assert "| cores for an hour | 2 | 14 |" in page  # 5 µs a row
    assert "| train | 32 million rows |\n| validate | 128 million rows |\n" in page


def test_benchmarks_without_the_table_are_refused() -> None:
    with pytest.raises(TruerunError, match="run `make bench`"):
        scale_page.page("# Benchmarks")
