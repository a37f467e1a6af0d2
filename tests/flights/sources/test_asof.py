"""Sums over windows that end at a moment: exact, of one group alone, and blind to the future."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flights.asof import WindowSums, known_in_windows

pytestmark = pytest.mark.slow

WINDOWS = {"none": 0, "short": 3, "day": 1440, "ever": 10**9}
GROUPS = st.sampled_from(["EWR", "JFK", "LGA", None])
MINUTES = st.integers(-20, 20) | st.integers(-(10**6), 10**6)
EVENTS = st.lists(st.tuples(GROUPS, st.integers(0, 2), MINUTES, st.integers(-5, 1000)), max_size=30)
QUERIES = st.lists(st.tuples(GROUPS, st.integers(0, 2), MINUTES), max_size=15)
BY = st.sampled_from([[], ["origin"], ["flight"], ["origin", "flight"]])


def events_table(events):
    frame = pd.DataFrame(events, columns=["origin", "flight", "known_at", "value"])
    return frame.astype({"origin": "str", "flight": "int64", "known_at": "int64", "value": "int64"})


def queries_table(queries):
    frame = pd.DataFrame(queries, columns=["origin", "flight", "moment"])
    return frame.astype({"origin": "str", "flight": "int64", "moment": "int64"})


def one_by_one(events, queries, by, minutes):
    """What the windows hold, by looking at every event for every query."""
    places = [["origin", "flight"].index(name) for name in by]
    answers = []
    for query in queries:
        inside = [
            value
            for *group, known_at, value in events
            if all(group[place] == query[place] for place in places)
            and query[2] - minutes < known_at <= query[2]
        ]
        answers.append((len(inside), sum(inside)))
    return answers


def as_pairs(known):
    return list(zip(known.count.tolist(), known.total.tolist(), strict=True))


@settings(max_examples=120)
@given(EVENTS, QUERIES, BY)
def test_every_window_holds_what_a_loop_over_all_events_finds(events, queries, by):
    found = known_in_windows(events_table(events), queries_table(queries), by, WINDOWS)

    assert list(found) == list(WINDOWS)
    for name, minutes in WINDOWS.items():
        assert as_pairs(found[name]) == one_by_one(events, queries, by, minutes)


@settings(max_examples=60)
@given(EVENTS, QUERIES, BY, EVENTS)
def test_events_after_a_moment_never_change_its_answer(events, queries, by, others):
    present = 5
    queries = [(*group, min(moment, present)) for *group, moment in queries]
    future = [(*group, present + 1 + abs(minute), value) for *group, minute, value in others]
    without, with_future = (
        known_in_windows(events_table(rows), queries_table(queries), by, WINDOWS)
        for rows in (events, events + future)
    )

    for name in WINDOWS:
        assert as_pairs(with_future[name]) == as_pairs(without[name])


@settings(max_examples=60)
@given(EVENTS, QUERIES, EVENTS)
def test_events_of_another_group_never_change_an_answer(events, queries, others):
    others = [("ABQ", flight, minute, value) for _, flight, minute, value in others]
    alone, beside_others = (
        known_in_windows(events_table(rows), queries_table(queries), ["origin"], WINDOWS)
        for rows in (events, others + events)
    )

    for name in WINDOWS:
        assert as_pairs(beside_others[name]) == as_pairs(alone[name])


@settings(max_examples=40)
@given(EVENTS, QUERIES, BY, st.randoms(use_true_random=False))
def test_the_order_of_events_and_the_index_of_the_tables_do_not_matter(events, queries, by, random):
    shuffled = random.sample(events, len(events))
    odd_index = queries_table(queries)
    odd_index.index = [7] * len(odd_index)
    found = known_in_windows(events_table(events), queries_table(queries), by, WINDOWS)
    again = known_in_windows(events_table(shuffled), odd_index, by, WINDOWS)

    for name in WINDOWS:
        assert as_pairs(again[name]) == as_pairs(found[name])


def test_a_window_holds_its_last_minute_and_not_the_one_before_its_first():
    events = events_table([("JFK", 1, minute, 10**minute) for minute in range(7)])
    queries = queries_table([("JFK", 1, 4)])
    found = known_in_windows(events, queries, ["origin"], {"w": 3})

    assert as_pairs(found["w"]) == [(3, 10**2 + 10**3 + 10**4)]


def test_events_of_the_same_minute_all_count():
    events = events_table([("JFK", 1, 4, 1), ("JFK", 2, 4, 2), ("JFK", 3, 1, 4), ("JFK", 4, 1, 8)])
    queries = queries_table([("JFK", 0, 4), ("JFK", 0, 4), ("JFK", 0, 3), ("JFK", 0, 0)])
    found = known_in_windows(events, queries, ["origin"], {"w": 3})

    assert as_pairs(found["w"]) == [(2, 3), (2, 3), (2, 12), (0, 0)]


def test_a_window_longer_than_all_time_does_not_reach_into_the_neighbouring_group():
    events = events_table([("EWR", 1, 0, 1), ("JFK", 1, 5, 2), ("LGA", 1, 9, 4)])
    queries = queries_table([("EWR", 1, 9), ("JFK", 1, 9), ("LGA", 1, 9), ("JFK", 1, 0)])
    found = known_in_windows(events, queries, ["origin"], {"w": 10**12})

    assert as_pairs(found["w"]) == [(1, 1), (1, 2), (1, 4), (0, 0)]


def test_without_group_columns_all_events_are_of_one_group():
    events = events_table([("EWR", 1, 0, 1), ("JFK", 2, 1, 2), (None, 3, 2, 4)])
    found = known_in_windows(events, queries_table([("ABQ", 9, 2)]), [], {"w": 100})

    assert as_pairs(found["w"]) == [(3, 7)]


def test_a_large_value_of_one_group_leaves_the_sums_of_another_exact():
    events = events_table([("EWR", 1, 0, 2**61), ("JFK", 1, 0, 1), ("JFK", 1, 1, 1)])
    found = known_in_windows(events, queries_table([("JFK", 1, 1)]), ["origin"], {"w": 100})

    assert as_pairs(found["w"]) == [(2, 2)]


def test_no_events_and_no_queries_give_nothing_known():
    queries = queries_table([("JFK", 1, 0), ("JFK", 1, -5)])
    nothing = known_in_windows(events_table([]), queries, ["origin"], WINDOWS)
    unasked = known_in_windows(
        events_table([("JFK", 1, 0, 1)]), queries_table([]), ["origin"], WINDOWS
    )

    for name in WINDOWS:
        assert as_pairs(nothing[name]) == [(0, 0), (0, 0)]
        assert np.isnan(nothing[name].mean()).all()
        assert as_pairs(unasked[name]) == []


def test_the_mean_is_the_total_over_the_count_and_missing_where_nothing_was_known():
    known = WindowSums(np.array([4, 0, 3, 1]), np.array([2, 0, -1, 0]))

    mean = known.mean()

    assert mean.dtype == np.float32
    np.testing.assert_array_equal(mean, np.array([0.5, np.nan, -1 / 3, 0], dtype=np.float32))
