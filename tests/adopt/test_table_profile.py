"""What each column of a table is seen as, what is predicted, and what the user is told."""

import shlex

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from truerun.adopt.columns import questions, summaries
from truerun.adopt.columns.value_counts import count_values
from truerun.adopt.request import Request
from truerun.adopt.table_profile import profile_table
from truerun.adopt.writing import profile_text
from truerun.base.errors import AdoptError
from truerun.contract.contract import Contract
from truerun.sources.table import source
from truerun.sources.table.cells import cells

ROWS = 400


def numbers(seed=0):
    return np.random.default_rng(seed)


def seen(name, texts, decimal="."):
    column_cells = cells(pa.chunked_array([texts]), name)
    value_counts = count_values(column_cells, column_cells.spelled(("", "NA", "?")))
    return summaries.summarize(name, value_counts, decimal)


@pytest.mark.parametrize(
    ("name", "texts", "kind", "reason"),
    [
        ("x", ["1", "2", "-3"], "number", "whole numbers"),
        ("x", ["1.5", "NA", "2e3"], "number", "numbers"),
        ("x", ["1,5", "2,25"], "number", "decimal comma"),
        ("x", ["$1,200", "$3,000,000"], "number", r"whole numbers in \$, digits in groups by ,"),
        ("x", ["$1,200", "$3,000"], "number", "the mark in .* is taken to group digits"),
        ("x", ["5 %", "12.5 %"], "number", "numbers in %"),
        ("x", ["%5", "%12"], "number", "numbers in %"),
        ("x", ["A000", "A012"], "category", "2 different"),
        ("x", ["°C 21.5", "°C 3"], "number", "numbers in °C"),
        ("x", ["1 234", "5 678 901"], "number", "groups by a space"),
        ("x", [*map(str, range(50)), "unknown"], "mixed", "'unknown' in 1 row mean missing"),
        ("age", [*map(str, range(15)), "90+"], "number", "a bound counts as its number"),
        ("age", ["0-17", "18-64", "65+"], "category", "3 different values"),
        (
            "family",
            [*map(str, range(50)), "7A", "B9"],
            "category",
            "letter: codes, not amounts; 52",
        ),
        ("family", [*map(str, range(50)), "7A"], "mixed", "'7A' in 1 row mean missing"),
        ("x", [*map(str, range(50)), "1.5", "7A", "B9"], "mixed", "mean missing"),
        ("born", ["03/17/63", "12/31/99"], "date", "two digits are from 1969 to 2068"),
        ("x", ["1 kg", "2 lb"], "number", "numbers; kg is 1000; lb is 453.592"),
        ("x", ["12%", "0.3"], "number", "numbers; % is 0.01"),
        ("x", ["yes", "No", "", "YES"], "boolean", "YES or yes is true, No is false"),
        ("x", ["oui", "non"], "boolean", "oui is true"),
        ("x", ["1", "0", "?"], "boolean", "1 is true"),
        ("x", ["yes", "no", "no internet"], "category", "3 different"),
        ("x", ["01234", "99999", "10115"], "category", "leading zeros: a code"),
        ("plz", ["10115", "80331"], "category", "named like a postal code"),
        ("store_id", ["1", "2", "3"], "category", "named like an identifier"),
        ("x", ["12345678901234567890", "1"], "category", "too many digits"),
        ("x", ["2020-01-05", "2020-02-30x"], "category", "2 different"),
        ("x", ["05.01.2020", "17.02.2020"], "date", r"%d\.%m\.%Y, from 2020-01-05 to 2020-02-17"),
        ("x", ["01/05/2020", "02/17/2020"], "date", "%m/%d/%Y, from 2020-01-05"),
        ("x", ["01/05/2020", "02/07/2020"], "date", "could be %d/%m/%Y as well"),
        ("x", ["20200105", "20200217", "20191231"], "date", "%Y%m%d"),
        ("month", ["201811", "201812", "201901"], "number", "whole numbers"),
        ("created_at", ["1577836800", "1580515200"], "date", "unix s"),
        ("x", ["1577836800", "1580515200"], "number", "whole numbers"),
        ("x", ["Jan 5, 2020", "Feb 17, 2020"], "date", "%b %d, %Y"),
        ("x", ["2020-01-05T10:00:00Z", "2020-02-17T11:30:00+02:00"], "date", "ISO8601"),
        ("x", ["", "NA"], "empty", "no row has a value"),
        ("x", [f"this is the text of row {i} alone" for i in range(40)], "words", "8 words"),
    ],
)
def test_a_column_is_seen_as_what_its_texts_are(name, texts, kind, reason):
    summary = seen(name, texts)
    assert summary.kind == kind
    assert pd.Series([summary.reason]).str.contains(reason).all(), summary.reason


