"""Contracts of made-up tables: the smallest has a key, a feature and a target."""

from truerun.base.tasks import Task
from truerun.contract.contract import Column, Contract

NUMBER = Column(type="int", feature=False)


def small_contract(task: Task = "binary") -> Contract:
    """The contract of a task."""
    targets = {
        "binary": Column(type="int", categories=(0, 1)),
        "multiclass": Column(type="text", categories=("bike", "bus")),
        "regression": Column(type="float"),
    }
    x = Column(type="float")
    return contract_of(task, {"number": NUMBER, "x": x, "y": targets[task]})


def contract_of(task: Task, columns: dict[str, Column]) -> Contract:
    """The contract of a table of the key `number` and the target `y`."""
    return Contract(
        task=task,
        predicts="something made up",
        not_for="anything",
        target="y",
        key=("number",),
        columns=columns,
    )
