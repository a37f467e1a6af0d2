"""The model card: what the model was trained on, how well it does, where it does worst."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.contract import Contract
from pipeline.metrics import METRICS
from pipeline.params import Params

WORST = 5
COLUMNS = 10


@dataclass(frozen=True)
class Facts:
    """The figures of a run that its card tells.

    `results` and `slices` are the contents of metrics/evaluate.json and slices.json; `first` and
    `last` are the moments of the training rows, where the data has time.
    """

    train_rows: int
    train_rate: float
    first: str | None
    last: str | None
    results: dict[str, Any]
    slices: dict[str, dict[str, Any]]
    importance: pd.DataFrame


def render(facts: Facts, params: Params, contract: Contract) -> str:
    """The card as Markdown, from the figures of the run and the words of schema.yaml."""
    test = facts.results["test"]
    options = "".join(
        f", {name} {value}"
        for name, value in params.source.options.items()
        if isinstance(value, int | float | str)
    )
    source = f"{params.source.name}{options}"
    period = f", from {facts.first} to {facts.last}" if facts.first else ""
    columns = ", ".join(
        f"`{row.column}` ({row.importance:.3f})"
        for row in facts.importance.head(COLUMNS).itertuples()
    )
    return f"""# Model card

`{params.train.model}` predicts {contract.predicts}. Source: {source}. Every figure below is of the
run that made this file.

## Trained on

{facts.train_rows:,} rows{period}; `{contract.target}` is 1 in {facts.train_rate:.1%} of them.

## How well it does

On {test["rows"]:,} test rows that it never saw; {test["target_rate"]:.1%} of them are 1, and its
mean score is {test["mean_score"]:.1%}. Decisions are taken at a threshold of
{params.evaluate.threshold}.

{_metrics_table(facts.results)}

## Where it does worst

The slices of the test rows with the lowest ROC AUC, of those with at least
{params.evaluate.min_slice_rows} rows:

{_worst_slices(facts.slices)}

## What it looks at

The columns whose shuffling costs most ROC AUC: {columns}.

## What it must not be used for

{contract.not_for}
"""


def _metrics_table(results: dict[str, Any]) -> str:
    """Metrics of test rows beside those of the baseline and of training rows."""
    lines = ["| metric | test | the rate for everyone | training |", "| --- | ---: | ---: | ---: |"]
    lines += [
        f"| {name} | {_figure(results['test'][name])} | {_figure(results['baseline'][name])} "
        f"| {_figure(results['train'][name])} |"
        for name in METRICS["binary"]
    ]
    return "\n".join(lines)


def _worst_slices(slices: dict[str, dict[str, Any]]) -> str:
    """The slices that the model ranks worst."""
    ranked = sorted(
        (figures["roc_auc"], column, value, figures)
        for column, values in slices.items()
        for value, figures in values.items()
        if figures["roc_auc"] is not None
    )
    lines = [
        "| slice | rows | rate | mean score | ROC AUC |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(
            f"| {column} {value} | {figures['rows']:,} | {figures['target_rate']:.1%} "
            f"| {figures['mean_score']:.1%} | {area:.3f} |"
            for area, column, value, figures in ranked[:WORST]
        ),
    ]
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    """A metric, or "none" where it is not defined."""
    return "none" if value is None else f"{value:.4f}"
