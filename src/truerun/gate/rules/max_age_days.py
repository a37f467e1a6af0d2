"""`max_age_days`: how old the newest row may be."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Bound, Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails if it is older."""
    if gate.max_age_days is None:
        return
    rule, asks = "age of the newest row", f"at most {outcomes.figure(gate.max_age_days)} days"
    newest, bound = evidence.data.newest, Bound(max=gate.max_age_days)
    if isinstance(newest, Missing):
        yield outcomes.unknown(rule, asks, newest.missing)
    else:
        yield outcomes.bounded(rule, bound, newest.age_days, f" days ({newest.moment})", asks)
