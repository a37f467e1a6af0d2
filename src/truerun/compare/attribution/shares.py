"""From the scores of all combinations to each group's share, its interval and its interactions.

A share is a sum of differences between combinations on the same rows. So each cluster of rows has a
part in it, and whether it is more than chance is judged as any difference is: see
`truerun.compare.swaps`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from truerun.compare import data, pairing, pairs, swaps
from truerun.compare.attribution import shapley
from truerun.compare.attribution.combinations import AttributionError, SideScores
from truerun.compare.attribution.groups import Group
from truerun.compare.pairs import Scored
from truerun.compare.swaps import Floats, Judged
from truerun.comparison.comparison import (
    Attribution,
    GroupShare,
    Interaction,
    MetricDifference,
    MetricShares,
)
from truerun.contract.contract import Contract
from truerun.model import metrics, targets
from truerun.model.tasks import TASKS

CHANGES = 20  # that are listed of a group


@dataclass(frozen=True)
class Game:
    """The combinations on the rows that all of them score; `cluster` is the column of clusters."""

    rows: tuple[Scored, ...]
    cluster: str | None

    def step(self, before: int, after: int) -> Scored:
        """The rows with one combination in the base's place, and another in the head's."""
        one, other = self.rows[before], self.rows[after]
        return replace(one, head=other.head, head_decision=other.head_decision)

    def values(self, name: str) -> list[float] | None:
        """A metric of each combination; None where it is not defined on these rows."""
        sides = [pairs.sides(one, [name])[name] for one in self.rows]
        values = [float(side[1]) for side in sides if side is not None]
        return values if len(values) == len(sides) else None


def game(sides: Sequence[SideScores], contract: Contract, cluster: str | None) -> Game:
    """All combinations on the rows that they share, by key, with the labels of the last one.

    Raises
    ------
    AttributionError
        If there is no such row.
    """
    head, key = sides[-1].rows, list(contract.key)
    matches = [data.match(side.rows[key], head[key]) for side in sides]
    common = np.arange(len(head))
    for match in matches:
        common = np.intersect1d(common, match.head)
    if not len(common):
        raise AttributionError("there is no test row that all combinations score")
    rows = head.iloc[common].reset_index(drop=True)
    labels = tuple(
        dict.fromkeys(name for side in sides for name in pairing.labels_of(side.rows, contract))
    )
    target = targets.numbers(rows[contract.target], contract)
    clusters = pairs.numbered(rows[cluster] if cluster else None, len(rows))
    scored = []
    for side, match in zip(sides, matches, strict=True):
        of_head = np.argsort(match.head)
        own = match.base[of_head][np.searchsorted(match.head[of_head], common)]
        score, decision = pairing.judged(side.rows.iloc[own], labels, side.threshold, contract)
        scored.append(Scored(contract.task, target, score, score, decision, decision, clusters))
    return Game(tuple(scored), cluster)


def attribution(groups: Sequence[Group], of_all: Game, together: Sequence[str]) -> Attribution:
    """The share of each group in the main metric, judged, and those in the others.

    Raises
    ------
    AttributionError
        If the main metric is not defined on the rows.
    """
    task = of_all.rows[0].task
    name = TASKS[task].main_metric
    values = of_all.values(name)
    if values is None:
        raise AttributionError(f"{name} is not defined on the rows that all combinations score")
    main_facts = pairs.facts(task, None)[name]
    shares, total = _shares(values)
    judged = _judged(of_all, name, len(groups))
    return Attribution(
        claimed=False,
        metric=name,
        base=values[0],
        head=values[-1],
        difference=total,
        false_verdicts=pairs.FALSE_VERDICTS,
        count=len(of_all.rows[0]),
        cluster=of_all.cluster,
        clusters=of_all.rows[0].clusters,
        shares=tuple(
            _share(group, pairs.difference(main_facts, (0.0, share), judged[number,]))
            for number, (group, share) in enumerate(zip(groups, shares, strict=True))
        ),
        interactions=tuple(
            Interaction(
                groups=(groups[one].name, groups[other].name),
                value=its.value,
                low=its.low,
                high=its.high,
            )
            for one, other in combinations(range(len(groups)), 2)
            for its in [judged[(one, other)]]
        ),
        others=tuple(_others(of_all, name)),
        together=tuple(together),
    )


def _share(group: Group, difference: MetricDifference) -> GroupShare:
    return GroupShare(
        group=group.name,
        changes=group.changes[:CHANGES],
        count=len(group.changes),
        share=difference.difference or 0.0,
        low=difference.low,
        high=difference.high,
        p_value=difference.p_value,
        verdict=difference.verdict,
        reason=difference.reason,
    )


def _others(of_all: Game, main: str) -> Iterable[MetricShares]:
    for name, metric in metrics.METRICS[of_all.rows[0].task].items():
        values = of_all.values(name) if metric.paired and name != main else None
        if values is not None:
            shares, total = _shares(values)
            yield MetricShares(metric=name, difference=total, shares=tuple(shares))


def _shares(values: Sequence[float]) -> tuple[list[float], float]:
    """The shares, and the difference, which is their sum to the digit."""
    shares = shapley.summing(shapley.shares(values))
    return shares, shapley.total(shares)


def _judged(of_all: Game, name: str, players: int) -> Mapping[tuple[int, ...], Judged]:
    """Shares by the number of their group, and interactions by two numbers, judged at once."""
    contributions: dict[tuple[int, int], tuple[Floats, Floats]] = {}

    def step(before: int, after: int) -> tuple[Floats, Floats]:
        """What each cluster has in the step from one combination to another, and its weight."""
        if (before, after) not in contributions:
            contributions[before, after] = pairs.contributions(of_all.step(before, after), name)
        return contributions[before, after]

    columns: dict[tuple[int, ...], tuple[Floats, Floats]] = {}
    for player in range(players):
        columns[player,] = _sum(
            (float(weight), *step(before, after))
            for weight, before, after in shapley.steps(players, player)
        )
    for one, other in combinations(range(players), 2):
        parts = []
        for pair in shapley.pairs(players, one, other):
            with_it, alone = step(*pair.together), step(*pair.alone)
            # First their difference: where both are the same it is 0, without any rounding.
            parts.append((float(pair.weight), with_it[0] - alone[0], (with_it[1] + alone[1]) / 2))
        columns[one, other] = _sum(parts)
    parts_of, weights_of = (np.stack(each, axis=1) for each in zip(*columns.values(), strict=True))
    held = [pairs.held(of_all.rows[0], name)] * len(columns)
    judged = swaps.judge(parts_of, weights_of, pairs.FALSE_VERDICTS, held)
    return dict(zip(columns, judged, strict=True))


def _sum(weighted: Iterable[tuple[float, Floats, Floats]]) -> tuple[Floats, Floats]:
    """The parts of clusters and their weights, each with a weight of its own; these sum to 1."""
    each = list(weighted)
    parts = np.sum([weight * part for weight, part, _ in each], axis=0)
    return parts, np.sum([weight * own for weight, _, own in each], axis=0)
