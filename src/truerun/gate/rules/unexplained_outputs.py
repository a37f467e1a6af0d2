"""What a stage puts out changes only with what it is made from."""

from collections.abc import Iterator

from truerun.comparison.comparison import RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails where an output changed alone: the pipeline did not make it."""
    yield outcomes.none_of(
        "unexplained outputs",
        "outputs differ from the base's only where command, dependencies or parameters do",
        evidence.provenance.unexplained,
        "none",
        "`dvc repro --force` of the stage: the pipeline did not make this output",
    )
