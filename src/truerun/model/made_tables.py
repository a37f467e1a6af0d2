"""Tables between the stages, as the next one takes them.

The stages make them as they should be; what is told here, somebody else has put there.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from truerun.base.errors import listed
from truerun.base.tables import TableError
from truerun.contract.contract import NUMBERS, Contract
from truerun.model.split import SPLIT, TEST, TRAIN

REBUILT = "`dvc repro` rebuilds it"


def check_validated(rows: pd.DataFrame, place: Path, contract: Contract) -> None:
    """Refuse validated rows with an unknown side of the split, or a column of another type.

    Raises
    ------
    TableError
        Names the column, and what it holds.
    """
    if SPLIT in rows:
        _check_values(rows[SPLIT], (TRAIN, TEST), place)
    for name in contract.columns:
        kind = contract.columns[name].type
        if name in rows and kind in (*NUMBERS, "text"):
            is_number = pd.api.types.is_numeric_dtype(rows[name])
            if is_number != (kind in NUMBERS) and not rows[name].isna().all():
                raise TableError(f"{place}: column {name} is {rows[name].dtype}: {REBUILT}")
    check_target(rows, place, contract)


def check_target(rows: pd.DataFrame, place: Path, contract: Contract) -> None:
    """Refuse rows whose target is unknown, or none of the classes; raise `TableError`."""
    target = rows[contract.target]
    if contract.classes:
        _check_values(target, contract.classes, place)
    elif not pd.api.types.is_numeric_dtype(target) or target.isna().any():
        raise TableError(f"{place}: column {contract.target} is no number in all rows: {REBUILT}")


def check_classes(rows: pd.DataFrame, place: Path, contract: Contract) -> None:
    """Refuse training rows that lack a class; raise `TableError`."""
    present = set(rows[contract.target].unique())
    absent = [str(name) for name in contract.classes if name not in present]
    if absent:
        raise TableError(f"{place} holds no row with {contract.target} {listed(absent)}: {REBUILT}")


def check_features(features: pd.DataFrame, names: Sequence[str], place: Path) -> None:
    """Refuse features of other names, or that are no finite numbers; raise `TableError`."""
    if list(features) != list(names):
        raise TableError(f"{place} has other columns than the first month: {REBUILT}")
    for name in features:
        if not pd.api.types.is_numeric_dtype(features[name]):
            raise TableError(f"{place}: column {name} is no number: {REBUILT}")
        if features[name].abs().max() == float("inf"):
            raise TableError(f"{place}: column {name} is infinite in some rows: {REBUILT}")


def check_rows(count: int, side: str, place: Path) -> None:
    """Refuse a table without rows of a side; raise `TableError`."""
    if not count:
        raise TableError(f"{place} holds no {side} row: {REBUILT}")


def _check_values(values: pd.Series, allowed: Collection[str | int], place: Path) -> None:
    unknown = [value for value in values.unique() if value not in allowed]
    if unknown:
        shown = listed([repr(value) for value in unknown], 3)
        raise TableError(
            f"{place}: column {values.name} holds {shown}, not only"
            f" {listed([str(value) for value in allowed])}: {REBUILT}"
        )
