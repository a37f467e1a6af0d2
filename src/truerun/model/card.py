"""The model card: what the model was trained on, how well it does, where it does worst."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from truerun.contract.contract import Contract, Task
from truerun.model import targets
from truerun.model.metrics import MAIN, METRICS
from truerun.params.evaluate import Evaluate
from truerun.params.source import Source
from truerun.params.train import ModelName

WORST = 5
COLUMNS = 10
CLASSES = 20
LARGE = 1000  # from here on four decimals say nothing


class Words(NamedTuple):
    """What the card calls things of a task.

    `everyone` is the baseline; `worst` tells by what slices are ranked, which the column `ranked`
    of their table holds; `costs` what the shuffling of a column does.
    """

    everyone: str
    worst: str
    ranked: str
    costs: str


WORDS: Mapping[Task, Words] = {
    "binary": Words("the rate for everyone", "lowest ROC AUC", "ROC AUC", "costs most ROC AUC"),
    "multiclass": Words(
        "the shares for everyone", "highest log loss", "log loss", "raises log loss most"
    ),
    "regression": Words("the mean for everyone", "highest RMSE", "RMSE", "raises RMSE most"),
    "counts": Words(
        "the mean for everyone",
        "highest Poisson deviance",
        "Poisson deviance",
        "raises Poisson deviance most",
    ),
}


@dataclass(frozen=True)
class Facts:
    """What a card tells of a run: where the data is from, which estimator was fitted, and figures.

    `train_target` is that of the training rows, as `targets.numbers` has it; `results` and `slices`
    are the contents of metrics/evaluate.json and slices.json; `first` and `last` are the moments of
    the training rows, where the data has time.
    """

    source: Source
    model: ModelName
    train_target: np.ndarray
    first: str | None
    last: str | None
    results: dict[str, Any]
    slices: dict[str, dict[str, Any]]
    importance: pd.DataFrame


def render(facts: Facts, chosen: Evaluate, contract: Contract) -> str:
    """The card as Markdown, from the figures of the run and the words of schema.yaml."""
    words = WORDS[contract.task]
    options = "".join(
        f", {name} {value}"
        for name, value in facts.source.options.items()
        if isinstance(value, str | int | float)
    )
    source = f"{facts.source.name}{options}"
    period = f", from {facts.first} to {facts.last}" if facts.first else ""
    columns = ", ".join(
        f"`{row.column}` ({row.importance:.3{'f' if contract.classes else 'g'}})"
        for row in facts.importance.head(COLUMNS).itertuples()
    )
    return f"""# Model card

`{facts.model}` predicts {contract.predicts}. Source: {source}. Every figure below is of the
run that made this file.

## Trained on

{len(facts.train_target):,} rows{period}; {_learned(facts.train_target, contract)}.

## How well it does

{_tested(facts.results["test"], chosen, contract)}

{_metrics_table(facts.results, contract.task)}
{_class_table(facts.results.get("classes", {}))}
## Where it does worst

The slices of the test rows with the {words.worst}, of those with at least
{chosen.min_slice_rows} rows:

{_worst_slices(facts.slices, contract.task)}

## What it looks at

The columns whose shuffling {words.costs}: {columns}.

## What it must not be used for

