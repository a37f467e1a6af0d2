"""The contract's columns hold what was seen, with room for what may come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truerun.adopt.columns import expectations
from truerun.adopt.columns.column_summary import ColumnSummary
from truerun.contract.contract import Column
from truerun.sources.table.options import ColumnOptions

FINITE = st.floats(allow_nan=False, allow_infinity=False)
NUMBER = ColumnOptions.model_validate({"as": "number"})


def summary(**more):
    return ColumnSummary(
        "number", NUMBER, "", **{"rows": 1000, "missing": 0, "distinct": 9, **more}
    )


@given(FINITE, FINITE)
def test_a_range_holds_what_was_seen_and_the_contract_takes_it(one, other):
    low, high = sorted([one, other])
    (column,) = expectations.contract_columns("x", summary(low=low, high=high), NUMBER, {}).values()
    checked = Column.model_validate(column)

    assert checked.min is None or checked.min <= low
    assert checked.max is None or checked.max >= high
    assert low < 0 or checked.min is None or checked.min >= 0


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 100, {"min": 0.0, "max": 150.0}),
        (20, 120, {"min": 0.0, "max": 170.0}),
        (1000, 1100, {"min": 950.0, "max": 1200.0}),
        (-10, 10, {"min": -20.0, "max": 20.0}),
        (-100, -10, {"min": -150.0, "max": 0.0}),
        (5, 5, {"min": 2.5, "max": 7.5}),
        (0, 0, {"min": 0.0, "max": 1.0}),
    ],
)
def test_half_the_range_is_allowed_either_way_and_what_is_never_negative_stays_so(
    low, high, expected
):
    assert expectations.bounds(summary(low=float(low), high=float(high))) == expected


@given(st.floats(0, 1))
def test_as_much_may_be_missing_as_was(share):
    (column,) = expectations.contract_columns("x", summary(missing=1), NUMBER, {}).values()
    limits = expectations.partition_limits(column, share, is_constant=False)

    assert Column.model_validate(limits).nullable
    assert "max_missing" not in limits or share <= limits["max_missing"] < 1
    assert "max_missing" not in expectations.partition_limits(
        {"type": "float"}, 0.0, is_constant=False
    )
