"""`lost_rows`: the share of the base's rows that may be gone."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Bound, Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails if more of all rows, or of the test rows, are no longer there."""
    if gate.lost_rows is None:
        return
    rule = "lost rows"
    asks = f"at most {outcomes.percent(gate.lost_rows)} of the base's rows, and of its test rows"
    rows, bound = evidence.data.rows, Bound(max=gate.lost_rows)
    if isinstance(rows, Missing):
        yield outcomes.unknown(rule, asks, rows.missing)
        return
    measured = evidence.metrics
    own = () if isinstance(measured, Missing) else measured.own
    removals = [(rows.removed, rows.base_rows)]
    removals += [(rows.removed_test, side.count) for side in own if side.side == "base"]
    share = max((removed / whole for removed, whole in removals if whole), default=0.0)
    more = f"{rows.removed:,} rows, {rows.removed_test:,} of them test rows"
    yield outcomes.share(rule, bound, share, more, asks)