@pytest.mark.parametrize(
    ("texts", "sentinels"),
    [
        (["999"] * 5 + ["3", "5", "8", "12"], ("999",)),
        (["-1"] * 5 + ["3", "5", "8", "12"], ("-1",)),
        (["-1"] * 5 + ["3", "-5", "8", "12"], ()),
        (["999"] * 5 + ["990", "1005", "8", "1200"], ()),
        (["999", "3", "5", "8", "12"], ()),
    ],
)
def test_numbers_that_stand_for_missing_are_asked_about_and_not_taken(texts, sentinels):
    summary = seen("x", texts)
    assert tuple(text for text, _ in summary.stand_ins) == sentinels
    assert summary.option.missing == ()


@pytest.fixture
def table():
    """A table with a column of each sort."""
    random = numbers()
    place = np.arange(ROWS)
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{number:05}" for number in random.permutation(ROWS)],
            "income": (1000 + 4000 * random.random(ROWS)).round(2),
            "visits": random.poisson(3, ROWS),
            "plan": random.choice(["basic", "plus", "pro"], ROWS),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(place, unit="D"),
            "mail": [f"user{number}@example.com" for number in place],
            "currency": "EUR",
            "nothing": "",
            "wait": random.choice([1, 2, 3, 4, 999], ROWS),
        }
    )
    frame["plan_code"] = frame["plan"].map({"basic": "B", "plus": "P", "pro": "X"})
    frame["churn"] = random.choice(["yes", "no"], ROWS, p=[0.3, 0.7])
    frame.loc[:39, "income"] = None
    return frame


@pytest.fixture
def profiled(tmp_path):
    def profile_frame(frame, **request):
        raw = tmp_path / "raw"
        raw.mkdir(exist_ok=True)
        frame.to_csv(raw / "table.csv", index=False)
        profile = profile_table(raw / "table.csv", Request(**{"target": "churn", **request}))
        prepared = source.prepare(raw, "table", profile.options)
        assert set(prepared.rows) == set(profile.columns)
        Contract.model_validate(
            {
                "task": profile.task,
                "predicts": "churn",
                "not_for": "all else",
                "target": profile.options.target,
                "key": profile.key,
                "columns": {
                    name: {key: value for key, value in column.items() if key != "words"}
                    for name, column in profile.columns.items()
                },
            }
        )
        return profile

    return profile_frame


def kinds(profile):
    return {each.column: each.kind for each in profile.decisions}


@pytest.mark.slow
def test_each_column_gets_a_decision_and_the_contract_its_columns(profiled, table):
    profile = profiled(table)

    assert kinds(profile) == {
        "customer_id": "identifier",
        "income": "number",
        "visits": "number",
        "plan": "category",
        "since": "date",
        "mail": "personal",
        "currency": "constant",
        "nothing": "empty",
        "wait": "number",
        "plan_code": "duplicate",
        "churn": "target",
    }
    assert (profile.task, profile.key, profile.rows) == ("binary", ("customer_id",), ROWS)
    assert profile.columns["customer_id"] == {"type": "text", "feature": False}
    assert profile.columns["plan"] == {"type": "text", "categories": ("basic", "plus", "pro")}
    names = {"names": ("no", "yes")}
    assert profile.columns["churn"] == {"type": "int", "categories": (0, 1), **names}
    income = profile.columns["income"]
    assert (income["nullable"], income["min"]) == (True, 0.0)
    assert income["max"] > table["income"].max()
    assert profile.columns["since"] == {"type": "time", "feature": False}
    assert profile.columns["since month"] == {
        "type": "float",
        "min": 1.0,
        "max": 12.0,
        "seasonal": True,
    }
    warnings = "\n".join(profile.warnings)
    for warning in (
        "left out as personal data: mail",
        "rows are ordered in time by since: --time since",
    ):
        assert warning in warnings
    assert [question.answers[0].option for question in profile.questions] == ["--missing wait=999"]


