"""What a change does to the validated rows: by key, by column, and between the sides of the split.

A partition that is the same file on both sides is not read to find edits. Memory holds keys and one
column at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base import paths, tables
from truerun.base.partitions import map_partitions
from truerun.compare import lost_rows
from truerun.comparison.comparison import ColumnChange, LostRows, PartitionChange, RowChanges
from truerun.contract.contract import Contract
from truerun.contract.drift import drift
from truerun.model.split import PARTITION, SPLIT, TEST

MOST_CATEGORIES = 50  # a text column with more values names things: its drift says nothing
LISTED = 20  # categories

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class TableChanges:
    """How a table changed."""

    rows: RowChanges
    lost: list[LostRows]
    partitions: tuple[PartitionChange, ...]
    columns: tuple[ColumnChange, ...]


@dataclass(frozen=True)
class Matched:
    """Rows of both sides by key: those at `base[i]` and `head[i]` have the same one.

    `added` counts the head's others, `removed` has the places of the base's.
    """

    base: Rows
    head: Rows
    added: int
    removed: Rows


def compare_tables(base: Path, head: Path, contract: Contract) -> TableChanges:
    """Compare data/validated below two folders; reordered rows are not a change.

    Raises
    ------
    TableError
        If one of them is missing, cannot be read or lacks a column of the key.
    """
    tables_of = [folder / paths.VALIDATED for folder in (base, head)]
    names = [tables.partition_names(table) for table in tables_of]
    same = {
        name
        for name in set(names[0]) & set(names[1])
        if _same_bytes(*(tables.partition(table, name) for table in tables_of))
    }
    parts = [
        [tables.partition(table, name) for name in side if name not in same]
        for table, side in zip(tables_of, names, strict=True)
    ]
    matched = match(*(_read(side, contract.key) for side in parts))
    label = _aligned(parts, contract.target, matched)
    binary = contract.task == "binary"
    split = _aligned(parts, SPLIT, matched)
    removed = _read(parts[0], [*contract.key, SPLIT]).iloc[matched.removed]
    of_partition = [path.stem for path in parts[0] for _ in range(tables.row_count(path))]
    removed = removed.assign(**{PARTITION: np.array(of_partition, dtype=object)[matched.removed]})
    same_test = _read([tables.partition(tables_of[1], name) for name in sorted(same)], [SPLIT])
    edited, edits = _edited(parts, matched)
    sizes = [{path.stem: tables.row_count(path) for path in side} for side in parts]
    untouched, test, relabelled = len(same_test), split[1] == TEST, _differs(*label)
    return TableChanges(
        RowChanges(
            base_rows=untouched + sum(sizes[0].values()),
            head_rows=untouched + sum(sizes[1].values()),
            added=matched.added,
            removed=len(matched.removed),
            removed_test=int((removed[SPLIT] == TEST).sum()),
            both_test=int(test.sum()) + int((same_test[SPLIT] == TEST).sum()),
            edited=int(edited.sum()),
            targets=int(relabelled.sum()),
            targets_test=int((relabelled & test.to_numpy()).sum()),
            labels_to_positive=int(((label[0] == 0) & (label[1] == 1)).sum()) if binary else None,
            labels_to_negative=int(((label[0] == 1) & (label[1] == 0)).sum()) if binary else None,
            to_test=int(((split[0] != TEST) & (split[1] == TEST)).sum()),
            to_training=int(((split[0] == TEST) & (split[1] != TEST)).sum()),
        ),
        lost_rows.grouped(removed, base, head, contract),
        tuple(
            PartitionChange(name=name, base_rows=sizes[0].get(name), head_rows=sizes[1].get(name))
            for name in sorted({*sizes[0], *sizes[1]})
        ),
        tuple(
            _column(tables_of, name, times, contract)
            for name, times in edits.items()
            if times or times is None or matched.added or len(matched.removed)
        ),
    )


def match(base: pd.DataFrame, head: pd.DataFrame) -> Matched:
    """Match the rows of two tables that hold the columns of the key and nothing else.

    Of rows with the same key, which the stage `validate` refuses, the first of each side counts.
    """
    key = list(head.columns)
    for name in key:
        if base[name].dtype != head[name].dtype:
            base, head = (side.astype({name: "str"}) for side in (base, head))
    numbered = [
        side.assign(_row=np.arange(len(side))).drop_duplicates(key) for side in (base, head)
    ]
    both = numbered[0].merge(numbered[1], on=key, suffixes=("_base", "_head"))
    return Matched(
        both["_row_base"].to_numpy(),
        both["_row_head"].to_numpy(),
        added=len(head) - len(both),
        removed=np.setdiff1d(np.arange(len(base)), both["_row_base"].to_numpy(np.intp)),
    )


def repeated(head: Path, contract: Contract) -> int:
    """Test rows of which a training row has the same features and label."""
    table = head / paths.VALIDATED
    columns = [*contract.features(), contract.target, SPLIT]

    def hashes(name: str) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        rows = tables.read_table(tables.partition(table, name), columns)
        test = (rows.pop(SPLIT) == TEST).to_numpy()
        hashed = np.asarray(pd.util.hash_pandas_object(rows, index=False), dtype=np.uint64)
        return hashed[test], hashed[~test]

    names = tables.partition_names(table)
    sizes = tables.sizes(table, names)
    parts = map_partitions(hashes, names, "look for repeated rows", sizes)
    test, train = (np.concatenate(side) for side in zip(*parts.values(), strict=True))
    return int(np.isin(test, train).sum())


def rows_of(head: Path) -> tuple[int, int]:
    """How many of the validated rows are for training, and how many for the test."""
    test = tables.read_partitions(head / paths.VALIDATED, [SPLIT])[SPLIT] == TEST
    return int((~test).sum()), int(test.sum())


def seen(base: Path, head: Path, contract: Contract) -> int:
    """Test rows of the head that the base was trained on."""
    keys = []
    for folder, test in ((base, False), (head, True)):
        rows = tables.read_partitions(folder / paths.VALIDATED, [*contract.key, SPLIT])
        keys.append(rows[(rows.pop(SPLIT) == TEST) == test])
    return len(match(*keys).head)


def _edited(
    parts: Sequence[Sequence[Path]], matched: Matched
) -> tuple[npt.NDArray[np.bool_], dict[str, int | None]]:
    """Which matched rows differ, and how many of them in each column.

    Of a column that only one side has, None: there is nothing to compare.
    """
    names = [tables.column_names(path) for side in parts for path in side[:1]]
    edited = np.zeros(len(matched.base), dtype=bool)
    edits: dict[str, int | None] = {}
    for name in dict.fromkeys(name for side in names for name in side if name != SPLIT):
        if len(names) == len(parts) and not all(name in side for side in names):
            edits[name] = None
            continue
        differs = _differs(*_aligned(parts, name, matched))
        edits[name] = int(differs.sum())
        edited |= differs
    return edited, edits


def _aligned(
    parts: Sequence[Sequence[Path]], name: str, matched: Matched
) -> tuple["pd.Series[Any]", "pd.Series[Any]"]:
    """The values of a column in the matched rows, of base and head."""
    if not len(matched.base):
        return pd.Series(dtype=object), pd.Series(dtype=object)
    base, head = (_read(side, [name])[name] for side in parts)
    return (
        base.iloc[matched.base].reset_index(drop=True),
        head.iloc[matched.head].reset_index(drop=True),
    )


def _differs(base: "pd.Series[Any]", head: "pd.Series[Any]") -> npt.NDArray[np.bool_]:
    """Where two columns differ; two missing values are the same."""
    try:
        unequal = (base != head).to_numpy()
    except TypeError:  # a time beside a number, say
        unequal = (base.astype(str) != head.astype(str)).to_numpy()
    return np.asarray(unequal & ~(base.isna() & head.isna()).to_numpy(), dtype=bool)


def _column(
    tables_of: Sequence[Path], name: str, edits: int | None, contract: Contract
) -> ColumnChange:
    """What changed of a column in the whole table."""
    sides = []
    for table in tables_of:
        first = tables.partition(table, tables.partition_names(table)[0])
        present = name in tables.column_names(first)
        sides.append(tables.read_partitions(table, [name])[name] if present else None)
    base, head = sides
    column = contract.columns.get(name)
    text = column is not None and column.type == "text"
    categories: list[set[str]] = [
        set(side.dropna().astype(str).unique()) if text and side is not None else set()
        for side in sides
    ]
    drifts = column is not None and column.feature
    if name == contract.target:  # the changed labels say how often a binary one is 1
        drifts = contract.task != "binary"
    few = len(categories[0] | categories[1]) <= MOST_CATEGORIES
    moved = None
    if base is not None and head is not None and drifts and few and base.dtype == head.dtype:
        moved = drift(base, head)
    both = base is not None and head is not None
    named = both and name not in contract.key  # a key's values are the rows themselves
    new, lost = set[str](), set[str]()
    if named:
        new, lost = categories[1] - categories[0], categories[0] - categories[1]
    return ColumnChange(
        name=name,
        present="both" if both else "head" if base is None else "base",
        edited=edits or 0,
        base_missing=None if base is None else float(base.isna().mean()),
        head_missing=None if head is None else float(head.isna().mean()),
        new_categories=_listed(new),
        new_count=len(new),
        lost_categories=_listed(lost),
        lost_count=len(lost),
        psi=moved.psi if moved else None,
        p_value=min(1.0, moved.p_value) if moved else None,
    )


def _listed(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:LISTED])


def _read(parts: Sequence[Path], columns: Sequence[str]) -> pd.DataFrame:
    """Some columns of some partitions, one below the other."""
    frames = [tables.read_table(path, columns) for path in parts]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(columns))


def _same_bytes(base: Path, head: Path) -> bool:
    return base.stat().st_size == head.stat().st_size and base.read_bytes() == head.read_bytes()
