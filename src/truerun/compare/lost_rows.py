"""Rows of the base that are gone at head: of which partition and side they were, and why."""

from pathlib import Path

import numpy as np
import pandas as pd

from truerun.base import paths, tables
from truerun.base.errors import TruerunError
from truerun.base.yaml_text import plain
from truerun.comparison.comparison import LostRows
from truerun.contract.contract import FAILURE_COLUMNS, Contract
from truerun.model.split import PARTITION, SPLIT, TEST

NOT_READ = "not known: the rows that the head keeps in quarantine cannot be read"
SAME_FILES = "not prepared from the same raw files: code or settings leave them out"
OTHER_FILES = "not prepared from the changed raw files"


def raw_files_are_the_same(base: Path, head: Path) -> bool:
    """Whether the raw files of two projects are the same, by their record in Git."""
    files = [plain(folder / paths.RAW_DVC).get("outs") for folder in (base, head)]
    return files[0] == files[1]


def grouped(removed: pd.DataFrame, base: Path, head: Path, contract: Contract) -> list[LostRows]:
    """The rows that are gone, counted by partition, side and reason.

    Parameters
    ----------
    removed : the key, the side and the partition of each.
    base, head : the projects' folders; the head's data/quarantine tells what its rows break, and
        the raw files of both the reason of rows that are not there.
    """
    if removed.empty:
        return []
    otherwise = SAME_FILES if raw_files_are_the_same(base, head) else OTHER_FILES
    reason = pd.Series(
        _reasons(removed, head, contract, otherwise), index=removed.index, dtype=object
    )
    names = {path.stem for path in (head / paths.VALIDATED).glob("*.parquet")}
    whole = ~removed[PARTITION].isin(names)
    reason[whole & (reason == otherwise)] = "the partition is gone"
    side = np.where(removed[SPLIT] == TEST, "test", "training")
    groups = pd.DataFrame({"partition": removed[PARTITION], "side": side, "reason": reason})
    counts = groups.groupby([*groups]).size().reset_index(name="rows")
    return [LostRows.model_validate(group) for group in counts.to_dict("records")]


def _reasons(removed: pd.DataFrame, head: Path, contract: Contract, otherwise: str) -> list[str]:
    """For each row the first check that it breaks at head, or the other reason."""
    key = list(contract.key)
    try:
        kept = tables.read_partitions(head / paths.QUARANTINE, [*key, *FAILURE_COLUMNS])
    except TruerunError:
        return [NOT_READ] * len(removed)
    kept = kept.drop_duplicates(key)
    words = "in quarantine: " + kept[FAILURE_COLUMNS[0]] + ", " + kept[FAILURE_COLUMNS[1]]
    broken = dict(zip(_identities(kept[key]), words, strict=True))
    return [str(broken.get(row, otherwise)) for row in _identities(removed[key])]


def _identities(keys: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(keys.astype(str).itertuples(index=False, name=None))
