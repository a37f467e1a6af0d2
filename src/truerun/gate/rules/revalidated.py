"""Rows, quarantine and findings are what the checks give on the prepared rows."""

from collections.abc import Iterator

from truerun.comparison.comparison import RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails where they are others, and names the first."""
    rule, part = "checks made again", evidence.provenance.revalidated
    asks = "validated rows, quarantine and findings are what the checks give on data/prepared"
    yield outcomes.made_again(rule, asks, part, "validate")
