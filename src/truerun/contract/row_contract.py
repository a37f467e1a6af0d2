"""The contract of a single row, by pydantic: which columns break it, each by its name.

`conformance` holds a table against schema.yaml in many milliseconds, whether it has a row or a
million; this holds one row in microseconds, and says the same. It needs pydantic alone, and takes
what `contract_facts.of` makes of schema.yaml: a mapping as JSON has it.
"""

import datetime as dt
import math
import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model

Cell = str | int | float | dt.datetime | None
Row = Mapping[str, Cell]

TYPES: Mapping[str, Any] = {"int": int, "float": float, "text": str, "time": dt.datetime}
KINDS = {"int": "whole number", "float": "number", "text": "text", "time": "moment"}
ISIN, PATTERN = "value_error", "assertion_error"  # what pydantic calls the errors below
LEAST, MOST = -(2**63), 2**63 - 1  # of a whole number in a table
# Of two cells, or of two columns of them.
COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class Broken:
    """A check that a row breaks: the columns it is about, the check, and the value as text."""

    column: str
    check: str
    value: str


class RowContract:
    """Holds rows against a contract, whose target they need not have."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        """Take the columns, without the target, and the checks of `contract_facts.of`."""
        self._columns: Mapping[str, Mapping[str, Any]] = facts["columns"]
        self._checks: Sequence[Mapping[str, str]] = facts["checks"]
        fields: dict[str, Any] = {
            f"column_{place}": _field(name, column)
            for place, (name, column) in enumerate(self._columns.items())
        }
        self._model: type[BaseModel] = create_model(
            "Row",
            __config__=ConfigDict(extra="forbid", strict=True, allow_inf_nan=False),
            **fields,
        )

    def broken(self, row: Row) -> list[Broken]:
        """Every check that a row breaks, in the order of the columns; none if it is as it should.

        Parameters
        ----------
        row : values by the name of their column; None is a missing value, as is a column of
            `nullable: true` that is not there at all.
        """
        problems: Sequence[Mapping[str, Any]] = ()
        try:
            self._model.model_validate(row)
        except ValidationError as error:
            problems = [dict(each) for each in error.errors(include_url=False)]
        broken = [self._broken(str(problem["loc"][0]), problem) for problem in problems]
        mistyped = {each.column for each in broken if each.check.startswith("type(")}
        return [*broken, *self._comparisons(row, mistyped)]

    def _broken(self, name: str, problem: Mapping[str, Any]) -> Broken:
        """What pydantic says of a column, in the words that `conformance` has for it."""
        kind, value = problem["type"], problem["input"]
        column = self._columns.get(name)
        if column is None:
            return Broken(name, "unknown", str(value))
        if kind == "missing" or value is None:
            return Broken(name, "not_nullable", "None")
        least, most = column.get("min"), column.get("max")
        checks = {
            "greater_than_equal": None if least is None else f"greater_than_or_equal_to({least})",
            "less_than_equal": None if most is None else f"less_than_or_equal_to({most})",
            ISIN: f"isin({tuple(column.get('categories', ()))})",
            PATTERN: f"pattern({column.get('pattern')})",
            "finite_number": "finite",
        }
        check = checks.get(kind) or f"type({KINDS[column['type']]})"
        return Broken(name, check, str(value))

    def _comparisons(self, row: Row, mistyped: set[str]) -> list[Broken]:
        """Checks across columns that fail; missing values break nothing."""
        broken = []
        for check in self._checks:
            names = check["left"], check["right"]
            left, right = map(row.get, names)
            if _is_missing(left) or _is_missing(right) or mistyped.intersection(names):
                continue
            if not COMPARISONS[check["operator"]](left, right):
                value = f"{left} {check['operator']} {right}"
                broken.append(Broken(", ".join(names), check["name"], value))
        return broken


def _is_missing(value: Cell) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _field(name: str, column: Mapping[str, Any]) -> tuple[Any, Any]:
    """A column as a field of pydantic's model: its type, with what it is held against."""
    kind: Any = TYPES[column["type"]]
    limits = {"ge": column.get("min"), "le": column.get("max")}
    if column["type"] == "int":
        limits["ge"] = LEAST if limits["ge"] is None else limits["ge"]
        limits["le"] = MOST if limits["le"] is None else limits["le"]
    given = {key: value for key, value in limits.items() if value is not None}
    if column.get("categories"):
        kind = Annotated[kind, AfterValidator(partial(_among, frozenset(column["categories"])))]
    elif given:
        kind = Annotated[kind, Field(**given)]
    if column.get("pattern"):
        kind = Annotated[kind, AfterValidator(partial(_matching, re.compile(column["pattern"])))]
    if column.get("nullable"):
        return (kind | None, Field(default=None, alias=name))
    return (kind, Field(alias=name))


def _matching(pattern: "re.Pattern[str]", text: str) -> str:
    """A text, if all of it matches: pydantic's own patterns are of another language."""
    if not pattern.fullmatch(text):
        raise AssertionError(pattern.pattern)
    return text


def _among(values: Collection[str | int], value: str | int) -> str | int:
    """A value, if it is one of those; a type of literals would take True for 1."""
    if value not in values:
        raise ValueError(value)
    return value
