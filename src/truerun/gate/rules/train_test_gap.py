"""`train_test_gap`: how far metrics of training and test rows may be apart."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.model.metrics import METRICS
from truerun.params.gate import Bound, Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails for each metric that is farther apart."""
    metrics = evidence.metrics
    for name, most in gate.train_test_gap.items():
        rule = f"{name}, training against test"
        asks = f"at most {outcomes.figure(most)} apart"
        if name not in METRICS[evidence.task]:
            yield outcomes.no_metric(rule, asks, evidence.task, name, "train_test_gap")
        elif isinstance(metrics, Missing):
            yield outcomes.unknown(rule, asks, metrics.missing)
        else:
            own = next(side for side in metrics.own if side.side == "head")
            test, training = own.values.get(name), metrics.training.get(name)
            gap = None if test is None or training is None else abs(training - test)
            yield outcomes.bounded(rule, Bound(max=most), gap, "", asks)
