"""A delivery of newer rows held against what parts of the training rows of its size show."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from truerun.base import paths
from truerun.base.errors import TruerunError
from truerun.contract.contract import Contract
from truerun.contract.data_checks import Finding
from truerun.limits import against, bounds, figures, limits_file, parts
from truerun.limits.bins import bins
from truerun.limits.sums import Counted, Sums, groups_of, steady_columns, sums
from truerun.limits.windows import Window, Windows
from truerun.model import estimators, metrics, model_files, targets

FEWEST = 20  # rows of a delivery, and of a part, whose figures say something
SURE = 0.99
DRAWS = 100  # parts of the test rows that are scored


@dataclass(frozen=True)
class LearnedRows:
    """The rows that the project has learned from, and those that tested it."""

    train: pd.DataFrame
    test: pd.DataFrame
    contract: Contract
    folder: Path


def learned(folder: Path, contract: Contract) -> LearnedRows | None:
    """The rows of the last run in a folder; None if none is there, or it was of other columns."""
    try:
        train, test = parts.sides(folder, contract)
    except TruerunError:
        return None
    if not set(contract.columns) <= set(train) or len(train) < 2 * FEWEST:
        return None
    return LearnedRows(train, test, contract, folder)


def warnings(rows: pd.DataFrame, name: str, of: LearnedRows | None) -> list[str]:
    """What of the valid rows of a delivery is beyond what the project has seen."""
    if of is None:
        return [f"{name} is not held against training rows, of which there are too few here"]
    beyond = findings(rows, name, of.train, of.contract)
    beyond += score(rows, name, of.test, of.contract, of.folder)
    return [f"{finding.check}: {finding.detail}" for finding in beyond]


def most_broken(rows: int, of: LearnedRows | None) -> float:
    """The share of the rows of a delivery that may be beyond the contract, as parts of them are.

    As many as one delivery of a hundred has, if each row is with the share of the worst part.
    """
    if of is None or not rows:
        return 0.0
    size = min(rows, len(of.train) // 2)
    share = parts.most_beyond(of.train, size, of.contract)
    return float(stats.binom.ppf(SURE, rows, (share * size + 1) / (size + 2))) / rows


def constant_in_parts(columns: list[str], rows: int, of: LearnedRows | None) -> list[str]:
    """Those of some columns that have one value in all rows of a part of training rows, too."""
    return [] if of is None else parts.constant_somewhere(of.train, rows, columns)


def findings(
    rows: pd.DataFrame, name: str, train: pd.DataFrame, contract: Contract
) -> list[Finding]:
    """What of the valid rows of a delivery is beyond what parts of the training rows show."""
    size = min(len(rows), len(train) // 2)
    if size < FEWEST:
        return []
    of_columns = {column: bins(train[column]) for column in steady_columns(contract)}
    counted = Counted(
        of_columns, contract.target, contract.task, groups_of(of_columns), None, timed=False
    )
    whole = sums(train, counted, "", test=False)
    windows = Windows(by="rows", length=size)
    plan = figures.plan(counted, windows, whole)
    counts = [
        sums(train.iloc[place], counted, "", test=False) for place in parts.places(len(train), size)
    ]
    learned = bounds.learn(bounds.matrix(counts, plan, whole), plan)
    limits = limits_file.of_content(limits_file.content(windows, plan, learned, None))
    delivery: dict[Window, Sums] = {
        Window((name, 0), f"part {name}"): sums(rows, counted, name, test=True)
    }
    shown_by = f"by what parts of {size:,} training rows show"
    return against.findings(delivery, whole, limits, contract, shown_by)


def score(
    rows: pd.DataFrame, name: str, test: pd.DataFrame, contract: Contract, folder: Path
) -> list[Finding]:
    """Whether the model is worse on a delivery than on each of many parts of the test rows."""
    path = folder / paths.MODEL
    if not path.is_file() or min(len(rows), len(test)) < FEWEST:
        return []
    model = model_files.load_model(path, estimators.TRUSTED)
    metric = metrics.main_metric(contract.task)
    actual = targets.numbers(rows[contract.target], contract)
    if metric.needs_all_classes and len(np.unique(actual)) < max(2, len(contract.classes)):
        return []
    scores = targets.predicted(model, rows, contract)
    reached = metric.value(actual, scores, targets.decisions(scores, None))
    test_target = targets.numbers(test[contract.target], contract)
    test_scores = targets.predicted(model, test, contract)
    generator = np.random.default_rng(parts.SEED)
    seen = []
    for _ in range(DRAWS):
        drawn = generator.choice(len(test), len(rows))
        target, of_drawn = test_target[drawn], test_scores[drawn]
        if not metric.needs_all_classes or len(np.unique(target)) >= max(2, len(contract.classes)):
            seen.append(metric.value(target, of_drawn, targets.decisions(of_drawn, None)))
    if not seen:
        return []
    worst = min(seen) if metric.higher_is_better else max(seen)
    is_worse = reached < worst if metric.higher_is_better else reached > worst
    if not is_worse:
        return []
    bound = "at least" if metric.higher_is_better else "at most"
    detail = (
        f"the model has {metric.label} {reached:.3g} on part {name}, where so many test rows have"
        f" {bound} {worst:.3g}: is {contract.target} what it was?"
    )
    return [Finding("score", "warn", detail)]
