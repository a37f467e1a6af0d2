"""No check of the stage `validate` fails."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails with the first check that does."""
    rule, asks = "checks of the data", "none fails"
    findings = evidence.data.findings
    if isinstance(findings, Missing):
        yield outcomes.unknown(rule, asks, findings.missing)
        return
    failed = [finding for finding in findings if finding.status == "fail"]
    first = (
        f"{len(failed)} fail, the first is {failed[0].check}: {failed[0].detail}" if failed else ""
    )
    yield RuleResult(
        rule=rule,
        outcome="fail" if failed else "pass",
        unknown=False,
        asks=asks,
        found=first or "none fails",
        needed="fix the data, or change the limit in review" if failed else None,
    )
