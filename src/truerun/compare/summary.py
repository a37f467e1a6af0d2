"""A comparison in a few lines, for a terminal."""

import math

from truerun.comparison.comparison import Comparison, Missing

USUAL, MOST = 4, 9  # decimals
SMALL = 0.001


def summary(found: Comparison) -> str:
    """The metrics of the main pairing, the decisions or predictions, and the gate's outcome."""
    lines = [f"{found.base.name} against {found.head.name}"]
    measured = found.metrics
    if isinstance(measured, Missing):
        lines.append(f"no metrics: {measured.missing}")
    elif isinstance(measured.paired, Missing):
        lines.append(f"no comparison: {measured.paired.missing}")
    else:
        main = measured.paired[0]
        each = f" of {main.clusters:,} values of {main.cluster}" if main.cluster else ""
        lines += [f"{main.count:,} rows{each}: {main.rows}", ""]
        lines.append(f"{'':18}{'base':>11}{'head':>11}{'difference':>12}  95 % interval")
        for told in main.differences:
            if told.difference is None or told.base is None or told.head is None:
                continue
            digits = _digits(max(abs(told.base), abs(told.head)))
            line = f"{told.metric:18}{told.base:11.{digits}f}{told.head:11.{digits}f}"
            line += f"{told.difference:+12.{digits}f}"
            if told.low is not None:
                line += f"  {told.low:+.{digits}f} to {told.high:+.{digits}f}"
            lines.append(f"{line}  {told.verdict}")
    if found.decisions is not None and not isinstance(found.decisions, Missing):
        decided = found.decisions
        share = f"{decided.changed / decided.count:.1%}"
        lines += [
            "",
            f"{decided.changed:,} of {decided.count:,} decisions change ({share})",
            f"  {decided.improved:,} for the better, {decided.worsened:,} for the worse",
        ]
    if not isinstance(found.scores, Missing) and found.scores.moved is not None:
        moved, count = found.scores.moved, found.scores.count
        share = f"{moved / count:.1%}"
        beyond = "more than 1 % of the target's standard deviation"
        lines += ["", f"{moved:,} of {count:,} predictions move by {beyond} ({share})"]
    failed = [rule for rule in found.gate.rules if rule.outcome == "fail"]
    warned = [rule for rule in found.gate.rules if rule.outcome == "warn"]
    lines += ["", f"gate: {found.gate.outcome} ({len(failed)} fail, {len(warned)} warn)"]
    lines += [f"  {rule.outcome}  {rule.rule}: {rule.found}" for rule in (*failed, *warned)]
    return "\n".join(lines)


def _digits(size: float) -> int:
    """Decimals of a figure: four, fewer of a large one and more of one that four do not show."""
    if not size:
        return USUAL
    digits = USUAL - math.floor(math.log10(size))
    return min(MOST, digits) if size < SMALL else min(USUAL, max(0, digits))
