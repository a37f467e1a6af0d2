"""The example among a project's own features suits its table, whatever the columns are called."""

import ast
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truerun.adopt.leaks.search import Leaks
from truerun.adopt.table_profile import TableProfile
from truerun.adopt.writing import example_feature
from truerun.adopt.writing.example_feature import ExampleFeature
from truerun.contract import conformance
from truerun.contract.contract import Contract
from truerun.sources.table import names as column_names
from truerun.sources.table import own_features
from truerun.sources.table.options import Options

ROWS = 200


def profile_of(numbers: list[str], others: tuple[str, ...] = ()) -> TableProfile:
    """The profile of a table with these number and category columns, and the target `left`."""
    options = Options.model_validate(
        {
            "format": {"kind": "csv"},
            "missing": ("",),
            "target": "left",
            "task": "binary",
            "positive": "yes",
            "negative": "no",
            "key": ("id",),
            "columns": {
                "id": {"as": "identifier"},
                **{name: {"as": "number"} for name in numbers},
                **{name: {"as": "category"} for name in others},
                "left": {"as": "category"},
            },
        }
    )
    columns: dict[str, dict[str, Any]] = {
        "id": {"type": "text", "feature": False},
        **{name: {"type": "float", "nullable": True} for name in numbers},
        **{name: {"type": "text", "nullable": True} for name in others},
        "left": {"type": "int", "categories": (0, 1)},
    }
    return TableProfile(
        files={"table": Path("table.csv")},
        options=options,
        task="binary",
        decisions=(),
        columns=columns,
        key=("id",),
        time=None,
        group=None,
        rows=ROWS,
        repeated=0.0,
        warnings=(),
        leaks=Leaks(),
        questions=(),
    )


def rows_of(columns: dict[str, Any]) -> pd.DataFrame:
    """Prepared rows with these columns."""
    random = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "id": [f"{number:04}" for number in range(ROWS)],
            **columns,
            "left": random.integers(0, 2, ROWS).astype("int8"),
        }
    )


def bill(first: str = "total", second: str = "months") -> pd.DataFrame:
    """A bill that grows by the month."""
    random = np.random.default_rng(2)
    months = random.integers(0, 40, ROWS).astype("float64")
    return rows_of({first: months * random.uniform(10, 40, ROWS), second: months})


def applied(example: ExampleFeature, rows: pd.DataFrame) -> pd.DataFrame:
    """The columns that the text makes of rows."""
    module = ModuleType("shop.features")
    exec(example.text, module.__dict__)  # noqa: S102
    functions = own_features.checked(module, set(rows.columns))
    given_rows = rows.drop(columns=["id", "left"])
    return pd.DataFrame(
        {
            name: own_features.called(module, name, function, given_rows.copy())
            for name, function in functions.items()
        }
    )


def check_declared(example: ExampleFeature, profile: TableProfile, rows: pd.DataFrame) -> None:
    """The contract takes the columns, and every value satisfies it."""
    made = applied(example, rows)
    assert list(made) == list(example.columns)
    contract = Contract.model_validate(
        {
            "task": "binary",
            "predicts": "a",
            "not_for": "b",
            "target": "left",
            "key": ("id",),
            "columns": {**profile.columns, **example.columns},
        }
    )
    table = pd.concat([rows, made], axis=1)
    conformance.check_table(table, contract, "table")
    assert conformance.check_rows(table, contract).failures.empty


def test_two_numbers_that_rise_together_give_a_ratio() -> None:
    rows, profile = bill(), profile_of(["total", "months"])
    example = example_feature.choose(profile, [rows])
    made = applied(example, rows)["total_per_months"]
    np.testing.assert_array_equal(made, rows["total"] / rows["months"].replace(0, np.nan))
    column = example.columns["total_per_months"]
    low, high = made.min(), made.max()
    assert (column["type"], column["nullable"]) == ("float", True)
    assert column["min"] == 0.0
    assert high + 0.4 * (high - low) < column["max"] < high + 0.6 * (high - low)
    assert made.isna().mean() < column["max_missing"] < 0.2
    check_declared(example, profile, rows)
    assert "def total_per_months(rows: pd.DataFrame)" in example.text
    assert '"""total for each months; missing where that is 0 or missing."""' in example.text


