"""`changed_labels`: the share of rows whose label may be another than at the base."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Bound, Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails if more of the rows that both have changed their label."""
    if gate.changed_labels is None:
        return
    rule, asks = "changed labels", f"at most {gate.changed_labels:.2%} of the rows of both"
    rows, bound = evidence.data.rows, Bound(max=gate.changed_labels)
    if isinstance(rows, Missing):
        yield outcomes.unknown(rule, asks, rows.missing)
        return
    both = rows.base_rows - rows.removed
    share = rows.targets / both if both else 0.0
    yield outcomes.bounded(rule, bound, share, f", {rows.targets:,} rows", asks)
