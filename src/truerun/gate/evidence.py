"""What the rules of the gate are checked against."""

from collections.abc import Sequence
from dataclasses import dataclass

from truerun.base.tasks import Task
from truerun.comparison.comparison import (
    Cost,
    Data,
    Decisions,
    Metrics,
    Missing,
    Provenance,
    Reproduction,
    Scores,
    Slice,
    Value,
)


@dataclass(frozen=True)
class Evidence:
    """The parts of a comparison, before the gate is one of them; the slices are all of them."""

    task: Task
    metrics: Metrics | Missing
    slices: Sequence[Slice] | Missing
    decisions: Decisions | Missing | None
    scores: Scores | Missing
    data: Data
    cost: tuple[Cost, ...] | Missing
    reproduction: Reproduction
    provenance: Provenance
    value: Value | Missing | None = None