@pytest.mark.slow
def test_the_user_may_have_it_otherwise(profiled, table):
    profile = profiled(
        table,
        drop=frozenset(["income"]),
        keep=frozenset(["mail", "plan_code"]),
        as_={"visits": "category"},
        missing={"wait": ("999",)},
        time="since",
    )

    assert kinds(profile)["income"] == "dropped"
    assert kinds(profile)["mail"] == kinds(profile)["plan_code"] == "category"
    assert [name for name, each in profile.columns.items() if each.get("personal")] == ["mail"]
    assert profile.columns["visits"]["type"] == "text"
    assert profile.options.columns["wait"].missing == ("999",)
    assert profile.columns["wait"]["nullable"]
    assert profile.time == "since"
    assert not profile.questions
    assert not any("--time" in each for each in profile.warnings)


@pytest.mark.slow
def test_a_table_without_an_identifier_gets_a_key_of_its_own(profiled, table):
    profile = profiled(table.drop(columns="customer_id"))
    assert profile.key == ("row", "copy")


@pytest.mark.slow
def test_a_group_is_kept_and_a_repeated_identifier_is_told(profiled, table):
    table["household_id"] = np.arange(ROWS) // 4
    warning = "household_id repeats, 4.0 rows each"
    profile = profiled(table)
    grouped = profiled(table, group="household_id")

    assert kinds(profile)["household_id"] == "identifier"
    assert any(warning in each for each in profile.warnings)
    assert "household_id" not in profile.columns
    assert grouped.columns["household_id"] == {"type": "text", "feature": False}
    assert not any(warning in each for each in grouped.warnings)


@pytest.mark.slow
def test_copies_of_rows_and_what_gives_the_target_away_are_told(profiled, table):
    table = table.drop(columns=["customer_id", "since", "mail"])
    table["fee"] = np.where(table["churn"] == "yes", 10, 5) + numbers(1).random(ROWS)
    again = table.iloc[:50].copy()
    again.loc[:9, "churn"] = again.loc[:9, "churn"].map({"yes": "no", "no": "yes"})
    table["says"] = table["churn"].map({"yes": "gone", "no": "here"})
    again["says"] = table["says"].iloc[:50]
    profile = profiled(pd.concat([table, again]).drop(columns="says"))
    leaky = profiled(table)

    warnings = "\n".join(profile.warnings)
    assert (
        "50 rows (11.1%) repeat another row in all but the target, 10 of them with another"
        in warnings
    )
    assert any("left out: fee predicts churn almost perfectly" in each for each in leaky.warnings)
    says = next(each for each in leaky.decisions if each.column == "says")
    assert (says.kind, says.reason[-6:]) == ("duplicate", "a leak")


@pytest.mark.slow
def test_what_rows_are_split_by_is_no_leak(profiled, table):
    teams = numbers(1).choice([1, 2], ROWS)
    table["team"] = np.where(table["churn"] == "yes", teams, teams + 2)
    table["team"] = "team " + table["team"].astype(str)
    ordered = table.sort_values("churn", ignore_index=True)
    ordered["since"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(ROWS), unit="D")
    grouped = profiled(table, group="team")
    timed = profiled(ordered.drop(columns="team"), time="since")

    assert kinds(profiled(table))["team"] == "leak"
    assert kinds(grouped)["team"] == "group"
    assert grouped.columns["team"] == {"type": "text", "feature": False}
    assert kinds(profiled(ordered.drop(columns="team")))["since"] == "leak"
    assert (kinds(timed)["since"], timed.time) == ("date", "since")
    assert timed.columns["since days"]["known_in_time"]


