"""The base was trained on no test row of the head, on which it would look too good."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Warns of any such row."""
    rule, asks = "unseen test rows", "no test row that the base was trained on"
    seen = evidence.data.seen
    if isinstance(seen, Missing):
        yield outcomes.unknown(rule, asks, seen.missing)
        return
    needed = "a reviewer who agrees to the new split: the base looks better on rows that it knows"
    yield RuleResult(
        rule=rule,
        outcome="warn" if seen else "pass",
        unknown=False,
        asks=asks,
        found=f"{seen:,} test rows that the base was trained on" if seen else "none",
        needed=needed if seen else None,
    )
