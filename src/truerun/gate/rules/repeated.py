"""`repeated`: the share of test rows that training rows may repeat."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Bound, Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails if they repeat more."""
    if gate.repeated is None:
        return
    rule, asks = (
        "repeated test rows",
        f"at most {outcomes.percent(gate.repeated)} that training rows repeat",
    )
    repeated, tested = evidence.data.repeated, evidence.data.test_rows
    if isinstance(repeated, Missing) or isinstance(tested, Missing):
        yield outcomes.unknown(rule, asks, "the validated rows of the head are not available")
    else:
        share = repeated / max(1, tested)
        yield outcomes.share(rule, Bound(max=gate.repeated), share, f"{repeated:,} rows", asks)
