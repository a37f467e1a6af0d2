"""What `source.options` of params.yaml says about a table: its format, and what each column is."""

import codecs
from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, field_validator, model_validator

from truerun.base.settings import Section
from truerun.base.tasks import Task

Kind = Literal["identifier", "boolean", "number", "date", "category", "words", "drop"]
Mark = Literal[".", ","]
Form = Literal["swapped", "range", "fraction", "bound", "duration", "clock", "age", "feet"]
Part = Literal["year", "month", "weekday", "hour", "days"]
NUMERIC_TASKS = ("regression", "counts")
MONTHS = 12


class Format(Section):
    """How a file is written; gzip and zip are recognized by their first bytes.

    `skip` lines come before the table; `decimal` is the mark of its numbers, unless a column has
    another; `sheet` names a sheet of an Excel file, the first one by default.
    """

    kind: Literal["csv", "jsonl", "parquet", "excel"]
    delimiter: Annotated[str, Field(pattern=r"^[\x01-\x7f]$")] = ","
    quote: Literal['"', "'", ""] = '"'
    encoding: str = "utf-8"
    decimal: Mark = "."
    header: bool = True
    skip: Annotated[int, Field(ge=0)] = 0
    sheet: str | None = None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            raise ValueError("is not an encoding such as utf-8, utf-16 or cp1252") from error
        return encoding


class ColumnOptions(Section):
    """What a column is read as, and how.

    `missing` adds to the table's spellings of missing values, and `spellings` says which texts are
    read as another one is. `true` and `false` are a boolean's spellings, in any case. `decimal`,
    `thousands`, `units` (signs before or after), `scales` and `forms` are a number's: see
    `notation.Notation`. `format` is a date's, in the notation of Python's strptime, or ISO8601, or
    unix s or unix ms (seconds or milliseconds since 1970); `months` are the twelve names that %b
    stands for, if not in English; `parts` are the features derived from it, of the `local` time if
    its texts give their zone. A dropped column that only `numbers_rows` is not part of a row's
    content.
    """

    as_: Kind = Field(alias="as")
    missing: tuple[str, ...] = ()
    spellings: dict[str, str] = Field(default_factory=dict)
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    decimal: Mark | None = None
    thousands: Literal[",", ".", " ", "'"] | None = None
    units: tuple[str, ...] = ()
    scales: dict[str, FiniteFloat] = Field(default_factory=dict)
    forms: tuple[Form, ...] = ()
    format: str | None = None
    months: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    local: bool = False
    numbers_rows: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        belong = {
            "boolean": ("true", "false"),
            "number": ("decimal", "thousands", "units", "scales", "forms"),
            "date": ("format", "months", "parts", "local"),
            "drop": ("numbers_rows",),
        }
        for kind, names in belong.items():
            given = [name for name in names if getattr(self, name)]
            if given and self.as_ != kind:
                raise ValueError(f"{given[0]} goes with as: {kind}, not with as: {self.as_}")
        if self.as_ == "boolean":
            both = {text.casefold() for text in self.true} & {
                text.casefold() for text in self.false
            }
            if not (self.true and self.false) or both:
                raise ValueError("a boolean needs spellings under true and false, none in both")
        if self.as_ == "date" and not self.format:
            raise ValueError("a date needs its format, such as '%d.%m.%Y'")
        if self.months and len(set(map(str.casefold, self.months))) != MONTHS:
            raise ValueError("months are twelve different names, from January's on")
        if self.thousands and self.thousands == self.decimal:
            raise ValueError("thousands and decimal cannot be the same mark")
        return self


class Options(Section):
    """All of `source.options`.

    `key` names the columns that tell rows apart; without any, the table gets the columns `row` (a
    hash of its cells, except those that only number the rows) and `copy` (which of several equal
    rows it is). `features` names a module in src, such as churn.features, whose FEATURES are
    columns of the project's own (see `own_features`).
    """

    format: Format
    missing: tuple[str, ...]
    target: str
    task: Task
    positive: str | None = None
    negative: str | None = None
    key: tuple[str, ...] = ()
    columns: dict[str, ColumnOptions] = Field(min_length=1)
    features: str | None = None

    @field_validator("features")
    @classmethod
    def _module(cls, features: str | None) -> str | None:
        if features is not None and not all(map(str.isidentifier, features.split("."))):
            raise ValueError("is not the name of a module, such as churn.features")
        return features

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        unknown = [name for name in (self.target, *self.key) if name not in self.columns]
        if unknown:
            raise ValueError(f"{unknown[0]} is named but is not one of the columns")
        loose = [name for name in self.key if self.columns[name].as_ != "identifier"]
        if loose:
            raise ValueError(f"key names {loose[0]}, which is not as: identifier")
        kind = "number" if self.task in NUMERIC_TASKS else "category"
        if self.columns[self.target].as_ != kind:
            raise ValueError(f"the target of task: {self.task} must be as: {kind}")
        binary = self.task == "binary"
        if binary != (self.positive is not None) or binary != (self.negative is not None):
            raise ValueError("positive and negative go with task: binary, which needs both")
        if binary and self.positive == self.negative:
            raise ValueError("positive and negative must differ")
        return self
