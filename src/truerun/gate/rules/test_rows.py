"""`test_rows`: the test set does not shrink."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Bound, Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails below a share of the base's test rows."""
    if gate.test_rows is None:
        return
    rule, bound = "size of the test set", Bound(min=gate.test_rows)
    asks = f"at least {outcomes.percent(gate.test_rows)} of the base's rows"
    metrics = evidence.metrics
    counts = {} if isinstance(metrics, Missing) else {own.side: own.count for own in metrics.own}
    if len(counts) < 2:  # noqa: PLR2004 - of base and head
        yield outcomes.unknown(rule, asks, "the test rows of one side are unknown")
        return
    share, more = counts["head"] / counts["base"], f"{counts['head']:,} of {counts['base']:,} rows"
    yield outcomes.share(rule, bound, share, more, asks)
