"""Shares of several players in what they reach together (Shapley 1953, A value for n-person games).

A combination of players is a number whose bits say who is in it: 0b101 is the first and the third.
A game has one value for each combination, in the order of these numbers. Fractions keep the shares
exact, so that they sum to the difference between all players and none, whatever the order.
"""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import factorial
from typing import NamedTuple

from truerun.base.text_files import DIGITS


class Step(NamedTuple):
    """A player joins the combination `before`; `weight` is how much it counts in the share."""

    weight: Fraction
    before: int
    after: int


class Pair(NamedTuple):
    """The step of a player with another one, and without: from a combination to one with it."""

    weight: Fraction
    together: tuple[int, int]
    alone: tuple[int, int]


def steps(players: int, player: int) -> Iterator[Step]:
    """All steps of a player; the weights sum to 1.

    A step counts as often as orders of all players begin with the combination and go on with it.
    """
    for before in _without(players, 1 << player):
        size = before.bit_count()
        orders = factorial(size) * factorial(players - size - 1)
        yield Step(Fraction(orders, factorial(players)), before, before | 1 << player)


def pairs(players: int, one: int, other: int) -> Iterator[Pair]:
    """All that enters the interaction of two players, the same from the side of each.

    It is the interaction index of Grabisch and Roubens (1999, An axiomatic approach to the concept
    of interaction), of two players what they do together beside what each does alone.
    """
    bits = 1 << one | 1 << other
    for rest in _without(players, bits):
        size = rest.bit_count()
        orders = factorial(size) * factorial(players - size - 2)
        weight = Fraction(orders, 2 * factorial(players - 1))
        for joining, present in ((one, other), (other, one)):
            yield Pair(weight, (rest | 1 << present, rest | bits), (rest, rest | 1 << joining))


def shares(values: Sequence[float]) -> list[Fraction]:
    """The share of each player, exactly.

    >>> list(map(str, shares([0, 0, 0, 0, 0, 1, 1, 1])))  # one right glove, and two left ones
    ['1/6', '1/6', '2/3']
    """
    exact = list(map(Fraction, values))
    players = (len(values) - 1).bit_length()
    return [
        sum((weight * (exact[after] - exact[before]) for weight, before, after in each), Fraction())
        for each in (steps(players, player) for player in range(players))
    ]


def summing(exact: Sequence[Fraction]) -> list[float]:
    """Shares with as many digits as a file of figures keeps, which sum to their total as written.

    >>> summing([Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)])
    [0.33334, 0.33333, 0.33333]
    """
    largest = max(abs(number) for number in (*exact, sum(exact, Fraction())))
    if not largest:
        return [0.0] * len(exact)
    unit = Fraction(10) ** (math.floor(math.log10(largest)) + 1 - DIGITS)
    return [float(number * unit) for number in apportioned(exact, unit)]


def total(shares: Sequence[float]) -> float:
    """The sum of shares as they are written, without the rounding of binary fractions.

    >>> total([0.1, 0.2]), 0.1 + 0.2
    (0.3, 0.30000000000000004)
    """
    return float(sum(Fraction(repr(share)) for share in shares))


def apportioned(exact: Sequence[Fraction], unit: Fraction) -> list[int]:
    """Shares in whole units, which sum to the total in whole units: by the largest remainders.

    A share of 0 stays 0.

    >>> apportioned([Fraction("1.4"), Fraction("1.4"), Fraction("0.4"), Fraction()], Fraction(1))
    [2, 1, 0, 0]
    """
    in_units = [share / unit for share in exact]
    whole = [number.__floor__() for number in in_units]
    rest = round(sum(in_units, Fraction())) - sum(whole)
    by_remainder = sorted(range(len(whole)), key=lambda place: whole[place] - in_units[place])
    for place in by_remainder[:rest]:
        whole[place] += 1
    return whole


def _without(players: int, bits: int) -> Iterator[int]:
    """All combinations in which none of some players is."""
    return (combination for combination in range(2**players) if not combination & bits)