@pytest.mark.slow
def test_columns_are_asked_for_as_the_header_calls_them(profiled, table):
    table = table.rename(columns={"churn": "score", "visits": "row", "plan": " plan  name"})
    profile = profiled(
        table,
        target="score",
        as_={"row": "category"},
        keep=frozenset([" plan  name"]),
        drop=frozenset(["plan_code"]),
        missing={"row": ("1",)},
    )

    assert profile.options.target == "score_"
    assert (kinds(profile)["row_"], kinds(profile)["plan name"]) == ("category", "category")
    assert profile.options.columns["row_"].missing == ("1",)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("times", "parts", "reason"),
    [
        (2000 + np.arange(ROWS) // 20, ("year", "days"), "dates as %Y, from 2000-01-01"),
        (201801 + np.arange(ROWS) % 12, ("month", "days"), "dates as %Y%m, from 2018-01"),
        (np.arange(ROWS), (), "numbers in time order, from 0 to 399"),
        (1949 + np.arange(ROWS) / 12, (), "numbers in time order, from 1949 to"),
    ],
)
def test_rows_can_be_in_time_by_years_or_by_numbers(profiled, table, times, parts, reason):
    frame = table.drop(columns="since").assign(period=times.astype(str))
    profile = profiled(frame.sample(frac=1, random_state=1), time="period")
    (file,) = profile.files.values()
    rows = source.prepare(file.parent, "table", profile.options).rows.set_index("customer_id")
    (decision,) = (each for each in profile.decisions if each.column == "period")

    assert decision.option.parts == parts
    assert decision.reason.startswith(reason)
    in_order = rows.loc[table["customer_id"], "period"].reset_index(drop=True)
    assert in_order.rank().tolist() == pd.Series(times).rank().tolist()


@pytest.mark.slow
def test_dates_of_any_century_are_read(profiled, table):
    table["since"] = table["since"].astype("datetime64[us]").dt.strftime("%Y-%m-%d")
    table.loc[7, "since"] = "1182-03-01"
    reasons = {each.column: each.reason for each in profiled(table).decisions}

    assert reasons["since"].startswith("dates as ISO8601, from 1182-03-01 to 2021")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind"),
    [("first_name", "personal"), ("Nachname", "personal"), ("nome", "category")],
)
def test_names_of_persons_may_be_few_where_nothing_else_has_such_a_name(
    profiled, table, name, kind
):
    table[name] = numbers(1).choice(["Tamika", "Brendan", "Lakisha", "Geoffrey"], ROWS)
    assert kinds(profiled(table))[name] == kind


@pytest.mark.slow
def test_a_column_that_nearly_tells_the_target_is_kept_and_told(profiled, table):
    sure = (table["churn"] == "yes") + numbers(2).normal(scale=0.33, size=ROWS)
    profile = profiled(table.assign(fee=sure.round(3)))

    assert kinds(profile)["fee"] == "number"
    assert profile.columns["fee"]["known_in_time"]
    warning = next(each for each in profile.warnings if each.startswith("may be a leak: fee"))
    assert "is nearly as telling as a leak" in warning
    assert warning.endswith(
        "is it known in time? If not, --drop fee; if so, --keep fee vouches for it"
    )
    assert not profile.leaks.together


def target(values, name="churn"):
    return pd.DataFrame({name: values, "x": numbers().normal(size=len(values))})


@pytest.mark.parametrize(
    ("values", "task", "reason"),
    [
        (["yes", "no", "no", "no"] * 50, "binary", "yes is the positive one .by its name., 25.0%"),
        (["a", "b", "b", "b"] * 50, "binary", "a is the positive one .the rarer one."),
        (["+", "-", "-", "-"] * 50, "binary", "[+] is the positive one"),
        ([1, 0, 0, 0] * 50, "binary", "1 is the positive one"),
        (["a", "b", "c", "c"] * 50, "multiclass", "3 classes: a, b, c"),
        ([0, 1, 2, 2] * 50, "multiclass", "3 classes: 0, 1, 2"),
        (list(range(100, 300)), "regression", "whole numbers from 100 to 299"),
        ([f"{number},0" for number in range(15)] * 20, "counts", "as counts are"),
        (["+0", *map(str, range(1, 15))] * 20, "counts", "as counts are"),
        (["$1,234.50", "$99.00", "$5.25", "$7.75"] * 50, "regression", "numbers in"),
        ([0, 0, 1, 0, 2, 0, 1, 12, 3, 4, 5, 6, 7, 8, 9] * 20, "counts", "as counts are"),
    ],
)
def test_the_task_is_told_from_the_target(profiled, values, task, reason):
    profile = profiled(target(values))
    (decision,) = [each for each in profile.decisions if each.column == "churn"]

    assert profile.task == profile.options.task == task
    assert pd.Series([decision.reason]).str.contains(reason).all(), decision.reason


