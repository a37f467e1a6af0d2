"""The table of a backtest: what each rule of retraining would have given, and cost."""

import numpy as np

from truerun.backtest import rules
from truerun.backtest.past import Past
from truerun.backtest.rules import RULES, Course
from truerun.compare import pairs
from truerun.compare.pairs import RowValues, Scored
from truerun.comparison.comparison import MetricDifference
from truerun.model import value
from truerun.model.tasks import TASKS
from truerun.model.value import VALUE
from truerun.report import words

NEVER = "never"
HEADER = ("train again", "trainings", "no gain at once")


def lines(past: Past) -> list[str]:
    """The lines of the table, and below it when each rule trained."""
    courses = {name: rules.course(past, rule) for name, rule in RULES.items()}
    names, scored = past.history.names, past.periods
    kept = courses[NEVER]
    first = compared(past, kept, kept)
    heads = [f"{each.label}, against never" for each in first]
    rows = [
        [
            name,
            str(len(course.trained)),
            str(sum(in_vain(past, course, each) for each in course.trained)),
            *(_cell(each, is_first=course is kept) for each in compared(past, kept, course)),
        ]
        for name, course in courses.items()
    ]
    before = past.history.period < scored[0]
    note = (
        f"Of {np.isin(past.history.period, scored).sum():,} rows, {names[scored[0]]} to"
        f" {names[scored[-1]]}; the first model learned from the {before.sum():,} rows before. A"
        " training is no gain at once if the new model was not surely better than the one before it"
        " in the period that followed."
    )
    when = [f"- {name}: before {_listed(past, c)}" for name, c in courses.items() if c.trained]
    return [
        f"| {' | '.join([*HEADER, *heads])} |",
        "| --- | ---: | ---: |" + " --- |" * len(heads),
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        note,
        *(["", *when] if when else []),
    ]


def compared(past: Past, base: Course, head: Course) -> list[MetricDifference]:
    """The main metric, and the value if there are prices, of two courses on all periods."""
    before, after = past.outcomes(base.models), past.outcomes(head.models)
    prices, worth = past.params.evaluate.value, None
    if prices is not None and before.worth is not None and after.worth is not None:
        worth = RowValues(value.label(prices), before.worth, after.worth)
    rows = Scored(
        before.task,
        before.target,
        before.score,
        after.score,
        before.decision,
        after.decision,
        before.cluster,
        worth,
    )
    names = [TASKS[before.task].main_metric, *([VALUE] if worth else [])]
    return list(pairs.differences(rows, names))


def in_vain(past: Past, course: Course, trained: int) -> bool:
    """Whether a new model was not surely better in its first period than the one before it."""
    before = max(
        (each for each in (past.periods[0], *course.trained) if each < trained), default=trained
    )
    old, new = Course({trained: before}, ()), Course({trained: trained}, ())
    return compared(past, old, new)[0].verdict != "better"


def _cell(difference: MetricDifference, *, is_first: bool) -> str:
    fields = difference.model_dump()
    if is_first:
        return words.side(fields, "head")
    return f"{words.side(fields, 'head')}: {words.interval(fields)}, {words.judged(fields)}"


def _listed(past: Past, course: Course) -> str:
    return ", ".join(past.history.names[each] for each in course.trained)
