"""No row moves from one side of the split to the other, but by new partitions."""

from collections.abc import Iterator

from truerun.comparison.comparison import Missing, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate

NEEDED = {
    "code": "code that splits and prepares the rows as at the base, or other settings, in review",
    "settings": "a reviewer who agrees to the new split",
    "data": "a reviewer who knows why new raw files move rows that were there before",
}
WORDS = {"code": "by code", "settings": "by other settings", "data": "by other raw files"}


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails if code moved them; warns if settings did, or raw files without new partitions."""
    rule, asks = "rows that change sides", "none, or those that new partitions move"
    data = evidence.data
    if isinstance(data.rows, Missing):
        yield outcomes.unknown(rule, asks, data.rows.missing)
        return
    if data.moved_by is None:
        yield RuleResult(
            rule=rule, outcome="pass", unknown=False, asks=asks, found="none", needed=None
        )
        return
    came_or_went = any(None in (one.base_rows, one.head_rows) for one in data.partitions)
    moved = (
        f"{data.rows.to_test:,} to the test rows, {data.rows.to_training:,} to the training rows"
    )
    agreed = data.moved_by == "data" and came_or_went
    yield RuleResult(
        rule=rule,
        outcome="fail" if data.moved_by == "code" else "pass" if agreed else "warn",
        unknown=False,
        asks=asks,
        found=f"{moved}, {WORDS[data.moved_by]}",
        needed=None if agreed else NEEDED[data.moved_by],
    )
