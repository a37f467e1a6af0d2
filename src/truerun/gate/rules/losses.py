"""`losses`: by how much metrics may be worse than at the base."""

from collections.abc import Iterator

from truerun.comparison.comparison import MetricDifference, Missing, Outcome, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.model.metrics import METRICS
from truerun.model.value import VALUE
from truerun.params.gate import Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails for each metric that is surely worse by more, and warns where it may be."""
    metrics = evidence.metrics
    for name, margin in gate.losses.items():
        rule, asks = f"{name}, loss", f"at most {outcomes.figure(margin)} worse than the base"
        if name == VALUE and (evidence.value is None or isinstance(evidence.value, Missing)):
            yield outcomes.unvalued(rule, asks, evidence.value, "losses")
        elif name not in (*METRICS[evidence.task], VALUE):
            yield outcomes.no_metric(rule, asks, evidence.task, name, "losses")
        elif isinstance(metrics, Missing):
            yield outcomes.unknown(rule, asks, metrics.missing)
        elif isinstance(metrics.paired, Missing):
            yield outcomes.unknown(rule, asks, metrics.paired.missing)
        else:
            difference = next(d for d in metrics.paired[0].differences if d.metric == name)
            yield _loss(rule, asks, margin, difference)


def _loss(rule: str, asks: str, margin: float, difference: MetricDifference) -> RuleResult:
    """Fails if all of the interval is beyond the margin, warns if a part of it is."""
    moved, low, high = difference.difference, difference.low, difference.high
    if moved is None or low is None or high is None:
        return outcomes.unknown(rule, asks, difference.reason or "it is not known")
    sign = -1 if difference.higher_is_better else 1
    least, most = sorted((sign * low, sign * high))
    outcome: Outcome = "pass"
    needed = None
    asked = outcomes.figure(margin)
    if least > margin:
        outcome = "fail"
        needed = f"a loss that could be {asked} or less; it is at least {outcomes.figure(least)}"
    elif most > margin:
        outcome = "warn"
        needed = f"a loss of {asked} or less for sure; it could be {outcomes.figure(most)}"
    return RuleResult(
        rule=rule,
        outcome=outcome,
        unknown=False,
        asks=asks,
        found=outcomes.moved(difference),
        needed=needed,
    )
