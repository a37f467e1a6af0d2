"""`quarantined`: the share of rows that may break the contract."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Bound, Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails if more do."""
    if gate.quarantined is None:
        return
    rule, asks = "quarantined rows", f"at most {outcomes.percent(gate.quarantined)}"
    part, bound = evidence.data.quarantine, Bound(max=gate.quarantined)
    if isinstance(part, Missing):
        yield outcomes.unknown(rule, asks, part.missing)
    else:
        yield outcomes.share(rule, bound, part.share, f"{part.rows:,} rows", asks)
