"""Limits of the data, its contract, and what intervals go by are those of the base."""

from collections.abc import Iterator

from truerun.comparison.comparison import RuleResult
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate

NAMED = 2


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Warns of those that changed, with both values."""
    changes = evidence.provenance.settings
    shown = [
        f"{change.name}, {change.base or 'nothing'} → {change.head or 'nothing'}"
        for change in changes[:NAMED]
    ]
    more = f"; and {len(changes) - NAMED:,} more" if len(changes) > NAMED else ""
    yield RuleResult(
        rule="settings that judge",
        outcome="warn" if changes else "pass",
        unknown=False,
        asks="validate:, compare:, slices and schema.yaml are those of the base",
        found=f"{'; '.join(shown)}{more}" if changes else "the same",
        needed="a reviewer who agrees to what the data is held against" if changes else None,
    )
