"""Counts of cells give the stability index of `drift`, for every kind of column."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truerun.base import tables
from truerun.contract.drift import drift
from truerun.contract.row_contract import RowContract
from truerun.contract.stability import MOST_VALUES, stability_index
from truerun.model import bundle_files
from truerun.model.row_tables import rows_of
from truerun.model.split import SPLIT
from truerun.serve import bins
from truerun.serve.cells import CellCounts

pytestmark = pytest.mark.slow
VERSION = "0123456789ab"
COLUMNS: dict[str, dict[str, Any]] = {
    "amount": {"type": "float", "nullable": True},
    "single": {"type": "float"},  # in single precision, as most sources have it
    "count": {"type": "int"},
    "flag": {"type": "int"},
    "constant": {"type": "float"},
    "empty": {"type": "float", "nullable": True},
    "few": {"type": "text", "nullable": True},
    "many": {"type": "text"},
    "named": {"type": "text", "nullable": True},
    "nothing": {"type": "text", "nullable": True},
    "note": {"type": "text", "words": True},
    "secret": {"type": "text", "personal": True},
    "age": {"type": "int", "personal": True},
}


class Predicts:
    """As much of a predictor as counting needs."""

    def __init__(self, facts: Mapping[str, Any], version: str = VERSION) -> None:
        self.facts, self.version = facts, version


def table(seed: int, rows: int, moved: float = 0.0) -> pd.DataFrame:
    """Rows with every kind of column, moved away from others if it is asked for."""
    random = np.random.default_rng(seed)
    words = [f"w{number}" for number in range(MOST_VALUES + 60)]
    made = pd.DataFrame(
        {
            "amount": random.normal(moved, 1, rows),
            "single": random.exponential(1 + moved, rows).astype(np.float32),
            "count": random.poisson(2 + 3 * moved, rows),
            "flag": (random.random(rows) < 0.05 + 0.3 * moved).astype(int),
            "constant": np.where(random.random(rows) < moved / 4, 8.0, 7.0),
            "empty": np.where(random.random(rows) < moved / 2, 1.0, np.nan),
            "few": random.choice(["a", "b", "missing", "other"], rows),
            "many": random.choice(words, rows, p=_falling(len(words), 1 + moved)),
            "named": [f"person {number}" for number in random.integers(0, 10**9, rows)],
            "nothing": np.where(random.random(rows) < moved / 2, "x", None),
            "note": random.choice(["well", "not well"], rows, p=[0.8 - moved / 2, 0.2 + moved / 2]),
            "secret": random.choice(["Ada", "Bob"], rows),
            "age": random.integers(20, 70, rows),
        }
    )
    for name in ("amount", "few", "named"):
        made.loc[random.random(rows) < 0.1 + 0.2 * moved, name] = None
    if moved:
        made.loc[random.random(rows) < 0.2, "few"] = "new"
        made.loc[random.random(rows) < 0.1, "few"] = "newer"
    texts = [name for name, column in COLUMNS.items() if column["type"] == "text"]
    return made.astype(dict.fromkeys(texts, "str"))


def _falling(count: int, power: float) -> np.ndarray:
    shares = 1 / np.arange(1, count + 1) ** power
    return shares / shares.sum()


def facts_of(training: pd.DataFrame, folder: Any) -> dict[str, Any]:
    """What a bundle says, of these training rows and others that test it."""
    other = training.assign(**{SPLIT: "test"}).head(7)
    for number, part in enumerate((training.assign(**{SPLIT: "train"}), other)):
        tables.write_table(part, tables.partition(folder, f"p{number}"))
    made = bundle_files.training_bins(folder, list(COLUMNS))
    return {"contract": {"columns": COLUMNS, "checks": []}, "training_bins": made}


def counted(facts: Mapping[str, Any], rows: pd.DataFrame, workers: int = 1) -> CellCounts:
    """The counts of rows, which keep the contract, by some workers in turn."""
    counts = CellCounts(facts, workers)
    contract = RowContract(facts["contract"])
    cells = rows_of(rows)
    assert [broken for row in cells for broken in contract.broken(row)] == []
    for worker in range(workers):
        counts.begin(worker, Predicts(facts))
        for row in cells[worker::workers]:
            counts.add(row)
    return counts


@pytest.mark.parametrize("moved", [0.0, 1.0])
def test_the_index_is_that_of_drift_for_every_kind_of_column(moved: float, tmp_path: Any) -> None:
    training, seen = table(1, 3_000), table(2, 700, moved)
    counts = counted(facts_of(training, tmp_path), seen, workers=3)
    indices = counts.stability()
    assert set(indices) == set(COLUMNS)
    for name, index in indices.items():
        assert index == pytest.approx(drift(training[name], seen[name]).psi, rel=1e-12), name
        has_moved = moved > 0 and name not in ("secret", "age")
        assert (index > 0.05) == (has_moved or name == "many"), (name, index)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.none() | st.floats(-9, 9, width=32) | st.integers(-3, 3), min_size=1, max_size=40),
    st.lists(st.none() | st.floats(-9, 9) | st.integers(-3, 3), min_size=1, max_size=40),
    st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=1, max_size=40),
    st.lists(st.sampled_from([None, "b", "c", "d", "e"]), min_size=1, max_size=40),
)
def test_the_index_of_any_samples_is_that_of_drift(
    before: list[Any], after: list[Any], texts: list[Any], later: list[Any]
) -> None:
    columns = {"number": {"type": "float", "nullable": True}, "text": COLUMNS["few"]}
    samples = {
        "number": (pd.Series(before, dtype="float64"), pd.Series(after, dtype="float64")),
        "text": (pd.Series(texts, dtype="str"), pd.Series(later, dtype="str")),
    }
    made = {name: bundle_files.kept_bins(first) for name, (first, _) in samples.items()}
    facts = {"contract": {"columns": columns, "checks": []}, "training_bins": made}
    counts = CellCounts(facts, 1)
    counts.begin(0, Predicts(facts))
    for name, (_, second) in samples.items():
        for cell in second.astype(object).where(second.notna(), None):
            counts.add({name: cell})
    totals = counts.totals()
    for name, (first, second) in samples.items():
        training, seen = totals[name][0].training, totals[name][1].copy()
        other = {"number": later, "text": after}[name]
        seen[-1] -= len(other)  # the rows that have only the other column
        index = stability_index(training.rows, seen)
        assert index == pytest.approx(drift(first, second).psi, rel=1e-12, abs=1e-15)


def test_labels_are_few_and_hold_no_rare_value_and_nothing_personal(tmp_path: Any) -> None:
    training = table(1, 3_000)
    counts = counted(facts_of(training, tmp_path), table(2, 200))
    labels = {name: of_column.by_label(rows) for name, (of_column, rows) in counts.totals().items()}
    assert all(sum(each.values()) == 200 for each in labels.values())
    assert all(len(each) <= bins.MOST_LABELS + 2 for each in labels.values())
    for name in ("secret", "age", "named", "note"):
        assert set(labels[name]) == {"present", "missing"}
    assert set(labels["few"]) == {"a", "b", '"missing"', '"other"', "other", "missing"}
    common = training["many"].value_counts()
    assert {name for name in labels["many"] if name.startswith("w")} <= set(
        common.index[common >= bins.LEAST_ROWS]
    )
    assert set(labels["constant"]) == {"<7", "<=7", "other", "missing"}


def test_another_bundle_begins_anew_and_workers_that_lag_do_not_count(tmp_path: Any) -> None:
    first = facts_of(table(1, 500), tmp_path / "first")
    second = facts_of(table(3, 500, 1.0), tmp_path / "second")
    rows = rows_of(table(2, 30))
    counts = CellCounts(first, 2)
    for worker in (0, 1):
        counts.begin(worker, Predicts(first))
        for row in rows:
            counts.add(row)
    assert counts.totals()["flag"][1].sum() == 60
    counts.begin(1, Predicts(first))  # a worker in the place of one that died
    assert counts.totals()["flag"][1].sum() == 60
    counts.begin(1, Predicts(second, "f" * 12))
    assert counts.totals()["flag"][1].sum() == 0
    assert counts.stability() == {}
    counts.add(rows[0])
    assert counts.totals()["flag"][1].sum() == 1
    assert counts.totals()["amount"][0].training.edges == second["training_bins"]["amount"]["edges"]