@pytest.mark.parametrize(
    ("values", "request_", "problem"),
    [
        (["a"] * 50, {}, "has the same value 'a' in all rows"),
        ([None] * 50, {}, "has no value in any row"),
        ([f"name {i}" for i in range(200)], {}, "200 different values in 200 rows: too many"),
        (
            ["a", "b", "c"] * 50,
            {"task": "binary"},
            "has 3 values .a, b, c., where binary needs two",
        ),
        (["a", "b", "c"] * 50, {"task": "regression"}, "cannot be read as number: it holds"),
        (["a", "b"] * 50, {"task": "multiclass"}, "its task is binary"),
        ([1.5, 2, 3.25] * 50, {"task": "counts"}, "is not a count"),
        ([f"2020-01-{day:02}" for day in range(1, 29)] * 5, {}, "holds dates"),
    ],
)
def test_a_target_that_cannot_be_predicted_is_refused(profiled, values, request_, problem):
    with pytest.raises(AdoptError, match=problem):
        profiled(target(values), **request_)


@pytest.mark.parametrize(
    ("values", "positive", "negative"),
    [
        (["0", "1", "0.0", "1.0", "0", "0"] * 40, "1", "0"),
        (["Yes", "yes", "No", "NO", "No", "No"] * 40, "Yes", "No"),
        (["Lost", "won", "won ", "Won", "won"] * 40, "Lost", "won"),
    ],
)
def test_two_classes_may_be_spelled_several_ways(profiled, tmp_path, values, positive, negative):
    profile = profiled(target(values))
    prepared = source.prepare(tmp_path / "raw", "table", profile.options)

    assert (profile.task, profile.options.positive, profile.options.negative) == (
        "binary",
        positive,
        negative,
    )
    assert prepared.dropped == {}
    same = {positive.casefold(), f"{positive}.0"}
    assert prepared.rows["churn"].sum() == sum(v.strip().casefold() in same for v in values)
    assert not any("too few rows" in each for each in profile.warnings)


def test_two_numbers_with_a_decimal_comma_may_be_amounts(profiled, tmp_path):
    profile = profiled(target(["0,0", "1,0"] * 50), task="regression")
    prepared = source.prepare(tmp_path / "raw", "table", profile.options)

    assert sorted(set(prepared.rows["churn"])) == [0.0, 1.0]


def test_what_is_asked_to_be_missing_is_missing_among_amounts_of_two_values(profiled):
    profile = profiled(target([1, 0, 9] * 50), task="regression", missing={"churn": ("9",)})
    assert profile.options.columns["churn"].missing == ("9",)


@pytest.mark.parametrize(
    ("few", "request_", "problem"),
    [
        (4, {}, "churn is rare in fewer than 5 rows, .* --missing churn=rare leaves them out"),
        (1, {"group": "team"}, "churn is rare in fewer than 2 rows"),
        (4, {"drop": frozenset(["team"])}, "churn is rare in fewer than 5 rows"),
    ],
)
def test_a_class_that_cannot_be_on_both_sides_is_refused(profiled, few, request_, problem):
    rows = target(["a", "b", "c"] * 60 + ["rare"] * few).assign(
        team=numbers(2).choice(9, 180 + few)
    )
    with pytest.raises(AdoptError, match=problem):
        profiled(rows, **request_)
    assert profiled(rows, missing={"churn": ("rare",)}, **request_).task == "multiclass"


