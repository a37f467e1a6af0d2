"""What the rules about costs have in common."""

from truerun.comparison.comparison import CostName, Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Bound


def at_most(limit: float, rule: str, name: CostName, unit: str, evidence: Evidence) -> RuleResult:
    """The head's cost within its limit, or not."""
    asks = f"at most {outcomes.figure(limit)}{unit}"
    if isinstance(evidence.cost, Missing):
        return outcomes.unknown(rule, asks, evidence.cost.missing)
    head = next((cost.head for cost in evidence.cost if cost.name == name), None)
    return outcomes.bounded(rule, Bound(max=limit), head, unit, asks)
