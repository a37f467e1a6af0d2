"""A contract of a table with a key, a feature and a target, for tests that need no more."""

from truerun.base.tasks import Task
from truerun.contract.contract import Column, Contract


def small_contract(task: Task = "binary") -> Contract:
    """The contract of a task."""
    targets = {
        "binary": Column(type="int", categories=(0, 1)),
        "multiclass": Column(type="text", categories=("bike", "bus")),
        "regression": Column(type="float"),
    }
    return Contract(
        task=task,
        predicts="something made up",
        not_for="anything",
        target="y",
        key=("number",),
        columns={
            "number": Column(type="int", feature=False),
            "x": Column(type="float"),
            "y": targets[task],
        },
    )
