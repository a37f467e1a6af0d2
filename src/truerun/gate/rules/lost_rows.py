"""`lost_rows`: the share of the base's rows that may be gone."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Bound, Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails if more of all rows, or of the test rows, are no longer there; the greater counts."""
    if gate.lost_rows is None:
        return
    rule, asks = (
        "lost rows",
        f"at most {gate.lost_rows:.2%} of the base's rows, and of its test rows",
    )
    rows, bound = evidence.data.rows, Bound(max=gate.lost_rows)
    if isinstance(rows, Missing):
        yield outcomes.unknown(rule, asks, rows.missing)
        return
    metrics = evidence.metrics
    own = () if isinstance(metrics, Missing) else metrics.own
    tested = next((side.count for side in own if side.side == "base"), 0)
    share = max(
        gone / whole if whole else 0.0
        for gone, whole in ((rows.removed, rows.base_rows), (rows.removed_test, tested))
    )
    more = f", {rows.removed:,} rows, {rows.removed_test:,} of them test rows"
    yield outcomes.bounded(rule, bound, share, more, asks)
