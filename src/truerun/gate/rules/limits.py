"""`limits`: metrics of the head on its own test rows."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.model.metrics import METRICS
from truerun.model.value import VALUE
from truerun.params.gate import Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails for each metric that is out of its bounds."""
    metrics = evidence.metrics
    for name, bound in gate.limits.items():
        rule, asks = f"{name}, limit", outcomes.asked(bound)
        if name == VALUE and (evidence.value is None or isinstance(evidence.value, Missing)):
            yield outcomes.unvalued(rule, asks, evidence.value, "limits")
        elif name not in (*METRICS[evidence.task], VALUE):
            yield outcomes.no_metric(rule, asks, evidence.task, name, "limits")
        elif isinstance(metrics, Missing):
            yield outcomes.unknown(rule, asks, metrics.missing)
        else:
            own = next(side for side in metrics.own if side.side == "head")
            yield outcomes.bounded(rule, bound, own.values.get(name), "")
