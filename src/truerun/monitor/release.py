"""What a model was released with: its bundle, what it learned from, and the rows that tested it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truerun.base import paths, tables
from truerun.base.errors import TruerunError, listed
from truerun.base.partitions import map_partitions
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.limits import against, limits_file
from truerun.limits.bins import Bins, bins
from truerun.limits.limits_file import Limits
from truerun.limits.sums import Coded, Counted, Sums, is_of_clock, plain_sums
from truerun.model import targets
from truerun.model.scoring import bundle
from truerun.model.split import SPLIT, TRAIN
from truerun.params.monitor import Monitor
from truerun.project import params
from truerun.project.params import Params

RESULTS = paths.METRICS / "evaluate.json"
MOST_GROUPS = 20  # values of a column whose groups are counted; the others are put together
OTHER = "(other)"


class MonitorError(TruerunError):
    """A release or a log that nothing can be said of; the message says why."""

    exit_status = 3  # 1 and 2 are answers


@dataclass(frozen=True)
class Release:
    """A model with all that live rows are held against.

    `limits` are those of columns that a log has, `counted` the columns that are counted,
    `reference` the counts of training rows; `test` the rows of data/predictions.parquet,
    `results` the figures of metrics/evaluate.json; `groups` the values of each column of
    `monitor.groups`.
    """

    facts: Mapping[str, Any]
    version: str
    contract: Contract
    params: Params
    limits: Limits
    counted: Counted
    scores: Mapping[str, Bins]
    reference: Sums
    test: pd.DataFrame
    results: Mapping[str, Any]
    groups: Mapping[str, tuple[str, ...]]

    @property
    def threshold(self) -> float | None:
        """The score from which on a row of a binary task is positive."""
        threshold: float | None = self.facts["threshold"]
        return threshold

    @property
    def settings(self) -> Monitor:
        """The section `monitor` of params.yaml."""
        return self.params.monitor

    def without_columns(self) -> "Release":
        """The same for answers of which the rows are not kept."""
        return replace(
            self,
            limits=limits_file.of_content(limits_file.NOTHING),
            counted=replace(self.counted, bins={}),
            groups={},
        )


def load(folder: Path) -> Release:
    """What was released with a bundle, in the folder of its project.

    Raises
    ------
    TruerunError
        If a file is missing, or is not of this bundle.
    """
    served = bundle.read(folder)
    contract, chosen = contracts.load(paths.SCHEMA), params.load()
    limits = _of_a_log(limits_file.load(paths.LIMITS), contract)
    counted = replace(against.counted(limits, contract), timed=False, groups=[], numbers=[])
    test = _predictions(contract)
    return Release(
        served.facts,
        served.version,
        contract,
        chosen,
        limits,
        counted,
        {name: bins(test[name]) for name in targets.score_columns(contract)},
        _reference(counted),
        test,
        _results(),
        _groups(chosen.monitor, contract, test),
    )


def _of_a_log(limits: Limits, contract: Contract) -> Limits:
    """The limits of features that a log has, by shares: how many requests come is another matter.

    What needs outcomes, or the clock of the table, is left out.
    """
    unlogged = {name for name, column in contract.columns.items() if column.personal}
    if contract.target not in limits.columns or contract.target in unlogged:
        return limits_file.of_content(limits_file.NOTHING)
    kept = {
        name: column.model_copy(
            update={"rows": {}, "mean": None, "still": None, "repeat": None}
            | ({"drift": None, "range": None, "missing": None} if name == contract.target else {})
        )
        for name, column in limits.columns.items()
        if name not in unlogged and not is_of_clock(name, contract.time)
    }
    features = kept.keys() - {contract.target}
    relations = {
        left: {right: limit for right, limit in others.items() if right in features}
        for left, others in limits.relations.items()
        if left in features
    }
    update = {"rows": None, "columns": kept, "relations": relations, "alignment": {}}
    return limits.model_copy(update=update)


def _predictions(contract: Contract) -> pd.DataFrame:
    """The rows that tested the model, in the order of their time."""
    if not paths.PREDICTIONS.is_file():
        raise MonitorError(
            f"{paths.PREDICTIONS} does not exist: `truerun repro` makes it; in a clone `dvc pull`"
            " may have it"
        )
    test: pd.DataFrame = tables.read_table(paths.PREDICTIONS)
    wanted = [*contract.key, contract.target, *targets.score_columns(contract)]
    if lacking := [name for name in wanted if name not in test]:
        raise MonitorError(f"{paths.PREDICTIONS} has no column {listed(lacking)}")
    if contract.time is not None and contract.time in test:
        test = test.sort_values(contract.time, kind="stable", ignore_index=True)
    return test


def _reference(counted: Counted) -> Sums:
    """The counts of all training rows."""
    if not counted.bins:
        return Sums()
    names = tables.partition_names(paths.VALIDATED)

    def count(name: str) -> Sums:
        rows = tables.read_table(tables.partition(paths.VALIDATED, name), [*counted.bins, SPLIT])
        rows = rows[rows[SPLIT] == TRAIN].reset_index(drop=True)
        rows[counted.target] = unknown(len(rows), counted.bins[counted.target])
        return plain_sums(Coded.of(rows, counted), len(rows), counted, name, test=False)

    parts = map_partitions(count, names, "count", tables.sizes(paths.VALIDATED, names))
    return sum(parts.values(), Sums())


def unknown(rows: int, of_column: Bins) -> pd.Series:
    """A column of nothing but missing values: the outcomes of rows are not known yet."""
    if of_column.are_texts:
        return pd.Series([None] * rows, dtype="str")
    return pd.Series(np.full(rows, np.nan))


def _results() -> Mapping[str, Any]:
    try:
        content = json.loads(RESULTS.read_text(encoding="utf-8"))
        results: Mapping[str, Any] = content
        _ = results["test"]["rows"], results["train"]["rows"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise MonitorError(f"{RESULTS} is not what `truerun repro` writes: {error}") from error
    return results


def _groups(
    settings: Monitor, contract: Contract, test: pd.DataFrame
) -> Mapping[str, tuple[str, ...]]:
    """The values of each column of `monitor.groups`, the most common first."""
    made = {}
    for name in settings.groups:
        column = contract.columns.get(name)
        if column is None or name == contract.target or column.personal:
            why = (
                "is no column of schema.yaml"
                if column is None
                else "is the target"
                if name == contract.target
                else "is personal, so that no log has it"
            )
            raise MonitorError(f"{paths.PARAMS}: monitor.groups names {name}, which {why}")
        values: list[str] = [*map(str, column.categories or ())]
        if not values and name in test:
            values = [str(value) for value in test[name].astype("str").value_counts().index]
        made[name] = tuple(values[:MOST_GROUPS])
    return made
