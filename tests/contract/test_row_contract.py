"""One row is held against the contract as a table is: the same rows and columns break it."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from truerun.contract import conformance, contract_facts
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.contract.row_contract import Broken, RowContract

CONTRACT = Contract.model_validate(
    {
        "task": "binary",
        "predicts": "what a test needs",
        "not_for": "anything else",
        "target": "target",
        "key": ("id",),
        "columns": {
            "id": {"type": "int", "feature": False},
            "whole": {"type": "int", "min": 0, "max": 10},
            "size": {"type": "int", "categories": (1, 2, 30)},
            "number": {"type": "float", "nullable": True, "min": -1.5, "max": 2},
            "sure": {"type": "float"},
            "class": {"type": "text", "categories": ("a", "b", ""), "nullable": True},
            "code": {"type": "text", "pattern": "[A-Z]{2}(x|yz)?", "nullable": True},
            "model_name": {"type": "text"},
            "from": {"type": "time", "feature": False, "nullable": True},
            "to": {"type": "time", "feature": False},
            "target": {"type": "int", "categories": (0, 1)},
        },
        "checks": (
            {"name": "in order", "left": "from", "operator": "<=", "right": "to"},
            {"name": "below", "left": "whole", "operator": "<", "right": "sure"},
            {"name": "differ", "left": "class", "operator": "!=", "right": "code"},
            {"name": "no leak", "left": "target", "operator": "<=", "right": "whole"},
        ),
    }
)
HOLD = RowContract(contract_facts.of(CONTRACT))
START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
MOMENTS = st.integers(0, 9).map(lambda days: START + dt.timedelta(days=days))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "whole": st.integers(-2, 12),
            "size": st.integers(0, 31),
            "number": st.none() | st.floats(-3, 3) | st.sampled_from([float("inf"), -1.5, 2.0]),
            "sure": st.none() | st.floats(-20, 20) | st.sampled_from([float("-inf"), 5.0]),
            "class": st.none() | st.sampled_from(["a", "b", "", "A"]),
            "code": st.none() | st.sampled_from(["AB", "ABx", "AByz", "ABxyz", "ab", "a", "AB\n"]),
            "model_name": st.none() | st.sampled_from(["", "x"]),
            "from": st.none() | MOMENTS,
            "to": st.none() | MOMENTS,
        }
    ),
    min_size=1,
    max_size=25,
)
ROW: dict[str, Any] = {
    "id": 1,
    "whole": 1,
    "size": 30,
    "number": None,
    "sure": 2.5,
    "class": "a",
    "code": "AB",
    "model_name": "x",
    "from": None,
    "to": dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
}


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_a_row_breaks_what_it_breaks_in_a_table(rows: list[dict[str, Any]]) -> None:
    rows = [{"id": number, **row} for number, row in enumerate(rows)]
    moments = dict.fromkeys(("from", "to"), "datetime64[us, UTC]")
    texts = dict.fromkeys(("class", "code", "model_name"), "str")
    table = pd.DataFrame(rows).astype({"number": float, "sure": float, **moments, **texts})
    asked = contract_facts.without_target(CONTRACT)
    failures = conformance.check_rows(table, asked).failures
    in_table = {
        (row, column)
        for row, column in zip(failures["row"], failures["failed_column"], strict=True)
    }
    checks = set(
        failures[["row", "failed_column", "failed_check"]].itertuples(index=False, name=None)
    )
    broken = [(number, each) for number, row in enumerate(rows) for each in HOLD.broken(row)]
    assert {(number, each.column) for number, each in broken} == in_table
    for number, each in broken:
        assert (number, each.column, each.check) in checks


def test_rows_of_the_flights_hold_and_break_as_in_their_table() -> None:
    flights = contracts.load(ROOT / "schema.yaml")
    facts = contract_facts.of(flights)
    assert "late" not in facts["columns"]
    assert set(facts["columns"]) | {"late"} == set(flights.columns)
    broken = RowContract(facts).broken({})
    nullable = {name for name, column in flights.columns.items() if column.nullable}
    assert {each.column for each in broken} == set(facts["columns"]) - nullable


@pytest.mark.parametrize(
    ("changes", "column", "check", "value"),
    [
        ({"whole": "1"}, "whole", "type(whole number)", "1"),
        ({"whole": True}, "whole", "type(whole number)", "True"),
        ({"whole": 1.5}, "whole", "type(whole number)", "1.5"),
        ({"size": True}, "size", "type(whole number)", "True"),
        ({"size": 1.0}, "size", "type(whole number)", "1.0"),
        ({"sure": float("nan")}, "sure", "finite", "nan"),
        ({"sure": "2.5"}, "sure", "type(number)", "2.5"),
        ({"sure": None}, "sure", "not_nullable", "None"),
        ({"model_name": 7}, "model_name", "type(text)", "7"),
        ({"to": "2020-01-01"}, "to", "type(moment)", "2020-01-01"),
        ({"id": 2**63}, "id", "type(whole number)", str(2**63)),
        ({"more": 1}, "more", "unknown", "1"),
        ({"target": 1}, "target", "unknown", "1"),
    ],
)
def test_a_value_of_another_type_is_named_and_never_converted(
    changes: dict[str, Any], column: str, check: str, value: str
) -> None:
    assert HOLD.broken({**ROW, **changes}) == [Broken(column, check, value)]


def test_a_sound_row_breaks_nothing_with_or_without_what_may_be_missing() -> None:
    assert HOLD.broken(ROW) == []
    assert HOLD.broken({name: ROW[name] for name in ROW if name != "number"}) == []


def test_every_broken_column_is_named_at_once() -> None:
    row = {**ROW, "whole": -1, "class": "z", "code": "ab", "sure": -5, "more": 1}
    assert [each.column for each in HOLD.broken(row)] == [
        "whole", "class", "code", "more", "whole, sure"
    ]  # fmt: skip
