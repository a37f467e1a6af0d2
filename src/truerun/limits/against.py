"""Windows of rows held against limits.yaml: what passes a limit, as findings."""

from collections.abc import Iterator, Mapping

import numpy as np

from truerun.base import paths
from truerun.base.errors import listed
from truerun.contract.contract import Contract
from truerun.contract.data_checks import Finding
from truerun.limits import alignment, figures, wording
from truerun.limits.bins import Bins
from truerun.limits.bounds import RUN
from truerun.limits.figures import Figure, Plan
from truerun.limits.limits_file import Limits
from truerun.limits.relations import Floats
from truerun.limits.sums import Counted, Sums, groups_of, is_of_clock, steady_columns
from truerun.limits.windows import Window
from truerun.limits.wording import Passed


def counted(limits: Limits, contract: Contract) -> Counted:
    """The columns of limits.yaml that the contract has, and as it has them."""
    timed = limits.windows is not None and limits.windows.by == "days"
    bins = {
        name: column.bins
        for name, column in limits.columns.items()
        if _fits(name, column.bins, contract)
    }
    return Counted(
        bins,
        contract.target,
        contract.task,
        groups_of(bins),
        contract.time,
        timed,
        alignment.columns(contract) if timed else [],
        {name: each.usual for name, each in limits.spells.items() if name in bins},
        {name: tuple(values) for name, values in limits.gone.items() if name in bins},
    )


def usable(limits: Limits, contract: Contract) -> bool:
    """Whether there are limits, and rows can be cut into their windows."""
    timeless = limits.windows is not None and limits.windows.by == "days" and not contract.time
    return limits.windows is not None and not timeless and contract.target in limits.columns


def outdated(limits: Limits, contract: Contract) -> list[Finding]:
    """What of limits.yaml does not fit the contract, so that it should be written anew."""
    if limits.windows is None:
        return []
    reasons = []
    if not usable(limits, contract):
        reasons.append("is of another target or time than schema.yaml, and is not used")
    absent = [name for name in steady_columns(contract) if name not in limits.columns]
    other = [
        name for name, column in limits.columns.items() if not _fits(name, column.bins, contract)
    ]
    if absent:
        reasons.append(f"has no limits of column {listed(absent)}")
    if other:
        reasons.append(
            f"has limits of column {listed(other)}, which schema.yaml has not, or otherwise"
        )
    return [
        Finding("limits", "warn", f"{paths.LIMITS} {each}: run `truerun limits`")
        for each in reasons
    ]


def _fits(name: str, bins: Bins, contract: Contract) -> bool:
    """Whether a column is of the kind that its bins are for."""
    if is_of_clock(name, contract.time):
        return True
    if name not in contract.columns:
        return False
    if contract.columns[name].type == "text":
        return bins.are_texts or bins.is_empty
    return not bins.are_texts


def findings(
    windows: Mapping[Window, Sums],
    whole: Sums,
    limits: Limits,
    contract: Contract,
    shown_by: str | None = None,
) -> list[Finding]:
    """What passes its limit, the furthest first; of each partition, check and column one finding.

    Parameters
    ----------
    windows : counts of each window, in order.
    whole : counts of all training rows; a window of training rows is held against the others.
    shown_by : what the limits are from, where it is not limits.yaml.
    """
    passed = _ordered(_passed(windows, whole, limits, counted(limits, contract)))
    return [
        Finding(each.figure.check, "warn", wording.sentence(each, contract.time, shown_by))
        for each in passed
    ]


