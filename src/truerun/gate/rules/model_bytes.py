"""`model_bytes`: how large the file of the model may be."""

from collections.abc import Iterator

from truerun.comparison.comparison import RuleResult
from truerun.gate.costs import at_most
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails above the limit."""
    if gate.model_bytes is not None:
        yield at_most(gate.model_bytes, "size of the model", "bytes", " bytes", evidence)
