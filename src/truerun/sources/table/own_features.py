"""Columns of the project's own: `FEATURES` of the module that `source.options.features` names.

FEATURES maps the name of each new column to a function. It gets the rows of a partition, with the
table's columns as schema.yaml names them, but for target and key; and it returns a Series or an
array with a value for each row: numbers, text, booleans or dates. Each function gets a copy.
"""

import traceback
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from truerun.base import paths
from truerun.base.errors import OwnFeaturesError, listed
from truerun.sources import own_code
from truerun.sources.table.names import SCORES, TAKEN

OPTION = f"{paths.PARAMS}: source.options.features"
NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal", "boolean")
DATES = ("date", "datetime", "datetime64")
TEXTS = ("string", "empty")  # where all values are None, numbers would be NaN
KINDS = "numbers, text, booleans or dates"

Function = Callable[[pd.DataFrame], Any]


def added(
    rows: pd.DataFrame, module_name: str, hidden: Collection[str], taken: Collection[str]
) -> pd.DataFrame:
    """The rows with the columns of a module.

    Parameters
    ----------
    hidden : names of target and key, which no function gets.
    taken : names of the table's own columns, beside those of the rows.

    Raises
    ------
    OwnFeaturesError
        Names the module, the column, and the function with the line that is wrong.
    """
    module = imported(module_name)
    functions = checked(module, {*rows.columns, *taken})
    given = rows.drop(columns=list(hidden)).reset_index(drop=True)
    columns = {
        name: called(module, name, function, given.copy()).set_axis(rows.index)
        for name, function in functions.items()
    }
    return pd.concat([rows, pd.DataFrame(columns, index=rows.index)], axis=1)


def imported(name: str) -> ModuleType:
    """The module of that name in the folder src."""
    try:
        return own_code.imported(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            place = paths.SOURCE / f"{name.replace('.', '/')}.py"
            raise OwnFeaturesError(f"{OPTION} is {name}, but there is no {place}") from error
        raise OwnFeaturesError(f"{name} cannot be imported: {_line(error)}") from error
    except (Exception, SystemExit) as error:  # whatever a module does when it is imported
        where = _place(error, str(paths.SOURCE / f"{name.replace('.', '/')}.py"))
        raise OwnFeaturesError(f"{name} cannot be imported: {_line(error)}{where}") from error


def checked(module: ModuleType, taken: Collection[str]) -> Mapping[str, Function]:
    """The functions of a module by the names of their columns, which no other column may have."""
    features = getattr(module, "FEATURES", None)
    if not isinstance(features, Mapping):
        lacks = "is not a mapping" if hasattr(module, "FEATURES") else "is missing"
        raise OwnFeaturesError(
            f"{module.__name__}: FEATURES {lacks}: it maps the name of each new column to a"
            " function of rows, and may be empty"
        )
    for name, function in features.items():
        if not isinstance(name, str) or not name:
            raise OwnFeaturesError(f"{module.__name__}: FEATURES has {name!r} as a column's name")
        if name in taken:
            raise OwnFeaturesError(
                f"{module.__name__}: FEATURES has {name}, which is a column of the table already"
            )
        if name in TAKEN or name.startswith(SCORES):
            raise OwnFeaturesError(
                f"{module.__name__}: FEATURES has {name}, which is a name that the stages use"
            )
        if not callable(function):
            raise OwnFeaturesError(
                f"{module.__name__}: column {name}: FEATURES has {function!r} for it, which is not"
                " a function"
            )
    return features


def called(module: ModuleType, name: str, function: Function, rows: pd.DataFrame) -> pd.Series:
    """The column that a function makes of rows, which are numbered from 0 on."""
    called_ = f"{module.__name__}: column {name}: {getattr(function, '__name__', repr(function))}"
    columns, index = [str(column) for column in rows], rows.index
    try:
        result = function(rows)
    except (Exception, SystemExit) as error:  # whatever the project's own code raises
        where = _place(error, str(module.__file__))
        hint = ""
        if isinstance(error, KeyError) and error.args and error.args[0] not in columns:
            hint = f"; the columns that it gets are {listed(columns, limit=40)}"
        raise OwnFeaturesError(f"{called_} raises {_line(error)}{where}{hint}") from error
    if not types.is_list_like(result) or isinstance(result, pd.DataFrame | Mapping | set):
        raise OwnFeaturesError(
            f"{called_} returns a {type(result).__name__}, where a Series or an array is due"
        )
    if len(result) != len(index):
        raise OwnFeaturesError(
            f"{called_} returns {len(result):,} values for {len(index):,} rows: one is due for each"
        )
    if isinstance(result, pd.Series) and not result.index.equals(index):
        if not result.index.is_unique or not result.index.isin(index).all():
            raise OwnFeaturesError(
                f"{called_} returns a Series with another index than that of its rows"
            )
        result = result.reindex(index)
    try:
        return coerced(pd.Series(result, index=index))
    except (TypeError, ValueError, OverflowError) as error:
        raise OwnFeaturesError(f"{called_} returns what cannot be a column: {error}") from error


def coerced(column: pd.Series) -> pd.Series:
    """A column as the table has those of its kind: float64, text, or moments in UTC.

    >>> coerced(pd.Series([True, None, False])).tolist()
    [1.0, nan, 0.0]

    Raises
    ------
    TypeError
        Says which values are neither numbers, text, booleans nor dates.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    kind = types.infer_dtype(column, skipna=True)
    if column.dtype == object:
        column = column.where(column.notna(), None)
    if kind in NUMBERS or (types.is_numeric_dtype(column) and not types.is_complex_dtype(column)):
        values = column.to_numpy(dtype="float64", na_value=np.nan)
        return pd.Series(values, index=column.index)
    if types.is_datetime64_any_dtype(column) or kind in DATES:
        return pd.to_datetime(column, utc=True).astype("datetime64[us, UTC]")
    if kind in TEXTS:
        return column.astype("str")
    named = kind if column.dtype == object else column.dtype
    hint = ": divide it by pd.Timedelta(days=1)" if kind.startswith("timedelta") else ""
    raise TypeError(f"values of type {named}, where {KINDS} are due{hint}")


def _line(error: BaseException) -> str:
    """An error in one line, as a traceback ends with it."""
    message = (
        (error.msg if isinstance(error, SyntaxError) else str(error)).strip().partition("\n")[0]
    )
    kind = type(error).__name__
    return f"{kind}: {message}" if message else kind


def _place(error: BaseException, file: str) -> str:
    """Where in a file an error was raised, to be added to what is said of it; or nothing."""
    if isinstance(error, SyntaxError):
        return f" (line {error.lineno} of {_shown(str(error.filename))})"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).resolve() == Path(file).resolve()
    ]
    if not frames:
        return ""
    function = "" if frames[-1].name == "<module>" else f", in {frames[-1].name}"
    return f" (line {frames[-1].lineno} of {_shown(file)}{function})"


def _shown(file: str) -> str:
    """A file as it is called from the project's root."""
    path, root = Path(file).resolve(), Path.cwd()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else file
