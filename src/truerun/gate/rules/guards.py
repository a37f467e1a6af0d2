"""Files that judge a change, or guard against one, are those of the base."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate

NAMED = 3


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Warns of those that changed, by name."""
    rule, part = "files that judge", evidence.provenance.guards
    asks = "code of the verdict, tests, workflows and packages are those of the base"
    if isinstance(part, Missing):
        yield outcomes.unknown(rule, asks, part.missing)
        return
    names = ", ".join(f"{file.path} {file.change}" for file in part[:NAMED])
    more = f", and {len(part) - NAMED:,} more" if len(part) > NAMED else ""
    yield RuleResult(
        rule=rule,
        outcome="warn" if part else "pass",
        unknown=False,
        asks=asks,
        found=f"{names}{more}" if part else "the same",
        needed="a second reviewer" if part else None,
    )
