"""The outcomes that a rule can have, with their words.

A rule whose figures are missing warns, and says what is missing.
"""

from collections.abc import Sequence

from truerun.base.errors import listed
from truerun.base.tasks import Task
from truerun.comparison.comparison import LockDifference, MetricDifference, Missing, RuleResult
from truerun.model import figures
from truerun.model.metrics import METRICS
from truerun.params.gate import Bound

NAMED = 2  # changes
LARGE = 1000  # from here on decimals say nothing


def share(rule: str, bound: Bound, value: float, rows: str, asks: str) -> RuleResult:
    """A share of rows within its bound, or not; written in percent.

    >>> share("lost rows", Bound(max=0.01), 0.018, "18 rows", "at most 1 %").needed
    '0.8 % less'
    """
    result = bounded(rule, bound, value, "", asks)
    limit, way = (bound.max or 0.0, "less") if bound.min is None else (bound.min, "more")
    needed = result.needed and f"{percent(abs(value - limit))} {way}"
    return result.model_copy(update={"found": f"{percent(value)}, {rows}", "needed": needed})


def bounded(rule: str, bound: Bound, value: float | None, more: str, asks: str = "") -> RuleResult:
    """A figure within its bounds, or not.

    >>> bounded("model size", Bound(max=10), 12, " kB").needed
    '2 less'
    """
    asks = asks or asked(bound)
    if value is None:
        return unknown(rule, asks, "not known")
    low = bound.min is not None and value < bound.min
    high = bound.max is not None and value > bound.max
    limit = bound.min if low else bound.max
    needed = (
        f"{figure(abs(value - limit))} {'more' if low else 'less'}" if limit is not None else ""
    )
    return RuleResult(
        rule=rule,
        outcome="fail" if low or high else "pass",
        unknown=False,
        asks=asks,
        found=f"{figure(value)}{more}",
        needed=needed if low or high else None,
    )


def unknown(rule: str, asks: str, why: str) -> RuleResult:
    """A rule whose figures are missing."""
    return RuleResult(
        rule=rule, outcome="warn", unknown=True, asks=asks, found="unknown", needed=why
    )


def none_of(
    rule: str, asks: str, differences: Sequence[LockDifference], otherwise: str, needed: str
) -> RuleResult:
    """A rule that there is no difference, or that names how many there are, and the first.

    >>> none_of("lock", "it fits", [], "it fits", "a run").outcome
    'pass'
    """
    sentence = otherwise
    if differences:
        first = differences[0]
        stage = f"{first.stage}, " if first.stage else ""
        more = f"; and {len(differences) - 1:,} more" if len(differences) > 1 else ""
        sentence = f"{stage}{first.name}: {first.found}, not {first.expected}{more}"
    return RuleResult(
        rule=rule,
        outcome="fail" if differences else "pass",
        unknown=False,
        asks=asks,
        found=sentence,
        needed=needed if differences else None,
    )


def made_again(
    rule: str, asks: str, differences: Sequence[LockDifference] | Missing, stage: str
) -> RuleResult:
    """A rule that the files of a stage are what they are when it is made again, or unknown.

    >>> made_again("scores", "the model's", [], "evaluate").outcome
    'pass'
    """
    if isinstance(differences, Missing):
        return unknown(rule, asks, differences.missing)
    return none_of(rule, asks, differences, "the same", f"`dvc repro --force {stage}`")


def reviewed(rule: str, asks: str, changes: Sequence[str], needed: str) -> RuleResult:
    """A rule that nothing changed, or that warns of what did: the first two, and how many more.

    >>> reviewed("limits", "as at the base", ["a, 1 → 2", "b, 3 → 4", "c, 5 → 6"], "a look").found
    'a, 1 → 2; b, 3 → 4; and 1 more'
    """
    shown = "; ".join(changes[:NAMED])
    more = f"; and {len(changes) - NAMED:,} more" if len(changes) > NAMED else ""
    return RuleResult(
        rule=rule,
        outcome="warn" if changes else "pass",
        unknown=False,
        asks=asks,
        found=f"{shown}{more}" if changes else "the same",
        needed=needed if changes else None,
    )


def no_metric(rule: str, asks: str, task: Task, name: str, key: str) -> RuleResult:
    """A rule for a metric that the task does not have."""
    others = f"gate.{key} with metrics of the task: {listed(list(METRICS[task]))}"
    return refused(rule, asks, f"task: {task} has no metric {name}", f"in params.yaml, {others}")


def unvalued(rule: str, asks: str, value: Missing | None, key: str) -> RuleResult:
    """A rule for the value of outcomes where there is none: nobody says it, or it is not known."""
    if value is not None:
        return unknown(rule, asks, value.missing)
    needed = f"what outcomes are worth, under evaluate.value, or no gate.{key}.value"
    return refused(rule, asks, "params.yaml has no evaluate.value", needed)


def refused(rule: str, asks: str, actual: str, needed: str) -> RuleResult:
    """A rule that cannot hold for what is predicted: it fails, or it would seem to be kept."""
    return RuleResult(
        rule=rule, outcome="fail", unknown=False, asks=asks, found=actual, needed=needed
    )


def asked(bound: Bound) -> str:
    """What a bound asks for.

    >>> asked(Bound(min=0.7, max=0.9))
    'at least 0.7 and at most 0.9'
    """
    parts = [
        f"{word} {figure(value)}"
        for word, value in (("at least", bound.min), ("at most", bound.max))
        if value is not None
    ]
    return " and ".join(parts)


def figure(value: float) -> str:
    """A figure of any kind with few digits, whole numbers with all of theirs.

    >>> figure(0.73628), figure(55628.0)
    ('0.7363', '55,628')
    """
    return f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.4g}"


def moved(difference: MetricDifference) -> str:
    """A difference with its interval, in the digits of its metric."""
    places = difference.decimals
    if places is None:
        places = figures.decimals(difference.base, difference.head)
    ends = [difference.difference, difference.low, difference.high]
    written = [figures.change(end, places) for end in ends if end is not None]
    return (
        f"{written[0]} ({' to '.join(written[1:])})"
        if len(written) == len(ends)
        else "".join(written[:1])
    )


def percent(value: float) -> str:
    """A share, in three digits.

    >>> percent(0.2071), percent(0.001), percent(0.8)
    ('20.7 %', '0.1 %', '80 %')
    """
    return f"{100 * value:.3g} %"
