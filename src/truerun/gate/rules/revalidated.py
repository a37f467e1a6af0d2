"""Rows, quarantine and findings are what the checks give on the prepared rows."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails where they are others, and names the first."""
    rule, part = "checks made again", evidence.provenance.revalidated
    asks = "validated rows, quarantine and findings are what the checks give on data/prepared"
    if isinstance(part, Missing):
        yield outcomes.unknown(rule, asks, part.missing)
    else:
        yield outcomes.none_of(rule, asks, part, "the same", "`dvc repro --force validate`")