def _passed(
    windows: Mapping[Window, Sums], whole: Sums, limits: Limits, of: Counted
) -> Iterator[Passed]:
    """Each figure that passes its limit, in each partition where it does."""
    plan = figures.planned(of, _figures(limits, of))
    if not windows:
        return
    sums = list(windows.values())
    numbers = np.array(
        [figures.values(each, whole if each.test else whole.less(each), plan) for each in sums]
    )
    reached = _reached(numbers, plan, limits)
    in_a_run = _runs(reached, np.array([limits.runs.get(f.check, 1.0) for f in plan.figures]))
    names, partitions = list(windows), np.array([each.partitions[0] for each in sums])
    passing = np.maximum(reached, in_a_run) > 1
    places = {
        partition: np.flatnonzero(passing[partitions == partition].any(axis=0))
        for partition in dict.fromkeys(partitions)
    }
    for partition, place in sorted(
        ((partition, int(place)) for partition, indices in places.items() for place in indices),
        key=lambda one: one[1],
    ):
        alone = np.where(partitions == partition, reached[:, place], -np.inf)
        together = np.where(partitions == partition, in_a_run[:, place], -np.inf)
        beyond = alone if (alone > 1).any() else together
        furthest = int(np.argmax(np.where(beyond > 1, alone, -np.inf)))
        yield Passed(
            plan.figures[place],
            limits.of(plan.figures[place]) or (),
            names[furthest],
            sums[furthest],
            float(numbers[furthest, place]),
            float(beyond.max()),
            int((beyond > 1).sum()),
            in_a_run=not (alone > 1).any(),
        )


def _runs(reached: Floats, shares: Floats) -> Floats:
    """How far the means of runs are that hold a window, where it is itself as far as such a mean.

    Parameters
    ----------
    shares : the limit of a run's mean, for each figure.
    """
    made = np.full_like(reached, -np.inf)
    for last in range(RUN, len(reached) + 1):
        run = reached[last - RUN : last]
        made[last - RUN : last] = np.maximum(made[last - RUN : last], run.mean(axis=0) / shares)
    return np.where(reached > shares, made, -np.inf)


def _figures(limits: Limits, of: Counted) -> list[Figure]:
    """The figures that limits.yaml has a limit for."""
    made = [Figure("volume", "", "", "count", both=True)]
    for name in of.bins:
        column = limits.columns[name]
        made += [Figure("drift", name, "", "count"), Figure("range", name, "", "share")]
        made += [Figure("missing", name, "", "share"), Figure("still", name, "", "share")]
        made.append(Figure("repeat", name, "", "share"))
        kind: figures.Kind = "share" if of.task == "binary" else "amount"
        made.append(Figure("target", name, "", kind, both=True))
        check: figures.Check = "clock" if is_of_clock(name, of.time) else "volume"
        made += [Figure(check, name, value, "count", both=True) for value in column.rows]
    made += [
        Figure("relation", left, right, "count")
        for left, others in limits.relations.items()
        for right in others
        if {left, right} <= set(of.related)
    ]
    return [figure for figure in made if limits.of(figure) is not None]


def _reached(numbers: Floats, plan: Plan, limits: Limits) -> Floats:
    """How far each figure is from what is usual; 1 is its limit, on the transformed scale."""
    bounds = np.full((3, len(plan.figures)), np.nan)
    for place, figure in enumerate(plan.figures):
        limit = limits.of(figure) or ()
        bounds[-len(limit) :, place] = [np.nan if each is None else each for each in limit]
    least, usual, most = figures.transformed(bounds, plan)
    moved = figures.transformed(numbers, plan) - usual
    tiny = 1e-12  # a limit may be put where the usual is
    above = np.where(np.isnan(most), -np.inf, moved / np.maximum(most - usual, tiny))
    below = np.where(np.isnan(least), -np.inf, -moved / np.maximum(usual - least, tiny))
    return np.maximum(above, below)


def _ordered(passed: Iterator[Passed]) -> Iterator[Passed]:
    """The furthest first; a column once for each partition and check, by its furthest figure."""
    reported: set[tuple[str, str, str]] = set()
    for each in sorted(passed, key=lambda one: (-one.reached, one.figure.path)):
        columns = [each.figure.column]
        columns += [each.figure.part] if each.figure.check == "relation" else []
        named = {(each.sums.partitions[0], each.figure.check, column) for column in columns}
        if named & reported:
            continue
        reported |= named
        yield each
