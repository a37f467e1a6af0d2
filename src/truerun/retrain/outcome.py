"""What a comparison says of a challenger: whether it is proposed, or closed with its figures."""

from dataclasses import dataclass

from truerun.comparison.comparison import Comparison, Missing
from truerun.model.value import VALUE
from truerun.retrain.decision import TrainingDecision

PATIENT = ("stale", "asked")  # reasons for which a challenger that is no worse is enough


@dataclass(frozen=True)
class ChallengerOutcome:
    """Whether a challenger is proposed, and why."""

    proposed: bool
    why: str


def judged(comparison: Comparison, decision: TrainingDecision) -> ChallengerOutcome:
    """By the rules of every change: the gate, and the verdicts of the main metric and the value.

    They are those of all rows on which both were compared: the newest, and the champion's own.
    """
    failed = [rule.rule for rule in comparison.gate.rules if rule.outcome == "fail"]
    measured = comparison.metrics
    paired = measured if isinstance(measured, Missing) else measured.paired
    if failed or isinstance(paired, Missing):
        missing = paired.missing if isinstance(paired, Missing) else ""
        why = f"the gate fails: {', '.join(failed)}" if failed else f"not compared: {missing}"
        return ChallengerOutcome(False, why)
    told = {
        f"{each.label} on {pairing.rows}": each.verdict
        for pairing in paired
        for each in pairing.differences
        if each.metric in (comparison.main_metric, VALUE)
    }
    for verdict in ("worse", "better"):
        if named := [name for name, each in told.items() if each == verdict]:
            return ChallengerOutcome(verdict == "better", f"it is {verdict}: {named[0]}")
    for reason in decision.reasons:
        if reason.name in PATIENT:
            return ChallengerOutcome(True, f"it is not surely worse, and {reason.detail}")
    return ChallengerOutcome(False, "nothing says that it is better")
