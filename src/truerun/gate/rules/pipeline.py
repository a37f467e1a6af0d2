"""Every stage of the pipeline ends well."""

from collections.abc import Iterator

from truerun.comparison.comparison import RuleResult
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails with a stage."""
    run = evidence.reproduction
    failed = run.state == "failed"
    yield RuleResult(
        rule="pipeline",
        outcome="fail" if failed else "pass",
        unknown=False,
        asks="every stage ends well",
        found=f"{run.failed or 'dvc repro'} failed" if failed else "no failure",
        needed="fix what the error says" if failed else None,
    )
