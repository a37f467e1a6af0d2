"""What the table does not tell is asked, and never learned from silently."""

import shlex

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.variants import nightly_after
from truerun.adopt.__main__ import order
from truerun.adopt.columns import alike, questions, stand_ins
from truerun.adopt.columns.value_counts import ValueCounts
from truerun.adopt.options import parser
from truerun.adopt.request import Request
from truerun.adopt.table_profile import profile_table
from truerun.base.errors import AdoptError

ROWS = 300
DOSES = [0.00075, 0.005, 0.0075, 0.05, 0.075, 0.09375, 0.1875, 0.375, 0.5, 0.75, 5]


@pytest.fixture
def asked(tmp_path):
    """Questions about a table, and its profile, given the options of the command."""

    def profiled(columns, *options, target="y"):
        pd.DataFrame(columns).to_csv(tmp_path / "table.csv", index=False)
        arguments = [str(tmp_path / "table.csv"), "--target", target, "--into", "x", *options]
        request = order(parser().parse_args(arguments)).request
        profile = profile_table(tmp_path / "table.csv", request)
        return list(questions.lines(profile.questions)), profile

    return profiled


def numbers(seed=1):
    return np.random.default_rng(seed)


@pytest.fixture
def columns():
    """A table of honest columns."""
    random = numbers()
    return {
        "heat": random.normal(15, 8, ROWS).round(1),
        "steps": random.integers(0, 20_000, ROWS),
        "seen": np.datetime64("2021-01-01") + random.integers(0, 900, ROWS),
        "y": random.normal(100, 20, ROWS).round(2),
    }


def test_of_honest_columns_nothing_is_asked(asked, columns):
    lines, profile = asked(columns)
    assert lines == []
    assert {each.kind for each in profile.decisions} == {"number", "date", "target"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    nightly_after(
        8,
        [
            *(("heat", value) for value in ("-99.9", "999.9")),
            *(("steps", value) for value in ("-1", "999999")),
            *(("y", value) for value in ("-999", "99999")),
            *(("seen", value) for value in ("1900-01-01", "9999-12-31")),
            *(("heat", value) for value in ("-200", "9999", "-9999", "8888")),
            *(("steps", value) for value in ("-9", "-99", "1000000")),
            ("y", "-200"),
            *(("seen", value) for value in ("1970-01-01", "1899-12-30")),
        ],
    ),
)
def test_a_value_repeated_far_from_all_others_is_asked_about(asked, columns, name, value):
    columns[name] = columns[name].astype(str).astype(object)
    columns[name][::20] = value
    lines, profile = asked(columns)
    assert lines[0].startswith(f"? {name} is {value}"), lines
    assert "in 15 rows (5.0%), far from all others" in lines[0]
    answer = profile.questions[0].answers[0].option
    assert answer == f"--missing {name}={value}"
    assert len(profile.questions) == 1
    lines, after = asked(columns, *shlex.split(answer))
    assert lines == []  # and the figures of the plan follow
    decision = next(each for each in after.decisions if each.column == name)
    assert decision.summary.missing == 15
    assert value not in f"{decision.reason}{after.columns.get(name)}"
    lines, after = asked(columns, "--value", f"{name}={value}")
    assert lines == []
    assert next(each for each in after.decisions if each.column == name).summary.missing == 0


