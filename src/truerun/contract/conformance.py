"""Checks of tables against the contract, with pandera: which rows break it, and how.

Rows that break it are found one by one; a table with other columns or types is refused as a whole.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from truerun.base.errors import ContractError, listed
from truerun.contract.contract import FAILURE_COLUMNS, Column, Contract, RowCheck
from truerun.contract.row_contract import COMPARISONS

if TYPE_CHECKING:
    import pandera.pandas as pa

Bools = npt.NDArray[np.bool_]
DTYPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "int": (types.is_integer_dtype, "whole numbers"),
    "float": (types.is_float_dtype, "numbers"),
    "text": (types.is_string_dtype, "text"),
    "time": (types.is_datetime64_any_dtype, "timestamps"),
}


@dataclass(frozen=True)
class Verdict:
    """Which rows of a table satisfy the contract, and how the others break it.

    `valid` has an entry for each row; `failures` has a row for each broken check: the position
    `row` in the table, and `failed_column`, `failed_check`, `failed_value` (as text).
    """

    valid: "pd.Series[bool]"
    failures: pd.DataFrame


def check_table(table: pd.DataFrame, contract: Contract, name: str) -> None:
    """Refuse a table whose columns or types differ from the contract's, naming them."""
    repeated = table.columns[table.columns.duplicated()]
    if len(repeated):
        raise ContractError(f"{name} has more than one column {repeated[0]}")
    missing = [column for column in contract.columns if column not in table]
    unexpected = [str(column) for column in table if column not in contract.columns]
    if missing or unexpected:
        raise ContractError(
            f"{name} does not fit schema.yaml: missing columns: {listed(missing) or 'none'}; "
            f"columns that schema.yaml does not describe: {listed(unexpected) or 'none'}"
        )
    for column, expected in contract.columns.items():
        fits, kind = DTYPES[expected.type]
        if not fits(table[column]):
            raise ContractError(
                f"{name}: column {column} is {table[column].dtype}, "
                f"but schema.yaml asks for {kind} (type: {expected.type})"
            )


def check_rows(table: pd.DataFrame, contract: Contract) -> Verdict:
    """Check every row; a key that occurs twice breaks the contract wherever it occurs."""
    table = table.reset_index(drop=True)
    failures = _column_failures(table, contract)
    failures += [_comparison_failures(table, check) for check in contract.checks]
    failures.append(_key_failures(table, contract.key))
    broken_checks = pd.concat(failures, ignore_index=True)
    broken_checks = broken_checks.sort_values(
        ["row", "failed_column", "failed_check"], ignore_index=True
    )
    valid = pd.Series(True, index=table.index)
    valid.loc[broken_checks["row"]] = False
    return Verdict(valid, broken_checks)


def schema(contract: Contract) -> "pa.DataFrameSchema":
    """The columns of the contract as a pandera schema."""
    import pandera.pandas as pa

    return pa.DataFrameSchema(
        {
            name: pa.Column(nullable=column.nullable, checks=_checks(column))
            for name, column in contract.columns.items()
        },
        strict=True,
    )


def _checks(column: Column) -> "list[pa.Check]":
    """A column's range, values and pattern as pandera checks."""
    import pandera.pandas as pa

    checks = []
    if column.min is not None:
        checks.append(pa.Check.ge(column.min))
    if column.max is not None:
        checks.append(pa.Check.le(column.max))
    if column.categories is not None:
        checks.append(pa.Check.isin(column.categories))
    if column.pattern is not None:
        checks.append(
            pa.Check(
                lambda text: text.astype(object).str.fullmatch(column.pattern),
                name=f"pattern({column.pattern})",
            )
        )
    if column.type == "float":
        checks.append(pa.Check(np.isfinite, name="finite"))
    return checks


def _column_failures(table: pd.DataFrame, contract: Contract) -> list[pd.DataFrame]:
    """Cells that break their column's checks.

    pandera says how they do, of the rows in which any may; it takes long for the others.
    """
    suspects = np.zeros(len(table), dtype=bool)
    for name, column in contract.columns.items():
        suspects |= _may_break(table[name], column)
    if not suspects.any():
        return []
    from pandera.errors import SchemaErrors

    try:
        schema(contract).validate(table[suspects], lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        return [
            _failures(
                cases["index"],
                cases["column"].to_numpy(),
                cases["check"].to_numpy(),
                [
                    table[column].array[row]
                    for row, column in zip(cases["index"], cases["column"], strict=True)
                ],
            )
        ]
    return []


def _may_break(values: pd.Series, column: Column) -> Bools:
    """Rows whose value breaks a check of its column."""
    missing = values.isna().to_numpy()
    broken = np.zeros(len(values), dtype=bool)
    if column.min is not None:
        broken |= ~_true(values >= column.min)
    if column.max is not None:
        broken |= ~_true(values <= column.max)
    if column.categories is not None:
        broken |= ~_true(values.isin(column.categories))
    if column.pattern is not None:
        distinct = pd.Series(values.dropna().unique(), dtype=object)
        fitting = distinct[_true(distinct.str.fullmatch(column.pattern))]
        broken |= ~_true(values.isin(fitting))
    if column.type == "float":
        broken |= ~np.isfinite(values.to_numpy(np.float64, na_value=np.nan))
    return (broken & ~missing) | (missing & (not column.nullable))


def _true(holds: "pd.Series[bool]") -> Bools:
    """What holds; of a missing value nothing does."""
    return np.asarray(holds.to_numpy(bool, na_value=False))


def _comparison_failures(table: pd.DataFrame, check: RowCheck) -> pd.DataFrame:
    """Rows in which a check across columns fails; missing values break nothing."""
    left, right = table[check.left], table[check.right]
    are_present = left.notna() & right.notna()
    rows = table.index[are_present & ~COMPARISONS[check.operator](left, right)]
    values = left.loc[rows].astype(str) + f" {check.operator} " + right.loc[rows].astype(str)
    return _failures(rows, f"{check.left}, {check.right}", check.name, values)


def _key_failures(table: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """Rows whose key occurs more than once."""
    repeated = table.loc[table.duplicated(list(key), keep=False), list(key)]
    values = [" ".join(map(str, row)) for row in repeated.itertuples(index=False)]
    return _failures(repeated.index, ", ".join(key), "unique", values)


def _failures(rows: Any, column: Any, check: Any, values: Any) -> pd.DataFrame:
    """Broken checks in the form of `Verdict.failures`; a single column or check is for all rows."""
    failures = pd.DataFrame({"row": list(rows), "failed_value": [str(value) for value in values]})
    failures["failed_column"], failures["failed_check"] = column, check
    return failures.astype({"row": "int64", **dict.fromkeys(FAILURE_COLUMNS, "str")})
