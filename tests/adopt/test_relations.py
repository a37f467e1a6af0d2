"""Exact relations are found with their columns, also if broken in some rows; noise is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truerun.adopt.leaks import relations
from truerun.adopt.leaks.relation import Relation
from truerun.adopt.leaks.sparse_fit import trimmed_fit

ROWS = 500


def table(seed, columns=8):
    random = np.random.default_rng(seed)
    return random, {f"c{n}": random.integers(0, 500, ROWS) + 0.0 for n in range(columns)}


@pytest.mark.slow
@settings(max_examples=25)
@given(st.integers(0, 2**32), st.lists(st.sampled_from([1.0, -1.0, 2.0]), min_size=2, max_size=5))
def test_a_sum_of_some_columns_is_found_with_its_weights(seed, weights):
    _, columns = table(seed)
    expected = {f"c{n}": weight for n, weight in enumerate(weights)}
    target = sum(weight * columns[name] for name, weight in expected.items())

    relation = relations.find(columns, target)

    assert (relation.kind, relation.weights, relation.share) == ("sum", expected, 1.0)


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.floats(0.1, 3), st.booleans())
def test_noise_as_large_as_the_last_digit_makes_no_relation(seed, noise, whole):
    random, columns = table(seed)
    target = columns["c0"] + columns["c1"] + random.normal(scale=20 * noise, size=ROWS)

    assert relations.find(columns, np.round(target) if whole else target) is None


@pytest.mark.parametrize("wrong", [0.0, 0.1, 0.25])
def test_a_relation_may_be_broken_in_some_rows(wrong):
    random, columns = table(1)
    target = columns["c2"] - columns["c5"]
    target = np.where(random.random(ROWS) < wrong, target + random.integers(1, 90, ROWS), target)
    relation = relations.find(columns, target)

    assert relation.text == "c2 - c5"
    assert relation.share == pytest.approx(1 - wrong, abs=0.05)


def test_where_most_rows_are_wrong_there_is_no_relation():
    random, columns = table(1)
    wrong = random.integers(1, 90, ROWS) * (random.random(ROWS) < 0.6)
    target = columns["c2"] - columns["c5"] + wrong

    assert relations.find(columns, target) is None


def test_products_ratios_and_margins_are_found_by_their_logarithms():
    _, columns = table(2)
    price, pieces = columns["c0"] + 1, columns["c1"] + 1
    some = {**columns, "c0": price, "c1": pieces}
    for target, text in (
        (np.round(price * pieces, 2), "c0 x c1"),
        (np.round(price / pieces, 4), "c0 / c1"),
        (np.round(0.19 * price * pieces, 2), "0.19 x c0 x c1"),
    ):
        assert relations.find(some, target).text == text
    cost = np.round(price * np.linspace(0.3, 0.95, ROWS), 2)
    margin = relations.find({"c0": price, "cost": cost}, np.round(100 * (price - cost) / price, 2))
    assert margin.text == "100 - 100 x cost / c0"
    off = np.tile([0, 0.1, 0.25, 0.5], ROWS // 4)
    less = relations.find({"c0": price, "off": off}, np.round(price * (1 - off), 2))
    assert (less.text, less.names) == ("c0 x (1 - off)", {"c0", "off"})


def test_a_column_that_is_0_nearly_everywhere_is_a_part_too():
    random, columns = table(3)
    toll = np.where(random.random(ROWS) < 0.03, 6.0, 0.0)
    relation = relations.find({**columns, "toll": toll}, columns["c0"] + columns["c1"] + toll)

    assert (relation.names, relation.share) == ({"c0", "c1", "toll"}, 1.0)


def test_a_part_is_never_more_than_the_target_and_sometimes_all_of_it():
    random, columns = table(4)
    rest = np.where(random.random(ROWS) < 0.5, 0, random.integers(1, 60, ROWS))
    relation = relations.find({"c0": columns["c0"]}, columns["c0"] + rest)

    assert (relation.kind, relation.text) == ("part", "c0")
    assert relations.find({"c0": columns["c0"]}, columns["c0"] + rest + 1) is None


def test_a_copy_alone_is_no_relation_and_a_constant_has_none():
    _, columns = table(5)

    assert relations.find({"c0": columns["c0"]}, 2 * columns["c0"]) is None
    assert relations.find(columns, np.full(ROWS, 3.0)) is None
    assert relations.find({}, columns["c0"]) is None


def test_gaps_count_as_nothing():
    _, columns = table(6)
    parts = {"c0": columns["c0"].copy(), "c1": columns["c1"].copy()}
    parts["c1"][::3] = np.nan
    relation = relations.find(parts, np.nan_to_num(parts["c1"]) + parts["c0"])

    assert relation.weights == {"c0": 1.0, "c1": 1.0}


@pytest.mark.parametrize(
    ("numbers", "digit"),
    [([1, 2, 3], 1.0), ([1.5, 2.0], 0.1), ([0.125], 0.001), ([1 / 3], 1e-6), ([1e9, 5], 1.0)],
)
def test_the_last_digit_is_that_of_nearly_all_numbers(numbers, digit):
    assert relations.last_digit(np.array(numbers, np.float64)) == pytest.approx(digit)


def test_the_fit_is_that_of_the_rows_that_agree():
    random, columns = table(7)
    x, y = columns["c0"], columns["c1"]
    target = 3 * x - 2 * y + np.where(random.random(ROWS) < 0.2, 1000, 0)

    assert trimmed_fit([x, y], target) == pytest.approx([3, -2])


def test_a_formula_is_written_as_one_would():
    assert Relation("sum", {"a": 0.3, "b": -1.0}, 1.0, constant=-32.0).text == "0.3 a - b - 32"
    assert Relation("product", {"b": -1.0}, 1.0, constant=2.5).text == "2.5 x 1 / b"