{contract.not_for}
"""


def _learned(target: np.ndarray, contract: Contract) -> str:
    """What the target was in training rows."""
    name = f"`{contract.target}`"
    if contract.task == "binary":
        return f"{name} is 1 in {float(target.mean()):.1%} of them"
    if contract.task != "multiclass":
        return (
            f"{name} is {target.mean():.4g} on average, from {target.min():g} to {target.max():g}"
        )
    shares = np.bincount(target, minlength=len(contract.classes)) / len(target)
    labels = targets.labels(contract)
    order = np.argsort(-shares, kind="stable")
    told = [f"{_cell(labels[number])} in {shares[number]:.1%}" for number in order[:CLASSES]]
    more = f" and {len(order) - CLASSES} more" if len(order) > CLASSES else ""
    return f"{name} is {', '.join(told)}{more} of them"


def _tested(test: dict[str, Any], chosen: Evaluate, contract: Contract) -> str:
    """On which rows it was tested, and what it says of them."""
    rows = f"On {test['rows']:,} test rows that it never saw"
    if contract.task == "binary":
        return (
            f"{rows}; {test['target_rate']:.1%} of them are 1, and its\nmean score is "
            f"{test['mean_score']:.1%}. Decisions are taken at a threshold of\n"
            f"{chosen.threshold}."
        )
    if contract.task == "multiclass":
        return f"{rows}. It decides for the likeliest class."
    return (
        f"{rows}; their mean is {test['target_mean']:.4g}, and that of its predictions "
        f"{test['mean_score']:.4g}."
    )


def _metrics_table(results: dict[str, Any], task: Task) -> str:
    """Metrics of test rows beside those of the baseline and of training rows."""
    lines = [f"| metric | test | {WORDS[task].everyone} | training |"]
    lines.append("| --- | ---: | ---: | ---: |")
    lines += [
        f"| {name} | {_figure(results['test'][name])} | {_figure(results['baseline'][name])} "
        f"| {_figure(results['train'][name])} |"
        for name in METRICS[task]
    ]
    return "\n".join(lines)


def _class_table(classes: dict[str, dict[str, Any]]) -> str:
    """How well each class is told from the others, those of most rows first."""
    if not classes:
        return ""
    ordered = sorted(classes, key=lambda name: -classes[name]["rows"])
    lines = [
        "",
        "| class | rows | ROC AUC | precision | recall | F1 |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {_cell(name)} | {classes[name]['rows']:,} | "
            + " | ".join(
                _figure(classes[name][key]) for key in ("roc_auc", "precision", "recall", "f1")
            )
            + " |"
            for name in ordered[:CLASSES]
        ),
    ]
    return "\n".join(lines) + "\n"


def _worst_slices(slices: dict[str, dict[str, Any]], task: Task) -> str:
    """The slices in which the main metric is worst."""
    main = MAIN[task]
    sign = 1 if METRICS[task][main].higher_is_better else -1
    ranked = sorted(
        (sign * figures[main], column, value, figures)
        for column, values in slices.items()
        for value, figures in values.items()
        if figures[main] is not None
    )
    if not ranked:
        return "There is none."
    means = {"binary": " rate | mean score |", "multiclass": ""}.get(task, " mean | prediction |")
    lines = [
        f"| slice | rows |{means} {WORDS[task].ranked} |",
        f"| --- | ---: |{' ---: |' * means.count('|')} ---: |",
        *(
            f"| {_cell(f'{column} {value}')} | {figures['rows']:,} |{_means(figures, task)} "
            f"{_brief(figures[main], task)} |"
            for _, column, value, figures in ranked[:WORST]
        ),
    ]
    return "\n".join(lines)


def _means(figures: dict[str, Any], task: Task) -> str:
    """Mean target and mean score of a slice as cells, where the task has them."""
    if task == "multiclass":
        return ""
    if task == "binary":
        return f" {figures['target_rate']:.1%} | {figures['mean_score']:.1%} |"
    return f" {figures['target_mean']:.4g} | {figures['mean_score']:.4g} |"


def _brief(value: float, task: Task) -> str:
    """A metric in three digits."""
    return f"{value:.3f}" if task in ("binary", "multiclass") else f"{value:.3g}"


def _figure(value: float | None) -> str:
    """A metric, or "none" where it is not defined."""
    if value is None:
        return "none"
    return f"{value:.4f}" if abs(value) < LARGE else f"{value:,.1f}"


def _cell(text: str) -> str:
    """A name of the data as text of a table's cell."""
    return " ".join(text.replace("|", "\\|").split())
