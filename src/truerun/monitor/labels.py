"""Outcomes that came later, joined to the rows that were scored before them."""

import datetime as dt
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truerun.model import targets, value
from truerun.monitor import counts
from truerun.monitor.estimates import Outcomes
from truerun.monitor.inputs import BEFORE, DAY
from truerun.monitor.lines import AnswerFiles, LinesRead
from truerun.monitor.release import Release
from truerun.params.value import PriceList
from truerun.requests import outcomes
from truerun.requests.outcomes import CELL, OUTCOME
from truerun.serve.batch import Key, key_of
from truerun.serve.request_log import LIVE, SHADOW

TOGETHER = "(together)"  # the column of what goes together: the day of a request
MOST = 300_000  # outcomes that are joined; of more, keys are drawn by their hash


@dataclass(frozen=True)
class LabelFile:
    """Outcomes by key with their moments, and what of the file does not count.

    `contradicting` are keys with different outcomes, `later` outcomes of moments after the last
    day; `drawn` is the share of keys that are kept of many.
    """

    known: Mapping[Key, tuple[Any, dt.datetime | None]]
    contradicting: int
    later: int
    drawn: float


@dataclass(frozen=True)
class Coverage:
    """Scored rows of a day, by their keys, and those whose outcome is known."""

    day: dt.date
    rows: int
    known: int


@dataclass(frozen=True)
class JoinedRows:
    """Scored rows with outcomes, of the days that count; how many there are of each day.

    `table` has the rows of the model and of a shadow, as `outcomes.joined` makes them.
    """

    table: pd.DataFrame
    coverage: tuple[Coverage, ...]
    first: dt.date
    last: dt.date


def read(path: Path, release: Release, time: str | None, until: dt.date) -> LabelFile:
    """The outcomes of a file that were known at the end of a day.

    Raises
    ------
    ServeError
        If it is no file of outcomes.
    """
    end = dt.datetime.combine(until + DAY, dt.time(), dt.UTC)
    outcome_of: dict[Key, tuple[Any, dt.datetime | None]] = {}
    contradicting: set[Key] = set()
    later = 0
    for key, outcome, at in outcomes.each(path, release.facts, time):
        if at is not None and at >= end:
            later += 1
        elif key in outcome_of and outcome_of[key][0] != outcome:
            contradicting.add(key)
        else:
            outcome_of[key] = outcome, at
    for key in contradicting:
        del outcome_of[key]
    parts = max(1, -(-len(outcome_of) // MOST))
    if parts > 1:
        outcome_of = {key: one for key, one in outcome_of.items() if _is_drawn(key, parts)}
    return LabelFile(outcome_of, len(contradicting), later, 1 / parts)


def _is_drawn(key: Key, parts: int) -> bool:
    return parts == 1 or zlib.crc32("\0".join(key).encode("utf-8", "replace")) % parts == 0


def joined(answers: AnswerFiles, labels: LabelFile, release: Release, until: dt.date) -> JoinedRows:
    """The rows of the newest days whose outcomes can be known, with those that are."""
    last = until - release.settings.label_days * DAY
    first = last - (BEFORE - 1) * DAY
    seen: dict[dt.date, set[Key]] = {}
    parts = round(1 / labels.drawn)

    def of_days() -> Iterator[dict[str, Any]]:
        for day in sorted(each for each in answers.days if first <= each <= last + DAY):
            for its_day, line in answers.read(day, LinesRead()):
                if not first <= its_day <= last:
                    continue
                is_live = line["role"] != SHADOW and line["model"] == release.version
                scored = line["score"] is not None and (
                    counts.scores_of(line["score"], list(release.scores)) is not None
                )
                if not scored or not (is_live or line["role"] == SHADOW):
                    continue
                key = key_of(
                    [line["key"].get(name) for name in release.facts["key"]], release.facts
                )
                if is_live and _is_drawn(key, parts):
                    seen.setdefault(its_day, set()).add(key)
                yield {**line, "role": LIVE if is_live else SHADOW}

    columns = _columns(release)
    table = outcomes.joined(of_days(), labels.known, release.facts, None, columns)
    coverage = tuple(
        Coverage(day, len(keys), sum(key in labels.known for key in keys))
        for day, keys in sorted(seen.items())
    )
    return JoinedRows(table, coverage, first, last)


def _columns(release: Release) -> list[str]:
    """The columns of slices, groups and prices that a log has."""
    chosen = release.params.evaluate
    named = [
        *chosen.slices,
        *release.groups,
        *(value.columns(chosen.value) if chosen.value else ()),
    ]
    columns = release.contract.columns
    return [name for name in dict.fromkeys(named) if not columns[name].personal]


def live(rows: JoinedRows, release: Release) -> Outcomes | None:
    """The rows of the model with their outcomes, in clusters of a day; None if there are none."""
    if not len(rows.table):
        return None
    table = rows.table[rows.table["role"] == LIVE].reset_index(drop=True)
    if not len(table):
        return None
    contract = release.contract
    classes = {each: place for place, each in enumerate(release.facts["classes"])}
    target = (
        np.array([classes[each] for each in table[OUTCOME]])
        if contract.task == "multiclass"
        else table[OUTCOME].to_numpy(np.float64)
    )
    if contract.task == "binary":
        target = target.astype(np.int8)
    cells = pd.DataFrame({name: table[CELL.format(name)] for name in _columns(release)})
    return _outcomes(target, table, cells.assign(**{TOGETHER: table["time"].dt.date}), release)


def tested(release: Release) -> Outcomes:
    """The rows that tested the model, in the clusters of `compare.cluster`."""
    test, contract = release.test, release.contract
    cells = test[[name for name in _columns(release) if name in test]]
    cluster = release.params.compare.cluster
    clusters: Any = test[cluster].astype("str") if cluster in test else np.arange(len(test))
    target = targets.numbers(test[contract.target], contract)
    return _outcomes(target, test, cells.assign(**{TOGETHER: clusters}), release)


def _outcomes(target: Any, table: pd.DataFrame, cells: pd.DataFrame, release: Release) -> Outcomes:
    contract, chosen = release.contract, release.params.evaluate
    names = list(release.scores)
    score = table[names].to_numpy(np.float64)
    score = score.astype(np.float32).astype(np.float64)  # as data/predictions.parquet has them
    score = score if contract.task == "multiclass" else score[:, 0]
    decision = targets.decisions(score, release.threshold)
    worth = None
    if chosen.value is not None and _priced(chosen.value, cells):
        for name in value.columns(chosen.value):
            cells[name] = pd.to_numeric(cells[name], errors="coerce")
        worth = value.of_rows(
            chosen.value, contract.task, cells, target, score, decision, targets.labels(contract)
        )
    _, cluster = np.unique(cells[TOGETHER].astype("str"), return_inverse=True)
    return Outcomes(contract.task, target, score, decision, cluster, worth, cells)


def _priced(prices: PriceList, cells: pd.DataFrame) -> bool:
    """Whether each row has the prices that are columns."""
    return all(
        name in cells and pd.to_numeric(cells[name], errors="coerce").notna().all()
        for name in value.columns(prices)
    )


def late(coverage: tuple[Coverage, ...]) -> Counter[str]:
    """Rows, and those with an outcome, of the older and of the younger half of the days."""
    made: Counter[str] = Counter()
    for place, each in enumerate(coverage):
        side = "older" if place < len(coverage) / 2 else "younger"
        made[f"{side} rows"] += each.rows
        made[f"{side} known"] += each.known
    return made
