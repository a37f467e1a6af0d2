"""First models are as good as is asked for, and the page of them says how that was measured."""

import dataclasses
import re
from pathlib import Path

import pytest
from tools import bench_adopt, profiling
from tools.bench_adopt import Outcome
from tools.profiling import Cost

from tests.conftest import ROOT
from truerun.base.errors import TruerunError
from truerun.comparison.comparison import MetricDifference

PAGE = ROOT / "docs/first-models.md"
AREA = MetricDifference(
    metric="roc_auc",
    label="ROC AUC",
    decimals=4,
    higher_is_better=True,
    base=0.8,
    head=0.795,
    difference=-0.005,
    low=-0.02,
    high=0.01,
    p_value=0.5,
    detectable=0.03,
    verdict="can't tell",
    reason=None,
)
OUTCOME = Outcome("customers", 7043, "binary", AREA, 0.5, 31.2, "can't tell")


def test_a_table_is_told_in_a_line() -> None:
    told = "| customers | 7,043 | binary | ROC AUC | 0.7950 | 0.8000 | 0.5000 |"
    interval = "-0.0050 (-0.0200 to +0.0100)"
    assert bench_adopt.line(OUTCOME) == f"{told} {interval} | 31 | can't tell |"


def test_a_limit_that_is_passed_is_told() -> None:
    assert bench_adopt.problems([OUTCOME]) == []
    behind = dataclasses.replace(OUTCOME, difference=AREA.model_copy(update={"base": 0.81}))
    assert bench_adopt.problems([OUTCOME, behind]) == [
        "customers: ROC AUC 0.7950, LightGBM 0.8100, baseline 0.5000"
    ]
    lost = dataclasses.replace(OUTCOME, baseline=0.796)
    assert len(bench_adopt.problems([lost])) == 1
    undefined = AREA.model_copy(update={"metric": "rmse", "head": None})
    amounts = dataclasses.replace(OUTCOME, task="regression", difference=undefined)
    assert len(bench_adopt.problems([amounts])) == 1
    assert bench_adopt.kept("regression", 1.02, 1.0, 1.5)
    assert not bench_adopt.kept("counts", 1.03, 1.0, 1.5)
    assert not bench_adopt.kept("counts", 1.01, 1.0, 1.005)


def test_a_table_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["bench_adopt", "iris", "churns"])
    with pytest.raises(TruerunError, match="no table churns: name one of iris, penguins"):
        bench_adopt.main()


def test_the_measured_first_models_keep_their_limits() -> None:
    page = PAGE.read_text(encoding="utf-8")
    cells = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    rows = cells[2:]
    assert [row[0] for row in rows] == [table.name for table in bench_adopt.TABLES]
    assert len(rows) >= 10
    assert {row[2] for row in rows} == {"binary", "multiclass", "regression", "counts"}
    assert {row[-1] for row in rows} <= {"better", "worse", "can't tell", "the same"}
    for _, _, task, _, *figures, _, _, _ in rows:
        first, lightgbm, baseline = (float(figure.replace(",", "")) for figure in figures)
        assert bench_adopt.kept(task, first, lightgbm, baseline)
    counts = [int(row[1].replace(",", "")) for row in rows]
    assert min(counts) <= 150
    assert max(counts) >= 300_000
    assert re.search(rf"^> {bench_adopt.NOTHING}: ", page, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["flights", "penguins"])
def test_columns_by_hand_are_numbers_and_categories(name: str) -> None:
    table = next(table for table in bench_adopt.TABLES if table.name == name)
    made = bench_adopt.by_hand(table.rows().head(50))
    assert {str(kind) for kind in made.dtypes} <= {"float64", "int64", "category"}


@pytest.mark.nightly
@pytest.mark.slow
def test_a_large_table_is_profiled_within_the_limits_or_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiling, "TIMES", 1)
    costs = profiling.measured(tmp_path, rows=2000)
    assert (costs.rows, costs.columns) == (2000, 50)
    measured = (costs.read, costs.read_alone, costs.text, costs.profile)
    assert all(cost.seconds > 0 and cost.peak > 0 for cost in measured)
    assert "2,000 rows of 50 columns" in profiling.paragraph(costs)
    slow = Cost(seconds=61, peak=3.1 * costs.memory)
    assert profiling.problems(dataclasses.replace(costs, profile=slow)) == [
        "profiling takes 61 s, more than 60",
        "profiling takes 3.1 times the memory of the table",
    ]
