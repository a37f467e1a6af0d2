"""Fields of a form, by what a service says that a row may hold; and rows of files."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truerun.base.errors import AppError

CHOICES = 200  # more are typed
STEPS = 30  # values of a column that are tried
MOST = 10_000  # rows of a file


@dataclass(frozen=True)
class Field:
    """A column: its values if they are few, or the ends of its numbers; both may be unknown."""

    name: str
    is_number: bool
    is_whole: bool
    is_needed: bool
    default: Any
    choices: Sequence[str] = ()
    ends: tuple[float, float] | None = None

    def value(self, text: str) -> Any:
        """What is sent for a text; None for an empty one, a text that is no number as it is."""
        if not text.strip():
            return None
        if not self.is_number:
            return text
        try:
            return int(text) if self.is_whole else float(text)
        except ValueError:
            return text

    def values(self) -> list[Any]:
        """Values to try: all of few, or numbers from end to end."""
        if self.choices:
            return list(self.choices)
        if self.ends is None:
            return []
        least, most = self.ends
        if self.is_whole:
            step = max(1, int(most - least) // STEPS)
            return list(range(int(least), int(most) + 1, step))
        return [least + (most - least) * place / STEPS for place in range(STEPS + 1)]


def fields(openapi: Mapping[str, Any]) -> list[Field]:
    """The fields of a row, those first that are needed.

    Raises
    ------
    AppError
        If the description is not that of a service of truerun.
    """
    try:
        schema = openapi["components"]["schemas"]["Row"]
        body = openapi["paths"]["/v1/predict"]["post"]["requestBody"]["content"]["application/json"]
        example = body.get("example", {})
        needed = set(schema["required"])
        made = [
            _field(name, column, name in needed, example.get(name))
            for name, column in schema["properties"].items()
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise AppError(f"/openapi.json is not that of truerun: {error!r}") from error
    return sorted(made, key=lambda field: not field.is_needed)


def _field(name: str, column: Mapping[str, Any], needed: bool, default: Any) -> Field:
    kinds = column["type"] if isinstance(column["type"], list) else [column["type"]]
    choices = [
        str(each) for each in column.get("enum", column.get("examples", ())) if each is not None
    ]
    least, most = column.get("minimum"), column.get("maximum")
    return Field(
        name,
        is_number="string" not in kinds or least is not None,
        is_whole="integer" in kinds,
        is_needed=needed and "null" not in kinds,
        default=default,
        choices=choices if 0 < len(choices) <= CHOICES else (),
        ends=None if least is None or most is None else (float(least), float(most)),
    )


def rows_of(name: str, content: bytes, columns: Sequence[Field]) -> list[dict[str, Any]]:
    """The rows of a file of CSV or of JSON lines, by its ending.

    Raises
    ------
    AppError
        If it cannot be read, or holds too many rows.
    """
    try:
        text = content.decode("utf-8-sig")
        if name.lower().endswith((".jsonl", ".ndjson")):
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
            if not all(isinstance(row, dict) for row in rows):
                raise AppError(f"{name}: each line must be an object of JSON")
        else:
            rows = _csv_rows(name, text, {field.name: field for field in columns})
    except (ValueError, csv.Error, RecursionError) as error:
        raise AppError(f"{name} cannot be read as CSV or JSON lines in UTF-8: {error}") from error
    if not rows:
        raise AppError(f"{name} has no rows")
    if len(rows) > MOST:
        raise AppError(
            f"{name} has {len(rows):,} rows, and this page takes {MOST:,}: `truerun predict` scores"
            " any number"
        )
    return rows


def _csv_rows(name: str, text: str, fields: Mapping[str, Field]) -> list[dict[str, Any]]:
    """Rows by their header; columns that the model never saw are left out."""
    try:
        dialect: Any = csv.Sniffer().sniff(text.partition("\n")[0], ",;\t|")
    except csv.Error:  # a single column
        dialect = csv.excel
    read = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect, strict=True)
    missing = [each.name for each in fields.values() if each.is_needed]
    missing = [each for each in missing if each not in (read.fieldnames or ())]
    if missing:
        raise AppError(f"{name} has no column {', '.join(missing)}")
    return [
        {
            column: fields[column].value(cell or "")
            for column, cell in row.items()
            if column in fields
        }
        for row in read
    ]
