"""The sample of test rows that importance is measured on has each class."""

import numpy as np
import pandas as pd
import pytest

from tests.tasks import contract_of
from truerun.evaluation.evaluation import importance_sample

COLUMNS = {"x": {"type": "float"}}


def rows(target: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(len(target), dtype="float64"), "target": target})


def test_a_class_that_evenly_spaced_rows_leave_out_has_its_first_row_in_the_sample() -> None:
    target: list[object] = [0] * 1000
    target[11] = target[13] = 1
    sample = importance_sample(rows(target), contract_of("binary", COLUMNS), 100)
    assert sample["x"].tolist() == sorted([*range(0, 1000, 10), 11])


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_what_has_all_of_them_is_evenly_spaced(task: str) -> None:
    sample = importance_sample(rows([0, 1] * 50), contract_of(task, COLUMNS), 30)
    assert sample["x"].tolist() == list(range(0, 100, 3))


def test_fewer_rows_than_classes_are_not_made_more() -> None:
    sample = importance_sample(rows([0, 1] * 50), contract_of("binary", COLUMNS), 1)
    assert sample["x"].tolist() == [0]
