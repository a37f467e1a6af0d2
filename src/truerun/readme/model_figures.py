"""How good a project's model is, and where it is weak, from the files of its last run."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truerun.base import paths
from truerun.base.errors import ReadmeError
from truerun.base.tasks import Task
from truerun.base.yaml_text import plain
from truerun.compare.baseline import against_baseline
from truerun.compare.causes import raw_files
from truerun.comparison.comparison import MetricDifference
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import card
from truerun.model.figures import figure
from truerun.model.metrics import METRICS, main_metric
from truerun.model.tasks import TASKS
from truerun.project import params
from truerun.project.params import Params
from truerun.readme.block import ModelFigures
from truerun.report import words

FILES = ("evaluate", "slices", "prepare")
WEAKEST = 3  # slices
RAW = f"{paths.RAW.name}/"  # of a file in data/raw.dvc
PICTURES: Mapping[Task, tuple[tuple[str, str], ...]] = {
    "binary": (
        ("roc.svg", "ROC curve on the test rows"),
        ("calibration.svg", "Calibration: the observed rate against the mean score"),
    ),
    "multiclass": (
        ("confusion.svg", "Predicted against actual classes"),
        ("calibration.svg", "Calibration: the observed rate against the mean score"),
    ),
    "regression": (
        ("predicted.svg", "Predicted against actual values"),
        ("importance.svg", "Permutation importance of the columns"),
    ),
    "counts": (
        ("calibration.svg", "Calibration: the observed mean against the predicted one"),
        ("importance.svg", "Permutation importance of the columns"),
    ),
}


def of_project(folder: Path = Path()) -> ModelFigures:
    """The figures of the last run in a folder, by its settings."""
    return of_run(folder, contracts.load(folder / paths.SCHEMA), params.load(folder / paths.PARAMS))


def of_run(folder: Path, contract: Contract, settings: Params) -> ModelFigures:
    """The figures of the last run in a folder.

    Raises
    ------
    ReadmeError
        If the files of a run are not there.
    """
    results, slices, prepared = (_read(folder / paths.METRICS / f"{name}.json") for name in FILES)
    test, base = results["test"], results["baseline"]
    listing = plain(folder / paths.RAW_DVC)
    return ModelFigures(
        files=tuple(path.removeprefix(RAW) for path in sorted(raw_files(listing))),
        rows=prepared["rows_in"],
        test_rows=test["rows"],
        baseline=TASKS[contract.task].baseline,
        metrics=tuple(
            (METRICS[contract.task][name].label, figure(test[name]), figure(base[name]))
            for name in TASKS[contract.task].summarized
        ),
        gain=gain(against_baseline(folder, contract, settings), TASKS[contract.task].baseline),
        weakest=weakest(slices, contract),
        pictures=tuple((f"{paths.PLOTS}/{name}", alt) for name, alt in PICTURES[contract.task]),
    )


def gain(difference: MetricDifference, baseline: str) -> str:
    """How much better than the baseline, which is called so, and how sure that is."""
    fields = difference.model_dump()
    name, interval = words.label(fields), words.interval(fields, " (95 %: ", ")")
    judged = {"better": "better", "worse": "worse"}.get(difference.verdict, "not surely better")
    return f"By {name} the model is {judged} than {baseline}: {interval}."


def weakest(slices: Mapping[str, Mapping[str, Any]], contract: Contract) -> str:
    """Where the main metric is worst, in a sentence; none without slices."""
    metric, name = main_metric(contract.task), TASKS[contract.task].main_metric
    shown = "; ".join(
        f"`{column}` is {_value(column, value, contract)}"
        f" ({figure(figures[name])}, {words.counted(figures['rows'], 'row')})"
        for column, value, figures in card.worst_first(slices, contract.task)[:WEAKEST]
    )
    return f"It is weakest, by {metric.label}, where {shown}." if shown else ""


def _value(column: str, value: str, contract: Contract) -> str:
    """The value of a slice: what is a whole number without a decimal, as the table had it."""
    declared = contract.columns.get(column)
    is_number = declared is not None and declared.type == "float"
    return value.removesuffix(".0") if is_number else f"`{value}`"


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReadmeError(f"{path} cannot be read ({error}): run `make repro`") from error
    return content
