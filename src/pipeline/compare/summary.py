"""A comparison in a few lines, for a terminal."""

from pipeline.compare.comparison import Comparison, Missing


def summary(found: Comparison) -> str:
    """The metrics of the main pairing, the decisions, and the gate's outcome."""
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
        lines.append(f"{'':18}{'base':>9}{'head':>9}{'difference':>12}  95 % interval")
        for told in main.differences:
            if told.difference is None:
                continue
            line = f"{told.metric:18}{told.base:9.4f}{told.head:9.4f}{told.difference:+12.4f}"
            if told.low is not None:
                line += f"  {told.low:+.4f} to {told.high:+.4f}"
            lines.append(f"{line}  {told.verdict}")
    if not isinstance(found.decisions, Missing):
        decided = found.decisions
        changed = decided.to_positive + decided.to_negative
        lines += [
            "",
            f"{changed:,} of {decided.count:,} decisions change ({changed / decided.count:.1%})",
            f"  {decided.improved:,} for the better, {decided.worsened:,} for the worse",
        ]
    failed = [rule for rule in found.gate.rules if rule.outcome == "fail"]
    warned = [rule for rule in found.gate.rules if rule.outcome == "warn"]
    lines += ["", f"gate: {found.gate.outcome} ({len(failed)} fail, {len(warned)} warn)"]
    lines += [f"  {rule.outcome}  {rule.rule}: {rule.found}" for rule in (*failed, *warned)]
    return "\n".join(lines)
