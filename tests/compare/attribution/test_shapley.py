"""Shares: the axioms, known examples, and sums without any rounding."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truerun.base.text_files import rounded
from truerun.compare.attribution import shapley

FIGURES = st.floats(-1e3, 1e3, allow_nan=False)


@st.composite
def games(draw: st.DrawFn) -> list[float]:
    """The values of all combinations of one to four players."""
    players = draw(st.integers(1, 4))
    return draw(st.lists(FIGURES, min_size=2**players, max_size=2**players))


def renamed(values: list[float], order: tuple[int, ...]) -> list[float]:
    """The game in which the player at each place is the one that the order says."""
    return [
        values[sum(1 << player for place, player in enumerate(order) if combination >> place & 1)]
        for combination in range(len(values))
    ]


def interaction(values: list[float], one: int, other: int) -> Fraction:
    exact = list(map(Fraction, values))
    return sum(
        (
            pair.weight
            * (
                exact[pair.together[1]]
                - exact[pair.together[0]]
                - exact[pair.alone[1]]
                + exact[pair.alone[0]]
            )
            for pair in shapley.pairs((len(values) - 1).bit_length(), one, other)
        ),
        Fraction(),
    )


def test_a_glove_market_and_a_council_are_shared_out_as_the_textbooks_say() -> None:
    # One right glove and two left ones: a pair is worth 1.
    gloves = [0, 0, 0, 0, 0, 1, 1, 1]
    assert shapley.shares(gloves) == [Fraction(1, 6), Fraction(1, 6), Fraction(2, 3)]
    # A company of four owners with 10, 20, 30 and 40 shares, where more than half decides.
    votes = (10, 20, 30, 40)
    company = [
        int(sum(vote for place, vote in enumerate(votes) if coalition >> place & 1) > 50)
        for coalition in range(16)
    ]
    assert shapley.shares(company) == [Fraction(n, 12) for n in (1, 3, 3, 5)]


def test_of_two_each_has_the_mean_of_what_it_adds_alone_and_after_the_other() -> None:
    values = [0.5, 0.625, 0.25, 0.75]
    assert list(map(float, shapley.shares(values))) == [0.3125, -0.0625]
    assert interaction(values, 0, 1) == Fraction(0.75 - 0.625 - 0.25 + 0.5)


@given(games())
def test_the_shares_sum_to_the_difference_exactly(values: list[float]) -> None:
    exact = shapley.shares(values)
    assert sum(exact) == Fraction(values[-1]) - Fraction(values[0])


@pytest.mark.slow
@given(st.lists(st.fractions(-1000, 1000, max_denominator=10**9), min_size=1, max_size=4))
def test_shares_as_a_file_has_them_sum_to_the_digit(exact: list[Fraction]) -> None:
    written = shapley.summing(exact)
    assert rounded(written) == written
    whole = shapley.total(written)
    assert sum(Decimal(str(share)) for share in written) == Decimal(str(whole))
    largest = float(max(map(abs, (*exact, sum(exact)))))
    for one, share in zip((*written, whole), (*exact, sum(exact)), strict=True):
        assert one == pytest.approx(float(share), abs=1e-5 * largest)
        assert share or not one


@given(games(), st.data())
def test_a_share_does_not_depend_on_the_order_of_the_players(
    values: list[float], data: st.DataObject
) -> None:
    shares = shapley.shares(values)
    order = data.draw(st.permutations(range(len(shares))))
    assert shapley.shares(renamed(values, tuple(order))) == [shares[player] for player in order]


@pytest.mark.slow
@given(games())
def test_who_adds_nothing_has_exactly_nothing(values: list[float]) -> None:
    with_another = [*values, *values]
    *others, last = shapley.shares(with_another)
    assert (others, last) == (shapley.shares(values), 0)
    assert shapley.summing([*others, last])[-1] == 0.0
    for player in range(len(others)):
        assert interaction(with_another, player, len(others)) == 0


@given(FIGURES, FIGURES, FIGURES)
def test_players_who_add_the_same_have_the_same(none: float, one: float, both: float) -> None:
    first, second = shapley.shares([none, one, one, both])
    assert first == second


@pytest.mark.slow
@given(games(), st.data())
def test_shares_of_a_sum_of_games_are_the_sums(values: list[float], data: st.DataObject) -> None:
    other = data.draw(st.lists(FIGURES, min_size=len(values), max_size=len(values)))
    together = [Fraction(a) + Fraction(b) for a, b in zip(values, other, strict=True)]
    assert shapley.shares(together) == [
        a + b for a, b in zip(shapley.shares(values), shapley.shares(other), strict=True)
    ]


@pytest.mark.parametrize("players", [1, 2, 3, 4])
def test_the_weights_of_a_players_steps_and_of_two_players_sum_to_1(players: int) -> None:
    for player in range(players):
        assert sum(step.weight for step in shapley.steps(players, player)) == 1
        for other in set(range(players)) - {player}:
            assert sum(pair.weight for pair in shapley.pairs(players, player, other)) == 1
