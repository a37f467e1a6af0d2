"""The validation of prepared partitions, of a small table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from truerun.base import paths, tables
from truerun.contract.contract import Contract
from truerun.limits import limits_file
from truerun.params.split import Split
from truerun.params.validate import Validate
from truerun.validation import validation
from truerun.validation.validation import ValidationTerms

SCHEMA = {
    "task": "binary",
    "target": "came",
    "predicts": "whether a guest comes",
    "not_for": "anything else",
    "key": ("guest",),
    "columns": {
        "guest": {"type": "text"},
        "came": {"type": "int", "categories": (0, 1)},
        "town": {"type": "text", "categories": ("Bern", "Chur"), "nullable": True},
    },
}
TERMS = ValidationTerms(
    contract=Contract.model_validate(SCHEMA),
    settings=Validate(max_quarantined=0.01, min_rows=1, leakage_auc=0.99),
    split=Split(by="random", test_share=0.2),
    limits=limits_file.of_content(limits_file.NOTHING),
)


def guests(name: str, rows: int, town: pd.Series | list[str]) -> None:
    """Lay down a partition of prepared rows."""
    table = pd.DataFrame(
        {
            "guest": [f"{name}{number:04}" for number in range(rows)],
            "came": np.arange(rows) % 3 == 0,
            "town": town,
        }
    )
    paths.PREPARED.mkdir(parents=True, exist_ok=True)
    tables.write_table(table.astype({"came": "int64"}), tables.partition(paths.PREPARED, name))


def constants() -> list[str]:
    """What is said of columns of one value."""
    done = validation.validate(Path(), TERMS, Path())
    return [finding.detail for finding in done.findings if finding.check == "constant"]


def test_a_column_may_be_still_in_a_partition_as_it_is_in_parts_of_training_rows(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    guests("a", 300, ["Bern"] * 150 + ["Chur"] * 150)  # in the order of their towns
    guests("b", 60, ["Bern"] * 60)
    assert constants() == []


@pytest.mark.slow
def test_a_column_that_varies_in_all_parts_may_not_be_still(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    guests("a", 300, ["Bern", "Chur"] * 150)
    guests("b", 60, ["Bern"] * 60)
    assert constants() == ["column town is Bern in all rows of b"]
    guests("a", 300, ["Bern"] * 300)  # there is no other partition that shows anything
    assert constants() == ["column town is Bern in all rows of a, b"]
