"""`predict_1000_ms`: how long the prediction for 1,000 rows may take."""

from collections.abc import Iterator

from truerun.comparison.comparison import RuleResult
from truerun.gate.costs import at_most
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails above the limit."""
    if gate.predict_1000_ms is not None:
        yield at_most(
            gate.predict_1000_ms, "time to predict 1,000 rows", "predict_1000_ms", " ms", evidence
        )