def test_the_strongest_pair_below_a_copy_is_taken() -> None:
    rows = bill().assign(copy=lambda rows: 2 * rows["total"] + 1, noise=range(ROWS))
    example = example_feature.choose(profile_of(["total", "copy", "noise", "months"]), [rows])
    assert list(example.columns) == ["total_per_months"]


def test_a_divisor_is_never_negative() -> None:
    rows = bill().assign(months=lambda rows: rows["months"] - 20)
    example = example_feature.choose(profile_of(["total", "months"]), [rows])
    assert list(example.columns) == ["months_per_total"]
    rows["total"] -= 500
    example = example_feature.choose(profile_of(["total", "months"]), [rows])
    assert example.columns == {}


def test_a_ratio_that_gives_the_target_away_is_not_taken() -> None:
    rows = bill()
    ratio = (rows["total"] / rows["months"]).fillna(0.0)
    rows["left"] = (ratio > ratio.median()).astype("int8")
    example = example_feature.choose(profile_of(["total", "months"]), [rows])
    assert example.columns == {}


def test_without_such_a_pair_missing_cells_are_counted() -> None:
    plan = pd.Series(["a", "b", None, "c"] * (ROWS // 4), dtype="str")
    rows, profile = rows_of({"plan": plan}), profile_of([], ("plan",))
    example = example_feature.choose(profile, [rows])
    assert applied(example, rows)["missing_cells"].tolist() == [0, 0, 1, 0] * (ROWS // 4)
    assert example.columns == {"missing_cells": {"type": "float", "min": 0.0, "max": 1.0}}
    check_declared(example, profile, rows)


def test_a_table_without_gaps_or_pairs_only_tells_how() -> None:
    rows = rows_of({"plan": pd.Series(["a", "b"] * (ROWS // 2), dtype="str")})
    example = example_feature.choose(profile_of([], ("plan",)), [rows])
    assert example.columns == {}
    assert applied(example, rows).empty
    assert 'FEATURES = {"total": total}' in (ast.get_docstring(ast.parse(example.text)) or "")


def test_of_several_files_each_limit_is_that_of_the_worst() -> None:
    first, second = bill(), bill()
    second.loc[:99, "months"] = 0.0
    example = example_feature.choose(profile_of(["total", "months"]), [first, second])
    assert example.columns["total_per_months"]["max_missing"] >= 0.75


@pytest.mark.parametrize("taken", ["total_per_months", "missing_cells"])
def test_a_name_that_is_taken_is_not_used(taken: str) -> None:
    plan = pd.Series(["a", None] * (ROWS // 2), dtype="str")
    columns = ["total", "months"] if taken == "total_per_months" else []
    rows = bill().assign(**{taken: plan}) if columns else rows_of({taken: plan})
    example = example_feature.choose(profile_of(columns, (taken,)), [rows])
    assert list(example.columns) == [f"{taken} 2"]


@pytest.mark.nightly
@pytest.mark.slow
@given(st.lists(st.text(min_size=1), min_size=2, max_size=2))
def test_odd_names_give_a_module_that_runs(header: list[str]) -> None:
    first, second = column_names.clean(["id", "left", *header])[2:]
    rows, profile = bill(first, second), profile_of([first, second])
    check_declared(example_feature.choose(profile, [rows]), profile, rows)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('total "net"', "it's\\n months"),
        ('"""', "\\"),
        ("Größe", "Zahl der Käufe"),
        ("total{x}", "%s months"),
        ("class", "def"),
        ("score: a", "2nd"),
        ("x" * 45, "y" * 45),
        ("z" * 200, "months"),
    ],
)
def test_names_that_python_could_stumble_over(first: str, second: str) -> None:
    first, second = column_names.clean([first, second])
    rows, profile = bill(first, second), profile_of([first, second])
    example = example_feature.choose(profile, [rows])
    check_declared(example, profile, rows)
    if len(first + second) < 90:
        assert max(map(len, example.text.splitlines())) <= 115
    assert (len(example.columns) == 1) == (len(first) < 100)
