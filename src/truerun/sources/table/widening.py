"""What params.yaml and schema.yaml must say so that some rows are allowed: texts in, texts out."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from truerun.base import paths, rounding, settings, yaml_edit
from truerun.contract import conformance, data_checks
from truerun.contract import contract as contracts
from truerun.contract.contract import NUMBERS, Column, Contract
from truerun.project import params
from truerun.project.params import Params
from truerun.sources.protocol import Prepared

DIGITS = 3
MOST = 0.99  # share of the rows that may be dropped, or in which a column may be missing
Rounding = Callable[[float], int]
Change = tuple[Path, tuple[str, ...], object]  # a file, the key in it, and the key's value


@dataclass(frozen=True)
class TableTerms:
    """What rows are held against."""

    settings: Params
    contract: Contract


def present() -> TableTerms:
    """What params.yaml and schema.yaml say."""
    return TableTerms(params.load(), contracts.load(paths.SCHEMA))


def texts() -> dict[Path, str]:
    """The two files as they are."""
    return {path: path.read_text(encoding="utf-8") for path in (paths.PARAMS, paths.SCHEMA)}


def of_texts(texts: Mapping[Path, str]) -> TableTerms:
    """What the two files would say with these texts."""
    return TableTerms(
        settings.of_text(params.COMPLETE, texts[paths.PARAMS], paths.PARAMS),
        settings.of_text(Contract, texts[paths.SCHEMA], paths.SCHEMA),
    )


def allowing(prepared: Prepared, terms: TableTerms, texts: Mapping[Path, str]) -> dict[Path, str]:
    """The texts with wider limits, where a part passes those that there are.

    Categories and ranges take the values of all rows; a pattern, a check of two columns and a key
    are nobody's to widen here.
    """
    made, rows = dict(texts), prepared.rows
    dropped = sum(prepared.dropped.values()) / max(1, prepared.rows_in)
    if dropped > terms.settings.source.max_dropped:
        made = _put(made, (paths.PARAMS, ("source", "max_dropped"), _percent(dropped)))
    for column, of in terms.contract.columns.items():
        for key, value in _of_column(rows[column], of):
            made = _put(made, (paths.SCHEMA, ("columns", column, key), value))
    wider = settings.of_text(Contract, made[paths.SCHEMA], paths.SCHEMA)
    valid = rows[conformance.check_rows(rows, wider).valid.to_numpy()]
    if len(valid):
        for change in _of_part(valid, terms, wider):
            made = _put(made, change)
    return made


def quarantining(share: float, texts: dict[Path, str]) -> dict[Path, str]:
    """The texts with a larger `validate.max_quarantined`, that a share of all rows may break."""
    return _put(texts, (paths.PARAMS, ("validate", "max_quarantined"), _percent(share)))


def _of_column(values: pd.Series, column: Column) -> Iterator[tuple[str, object]]:
    """Keys of a column that its values need, with their values."""
    if values.isna().any() and not column.nullable and column.type != "time":
        yield "nullable", True
    present = values.dropna()
    if column.categories is not None and column.type == "text":
        new = sorted(set(present.unique()) - set(map(str, column.categories)))
        if new:
            yield "categories", [*column.categories, *new]
    if column.type in NUMBERS and len(present):
        low, high = float(present.min()), float(present.max())
        if column.min is not None and low < column.min and math.isfinite(low):
            yield "min", _bound(low, math.floor, column)
        if column.max is not None and high > column.max and math.isfinite(high):
            yield "max", _bound(high, math.ceil, column)


def _of_part(rows: pd.DataFrame, terms: TableTerms, wider: Contract) -> Iterator[Change]:
    """Keys that the valid rows of a part need."""
    for column, of in wider.columns.items():
        share = float(rows[column].isna().mean())
        if of.max_missing is not None and share > of.max_missing:
            yield paths.SCHEMA, ("columns", column, "max_missing"), _percent(share)
    steady = [each for each in wider.features() if not wider.columns[each].seasonal]
    for column in data_checks.constants(rows, steady):
        yield paths.SCHEMA, ("columns", column, "seasonal"), True
    limits = terms.settings.validate_
    if len(rows) < limits.min_rows:
        yield paths.PARAMS, ("validate", "min_rows"), len(rows)
    if limits.target_rate:
        mean = float(rows[wider.target].mean())
        if mean < limits.target_rate.min:
            yield (
                paths.PARAMS,
                ("validate", "target_rate", "min"),
                rounding.outwards(mean, math.floor, DIGITS),
            )
        if mean > limits.target_rate.max:
            yield (
                paths.PARAMS,
                ("validate", "target_rate", "max"),
                rounding.outwards(mean, math.ceil, DIGITS),
            )


def _put(texts: dict[Path, str], change: Change) -> dict[Path, str]:
    path, key, value = change
    flow = yaml.safe_dump(value, default_flow_style=True, width=math.inf, allow_unicode=True)
    line = flow.removesuffix("\n").removesuffix("\n...")
    return texts | {path: yaml_edit.put(texts[path], key, line)}


def _percent(share: float) -> float:
    """A share, as the next larger whole percentage; all rows are never allowed."""
    return min(MOST, math.ceil(100 * share) / 100)


def _bound(value: float, to: Rounding, column: Column) -> float | int:
    """A bound that allows a value; of whole numbers the value itself."""
    return int(value) if column.type == "int" else rounding.outwards(value, to, DIGITS)
