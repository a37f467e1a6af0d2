"""A row that a bundle answers, made of its contract: an example that holds no row of anybody's."""

import datetime as dt
import importlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from truerun.serve.answering import Answerer
from truerun.serve.request_json import Number, RequestRow, Value

MOMENT = dt.datetime(2024, 2, 29, 12, 0, tzinfo=dt.UTC)  # any
TEXT = "text"


def example(answerer: Answerer) -> dict[str, Any] | None:
    """A row as a request has it; None if none can be made that breaks nothing.

    A number is near the median of the training rows, or in the middle of its limits.
    """
    training = answerer.predictor.facts["training_bins"]
    edges = {name: bins.get("edges") for name, bins in training.items()}
    middles = {name: each[len(each) // 2] for name, each in edges.items() if each}
    return _valid(answerer, middles) or _valid(answerer, {})


def _valid(answerer: Answerer, middles: Mapping[str, float]) -> dict[str, Any] | None:
    """A row with these numbers, if it can be made so that it breaks nothing."""
    facts = answerer.predictor.facts
    is_table = facts["source"].get("name") == "table"
    made = _raw(facts, middles) if is_table else _typed(facts, middles)
    broken = answerer.answers([row_of(made)])[0].prediction.broken
    for each in broken:  # a check across columns: what may be missing is left out
        for name in each.column.split(", "):
            if facts["contract"]["columns"].get(name, {}).get("nullable"):
                made[name] = None
    return None if answerer.answers([row_of(made)])[0].prediction.broken else made


def row_of(made: Mapping[str, Any]) -> RequestRow:
    """A row as it comes out of JSON."""
    cells: dict[str, Value] = {
        name: Number(value) if isinstance(value, int | float) else value
        for name, value in made.items()
    }
    return RequestRow(cells)


def _typed(facts: Mapping[str, Any], middles: Mapping[str, float]) -> dict[str, Any]:
    """Cells by the columns of schema.yaml."""
    values = _known_values(facts)
    return {
        name: _number(column, middles.get(name))
        if column["type"] in ("int", "float") and not column.get("categories")
        else _cell(column, values.get(name, ()))
        for name, column in facts["contract"]["columns"].items()
    }


def _raw(facts: Mapping[str, Any], middles: Mapping[str, float]) -> dict[str, Any]:
    """Cells by the columns of a table, as its texts are spelled."""
    options = facts["source"]["options"]
    contract, values = facts["contract"]["columns"], _known_values(facts)
    row: dict[str, Any] = {}
    for name, column in options["columns"].items():
        kind = column["as"]
        if name == options["target"] or kind == "drop":
            continue
        if kind == "boolean":
            row[name] = column["true"][0]
        elif kind == "date":
            row[name] = _date(column["format"])
        elif kind == "number":
            row[name] = _number(contract.get(name, {}), middles.get(name))
        else:
            row[name] = _cell({**contract.get(name, {}), "type": "text"}, values.get(name, ()))
    return row


def _date(form: str) -> str:
    """A date in a format of params.yaml."""
    if form == "ISO8601":
        return MOMENT.date().isoformat()
    if form in ("unix s", "unix ms"):
        seconds = int(MOMENT.timestamp())
        return str(seconds if form == "unix s" else seconds * 1000)
    return MOMENT.strftime(form)


def _cell(column: Mapping[str, Any], values: Sequence[str]) -> Any:
    """A value of a column of schema.yaml."""
    if column["type"] == "time":
        return MOMENT.isoformat()
    if column.get("categories"):
        return column["categories"][0]
    pattern = column.get("pattern")
    if pattern is None:
        return values[0] if values else TEXT
    fitting = [value for value in values if re.fullmatch(pattern, value)]
    return fitting[0] if fitting else _matching(pattern)


def _number(column: Mapping[str, Any], middle: float | None) -> float | int:
    """A number of a column: the one given, or one in the middle of its limits."""
    least, most = column.get("min"), column.get("max")
    if middle is not None:
        middle = float(f"{middle:.3g}")
    elif least is None or most is None:
        middle = least if least is not None else most if most is not None else 1
    else:
        middle = (least + most) / 2
    return int(middle) if column.get("type") == "int" or middle == int(middle) else middle


def _known_values(facts: Mapping[str, Any]) -> dict[str, list[str]]:
    """The values of categories that the model knows."""
    tables = (facts["lookups"] or {"tables": ()})["tables"]
    return {
        table["column"]: [value for value in table["values"] if value is not None]
        for table in tables
    }


def _matching(pattern: str) -> str:
    r"""A text that a regular expression is about, if it is a plain one.

    >>> _matching(r"[0-9]{4}-(?:a|b)\d+")
    '0000-a0'
    """
    parsed: Any = importlib.import_module("re._parser").parse(pattern)
    return _text_of(parsed)


def _text_of(parts: Any) -> str:
    """The least text that the parts of an expression match; '' for what is not plain."""
    text = ""
    for operation, value in parts:
        match str(operation):
            case "LITERAL":
                text += chr(value)
            case "IN":
                text += _letter(value)
            case "ANY":
                text += "a"
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, inner = value
                text += _text_of(inner) * max(least, min(1, int(most)))
            case "SUBPATTERN":
                text += _text_of(value[-1])
            case "BRANCH":
                text += _text_of(value[1][0])
    return text


def _letter(members: Any) -> str:
    """The first letter of a set."""
    operation, value = members[0]
    match str(operation):
        case "LITERAL":
            return chr(value)
        case "RANGE":
            return chr(value[0])
        case "CATEGORY":
            return {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " "}.get(str(value), "a")
    return ""
