"""The grid of kinds of rows on which verdicts are tried: all corners, and what is told of them."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from tools import verdict_grid
from tools.verdict_grid import CELLS, Cell, Rates

pytestmark = pytest.mark.slow


def rates_of(cell: Cell, headline: float) -> Rates:
    nine = (0.01,) * 9
    return Rates(cell, (0.02,) * 9, nine, headline, nine, (0.96,) * 9, (0.5,) * 9)


def test_the_grid_has_every_corner() -> None:
    grouped = {(cell.clusters, cell.sizes) for cell in CELLS if cell.sizes != "none"}
    for clusters in (2, 3, 5, 10, 20, 60):
        for sizes in ("equal", "lognormal", "one has half"):
            assert (clusters, sizes) in grouped
    assert {cell.task for cell in CELLS} == {"binary", "multiclass", "regression", "counts"}
    assert {60, 50_000} <= {cell.rows for cell in CELLS}
    assert {0.01, 0.5} <= {cell.positives for cell in CELLS}
    assert len(set(CELLS)) == len(CELLS)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "counts"])
def test_a_cell_is_measured(task) -> None:
    cell = Cell(task, clusters=10, sizes="lognormal", rows=200)
    found = verdict_grid.rates(cell, 3)
    assert 0 <= found.headline <= 1
    assert len(found.alone) == len(found.power) == len(found.covered)


@pytest.mark.parametrize(("signal", "low", "high"), [(0.0, 0.45, 0.55), (4.0, 0.95, 1.0)])
def test_the_scores_know_as_much_as_the_signal_says(signal, low, high) -> None:
    rows = verdict_grid.draw(Cell(positives=0.5, signal=signal, rows=5000), 1, 0.0)
    assert rows.target.mean() == pytest.approx(0.5, abs=0.03)
    assert low <= roc_auc_score(rows.target, rows.base) <= high


def test_one_cluster_has_half_of_the_rows() -> None:
    rows = verdict_grid.draw(Cell(clusters=10, sizes="one has half"), 1, 0.0)
    assert np.bincount(rows.cluster).max() == 1000


def test_the_page_names_the_worst_kind_and_what_is_too_often_is_found() -> None:
    good, bad = rates_of(CELLS[0], 0.03), rates_of(replace(CELLS[1], rows=77), 0.3)
    assert f"*{bad.cell}*:\n  30.0%" in verdict_grid.page([good, bad])
    assert verdict_grid.too_often([good, bad]) == [f"{bad.cell}: 30.0%"]
