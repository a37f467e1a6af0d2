"""How the test rows are drawn: so that each class has rows to learn from, and rows to test.

A draw by a hash leaves that to chance: a class of five rows has none for the test once in three
draws. So other seeds are tried, and a larger share where no seed gives each class a fifth.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from truerun.adopt.table_profile import TableProfile
from truerun.model import split as splits
from truerun.params.split import Split
from truerun.sources.table.rows import ROW

SHARES = (0.2, 0.3, 0.4, 0.5)  # of the rows, for the test
WORDS = ("a fifth", "three tenths", "two fifths", "half of them")
SEED, SEEDS = 0, 50  # of the split
ABOUT = 0.04  # of the rows: a share so near is as good as any
COMMON = 0.75  # of the rows: where so many repeat another, it is not an accident
SMALL = 2000  # rows, or groups: of more, chance alone draws about the share
RARE = 100  # rows, or groups, of a class: of so many all are on one side once in 10^9 draws
MOSTLY = 0.5  # of the rows have the commonest number: the others are a rare class
Section = dict[str, Any]


class Draws:
    """The ways to draw the test rows of a table, and what each tells apart among its rows.

    Of each way these are the columns `hash`, `class` and `rows`, with a row for all that goes to
    one side together; of a large table those of its rare classes are enough.
    """

    def __init__(self, profile: TableProfile) -> None:
        self._target = profile.options.target
        self._has_classes = profile.task in ("binary", "multiclass")
        self._common: float | None = None
        self._ways = _ways(profile)
        self._columns = [_columns(way, profile) for way in self._ways]
        self._parts: list[list[pd.DataFrame]] = [[] for _ in self._ways]

    def add(self, rows: pd.DataFrame) -> None:
        """Look at the prepared rows of a partition."""
        classes = self._classes(rows[self._target])
        for columns, parts in zip(self._columns, self._parts, strict=True):
            hashes = splits.hashes(rows[columns])
            counts = _summed([pd.DataFrame({"hash": hashes, "class": classes, "rows": 1})])
            parts.append(counts if len(counts) <= SMALL else counts.groupby("class").head(RARE))

    def best(self) -> Section:
        """The section `split`: the first way and the smallest share with each class on both sides.

        Of its seeds it is the first that comes close to the share. Where there is none, it is the
        draw that leaves out the classes with the fewest rows.
        """
        if not self._ways:
            return {"by": "time", "test_share": SHARES[0]}
        tried: list[tuple[float, Section]] = []
        for way, parts in zip(self._ways, self._parts, strict=True):
            counts = _summed(parts)
            is_whole = len(counts) <= SMALL and all(len(part) <= SMALL for part in parts)
            if not is_whole:
                counts = counts[counts.groupby("class")["hash"].transform("size") < RARE]
            for share in SHARES:
                draws = _misses(counts, share, stratified=way["by"] == "stratified", whole=is_whole)
                miss, seed = min(draws)
                tried.append((miss, way | {"test_share": share, "seed": seed}))
                if miss < 1:
                    return tried[-1][1]
        return min(tried, key=lambda one: one[0])[1]

    def _classes(self, target: pd.Series) -> Any:
        """The class of each row; of a number, whether it is the one that most rows have."""
        if self._has_classes:
            return target.to_numpy()
        if self._common is None and len(target):
            shares = target.value_counts(normalize=True)
            self._common = float(shares.index[0]) if shares.iloc[0] >= MOSTLY else np.nan
        return target.to_numpy() == self._common


def in_words(section: Section) -> str:
    """The share of the rows that is drawn, and why it is not a fifth if it is not.

    >>> in_words({"test_share": 0.4})
    'two fifths (of fewer, a class would have none)'
    """
    share = WORDS[SHARES.index(section["test_share"])]
    return share if share == WORDS[0] else f"{share} (of fewer, a class would have none)"


def _ways(profile: TableProfile) -> list[Section]:
    """By group if the user says so; else at random, equal rows together if that can be.

    A split by time draws nothing.
    """
    if profile.time:
        return []
    if profile.group:
        return [{"by": "group", "group": profile.group}]
    drawing = "stratified" if profile.task in ("binary", "multiclass") else "random"
    ways: list[Section] = [{"by": drawing}]
    if profile.key[0] == ROW and profile.repeated < COMMON:
        # Equal rows go to one side, if each class can then still be on both.
        ways.insert(0, {"by": "group" if drawing == "random" else drawing, "group": ROW})
    return ways


def _columns(way: Section, profile: TableProfile) -> list[str]:
    """The columns that a draw looks at."""
    split = Split.model_validate({**way, "test_share": SHARES[0], "seed": SEED})
    return splits.columns(split, profile.key, None)


def _summed(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """What is told apart in several partitions, or several times in one, once."""
    counts = pd.concat(parts, ignore_index=True)
    return counts.groupby(["hash", "class"], sort=False)["rows"].sum().reset_index()


def _misses(
    counts: pd.DataFrame, share: float, *, stratified: bool, whole: bool
) -> Iterator[tuple[float, int]]:
    """How far each seed is from the share, until one is about there.

    At least 1 where a class is on one side alone, and more the more rows it has.

    Parameters
    ----------
    whole : whether all rows are there, so that their share can be told.
    """
    hashes, rows = counts["hash"].to_numpy(), counts["rows"].to_numpy(np.float64)
    codes, names = pd.factorize(counts["class"])
    in_all = np.bincount(codes, rows, len(names))
    for seed in range(SEED, SEED + SEEDS):
        in_test = np.bincount(codes, rows * (splits.numbers(hashes, seed) < share), len(names))
        one_sided = (in_test == 0) | (in_test == in_all)
        miss = ABOUT
        if one_sided.any():
            miss = 1 + float(in_all[one_sided].sum() / in_all.sum())
        elif whole and len(names):
            miss = max(miss, abs(float(in_test.sum() / in_all.sum()) - share))
            if stratified:
                apart = in_test / in_test.sum() - in_all / in_all.sum()
                miss = max(miss, float(np.abs(apart).sum() / 2))
        yield miss, seed
        if miss == ABOUT:
            return
