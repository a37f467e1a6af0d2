"""The figures of a model before and after, as far as they moved."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truerun.base import paths
from truerun.model.figures import figure
from truerun.model.tasks import TASKS

RESULTS = paths.METRICS / "evaluate.json"


def of_test_rows(project: Path) -> dict[str, float | None]:
    """The main metrics of the test rows in the last run; none if there is no run to be read."""
    try:
        test = json.loads((project / RESULTS).read_text(encoding="utf-8"))["test"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    names = [task.summarized for task in TASKS.values() if set(task.summarized) <= set(test)]
    return {name: test[name] for name in names[0]} if names else {}


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """A line for each figure that is not what it was."""
    lines = [
        f"  {name:18}{figure(before.get(name)):>10}  ->{figure(after[name]):>10}"
        for name in after
        if after[name] != before.get(name)
    ]
    if not lines:
        return ["No figure of the model moved."]
    return ["Figures of the test rows that moved:", *lines]
