"""Are the verdicts of a comparison as sure as they say? A simulation on the real test rows.

Changes that change nothing: the model is fitted with two seeds, and the two change roles in days
drawn at random, so that neither side is better but by chance. Of such changes, 5 % may be called
better or worse. Where each row counts by itself, as if flights of a day did not share their fate,
more are.

Changes that worsen the model: noise is added to the scores, as much as makes the difference the
smallest that these rows are said to show four times of five. Days are drawn again each time.

How long the figures of a large test set take is measured as well. Prints the tables and writes
them to docs/verdicts.md; ends with exit status 1 where a rate or the time is not what it should be.
Made-up rows of many kinds (tools/verdict_grid.py) take most of the time: one to two hours.

Usage: python -m tools.calibrate_verdicts          what `make calibrate-verdicts` calls
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from threadpoolctl import threadpool_limits

from tools import verdict_grid
from truerun.base import paths, tables, text_files
from truerun.base.errors import TruerunError, exit_with
from truerun.base.progress import progress
from truerun.compare import decision_changes, scores, slices
from truerun.compare.pairs import Scored, differences, in_slices, numbered
from truerun.compare.shorten import Shortener
from truerun.compare.swaps import POWER
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import draw, estimators, metrics, model_files, targets
from truerun.model.split import SPLIT, TEST
from truerun.model.uncertainty import LEVEL
from truerun.project import params
from truerun.project.params import Params
from truerun.stages.train import training_rows

OUTPUT = Path("docs/verdicts.md")
CHANGES = 500
SEED = 20130101
SURE = 0.999  # a rate this unlikely is not chance
LARGE, SLICES = 100_000, 40
MOST_SECONDS = 3.0  # for all figures of so many rows and slices
PLANTED = ("roc_auc", "log_loss", "brier", "average_precision")
APART = ("better", "worse")
ANY = "any of them"


@dataclass(frozen=True)
class Rate:
    """How often something happened of `CHANGES` times, and between what it had to be."""

    what: str
    times: int
    low: int
    high: int

    @property
    def as_it_should_be(self) -> bool:
        """Whether chance explains it."""
        return self.low <= self.times <= self.high

    @property
    def promises_too_much(self) -> bool:
        """Whether it happened more often than chance explains."""
        return self.times > self.high


def main() -> None:
    """Simulate, print and write; raise `TruerunError` where verdicts promise too much."""
    chosen, contract = params.load(), contracts.load(paths.SCHEMA)
    check(chosen, contract)
    rows = two_seeds(chosen, contract)
    by_day, by_row = false_verdicts(rows)
    worsened = planted(rows)
    seconds = [seconds_of(large(rows, alone=alone)) for alone in (False, True)]
    kinds = verdict_grid.measure()
    text = page(rows, by_day, by_row, worsened, seconds) + verdict_grid.page(kinds)
    print(text)
    text_files.write_text(OUTPUT, text)
    wrong = [rate.what for rate in by_day if rate.promises_too_much]
    wrong += verdict_grid.too_often(kinds)
    wrong += [rate.what for rate in worsened if not rate.as_it_should_be]
    if not any(rate.promises_too_much for rate in by_row):
        wrong.append("rows by themselves, which should be surer than they may")
    if max(seconds) > MOST_SECONDS:
        wrong.append(f"{max(seconds):.1f} s for {LARGE:,} rows and {SLICES} slices")
    if wrong:
        raise TruerunError(f"not as it should be: {', '.join(wrong)}")


def check(chosen: Params, contract: Contract) -> None:
    """Refuse a table on which this cannot be tried."""
    if contract.task != "binary":
        raise TruerunError(
            f"this needs a model of task: binary, but schema.yaml has task: {contract.task}"
        )
    if chosen.compare.cluster not in contract.columns:
        raise TruerunError(
            "this holds rows that go together against rows by themselves: compare.cluster of "
            f"params.yaml must name a column of schema.yaml, and is {chosen.compare.cluster}"
        )


def two_seeds(chosen: Params, contract: Contract) -> Scored:
    """The test rows, scored by the model of params.yaml and by its twin of another seed."""
    names, features, late = training_rows(
        contract, draw.training_rows(paths.VALIDATED, contract, chosen.train)
    )
    featurizer = model_files.load_model(paths.FEATURIZER)
    parts = []
    for name in tables.partition_names(paths.VALIDATED):
        rows = tables.read_table(tables.partition(paths.VALIDATED, name))
        parts.append(rows[rows[SPLIT] == TEST])
    test = pd.concat(parts, ignore_index=True)
    transformed = featurizer.transform(test[list(featurizer.feature_names_in_)])
    given = []
    for seed in (chosen.train.seed, chosen.train.seed + 1):
        train = chosen.train.model_copy(update={"seed": seed})
        estimator = estimators.build(train, contract.task, contract.directions(names))
        estimators.fit(train.model, estimator, features, late)
        given.append(estimator.predict_proba(np.asarray(transformed))[:, 1])
    decided = [targets.decisions(side, chosen.evaluate.threshold) for side in given]
    return Scored(
        contract.task,
        targets.numbers(test[contract.target], contract),
        *given,
        *decided,
        numbered(test[chosen.compare.cluster], len(test)),
    )


def false_verdicts(rows: Scored) -> tuple[list[Rate], list[Rate]]:
    """How often a verdict separates equal models, by metric: by day, and row by row."""
    random = np.random.default_rng(SEED)
    by_day = dict.fromkeys([*metrics.METRICS[rows.task], ANY], 0)
    formulas = in_slices(rows.task)
    by_row = dict.fromkeys(formulas, 0)
    alone = np.arange(len(rows))
    for _ in progress(range(CHANGES), doing="no change", unit="change"):
        changed = swapped(rows, random.integers(2, size=rows.clusters) == 1)
        separated = [d.metric for d in differences(changed) if d.verdict in APART]
        for name in separated:
            by_day[name] += 1
        by_day[ANY] += bool(separated)
        for difference in differences(replace(changed, cluster=alone), formulas):
            by_row[difference.metric] += difference.verdict in APART
    low, high = expected(1 - LEVEL)
    return (
        [Rate(name, times, low, high) for name, times in by_day.items()],
        [Rate(name, times, low, high) for name, times in by_row.items()],
    )


def swapped(rows: Scored, clusters: npt.NDArray[np.bool_]) -> Scored:
    """The two models with their roles changed in some of the clusters."""
    change = clusters[rows.cluster]
    return replace(
        rows,
        base=np.where(change, rows.head, rows.base),
        head=np.where(change, rows.base, rows.head),
        base_decision=np.where(change, rows.head_decision, rows.base_decision),
        head_decision=np.where(change, rows.base_decision, rows.head_decision),
    )


def planted(rows: Scored) -> list[Rate]:
    """How often a worsening of the size that is said to be detectable is found, by metric."""
    random = np.random.default_rng(SEED)
    noise = random.normal(size=len(rows))
    worsened = []
    for name in PLANTED:
        worse = as_large_as_detectable(rows, noise, name)
        draws = resampled(worse, random)
        times = sum(
            differences(drawn, [name])[0].verdict == "worse"
            for drawn in progress(draws, doing=f"planted, {name}", unit="change", total=CHANGES)
        )
        # The error of the error, and a worsening that is not quite the detectable one, blur it.
        worsened.append(Rate(name, times, round(0.7 * CHANGES), round(0.9 * CHANGES)))
    return worsened


def as_large_as_detectable(rows: Scored, noise: npt.NDArray[np.float64], name: str) -> Scored:
    """The base against itself with just so much noise that the difference could be shown."""
    low, high = 0.0, 4.0
    for _ in range(20):
        middle = (low + high) / 2
        worse = with_noise(rows, noise * middle)
        shift = differences(worse, [name])[0]
        if shift.difference is None or shift.detectable is None:
            raise TruerunError(f"{name} cannot be measured on these rows")
        if abs(shift.difference) < shift.detectable:
            low = middle
        else:
            high = middle
    return with_noise(rows, noise * high)


def with_noise(rows: Scored, noise: npt.NDArray[np.float64]) -> Scored:
    """The base beside its own scores with noise on their log odds."""
    odds = np.log(rows.base / (1 - rows.base)) + noise
    head = 1 / (1 + np.exp(-odds))
    return replace(rows, head=head, head_decision=rows.base_decision)


def resampled(rows: Scored, random: np.random.Generator) -> Iterator[Scored]:
    """Test sets of as many clusters, drawn with replacement; one drawn twice is two."""
    members = [np.flatnonzero(rows.cluster == number) for number in range(rows.clusters)]
    for _ in range(CHANGES):
        drawn = random.integers(rows.clusters, size=rows.clusters)
        chosen = np.concatenate([members[number] for number in drawn])
        cluster = np.repeat(np.arange(len(drawn)), [len(members[number]) for number in drawn])
        yield replace(rows.where(chosen), cluster=cluster)


def large(rows: Scored, *, alone: bool) -> Scored:
    """`LARGE` rows out of the real ones; `alone` says that each is its own cluster."""
    chosen = np.random.default_rng(SEED).integers(len(rows), size=LARGE)
    few = rows.where(chosen)
    return replace(few, cluster=np.arange(LARGE)) if alone else few


def seconds_of(rows: Scored) -> float:
    """Processor time that the metrics, the slices and the decisions of some rows take."""
    table = pd.DataFrame({"slice": (np.arange(len(rows)) % SLICES).astype(str)})
    with threadpool_limits(1):  # others would but wait, and be counted
        started = time.process_time()
        differences(rows)
        slices.compare_slices(rows, slices.parts(table, ["slice"], 1), "roc_auc")
        parts = slices.parts(table, ["slice"], 1)
        decision_changes.changed_decisions(rows, parts, ("0", "1"), (0.3, 0.3), Shortener())
        scores.compare_scores(rows)
        return time.process_time() - started


def cautious(rates: Sequence[Rate]) -> list[str]:
    """The metrics whose verdicts are rarer than they may be: a change must be larger to be told."""
    names = [rate.what for rate in rates if rate.what != ANY and rate.times < rate.low]
    return [f"One by one, {', '.join(names)} have fewer: all are judged at once."] if names else []


def expected(rate: float) -> tuple[int, int]:
    """Between which counts something of this rate falls, but for once in a thousand times."""
    tail = (1 - SURE) / 2
    return (
        int(stats.binom.ppf(tail, CHANGES, rate)),
        int(stats.binom.ppf(1 - tail, CHANGES, rate)),
    )


def page(
    rows: Scored,
    by_day: Sequence[Rate],
    by_row: Sequence[Rate],
    worsened: Sequence[Rate],
    seconds: Sequence[float],
) -> str:
    """All tables, as they are printed and written."""
    alone = {rate.what: rate for rate in by_row}
    low, high = expected(1 - LEVEL)
    lines = [
        "# How sure the verdicts are",
        "",
        f"Made by `make calibrate-verdicts`, on {len(rows):,} test rows of {rows.clusters} days.",
        "",
        "## Changes that change nothing",
        "",
        f"The model with two seeds, their roles changed in random days, {CHANGES} times: how many",
        f"of these were called better or worse. At {1 - LEVEL:.0%}, chance gives {low} to {high}.",
        "",
        "| metric | days vary | rows vary |",
        "| --- | ---: | ---: |",
    ]
    for rate in by_day:
        beside = alone.get(rate.what)
        by_row_cell = f"{beside.times} ({beside.times / CHANGES:.1%})" if beside else ""
        lines.append(f"| {rate.what} | {rate.times} ({rate.times / CHANGES:.1%}) | {by_row_cell} |")
    lines += [
        "",
        "An interval that takes each flight by itself (right column) claims too much.",
        *cautious(by_day),
        "",
        "## Changes that worsen the model",
        "",
        "Noise on the scores, as much as makes the difference the smallest detectable one, on days",
        f"drawn again {CHANGES} times: how many were called worse. The report says {POWER:.0%}.",
        "",
        "| metric | called worse |",
        "| --- | ---: |",
        *(f"| {rate.what} | {rate.times} ({rate.times / CHANGES:.1%}) |" for rate in worsened),
        "",
        "## How long it takes",
        "",
        f"Metrics, {SLICES} slices and the decisions of {LARGE:,} rows: {seconds[0]:.1f} s of",
        f"processor time where days go together, {seconds[1]:.1f} s where each row is by itself",
        f"(limit: {MOST_SECONDS:.0f} s).",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    exit_with(main)
