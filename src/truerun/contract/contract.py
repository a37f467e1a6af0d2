"""`schema.yaml`, the contract of a row, as a strict typed model.

It says which columns there are, of which type, range and categories, which of them are features,
what the target and the key are, and what must hold between columns. `conformance` checks tables
against it.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from truerun.base import settings
from truerun.base.errors import ContractError, listed
from truerun.base.settings import Section
from truerun.base.tasks import Task

FAILURE_COLUMNS = ("failed_column", "failed_check", "failed_value")
SCORE = "score"
RESERVED = ("partition", "split", SCORE, *FAILURE_COLUMNS)  # columns that the stages add
TARGETS: dict[Task, str] = {
    "binary": "{type: int, categories: [0, 1]}",
    "multiclass": "{type: text, categories: [...]}, two or more of them",
    "regression": "{type: float} or {type: int}",
    "counts": "{type: int, min: 0}",
}
NUMBERS = ("int", "float")
Name = Annotated[str, Field(min_length=1)]


class Column(Section):
    """What one column holds.

    `max_missing` is the share of a partition's rows in which a nullable one may be missing;
    `seasonal` says that its drift follows the calendar, and never fails, nor does a constant value;
    `monotone` says that the score may only rise with the column (increasing), or only fall;
    `words` that a text is free text, whose single words count; `known_in_time` vouches for a
    column that ranks the target so well that it looks like a leak; `personal` that a log of
    requests must not hold it. `names` is what the values 0 and 1 of a binary target are called in
    pictures, as in [on time, late].
    """

    type: Literal["int", "float", "text", "time"]
    nullable: bool = False
    max_missing: float | None = Field(default=None, ge=0, lt=1)
    min: FiniteFloat | int | None = None
    max: FiniteFloat | int | None = None
    categories: tuple[str, ...] | tuple[int, ...] | None = Field(default=None, min_length=1)
    pattern: str | None = None
    feature: bool = True
    seasonal: bool = False
    group: str | None = None
    monotone: Literal["increasing", "decreasing"] | None = None
    words: bool = False
    known_in_time: bool = False
    personal: bool = False
    names: tuple[Name, Name] | None = None

    @model_validator(mode="after")
    def _can_be_a_feature(self) -> Self:
        if self.monotone is not None and not (self.type in NUMBERS and self.feature):
            raise ValueError("monotone goes with features that are numbers")
        if self.words and not (self.type == "text" and self.feature and self.categories is None):
            raise ValueError("words goes with features of type: text, without categories")
        if self.known_in_time and not self.feature:
            raise ValueError("known_in_time goes with features")
        return self

    @model_validator(mode="after")
    def _can_be_checked(self) -> Self:
        if self.names is not None and self.names[0] == self.names[1]:
            raise ValueError("names must differ")
        if self.type not in NUMBERS and (self.min is not None or self.max is not None):
            raise ValueError(f"min and max go with numbers, not with type: {self.type}")
        if self.max_missing is not None and not self.nullable:
            raise ValueError("max_missing goes with nullable: true")
        if self.min is not None and self.max is not None and self.max < self.min:
            raise ValueError("max must not be below min")
        if self.categories is not None:
            kind = {"int": int, "text": str}.get(self.type)
            if kind is None or not all(isinstance(value, kind) for value in self.categories):
                raise ValueError(f"categories do not fit type: {self.type}")
        if self.pattern is not None:
            if self.type != "text":
                raise ValueError(f"pattern goes with text, not with type: {self.type}")
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(f"pattern is not a regular expression: {error}") from error
        return self


class RowCheck(Section):
    """A check across columns: `left operator right` holds wherever both are present."""

    name: str
    left: str
    operator: Literal["<", "<=", "!="]
    right: str


class Contract(Section):
    """All of `schema.yaml`; `predicts` and `not_for` are texts for the model card."""

    task: Task
    predicts: str
    not_for: str
    target: str
    key: tuple[str, ...] = Field(min_length=1)
    time: str | None = None
    columns: dict[str, Column] = Field(min_length=1)
    checks: tuple[RowCheck, ...] = ()

    @model_validator(mode="after")
    def _known_without_the_target(self) -> Self:
        if self.target in self.key:
            raise ValueError(
                f"key names the target, {self.target}: who asks for a prediction knows the key,"
                " and not the target"
            )
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        named = [self.target, *self.key, *([self.time] if self.time else [])]
        named += [name for check in self.checks for name in (check.left, check.right)]
        unknown = [name for name in named if name not in self.columns]
        if unknown:
            raise ValueError(f"{listed(unknown)} is named but is not one of the columns")
        reserved = [n for n in self.columns if n in RESERVED or n.startswith(f"{SCORE}:")]
        if reserved:
            raise ValueError(f"{listed(reserved)} is a name that the stages use: rename the column")
        if not self._fits(self.columns[self.target]):
            raise ValueError(
                f"the target {self.target} of task: {self.task} must be {TARGETS[self.task]}, "
                "not nullable"
            )
        moments = [
            name
            for name, column in self.columns.items()
            if column.type == "time" and column.feature
        ]
        if moments:
            raise ValueError(
                f"{listed(moments)} is of type: time, which cannot be a feature: "
                "give it feature: false"
            )
        directed = [name for name, column in self.columns.items() if column.monotone]
        if directed and self.task == "multiclass":
            raise ValueError(
                f"{listed(directed)} is monotone, but task: multiclass has no single score that"
                " could rise"
            )
        named = [name for name, column in self.columns.items() if column.names]
        if named and (self.task != "binary" or named != [self.target]):
            raise ValueError(f"{listed(named)} has names, which go with the target of task: binary")
        if self.time and self.columns[self.time].type != "time":
            raise ValueError(f"time names {self.time}, which is not of type: time")
        for check in self.checks:
            kinds = [self.columns[name].type for name in (check.left, check.right)]
            if kinds[0] != kinds[1] and not set(kinds) <= set(NUMBERS):
                raise ValueError(f"the check {check.name} compares {kinds[0]} with {kinds[1]}")
        return self

    def _fits(self, target: Column) -> bool:
        """Whether a column can be the target of the task."""
        classes = target.categories or ()
        fits: dict[Task, bool] = {
            "binary": target.type == "int" and set(classes) == {0, 1},
            "multiclass": target.type == "text" and len(set(classes)) == len(classes) > 1,
            "regression": target.type in NUMBERS and not classes,
            "counts": target.type == "int"
            and not classes
            and target.min is not None
            and target.min >= 0,
        }
        return fits[self.task] and not target.nullable

    @property
    def classes(self) -> tuple[str, ...] | tuple[int, ...]:
        """The classes of the target, in order; none for regression and counts."""
        if self.task == "binary":
            return (0, 1)
        return self.columns[self.target].categories or ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the classes are called, in order."""
        return self.columns[self.target].names or tuple(map(str, self.classes))

    def features(self, exclude: tuple[str, ...] = ()) -> list[str]:
        """Names of the feature columns, less those (or those of the groups) in `exclude`."""
        features = {
            name: column.group
            for name, column in self.columns.items()
            if column.feature and name != self.target
        }
        unknown = [name for name in exclude if name not in {*features, *features.values()}]
        if unknown:
            raise ContractError(
                f"params.yaml: featurize.exclude names {listed(unknown)}, "
                "which is neither a feature nor a group of schema.yaml"
            )
        kept = [name for name, group in features.items() if not {name, group} & set(exclude)]
        if not kept:
            raise ContractError("params.yaml: featurize.exclude leaves no feature")
        return kept

    def directions(self, features: Iterable[str]) -> list[int]:
        """How the score moves with each feature: 1 never falls, -1 never rises, 0 either way."""
        signs = {"increasing": 1, "decreasing": -1}
        monotone = {name: signs[c.monotone] for name, c in self.columns.items() if c.monotone}
        return [monotone.get(name, 0) for name in features]


def load(path: Path) -> Contract:
    """Read and check `schema.yaml`."""
    return settings.load(Contract, path)
