"""A comparison in a few lines, for a terminal."""

from collections.abc import Iterator

from truerun.comparison.comparison import Attribution, Comparison, Missing
from truerun.model.figures import change, decimals, figure


def summary(comparison: Comparison) -> str:
    """The metrics of the main pairing, the decisions or predictions, and the gate's outcome."""
    lines = [f"{comparison.base.name} against {comparison.head.name}"]
    measured = comparison.metrics
    if isinstance(measured, Missing):
        lines.append(f"no metrics: {measured.missing}")
    elif isinstance(measured.paired, Missing):
        lines.append(f"no comparison: {measured.paired.missing}")
    else:
        main = measured.paired[0]
        each = f" of {main.clusters:,} values of {main.cluster}" if main.cluster else ""
        lines += [f"{main.count:,} rows{each}: {main.rows}", ""]
        lines.append(f"{'':18}{'base':>11}{'head':>11}{'difference':>12}  interval")
        for one in main.differences:
            if one.difference is None or one.base is None or one.head is None:
                continue
            places = decimals(one.base, one.head)
            line = f"{one.metric:18}{figure(one.base, places):>11}{figure(one.head, places):>11}"
            line += f"{change(one.difference, places):>12}"
            if one.low is not None and one.high is not None:
                line += f"  {change(one.low, places)} to {change(one.high, places)}"
            lines.append(f"{line}  {one.verdict}")
    if comparison.attribution is not None:
        lines += ["", *_attribution(comparison.attribution)]
    if comparison.decisions is not None and not isinstance(comparison.decisions, Missing):
        decided = comparison.decisions
        share = f"{100 * decided.changed / decided.count:.1f} %"
        lines += [
            "",
            f"{decided.changed:,} of {decided.count:,} decisions change ({share})",
            f"  {decided.improved:,} for the better, {decided.worsened:,} for the worse",
        ]
    if not isinstance(comparison.scores, Missing) and comparison.scores.moved is not None:
        moved, count = comparison.scores.moved, comparison.scores.count
        share = f"{100 * moved / count:.1f} %"
        beyond = "more than 1 % of the target's standard deviation"
        lines += ["", f"{moved:,} of {count:,} predictions move by {beyond} ({share})"]
    failed = [rule for rule in comparison.gate.rules if rule.outcome == "fail"]
    warned = [rule for rule in comparison.gate.rules if rule.outcome == "warn"]
    lines += ["", f"gate: {comparison.gate.outcome} ({len(failed)} fail, {len(warned)} warn)"]
    lines += [f"  {rule.outcome}  {rule.rule}: {rule.found}" for rule in (*failed, *warned)]
    return "\n".join(lines)


def _attribution(attribution: Attribution | Missing) -> Iterator[str]:
    """The share of each group, as exact as the file has it: so they sum."""
    if isinstance(attribution, Missing):
        yield f"no shares of the changes: {attribution.missing}"
        return
    yield f"{attribution.metric} {attribution.difference:+g}, of which"
    for one in attribution.shares:
        ends = ""
        if one.low is not None and one.high is not None:
            places = decimals(attribution.base, attribution.head)
            ends = f"  {change(one.low, places)} to {change(one.high, places)}"
        yield f"  {one.share:+g}  {one.group}{ends}  {one.verdict}"
