"""What a test needs of each task: a contract, parameters, and small tables that are real."""

from collections.abc import Mapping
from typing import Any

from truerun.base.settings import Section
from truerun.contract.contract import Contract

TASKS = ("binary", "multiclass", "regression", "counts")
CLASSES = ("low", "middle", "high")
TARGETS: dict[str, dict[str, Any]] = {
    "binary": {"type": "int", "categories": (0, 1)},
    "multiclass": {"type": "text", "categories": CLASSES},
    "regression": {"type": "float"},
    "counts": {"type": "int", "min": 0},
}


def contract_of(task: str, columns: dict[str, dict[str, Any]]) -> Contract:
    """A contract of a table with the columns, the key `id` and the column `target`."""
    key = {"id": {"type": "int", "feature": False}}
    return Contract.model_validate(
        {
            "task": task,
            "predicts": "what a test needs",
            "not_for": "anything else",
            "target": "target",
            "key": ("id",),
            "columns": {**key, **columns, "target": TARGETS[task]},
        }
    )


def smaller(section: Section, small: Mapping[str, int]) -> Section:
    """The parameters of an estimator with some replaced, in the sections within it too."""
    replaced: dict[str, Any] = {}
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, Section):
            replaced[name] = smaller(value, small)
        elif name in small:
            replaced[name] = small[name]
    return section.model_copy(update=replaced)
