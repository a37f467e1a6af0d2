"""Spells held against limits.yaml: what stands at its usual value, and categories that are gone.

A sensor is told by how long it stands, and sooner by what happens elsewhere meanwhile: a station
without rain is at fault if it rains at the others. See `spells` for how a limit is made.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from truerun.base import paths
from truerun.contract.data_checks import Finding
from truerun.limits import spells
from truerun.limits.limits_file import Limits
from truerun.limits.spells import LEVEL, STEADY, DayStates, Spell
from truerun.limits.sums import Counted


@dataclass(frozen=True)
class LongSpell:
    """A spell beyond its limit: of which check and column, what is so, and what is meanwhile.

    `path` is the place of the limit in limits.yaml.
    """

    check: str
    column: str
    what: str
    spell: Spell
    limit: float
    path: str
    meanwhile: str = ""

    def days_in(self, states: DayStates) -> int:
        """How many days of a partition are in it."""
        days = states.days
        return int(((days >= self.spell.first) & (days <= self.spell.last)).sum())


def learned(
    parts: Mapping[str, DayStates], counted: Counted, days: Collection[int], length: int
) -> dict[str, dict[str, object]]:
    """The sections `spells` and `gone` of limits.yaml.

    Parameters
    ----------
    parts : the states of the days of each partition.
    days : those of training rows.
    length : of a window, in days.
    """
    of_training = during(spells.together(list(parts.values())), days)
    windows = len(days) / length
    calm, apart = spells.calm(of_training), spells.apart(of_training, length)
    level = LEVEL / max(1, len(calm) + len(apart))
    standing: dict[str, object] = {}
    elsewhere: dict[str, dict[str, dict[str, float]]] = {name: {} for name in calm}
    for (name, grouping, group), of_group in apart.items():
        names = counted.bins[grouping].names
        if group < len(names):  # not a rare value, nor a missing one
            most = float(f"{spells.most_elsewhere(of_group, windows, level):.3g}")
            elsewhere[name].setdefault(grouping, {})[names[group]] = most
    for name, of_column in calm.items():
        limit = {"usual": counted.usual[name], "days": spells.most_days(of_column, windows, level)}
        standing[name] = limit | ({"elsewhere": elsewhere[name]} if elsewhere[name] else {})
    absences = {
        key: of_value
        for key, of_value in spells.absences(of_training).items()
        if max((each.days for each in of_value), default=0) <= STEADY * length
    }
    of_values: dict[str, dict[str, int]] = {}
    for (column, value), of_value in absences.items():
        most = spells.most_days(of_value, windows, LEVEL / len(absences))
        of_values.setdefault(column, {})[value] = max(most, STEADY * length)
    return {"spells": standing, "gone": dict(of_values)}


def during(states: DayStates, days: Collection[int]) -> DayStates:
    """The states of some days."""
    chosen = np.array(sorted(days), dtype=np.int64)
    groups = {}
    for name, each in states.groups.items():
        kept = np.isin(each.days, chosen)
        groups[name] = spells.Groups(
            each.days[kept], each.groups[kept], each.rows[kept], each.moved[kept]
        )
    present = {key: each[np.isin(each, chosen)] for key, each in states.present.items()}
    return replace(
        states, days=states.days[np.isin(states.days, chosen)], groups=groups, present=present
    )


def findings(
    parts: Mapping[str, DayStates], limits: Limits, counted: Counted, length: int
) -> list[Finding]:
    """Spells beyond their limit, of each partition and column the furthest.

    Parameters
    ----------
    parts : the states of the days of each partition.
    length : of a window, in days.
    """
    states = spells.together(list(parts.values()))
    by_column: dict[tuple[str, str, str], list[LongSpell]] = {}
    for spell in (*_still(states, limits, counted, length), *_gone(states, limits)):
        days = {name: spell.days_in(part) for name, part in parts.items()}
        partition = max(days, key=lambda name: (days[name], name))
        by_column.setdefault((partition, spell.check, spell.column), []).append(spell)
    return [
        Finding(check, "warn", _sentence(long_spells, partition))
        for (partition, check, _), long_spells in sorted(by_column.items())
    ]


def _sentence(long_spells: list[LongSpell], partition: str) -> str:
    """The furthest of spells of a column in a partition, and how many there are."""
    longest = max(long_spells, key=lambda each: each.spell.size / each.limit)
    first = np.datetime64(longest.spell.first, "D")
    when = f"{longest.spell.days} days from {first} ({partition}){longest.meanwhile}"
    more = f"; so are {len(long_spells) - 1} more" if len(long_spells) > 1 else ""
    return (
        f"column {longest.column} is {longest.what} for {when}, at most {longest.limit:g}{more}"
        f" ({paths.LIMITS}: {longest.path})"
    )


def _still(states: DayStates, limits: Limits, counted: Counted, length: int) -> Iterator[LongSpell]:
    """Numbers that stay at their usual value for longer than their limits allow."""
    for name, of_column in spells.calm(states).items():
        limit, usual = limits.spells[name].days, f"{counted.usual[name]:g}"
        path = f"spells.{name}.days"
        for spell in _beyond(of_column, limit):
            yield LongSpell("still", name, f"{usual} in all rows", spell, limit, path)
    for (name, grouping, group), of_group in spells.apart(states, length).items():
        value = dict(enumerate(counted.bins[grouping].names)).get(group, "")
        most = limits.spells[name].elsewhere.get(grouping, {}).get(value, np.inf)
        path = f"spells.{name}.elsewhere.{grouping}.{value}"
        what = f"{counted.usual[name]:g} in all rows where {grouping} is {value}"
        for spell in _beyond(of_group, most):
            meanwhile = f", and is not in the other rows of {spell.size:.3g} days meanwhile"
            yield LongSpell("still", name, what, spell, most, path, meanwhile)


def _gone(states: DayStates, limits: Limits) -> Iterator[LongSpell]:
    """Values of categories that are in no row for longer than their limits allow."""
    for (column, value), of_value in spells.absences(states).items():
        limit, path = limits.gone[column][value], f"gone.{column}.{value}"
        for spell in _beyond(of_value, limit):
            yield LongSpell("gone", column, f"{value} in no row", spell, limit, path)


def _beyond(candidates: Iterable[Spell], limit: float) -> Iterator[Spell]:
    """The spells that are larger than a limit."""
    return (spell for spell in candidates if spell.size > limit)
