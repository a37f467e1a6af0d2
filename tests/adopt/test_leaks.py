"""What gives the target away is left out or asked about, by its name; what only helps is not."""

import numpy as np
import pandas as pd
import pytest

from truerun.adopt.leaks import bands, comparisons, copies, regions, telling_words
from truerun.adopt.leaks.suspicion import Sample
from truerun.adopt.request import Request
from truerun.adopt.table_profile import profile_table

ROWS = 800
RANDOM = np.random.default_rng(5)
YES = RANDOM.random(ROWS) < 0.3
AMOUNT = np.round(RANDOM.gamma(2, 50, ROWS), 2)


def classes(*names, target=YES, dates=(), **columns):
    values = {name: pd.Series(each) for name, each in columns.items()}
    task = "multiclass" if len(names) > 2 else "binary"
    return Sample(values, target + 0.0, task, "left", names or ("no", "yes"), frozenset(dates))


def amounts(target=AMOUNT, **columns):
    values = {name: pd.Series(each) for name, each in columns.items()}
    return Sample(values, target, "regression", "price", (), frozenset())


def said(found):
    return {each.columns: (each.reason, each.sure) for each in found}


@pytest.fixture
def profiled(tmp_path):
    def profile_rows(target, **columns):
        pd.DataFrame(columns).to_csv(tmp_path / "table.csv", index=False)
        return profile_table(tmp_path / "table.csv", Request(target=target))

    return profile_rows


# Whole tables, as files.


def test_both_parts_of_a_sum_are_named_and_left_out(profiled):
    one, other = RANDOM.poisson(90, ROWS), RANDOM.integers(50, 900, ROWS)
    profile = profiled(
        "rides", warm=RANDOM.random(ROWS).round(3), guests=one, members=other, rides=one + other
    )

    assert set(profile.leaks.left_out) == {"guests", "members"}
    assert "left out: guests gives rides away: guests + members is rides" in "\n".join(
        profile.warnings
    )


def test_a_code_that_is_one_class_is_left_out_however_few_rows_have_it(profiled):
    code = RANDOM.integers(1, 10, 400)
    profile = profiled("gone", age=RANDOM.integers(18, 80, 400), code=code, gone=(code == 5) + 0)

    assert profile.leaks.left_out == {"code": "is 5 for gone 1 and no other"}


def test_a_value_that_only_one_of_several_classes_has_is_left_out(profiled):
    mood = RANDOM.choice(["bad", "fair", "good"], ROWS)
    why = np.where(mood == "bad", RANDOM.choice(["late", "rude"], ROWS), None)
    profile = profiled("mood", why=why, length=RANDOM.integers(9, 140, ROWS), mood=mood)

    assert set(profile.leaks.left_out) == {"why"}


def test_of_what_is_asked_about_the_plan_says_how_to_drop_it(profiled):
    back = np.where(YES & (RANDOM.random(ROWS) < 0.6), AMOUNT, 0)
    profile = profiled("left", **{"paid back": back}, age=RANDOM.integers(18, 80, ROWS), left=YES)
    (warning,) = (each for each in profile.warnings if each.startswith("may be a leak"))

    assert warning == (
        "may be a leak: paid back is other than 0 only for left True; is it known in time?"
        " If not, --drop 'paid back'; if so, --keep 'paid back' vouches for it"
    )


def test_columns_that_know_the_target_together_are_named_and_vouched_for(profiled):
    marks = RANDOM.normal(50, 10, (3, ROWS)).round()
    names = {f"mark_{n}": mark for n, mark in enumerate(marks)}
    profile = profiled(
        "passed", **names, age=RANDOM.integers(9, 20, ROWS), passed=marks.sum(0) > 150
    )

    assert sorted(profile.leaks.together) == sorted(names)
    assert {n for n, each in profile.columns.items() if each.get("known_in_time")} == set(names)
    (warning,) = (each for each in profile.warnings if "predicts passed almost" in each)
    assert all(name in warning for name in names)


# Parts of a column.


def test_what_is_there_for_one_class_alone_is_sure():
    found = said(regions.find(classes(reason=np.where(YES, "moved", None))))

    assert found == {("reason",): ("is missing for left no and no other", True)}


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_what_is_there_for_some_of_one_class_is_asked_about(share):
    there = YES & (RANDOM.random(ROWS) < share)
    ((reason, sure),) = said(regions.find(classes(body=np.where(there, AMOUNT, np.nan)))).values()

    assert reason == "is there only for left yes"
    assert not sure


