"""Checks of tables against the contract: which rows break it, and how.

Rows that break it are found one by one; a table with other columns or types is refused as a whole.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from truerun.base.errors import ContractError, listed
from truerun.contract.contract import Column, Contract, RowCheck
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
    failures = [
        *_column_failures(table, contract),
        *_comparison_failures(table, contract.checks),
        _key_failures(table, contract.key),
    ]
    broken_checks = pd.concat(failures, ignore_index=True)
    broken_checks = broken_checks.sort_values(
        ["row", "failed_column", "failed_check"], ignore_index=True
    )
    valid = pd.Series(True, index=table.index)
    valid.loc[broken_checks["row"]] = False
    return Verdict(valid, broken_checks)


def schema(contract: Contract) -> "pa.DataFrameSchema":
    """The columns of the contract as a pandera schema, which refuses the same cells.

    Of large tables it takes long, and it takes most of a second to be imported.
    """
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


def _column_failures(table: pd.DataFrame, contract: Contract) -> Iterator[pd.DataFrame]:
    """Cells that break their column's checks, in the words of `schema`."""
    for name, column in contract.columns.items():
        values = table[name]
        for check, broken in _broken(values, column):
            if broken.any():
                rows = np.flatnonzero(broken)
                yield _failures(rows, name, check, values.array[rows])


def _broken(values: pd.Series, column: Column) -> Iterator[tuple[str, Bools]]:
    """Each check of a column, and the rows whose value breaks it."""
    array = values.to_numpy() if isinstance(values.dtype, np.dtype) else values.array
    if not column.nullable:
        yield "not_nullable", values.isna().to_numpy()
    if column.min is not None:
        yield f"greater_than_or_equal_to({column.min})", _true(array < column.min)
    if column.max is not None:
        yield f"less_than_or_equal_to({column.max})", _true(array > column.max)
    if column.categories is not None:
        yield f"isin({column.categories})", _one_of(values, partial(_others, column.categories))
    if column.pattern is not None:
        yield f"pattern({column.pattern})", _one_of(values, partial(_unlike, column.pattern))
    if column.type == "float":
        numbers = array if isinstance(array, np.ndarray) else np.asarray(array, np.float64)
        yield "finite", np.isinf(numbers)


def _one_of(values: pd.Series, refused: Callable[[pd.Series], pd.Series]) -> Bools:
    """Rows with a value that is refused; each is looked at once, however often it is there."""
    of_them = refused(pd.Series(values.unique()).dropna())
    return values.isin(of_them).to_numpy() if len(of_them) else np.zeros(len(values), dtype=bool)


def _others(categories: Collection[str | int], values: pd.Series) -> pd.Series:
    """Values that are no category."""
    return values[~_true(values.isin(categories))]


def _unlike(pattern: str, values: pd.Series) -> pd.Series:
    """Texts that a pattern does not match."""
    return values[~_true(values.astype(object).str.fullmatch(pattern))]


def _true(holds: Any) -> Bools:
    """What holds; of a missing value nothing does."""
    if isinstance(holds, np.ndarray):
        return holds
    return np.asarray(holds.to_numpy(bool, na_value=False))


def _comparison_failures(table: pd.DataFrame, checks: Iterable[RowCheck]) -> Iterator[pd.DataFrame]:
    """Rows in which checks across columns fail; missing values break nothing."""
    for check in checks:
        left, right = table[check.left], table[check.right]
        broken = ~_true(COMPARISONS[check.operator](left, right))
        if broken.any():
            broken &= (left.notna() & right.notna()).to_numpy()
        if broken.any():
            left, right = left[broken].astype(str), right[broken].astype(str)
            values = left + f" {check.operator} " + right
            yield _failures(values.index, f"{check.left}, {check.right}", check.name, values)


def _key_failures(table: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """Rows whose key occurs more than once."""
    repeats = np.flatnonzero(table.duplicated(list(key), keep=False))
    repeated = table[list(key)].iloc[repeats]
    values = [" ".join(map(str, row)) for row in repeated.itertuples(index=False)]
    return _failures(repeats, ", ".join(key), "unique", values)


def _failures(rows: Any, column: str, check: str, values: Iterable[Any]) -> pd.DataFrame:
    """Broken checks in the form of `Verdict.failures`."""
    texts = {
        "failed_value": [str(value) for value in values],
        "failed_column": [column] * len(rows),
        "failed_check": [check] * len(rows),
    }
    return pd.DataFrame(
        {
            "row": np.asarray(rows, np.int64),
            **{name: pd.array(each, dtype="str") for name, each in texts.items()},
        }
    )
