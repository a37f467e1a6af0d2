"""`slice_losses`: by how much the main metric may be worse in a slice than at the base."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truerun.comparison.comparison import MetricDifference, Missing, Outcome, RuleResult, Slice
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.model.tasks import TASKS
from truerun.params.gate import Gate, SliceLoss


@dataclass(frozen=True)
class Loss:
    """What a slice lost: by the shrunk estimate, and at least; None where that is not known."""

    part: Slice
    difference: MetricDifference
    likely: float
    least: float | None


def results(gate: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails where a slice is surely worse by more, and warns where it likely is.

    Intervals of slices are wide: a warning for each that passes the margin would always be there.
    """
    slices, tested = evidence.slices, TASKS[evidence.task].main_metric
    for name, asked in gate.slice_losses.items():
        rule = f"{name}, loss in a slice"
        asks = f"at most {outcomes.figure(asked.margin)} worse than the base in any slice"
        if asked.min_rows > 1:
            asks += f" of {asked.min_rows:,} rows or more"
        if name != tested:
            yield outcomes.refused(
                rule,
                asks,
                f"task: {evidence.task} tests slices by {tested}, not by {name}",
                f"in params.yaml, gate.slice_losses with {tested} alone",
            )
        elif isinstance(slices, Missing):
            yield outcomes.unknown(rule, asks, slices.missing)
        else:
            yield _judged(rule, asks, asked, _losses(slices, name, asked.min_rows))


def _losses(slices: Sequence[Slice], metric: str, rows: int) -> list[Loss]:
    """What the slices with so many rows lost; less than nothing if they gained."""
    losses = []
    for part in slices:
        for one in part.differences:
            if one.metric != metric or one.difference is None or part.count < rows:
                continue
            sign = -1 if one.higher_is_better else 1
            likely = sign * (one.difference if part.shrunk is None else part.shrunk)
            least = None
            if one.low is not None and one.high is not None:
                least = min(sign * one.low, sign * one.high)
            losses.append(Loss(part, one, likely, least))
    return losses


def _judged(rule: str, asks: str, asked: SliceLoss, losses: Sequence[Loss]) -> RuleResult:
    if not losses:
        return RuleResult(
            rule=rule, outcome="pass", unknown=False, asks=asks, found="no such slice", needed=None
        )
    if all(loss.least is None for loss in losses):
        return outcomes.unknown(rule, asks, losses[0].difference.reason or "it is not known")
    sure = [loss for loss in losses if loss.least is not None and loss.least > asked.margin]
    likely = [loss for loss in losses if loss.likely > asked.margin]
    worst = max(sure or likely or losses, key=lambda loss: loss.likely)
    margin, needed = outcomes.figure(asked.margin), None
    outcome: Outcome = "pass"
    if sure and worst.least is not None:
        outcome = "fail"
        least = outcomes.figure(worst.least)
        needed = f"a loss that could be {margin} or less; it is at least {least}"
    elif likely:
        outcome = "warn"
        needed = f"a loss of {margin} or less; {outcomes.figure(worst.likely)} is likely"
    more = len(sure or likely) - 1
    return RuleResult(
        rule=rule,
        outcome=outcome,
        unknown=False,
        asks=asks,
        found=_in_words(worst) + (f"; and {more:,} more" if more > 0 else ""),
        needed=needed,
    )


def _in_words(loss: Loss) -> str:
    one, part = loss.difference, loss.part
    return f"{part.column} {part.value}, {part.count:,} rows: {outcomes.moved(one)}"
