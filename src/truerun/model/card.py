"""The model card: what the model was trained on, how well it does, where it does worst."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from truerun.base.tasks import Task
from truerun.contract.contract import Contract
from truerun.model import disbelief, targets, value
from truerun.model.figures import decimals, figure
from truerun.model.metrics import METRICS, main_metric
from truerun.model.tasks import TASKS
from truerun.params.evaluate import Evaluate
from truerun.params.source import SourceSettings

WORST = 5
COLUMNS = 10
CLASSES = 20


@dataclass(frozen=True)
class CardFacts:
    """What a card says of a run: where the data is from, which estimator was fitted, and figures.

    `fitted_on` is how many rows it was fitted on, where it is not all training rows;
    `train_target` is that of the training rows, as `targets.numbers` has it; `results` and `slices`
    are the contents of metrics/evaluate.json and slices.json; `first` and `last` are the moments of
    the training rows, where the data has time.
    """

    source: SourceSettings
    model: str
    fitted_on: int | None
    train_target: np.ndarray
    first: str | None
    last: str | None
    results: dict[str, Any]
    slices: dict[str, dict[str, Any]]
    importance: pd.DataFrame


def render(facts: CardFacts, chosen: Evaluate, contract: Contract) -> str:
    """The card as Markdown, from the figures of the run and the words of schema.yaml."""
    metric = main_metric(contract.task)
    worst = "lowest" if metric.higher_is_better else "highest"
    costs = "costs most {}" if metric.higher_is_better else "raises {} most"
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

{_rows(facts)}{period}; {_learned(facts.train_target, contract)}.

## How well it does

{_tested(facts.results["test"], chosen, contract)}

{_metrics_table(facts.results, chosen, contract.task)}
{_training_note(facts)}{_class_table(facts.results.get("classes", {}))}{_doubt(facts, contract)}
## Where it does worst

The slices of the test rows with the {worst} {metric.label}, of those with at least
{chosen.min_slice_rows} rows:

{_worst_slices(facts.slices, contract.task)}

## What it looks at

The columns whose shuffling {costs.format(metric.label)}: {columns}.
{_vouched_for(contract)}
## What it must not be used for

{contract.not_for}
"""


def _rows(facts: CardFacts) -> str:
    """How many training rows there are, and on how many of them it was fitted."""
    rows = f"{len(facts.train_target):,} rows"
    if facts.fitted_on is None:
        return rows
    return f"{facts.fitted_on:,} rows, drawn of {rows} (`train.max_rows`)"


def _doubt(facts: CardFacts, contract: Contract) -> str:
    """A warning, if the test score is too good to be true."""
    doubt = disbelief.warning(facts.results, facts.importance, contract.task)
    return f"\n**Too good to be true?** {_cell(doubt)}\n" if doubt else ""


def _vouched_for(contract: Contract) -> str:
    """The columns that would be refused as leaks, were they not vouched for."""
    names = [f"`{name}`" for name, column in contract.columns.items() if column.known_in_time]
    if not names:
        return ""
    return (
        "\nThese look as if they knew the target, and schema.yaml vouches that they are known when"
        f"\nthe prediction is made (`known_in_time: true`): {', '.join(names)}.\n"
    )


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
    shown = [f"{_cell(labels[number])} in {shares[number]:.1%}" for number in order[:CLASSES]]
    more = f" and {len(order) - CLASSES} more" if len(order) > CLASSES else ""
    return f"{name} is {', '.join(shown)}{more} of them"


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


def _metrics_table(results: dict[str, Any], chosen: Evaluate, task: Task) -> str:
    """Metrics of test rows beside those of the baseline and of training rows; and the value."""
    names = {name: name for name in METRICS[task]}
    if chosen.value:
        names[value.VALUE] = _cell(value.label(chosen.value))
    lines = [f"| metric | test | {TASKS[task].baseline} | training |"]
    lines.append("| --- | ---: | ---: | ---: |")
    lines += [
        f"| {shown} | {figure(results['test'][name])} | {figure(results['baseline'][name])} "
        f"| {figure(results['train'][name])} |"
        for name, shown in names.items()
    ]
    return "\n".join(lines)


def _training_note(facts: CardFacts) -> str:
    """On how many training rows the figures are, where it is not all of them."""
    scored = facts.results["train"]["rows"]
    if scored == len(facts.train_target):
        return ""
    return f"\nThe figures of training rows are of {scored:,} of them, evenly spaced.\n"


def _class_table(classes: dict[str, dict[str, Any]]) -> str:
    """How well the scores separate each class from the others, the largest classes first."""
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
                figure(classes[name][key]) for key in ("roc_auc", "precision", "recall", "f1")
            )
            + " |"
            for name in ordered[:CLASSES]
        ),
    ]
    return "\n".join(lines) + "\n"


def worst_first(
    slices: Mapping[str, Mapping[str, Any]], task: Task
) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Columns, values and figures of slices, that with the worst main metric first."""
    main = TASKS[task].main_metric
    sign = 1 if main_metric(task).higher_is_better else -1
    ranked = sorted(
        (sign * figures[main], column, value, figures)
        for column, values in slices.items()
        for value, figures in values.items()
        if figures[main] is not None
    )
    return [(column, value, figures) for _, column, value, figures in ranked]


def _worst_slices(slices: dict[str, dict[str, Any]], task: Task) -> str:
    """The slices in which the main metric is worst."""
    main = TASKS[task].main_metric
    ranked = worst_first(slices, task)
    if not ranked:
        return "There is none."
    means = {"binary": " rate | mean score |", "multiclass": ""}.get(task, " mean | prediction |")
    lines = [
        f"| slice | rows |{means} {main_metric(task).label} |",
        f"| --- | ---: |{' ---: |' * means.count('|')} ---: |",
        *(
            f"| {_cell(f'{column} {value}')} | {figures['rows']:,} |{_means(figures, task)} "
            f"{_brief(figures[main])} |"
            for column, value, figures in ranked[:WORST]
        ),
    ]
    return "\n".join(lines)


def _means(figures: Mapping[str, Any], task: Task) -> str:
    """Mean target and mean score of a slice as cells, where the task has them."""
    if task == "multiclass":
        return ""
    if task == "binary":
        return f" {figures['target_rate']:.1%} | {figures['mean_score']:.1%} |"
    return f" {figures['target_mean']:.4g} | {figures['mean_score']:.4g} |"


def _brief(value: float) -> str:
    """A metric with one decimal less than usual."""
    return figure(value, max(0, decimals(value) - 1))


def _cell(text: str) -> str:
    """A name of the data as text of a table's cell."""
    return " ".join(text.replace("|", "\\|").split())
