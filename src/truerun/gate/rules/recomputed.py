"""Scores, figures, plots and the card are what the model file gives."""

from collections.abc import Iterator

from truerun.comparison.comparison import RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails where they are others, and names the first."""
    rule, part = "recomputed from the model", evidence.provenance.recomputed
    asks = "scores, figures, plots and card are what the model gives on the validated rows"
    yield outcomes.made_again(rule, asks, part, "evaluate")
