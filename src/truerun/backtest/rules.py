"""Rules of when to train a model again, and what would have come of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from truerun.backtest.past import Past
from truerun.model import metrics
from truerun.model.tasks import TASKS
from truerun.monitor import estimates

Rule = Callable[[Past, int, int], bool]


def never(past: Past, age: int, period: int) -> bool:  # noqa: ARG001
    """Keep the first model."""
    return False


def always(past: Past, age: int, period: int) -> bool:  # noqa: ARG001
    """Train again after each period."""
    return True


def on_drift(past: Past, age: int, period: int) -> bool:
    """Train again once columns are farther from the rows that a model learned from than usual.

    Usual is what any period among those rows showed against the others.
    """
    return past.drift[age, period] > past.usual[age]


def on_loss(past: Past, age: int, period: int) -> bool:
    """Train again once the main metric is surely worse than in the first period of a model."""
    task = past.history.contract.task
    name = TASKS[task].main_metric
    now, then = (estimates.estimate(past.outcomes({each: age}), name) for each in (period, age))
    if period == age or now is None or then is None:
        return False
    higher = metrics.METRICS[task][name].higher_is_better
    return estimates.change(now, then, higher).verdict == "worse"


RULES: Mapping[str, Rule] = {
    "never": never,
    "after each period": always,
    "on drift": on_drift,
    "on loss": on_loss,
}


@dataclass(frozen=True)
class Course:
    """Which model scored each period, by the period before which it learned; when it trained."""

    models: Mapping[int, int]
    trained: tuple[int, ...]


def course(past: Past, rule: Rule) -> Course:
    """What a rule would have done: it decides after each period, by the outcomes until then.

    A rule takes the past, the period before which the model learned, which is the first that it
    scored, and the period that is over.
    """
    age = past.periods[0]
    models, trained = {}, []
    for period in past.periods:
        models[period] = age
        if period != past.periods[-1] and rule(past, age, period):
            age = period + 1
            trained.append(age)
    return Course(models, tuple(trained))
