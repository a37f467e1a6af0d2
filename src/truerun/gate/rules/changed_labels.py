"""`changed_labels`: the share of rows whose label may be another than at the base."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Bound, Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails if more of the rows that both have changed their label, on either side of the split."""
    if gate.changed_labels is None:
        return
    rule = "changed labels"
    limit = outcomes.percent(gate.changed_labels)
    asks = f"at most {limit} of the training rows and of the test rows of both"
    rows, bound = evidence.data.rows, Bound(max=gate.changed_labels)
    if isinstance(rows, Missing):
        yield outcomes.unknown(rule, asks, rows.missing)
        return
    both = rows.base_rows - rows.removed
    sides = [
        (rows.targets_test, rows.both_test),
        (rows.targets - rows.targets_test, both - rows.both_test),
    ]
    share = max((changed / whole for changed, whole in sides if whole), default=0.0)
    more = f"{rows.targets:,} rows, {rows.targets_test:,} of them test rows"
    yield outcomes.share(rule, bound, share, more, asks)