def test_a_class_of_two_that_cannot_be_tested_is_refused_without_a_way_round(profiled):
    with pytest.raises(AdoptError, match=r"churn is yes in fewer than 5 rows, .* and to test$"):
        profiled(target(["yes"] * 3 + ["no"] * 300))


def test_a_target_that_is_missing_or_rare_is_told(profiled):
    values = ["yes"] * 8 + ["no"] * 1000 + [None] * 92
    profile = profiled(target(values))

    assert "the target churn is missing in 92 rows (8.4%), which are left out" in profile.warnings
    assert any("too few rows to learn and test a class: yes (8)" in w for w in profile.warnings)


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ({"target": "chrun"}, "--target: .*table.csv has no column chrun .did you mean churn"),
        ({"drop": frozenset(["plann"])}, "--drop: .* has no column plann .did you mean plan"),
        ({"as_": {"plan": "colour"}}, "--as plan=colour: a column can be identifier, boolean"),
        ({"as_": {"plan": "number"}}, "plan cannot be read as number: it holds 'p"),
        ({"as_": {"churn": "number"}}, "--as churn: it is the target"),
        ({"drop": frozenset(["churn"])}, "--drop churn: another option needs this column"),
        ({"keep": frozenset(["nothing"])}, "--keep nothing: no row has a value"),
        ({"time": "plan"}, "plan cannot be read as date"),
        ({"time": "churn"}, "cannot be split by the target"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_by_its_option(profiled, table, request_, problem):
    with pytest.raises(AdoptError, match=problem):
        profiled(table, **request_)


def test_a_header_alone_and_a_table_of_nothing_to_learn_from_are_refused(profiled, table):
    with pytest.raises(AdoptError, match="has a header, and no rows below it"):
        profiled(table.iloc[:0])
    with pytest.raises(AdoptError, match=r"from: .*currency \(every row has .EUR.\); --"):
        profiled(table[["customer_id", "mail", "currency", "churn"]])


@pytest.mark.slow
def test_the_files_of_a_folder_are_one_table(tmp_path, table):
    table.iloc[:200].to_csv(tmp_path / "a.csv", index=False)
    table.iloc[200:, ::-1].to_csv(tmp_path / "b.csv", index=False)
    profile = profile_table(tmp_path, Request(target="churn"))

    assert (list(profile.files), profile.rows) == (["a", "b"], ROWS)
    assert profile.key == ("customer_id",)


@pytest.mark.slow
def test_the_table_that_is_shown_is_narrow_and_harmless(profiled, table):
    table["a\u202eb\x1b[31mc"] = table["visits"] + 1
    table["a very long name of a column that nobody would want to type twice " * 2] = (
        1.5 * table["visits"]
    )
    table["語" * 60] = table["visits"] ** 2
    lines = list(profile_text.lines(profiled(table)))

    broken = [line for line in lines if "--keep" not in line]  # an option can be pasted whole
    assert max(map(profile_text.wide, broken)) <= profile_text.WIDTH
    assert all(char.isprintable() for line in lines for char in line)
    text = "\n".join(lines)
    for expected in (
        "400 rows, 14 columns",
        "key: customer_id",
        "[--keep mail]",
        "--as grade=category",
    ):
        assert expected in text


@pytest.mark.parametrize("name", ["Created Date", "it's", "a very long name of a date " * 5])
def test_advice_can_be_pasted(profiled, name):
    name = name.strip()
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(ROWS), unit="D")
    limit = np.where(np.arange(ROWS) % 40, numbers().integers(1, 50, ROWS), 999)
    table = pd.DataFrame(
        {
            f"{name} id": [f"customer {number % 90}" for number in range(ROWS)],
            name: days,
            f"{name} limit": limit,
            "churn": numbers(1).choice(["yes", "no"], ROWS),
        }
    )
    profile = profiled(table)
    shown = [*profile_text.lines(profile), *questions.lines(profile.questions)]
    printed = "\n".join(shown)
    for option in ("time", name), ("missing", f"{name} limit=999"), ("group", f"{name} id"):
        pasted = printed[printed.index(f"--{option[0]} ") :].split("\n")[0]
        assert shlex.split(pasted.replace("]", " "))[:2] == [f"--{option[0]}", option[1]]
