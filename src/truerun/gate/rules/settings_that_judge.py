"""Limits of the data, its contract, and what intervals go by are those of the base."""

from collections.abc import Iterator

from truerun.comparison.comparison import RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Warns of those that changed, with both values."""
    yield outcomes.reviewed(
        "settings that judge",
        "validate:, compare:, slices, prices and schema.yaml are those of the base",
        [
            f"{change.name}, {change.base or 'nothing'} → {change.head or 'nothing'}"
            for change in evidence.provenance.settings
        ],
        "a reviewer who agrees to what the data is held against",
    )
