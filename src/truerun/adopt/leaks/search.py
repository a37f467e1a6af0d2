"""The search for leaks in a table: which columns are left out, which are asked about, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from truerun.adopt.leaks import bands, comparisons, copies, makings, regions, telling_words
from truerun.adopt.leaks.suspicion import Sample, Suspicion
from truerun.contract import leak_checks
from truerun.contract.leak_checks import NEARLY
from truerun.sources.table import rows
from truerun.sources.table.options import Options

LIMIT = 0.99  # a column that ranks the target this well is left out
NEAR = NEARLY  # in a sample; such a column may reach the limit in the test rows
NAMED = {True: 0.8, False: 0.95}  # of classes or numbers, is told if the name speaks of later too
COPY = 0.9999  # the target itself, beside which nothing else is sought in sums
SAMPLE = 10_000  # rows
DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Leaks:
    """What was found: a reason for each column to leave out, and what to ask the user about.

    `known` are features (parts of dates by themselves) that the user keeps or is asked about, and
    that validate would refuse without a word for them; `together` are columns of which none, but
    their sum, ranks the target so well, and how well.
    """

    left_out: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[Suspicion, ...] = ()
    known: frozenset[str] = frozenset()
    together: tuple[str, ...] = ()
    together_ranking: float = 0.0


@dataclass(frozen=True)
class _Halves:
    """A sample of rows, to learn on and to judge by."""

    train: pd.DataFrame
    test: pd.DataFrame
    options: Options

    def rankings(self, features: Iterable[str]) -> dict[str, float]:
        """How well features, and the best sum of them, rank the target."""
        return leak_checks.leak_rankings(
            self.train, self.test, list(features), self.options.target, self.options.task
        )

    def combined(self, features: Iterable[str]) -> float:
        """How well the best sum of features ranks the target."""
        return leak_checks.combined_ranking(
            self.train, self.test, list(features), self.options.target, self.options.task
        )

    def weightiest(self, features: Iterable[str]) -> list[str]:
        """The features that their best sum needs."""
        return leak_checks.combined_columns(
            self.train, self.test, list(features), self.options.target, self.options.task
        )


def search(table: pa.Table, options: Options, kept: Iterable[str]) -> Leaks:
    """Look for leaks in evenly spaced rows; columns that are kept are never left out.

    Nothing is found if half of the rows have a single value of the target.
    """
    step = max(1, table.num_rows // SAMPLE)
    chosen = table.take(np.arange(0, table.num_rows, step))
    frame = rows.make(chosen, options, Path("sample"), "sample").rows
    halves = _Halves(
        frame[0::2].reset_index(drop=True), frame[1::2].reset_index(drop=True), options
    )
    if any(len(half[options.target].unique()) <= 1 for half in (halves.train, halves.test)):
        return Leaks()
    features = _features(frame, options)
    rankings = halves.rankings(chain.from_iterable(features.values()))
    best = {name: max(map(rankings.__getitem__, parts)) for name, parts in features.items()}
    evidence = [
        *_alone(best, options),
        *_by_other_evidence(_sample(frame, features, options), best),
    ]
    kept = frozenset(kept)
    left_out: dict[str, str] = {}
    for each in evidence:
        for name in each.columns if each.sure else ():
            if name not in kept:
                left_out.setdefault(name, each.reason)
    with_evidence = {name for each in evidence for name in each.columns}
    asked = {each.columns: each for each in evidence if not set(each.columns) & {*left_out, *kept}}
    pairs = {name for columns in asked if len(columns) > 1 for name in columns}
    suspicious = {name for name in with_evidence if name in kept or best[name] >= NEAR} | pairs
    suspicious -= set(left_out)
    suspicious_parts = {part for name in suspicious for part in features[name]}
    others = [
        part
        for name, parts in features.items()
        for part in parts
        if name not in left_out and part not in suspicious_parts
    ]
    together = halves.combined(others)
    weightiest: list[str] = []
    ranking = together
    while ranking >= NEAR:
        weightiest += halves.weightiest(others)
        others = [each for each in others if each not in weightiest]
        ranking = halves.combined(others)
    return Leaks(
        left_out,
        tuple(asked.values()),
        frozenset(suspicious_parts | set(weightiest)),
        tuple(weightiest),
        together if weightiest else 0.0,
    )


def _features(frame: pd.DataFrame, options: Options) -> dict[str, list[str]]:
    """The features that each column of the table gives."""
    made = {}
    for name, option in options.columns.items():
        if name == options.target or option.as_ in ("drop", "identifier"):
            continue
        parts = list(rows.part_names(name, options).values()) if option.as_ == "date" else [name]
        if parts := [part for part in parts if part in frame.columns]:
            made[name] = parts
    return made


def _sample(frame: pd.DataFrame, features: Mapping[str, list[str]], options: Options) -> Sample:
    """The rows as columns of the table, a date as a number of days."""
    columns, dates = {}, set()
    for name in features:
        values = frame[name]
        if pd.api.types.is_datetime64_any_dtype(values):
            dates.add(name)
            values = (values - pd.Timestamp(0, tz="UTC").as_unit(values.dt.unit)) / DAY
        columns[name] = values
    target = frame[options.target].to_numpy()
    names: tuple[str, ...] = ()
    if options.task == "multiclass":
        target, classes = pd.factorize(frame[options.target], sort=True)
        names = tuple(map(str, classes))
    elif options.task == "binary":
        names = (str(options.negative), str(options.positive))
    numbers = np.asarray(target, np.float64)
    return Sample(columns, numbers, options.task, options.target, names, frozenset(dates))


def _alone(best: Mapping[str, float], options: Options) -> Iterable[Suspicion]:
    """Columns that rank the target nearly perfectly, or well and with a name that speaks of it."""
    ranked = leak_checks.RANKED_BY[options.task]
    for name, ranking in best.items():
        predicts = f"({ranked} {ranking:.3f})"
        if ranking >= LIMIT:
            reason = f"predicts {options.target} almost perfectly {predicts}"
            yield Suspicion((name,), reason, sure=True)
        elif ranking >= NEAR:
            yield Suspicion((name,), f"is nearly as telling as a leak {predicts}", sure=False)


def _by_other_evidence(sample: Sample, best: Mapping[str, float]) -> Iterable[Suspicion]:
    """What other evidence says, of columns that do not predict the target by themselves too."""
    yield from makings.find(sample.less(name for name in best if best[name] >= COPY))
    rest = sample.less(name for name in best if best[name] >= LIMIT)
    with_evidence: set[str] = set()
    suspicions = (each.find(rest) for each in (copies, bands, regions, comparisons))
    for evidence in chain.from_iterable(suspicions):
        with_evidence |= set(evidence.columns)
        yield evidence
    for evidence in makings.parts(rest, with_evidence):
        with_evidence |= set(evidence.columns)
        yield evidence
    for name, ranking in best.items():
        word = telling_words.in_name(name)
        if word and NAMED[sample.has_classes] <= ranking < NEAR and name not in with_evidence:
            how = f"{leak_checks.RANKED_BY[sample.task]} {ranking:.3f}"
            reason = f"is very telling ({how}), and its name speaks of what comes later ({word})"
            yield Suspicion((name,), reason, sure=False)
