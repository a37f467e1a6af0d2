"""The runs of `dvc exp` that start from one of two revisions."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from truerun.base import locks, paths
from truerun.base.commands import CommandError
from truerun.base.tasks import Task
from truerun.compare.revisions import dvc
from truerun.compare.shorten import Shortener
from truerun.comparison.comparison import Change, Experiment, Missing
from truerun.model import metrics
from truerun.model.tasks import TASKS

RESULTS = str(paths.METRICS / "evaluate.json")
MOST = 50


def of(commits: list[str], task: Task, shortener: Shortener) -> tuple[Experiment, ...] | Missing:
    """The experiments that start from one of the commits, those with results only, best first."""
    try:
        shown = dvc("exp", "show", "--json", *(f"--rev={commit}" for commit in commits))
        return best_first(json.loads(shown), task, shortener)
    except (CommandError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Missing(missing=f"`dvc exp show` does not list experiments: {error!r}")


def best_first(
    shown: Iterable[Mapping[str, Any]], task: Task, shortener: Shortener
) -> tuple[Experiment, ...]:
    """The experiments of what `dvc exp show` says, by the main metric; those without it last."""
    main = TASKS[task].main_metric
    sign = -1 if metrics.main_metric(task).higher_is_better else 1

    def place(run: Experiment) -> tuple[bool, float]:
        value = run.values[main]
        return value is None, sign * (value or 0.0)

    runs = [run for baseline in shown for run in _runs(baseline, task, shortener)]
    return shortener.first(sorted(runs, key=place), MOST, "experiments")


def _runs(baseline: Mapping[str, Any], task: Task, shortener: Shortener) -> Iterator[Experiment]:
    """The experiments of one commit, with the metrics of the task."""
    before = _leaves(baseline.get("data"), "params", str(paths.PARAMS))
    for experiment in baseline.get("experiments") or ():
        run = experiment["revs"][0]
        figures = _leaves(run.get("data"), "metrics", RESULTS)
        values = {name: figures.get(f"test.{name}") for name in metrics.METRICS[task]}
        if run.get("rev") == "workspace" or not any(map(_number, values.values())):
            continue
        after = _leaves(run.get("data"), "params", str(paths.PARAMS))
        name = str(experiment.get("name") or run["rev"])
        changes = [
            Change(name=key, base=_text(before.get(key)), head=_text(value))
            for key, value in after.items()
            if before.get(key) != value
        ]
        yield Experiment(
            name=name,
            parameters=shortener.first(changes, MOST, f"parameters of the experiment {name}"),
            values={name: value if _number(value) else None for name, value in values.items()},
        )


def _leaves(data: Any, kind: str, file: str) -> dict[str, Any]:
    """The single values of a file of parameters or metrics, by their full names."""
    content = ((data or {}).get(kind) or {}).get(file) or {}
    return locks.leaves(content.get("data") or {})


def _number(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