@pytest.mark.parametrize("mistakes", [0.02, 0.3])
def test_a_few_mistakes_hide_no_leak_and_many_mean_that_it_is_none(mistakes):
    there = np.where(YES, RANDOM.random(ROWS) < 0.9, RANDOM.random(ROWS) < mistakes)
    found = list(regions.find(classes(boat=np.where(there, AMOUNT, np.nan))))

    assert bool(found) == (mistakes < 0.1)


def test_an_honest_signal_is_no_region():
    signal = np.where(YES, RANDOM.normal(1.5, 1, ROWS), RANDOM.normal(0, 1, ROWS))
    gaps = np.where(RANDOM.random(ROWS) < np.where(YES, 0.5, 0.2), np.nan, AMOUNT)
    plan = np.where(YES, "basic", RANDOM.choice(["basic", "pro"], ROWS))

    assert not list(regions.find(classes(signal=signal, gaps=gaps, plan=plan)))


def test_a_tail_counts_only_where_the_name_speaks_of_later():
    seconds = np.where(YES, 300 + AMOUNT, AMOUNT * 3)
    found = said(regions.find(classes(call_duration=seconds, size=seconds)))

    assert set(found) == {("call_duration",)}


def test_of_few_rows_nothing_is_said():
    few = np.arange(ROWS) < 20
    assert not list(regions.find(classes(target=few, note=np.where(few, "x", None))))


# Bands of a number.


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (pd.cut(AMOUNT, [-1, 60, 120, 1e6], labels=list("abc")).astype(str), "has a range"),
        (np.where(AMOUNT > 90, 1, 0), "has a range of price for each value"),
        (np.where(AMOUNT > 90, RANDOM.choice(["A", "B"], ROWS), None), "is there for a range"),
    ],
)
def test_bands_of_the_target_are_found(column, reason):
    ((told, sure),) = said(bands.find(amounts(band=column))).values()

    assert reason in told
    assert sure


def test_categories_that_only_shift_a_number_are_no_bands():
    size = np.where(AMOUNT + RANDOM.normal(0, 15, ROWS) > 90, "large", "small")
    assert not list(bands.find(amounts(size=size, one="same")))


# Pairs.


def test_two_columns_whose_difference_knows_the_class_are_asked_about():
    planned = RANDOM.integers(0, 1440, ROWS) + 0.0
    real = planned + np.where(YES, RANDOM.integers(16, 90, ROWS), RANDOM.integers(-20, 15, ROWS))
    found = said(comparisons.find(classes(planned=planned, real=real, other=AMOUNT)))

    assert list(found) == [("planned", "real")]
    assert (
        "know left yes from their difference or ratio (ROC AUC 1.000)"
        in found["planned", "real"][0]
    )


def test_what_is_the_target_itself_in_the_few_rows_where_it_is_there_is_a_copy():
    few = np.arange(ROWS) % 40 == 0
    told = {("gold",): ("is left itself wherever it is there", True)}
    kinds = RANDOM.integers(0, 3, ROWS)
    gold = np.where(few, np.array(["red", "green", "blue"])[kinds], None)
    assert said(copies.find(classes("Red", "Green", "Blue", target=kinds, gold=gold))) == told
    assert said(copies.find(classes("0", "1", gold=np.where(few, YES, np.nan)))) == told
    price = {("gold",): ("is price itself wherever it is there", True)}
    assert said(copies.find(amounts(gold=np.where(few, AMOUNT, np.nan)))) == price


def test_what_is_often_or_by_chance_the_same_is_no_copy():
    few = np.arange(ROWS) % 40 == 0
    wrong = np.where(few & (np.arange(ROWS) % 200 == 0), 1.0 - YES, np.where(few, YES, np.nan))
    rare = np.zeros(ROWS)
    assert not said(copies.find(classes("0", "1", gold=wrong)))
    assert not said(copies.find(classes("0", "1", target=rare, gold=rare)))
    assert not said(copies.find(amounts(last=np.where(few, AMOUNT + 1, np.nan))))


def test_a_number_with_a_limit_is_sure_in_few_rows_too():
    rare = np.arange(ROWS) % 40 == 0
    weight = np.where(rare, 2000, 2600) + RANDOM.integers(0, 500, ROWS)
    found = said(comparisons.find(classes(target=rare, weight=weight)))

    assert found == {("weight",): ("has a limit from which on it is left yes", True)}
    assert not list(
        comparisons.find(classes(target=rare, weight=weight + 900 * RANDOM.random(ROWS)))
    )


def test_words_of_later_are_words_of_the_name():
    assert telling_words.in_name("FinalStatus") == "final"
    assert telling_words.in_name("last_payment_amnt") == "last"
    assert telling_words.in_name("reasonable") is None
