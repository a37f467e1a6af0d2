"""No check of the stage `validate` fails, by its own limits or by the base's."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate

FIX = "fix the data, or change the limit in review"
BASES = "fix the data, or change the limit first: new limits count once they are merged"


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails with the first check that does."""
    rule, asks = "checks of the data", "none fails, by the limits of the base, too"
    parts = [(evidence.data.findings, "", FIX)]
    if evidence.data.findings_by_base is not None:
        parts.append((evidence.data.findings_by_base, " by the limits of the base", BASES))
    for findings, limits, needed in parts:
        if isinstance(findings, Missing):
            continue
        failed = [finding for finding in findings if finding.status == "fail"]
        if failed:
            first = f"{failed[0].check}: {failed[0].detail}"
            yield outcomes.refused(
                rule, asks, f"{len(failed)} fail{limits}, the first is {first}", needed
            )
            return
    for findings, _limits, _needed in parts:
        if isinstance(findings, Missing):
            yield outcomes.unknown(rule, asks, findings.missing)
            return
    yield RuleResult(
        rule=rule, outcome="pass", unknown=False, asks=asks, found="none fails", needed=None
    )
