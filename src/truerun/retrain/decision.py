"""Whether to train anew, and whether what comes of it is proposed: functions of what is known."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from truerun.comparison.comparison import Comparison, Missing
from truerun.model.value import VALUE
from truerun.monitor.result import Status
from truerun.params.retrain import Retrain

QUARTER = 91  # days
PATIENT = ("stale", "asked")  # reasons for which a challenger that is no worse is enough
# A reason is a part of the name of a branch: one a day and reason, whoever is quicker.
ReasonName = Literal["asked", "alarm", "act", "stale", "rows", "schedule"]


@dataclass(frozen=True)
class Situation:
    """What is known on a day.

    `trained` is when the model was last trained, `attempts` the days on which this was tried, with
    or without a better model; of a monitor its answer, the age of the newest row that tested the
    model, and the rows with an outcome; each is None if it is not known. `alarm` is one that fires.
    """

    today: dt.date
    trained: dt.date | None = None
    attempts: Sequence[dt.date] = ()
    answer: Status | None = None
    age_days: int | None = None
    labelled_rows: int | None = None
    asked: bool = False
    alarm: str | None = None


@dataclass(frozen=True)
class TrainingReason:
    """Why a model should be trained anew, in a word and in a sentence."""

    name: ReasonName
    detail: str


@dataclass(frozen=True)
class TrainingDecision:
    """The reasons, the strongest first; `held_back` says why nothing is done all the same."""

    reasons: tuple[TrainingReason, ...]
    held_back: str | None = None

    @property
    def trains(self) -> bool:
        """Whether to train."""
        return bool(self.reasons) and self.held_back is None


def decide(situation: Situation, chosen: Retrain) -> TrainingDecision:
    """Hold a situation against the settings.

    Who asks by hand is not held back by the cool-down, but by the budget.

    >>> decide(Situation(dt.date(2024, 3, 1), answer="act"), Retrain()).reasons[0].name
    'act'
    """
    reasons = tuple(_reasons(situation, chosen))
    if not reasons:
        return TrainingDecision(())
    ages = [(situation.today - day).days for day in situation.attempts]
    in_quarter = sum(0 <= age < QUARTER for age in ages)
    if in_quarter >= chosen.most_in_quarter:
        held_back = (
            f"{in_quarter} trainings in {QUARTER} days are as many as retrain.most_in_quarter is"
        )
        return TrainingDecision(reasons, held_back)
    newest = min((age for age in ages if age >= 0), default=None)
    if newest is not None and newest < chosen.cooldown_days and not situation.asked:
        days = chosen.cooldown_days - newest
        held_back = (
            f"the last training is {newest} days ago: {days} more until retrain.cooldown_days"
        )
        return TrainingDecision(reasons, held_back)
    return TrainingDecision(reasons)


def _reasons(situation: Situation, chosen: Retrain) -> list[TrainingReason]:
    made = []
    if situation.asked:
        made.append(TrainingReason("asked", "somebody asked for it"))
    if chosen.on_act and situation.alarm is not None:
        made.append(TrainingReason("alarm", f"the alarm {situation.alarm} fires"))
    if chosen.on_act and situation.answer == "act":
        made.append(TrainingReason("act", "the monitor says: act"))
    age, rows = situation.age_days, situation.labelled_rows
    if chosen.stale_days is not None and age is not None and age > chosen.stale_days:
        detail = (
            f"the newest row that tested the model is {age} days old, above {chosen.stale_days}"
        )
        made.append(TrainingReason("stale", detail))
    if chosen.labelled_rows is not None and rows is not None and rows >= chosen.labelled_rows:
        detail = f"{rows:,} rows have an outcome, and {chosen.labelled_rows:,} are enough"
        made.append(TrainingReason("rows", detail))
    if chosen.every_days is not None and situation.trained is not None:
        since = (situation.today - situation.trained).days
        if since >= chosen.every_days:
            detail = f"the last training is {since} days ago, of at most {chosen.every_days}"
            made.append(TrainingReason("schedule", detail))
    return made


@dataclass(frozen=True)
class ChallengerOutcome:
    """Whether a challenger is proposed, and why; `wins` if it may take the place without anybody.

    It does if it is better, or not worse than a champion that is stale.
    """

    proposed: bool
    why: str
    wins: bool = False


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
    verdicts = {
        f"{each.label} on {pairing.rows}": each.verdict
        for pairing in paired
        for each in pairing.differences
        if each.metric in (comparison.main_metric, VALUE)
    }
    for verdict in ("worse", "better"):
        if named := [name for name, each in verdicts.items() if each == verdict]:
            better = verdict == "better"
            return ChallengerOutcome(better, f"it is {verdict}: {named[0]}", wins=better)
    for reason in decision.reasons:
        if reason.name in PATIENT:
            is_stale = any(each.name == "stale" for each in decision.reasons)
            why = f"it is not surely worse, and {reason.detail}"
            return ChallengerOutcome(True, why, wins=is_stale)
    return ChallengerOutcome(False, "nothing says that it is better")
