"""`worst_slice`: metrics of the slice in which the head is weakest."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.model.metrics import METRICS
from truerun.params.gate import Bound, Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails for each metric of which a slice is out of bounds."""
    slices = evidence.slices
    for name, bound in gate.worst_slice.items():
        rule, asks = f"{name}, worst slice", outcomes.asked(bound)
        if name not in METRICS[evidence.task]:
            yield outcomes.no_metric(rule, asks, evidence.task, name, "worst_slice")
            continue
        if isinstance(slices, Missing):
            yield outcomes.unknown(rule, asks, slices.missing)
            continue
        values = [
            (difference.head, f"{part.column} {part.value}, {part.count:,} rows")
            for part in slices
            for difference in part.differences
            if difference.metric == name and difference.head is not None
        ]
        lowest, highest = (worst(values, default=(None, "no slice")) for worst in (min, max))
        if bound.min is not None:
            yield outcomes.bounded(rule, Bound(min=bound.min), lowest[0], f" ({lowest[1]})")
        if bound.max is not None:
            yield outcomes.bounded(rule, Bound(max=bound.max), highest[0], f" ({highest[1]})")
