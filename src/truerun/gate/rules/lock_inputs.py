"""dvc.lock speaks of the stages, code, data, parameters and results that the commit holds."""

from collections.abc import Iterator

from truerun.comparison.comparison import RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails where it speaks of others, and names the first."""
    yield outcomes.none_of(
        "inputs of the lock",
        "dvc.lock names the stages, code, data, parameters and results that the commit holds",
        evidence.provenance.inputs,
        "the commit's",
        "`dvc repro`, and a commit of what it gives",
    )
