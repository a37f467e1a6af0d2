"""`changed_decisions`: the share of decisions that may change."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Bound, Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails if more change; a task without decisions is refused the rule."""
    if gate.changed_decisions is None:
        return
    decisions = evidence.decisions
    rule, bound = "changed decisions", Bound(max=gate.changed_decisions)
    asks = f"at most {outcomes.percent(gate.changed_decisions)}"
    if decisions is None:
        what = f"task: {evidence.task} takes no decisions"
        yield outcomes.refused(rule, asks, what, "params.yaml without gate.changed_decisions")
    elif isinstance(decisions, Missing):
        yield outcomes.unknown(rule, asks, decisions.missing)
    else:
        share, more = decisions.changed / decisions.count, f"{decisions.changed:,} rows"
        yield outcomes.share(rule, bound, share, more, asks)