def test_several_stand_ins_of_a_column_are_one_question(asked, columns):
    columns["steps"][::30], columns["steps"][1::30] = -9, -8
    lines, _ = asked(columns)
    assert lines[0].startswith("? steps is -9, -8 in 20 rows")
    assert "--missing steps=-9 --missing steps=-8" in lines[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "values",
    [
        np.arange(ROWS) % 40,
        np.repeat([-2, -1, 0, 1, 2, 3], ROWS // 6),  # codes in a row
        np.append(np.full(200, 0), numbers().integers(1000, 1500, 100)),  # a bonus, or none
        numbers().lognormal(3, 2, ROWS).round(),
        numbers().poisson(0.4, ROWS),
        np.append(numbers().normal(10, 2, ROWS - 1), 9999),  # once is no habit
        np.append(numbers().integers(0, 1000, ROWS - 5), [999] * 5),
        np.clip(numbers().normal(30, 15, ROWS), 0, 50),  # cut off at 50
        np.resize(DOSES, ROWS),
    ],
)
def test_honest_numbers_are_not_asked_about(asked, columns, values):
    lines, _ = asked({**columns, "steps": values})
    assert lines == []


@pytest.mark.slow
@pytest.mark.parametrize(("target", "name"), [("y", "heat"), ("heat", "heat")])
def test_a_frequent_word_among_numbers_is_asked_about(asked, columns, target, name):
    columns["heat"] = columns["heat"].astype(str).astype(object)
    columns["heat"][::10] = "broken"
    lines, _ = asked(columns, target=target)
    assert lines[0] == f"? {name} holds numbers, and 'broken': does that mean missing?"
    assert asked(columns, "--missing", "heat=broken", target=target)[0] == []
    if target != name:
        assert asked(columns, "--as", "heat=category", target=target)[0] == []


@pytest.mark.slow
def test_a_word_that_says_unknown_is_asked_about_and_a_rare_other_is_told(asked, columns):
    columns["steps"] = columns["steps"].astype(object)
    columns["steps"][:4] = "unknown"
    assert "'unknown': does that mean missing?" in asked(columns)[0][0]
    columns["steps"][:4] = "see: note"
    lines, profile = asked(columns)
    assert lines == []
    assert "steps: 'see: note' read as missing" in profile.warnings


@pytest.mark.slow
def test_classes_that_are_spelled_alike_are_asked_about(asked, columns):
    columns["y"] = np.resize(["<=50K", "<=50K.", ">50K", ">50K."], ROWS)
    lines, profile = asked(columns)
    assert "'<=50K.' and '<=50K'" in lines[0]
    assert profile.task == "multiclass"
    lines, folded = asked(columns, "--fold", "y")
    assert lines == []
    assert (folded.task, folded.options.positive) == ("binary", ">50K")
    assert folded.options.columns["y"].spellings == {"<=50K.": "<=50K", ">50K.": ">50K"}
    own = ["--value", "y=<=50K.", "--value", "y=>50K."]  # an equals sign is of the text
    assert asked(columns, *own)[0] == []


@pytest.mark.slow
def test_a_class_that_is_not_known_is_asked_about(asked, columns):
    columns["y"] = np.resize(["red", "green", "Unknown"], ROWS)
    assert "does the class 'Unknown' mean that it is not known?" in asked(columns)[0][0]
    lines, profile = asked(columns, "--missing", "y=Unknown")
    assert (lines, profile.task) == ([], "binary")


@pytest.mark.slow
def test_categories_that_are_spelled_alike_are_told_of(asked, columns):
    columns["size"] = np.resize(["small", "Small", "large", "large "], ROWS)
    _, profile = asked(columns)
    assert any("--fold size" in warning for warning in profile.warnings)
    _, profile = asked(columns, "--fold", "size")
    assert profile.columns["size"]["categories"] == ("large", "small")


@pytest.mark.slow
def test_numbers_beside_what_is_none_are_asked_about(asked, columns):
    columns["steps"] = columns["steps"].astype(str).astype(object)
    columns["steps"][:30] = [f"{place}Perch" for place in range(30)]
    lines, profile = asked(columns)
    assert "90.0% of rows hold a number, but not '0Perch'" in lines[0]
    assert profile.questions[0].answers[0].option == "--as steps=number"
    lines, profile = asked(columns, "--as", "steps=number")
    assert lines == []
    decision = next(each for each in profile.decisions if each.column == "steps")
    assert (decision.kind, decision.summary.missing) == ("number", 30)
    columns["steps"][:200] = [f"{place}Perch" for place in range(200)]
    with pytest.raises(AdoptError, match=r"cannot be read as number: it holds '[0-9]+Perch'"):
        asked(columns, "--as", "steps=number")


def test_a_question_ends_the_command_with_status_2():
    question = questions.Question("really?", (questions.Answer("--yes", "it is"),))
    error = questions.error((question,))
    assert error.exit_status == 2
    assert str(error).endswith("are\n  --yes")
    assert AdoptError.exit_status == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("classes", "positive"),
    [
        (("notckd", "ckd"), "ckd"),
        (("no churn", "churn"), "churn"),
        (("without pain", "with pain"), "with pain"),
        (("Non-smoker", "Smoker"), "Smoker"),
        (("kein Befund", "Befund"), "Befund"),
        (("sans incident", "incident"), "incident"),
        (("north", "south"), "north"),  # the rarer one
        (("nothing", "some"), "nothing"),
    ],
)
def test_the_class_that_another_denies_is_positive(asked, columns, classes, positive):
    columns["y"] = np.resize([classes[0], classes[1], classes[1]], ROWS)
    _, profile = asked(columns)
    assert profile.options.positive == positive
    other = next(each for each in classes if each != positive)
    _, turned = asked(columns, "--positive", other)
    assert turned.options.positive == other


def test_a_positive_class_that_there_is_not_is_refused(asked, columns):
    with pytest.raises(AdoptError, match="--positive 1: the target y does not have two classes"):
        asked(columns, "--positive", "1")
    columns["y"] = np.resize(["a", "b"], ROWS)
    with pytest.raises(AdoptError, match="it must be one of two"):
        asked(columns, "--positive", "c")


# A single negative number is asked about beside others that are none: here is no such.
@pytest.mark.slow
@given(st.lists(st.integers(0, 18), min_size=12, max_size=60), st.integers(3, 9))
def test_what_is_far_is_found_wherever_the_numbers_lie(values, repeats):
    """Moving and turning all numbers together changes nothing but who is first."""
    different, counts = np.unique(np.array([*values, *[700] * repeats], float), return_counts=True)
    if len(different) <= stand_ins.VARIED:
        return
    for numbers_ in (different, different + 1000, -different - 1000):
        positions = stand_ins.number_positions(numbers_, counts)
        assert positions == [len(different) - 1]


@pytest.mark.slow
@given(st.lists(st.text(max_size=6), unique=True, max_size=20))
def test_texts_are_merged_by_their_folded_form_and_no_row_is_lost(texts):
    counts = ValueCounts(pa.array(texts, pa.string()), np.arange(1, len(texts) + 1), 0)
    merged = alike.spellings(counts)
    after = alike.merge(counts, merged)
    assert after.rows == counts.rows
    assert len(after.texts) == len({alike.folded(text) for text in texts})
    assert all(alike.folded(one) == alike.folded(other) for one, other in merged.items())


def test_a_request_names_columns_whatever_signs_they_hold():
    request = Request("y", missing={"a=b": ("c=d",), "income=<": ("50K.",)})
    assert request.within(["y", "a", "income"]).missing == {"a": ("b=c=d",), "income": ("<=50K.",)}
    assert request.within(["y", "a=b", "income"]).missing["a=b"] == ("c=d",)
