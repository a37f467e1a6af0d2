"""The contract of a row: each check breaks exactly the rows that it should, and says why."""

import json

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from truerun.base.errors import ContractError
from truerun.base.settings import SettingsError
from truerun.contract import contract as contracts
from truerun.contract.conformance import check_rows, check_table, schema
from truerun.contract.contract import Column, Contract, RowCheck

SCHEMA = {
    "task": "binary",
    "predicts": "whether a flight is late",
    "not_for": "anything else",
    "target": "late",
    "key": ["flight", "day"],
    "time": "day",
    "columns": {
        "flight": {"type": "int", "min": 1, "max": 9999, "feature": False},
        "day": {"type": "time", "feature": False},
        "late": {"type": "int", "categories": [0, 1]},
        "carrier": {"type": "text", "categories": ["AA", "B6"], "group": "schedule"},
        "destination": {"type": "text", "pattern": "[A-Z]{3}", "group": "schedule"},
        "origin": {"type": "text", "nullable": True},
        "dew_point": {"type": "float", "nullable": True, "min": -60, "group": "weather"},
        "temperature": {"type": "float", "nullable": True, "max": 130.5, "group": "weather"},
    },
    "checks": [
        {"name": "dew", "left": "dew_point", "operator": "<=", "right": "temperature"},
        {"name": "leaves", "left": "origin", "operator": "!=", "right": "destination"},
    ],
}


@pytest.fixture
def load(tmp_path):
    def load_schema(changes=(), text=None):
        path = tmp_path / "schema.yaml"
        path.write_text(
            text or yaml.safe_dump(SCHEMA | dict(changes), sort_keys=False), encoding="utf-8"
        )
        return contracts.load(path)

    return load_schema


@pytest.fixture
def contract(load):
    return load()


def flights(**changes):
    """Four rows that hold the contract, with some columns changed."""
    frame = pd.DataFrame(
        {
            "flight": [1, 22, 333, 9999],
            "day": pd.to_datetime(["2013-01-01"] * 4, utc=True),
            "late": np.array([0, 1, 1, 0], dtype="int8"),
            "carrier": ["AA", "B6", "AA", "B6"],
            "destination": ["MIA", "BOS", "ORD", "SFO"],
            "origin": ["JFK", None, "LGA", "EWR"],
            "dew_point": [30.5, np.nan, -60.0, 20.0],
            "temperature": [30.5, 40.0, np.nan, 130.5],
        }
    )
    return frame.assign(**changes)


def failures(frame, contract):
    """Failures as (row, column, check, value), after a look at what must always hold of them."""
    check_table(frame, contract, "flights")
    verdict = check_rows(frame, contract)
    assert verdict.valid.dtype == bool
    assert len(verdict.valid) == len(frame)
    assert set(verdict.failures["row"]) == set(np.flatnonzero(~verdict.valid))
    columns = verdict.failures[["row", "failed_column", "failed_check", "failed_value"]]
    return list(columns.itertuples(index=False, name=None))


def test_rows_that_hold_the_contract_break_nothing(contract):
    assert failures(flights(), contract) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"flight": [0, 22, 333, 9999]}, [(0, "flight", "greater_than_or_equal_to(1)", "0")]),
        ({"flight": [1, 22, 333, 10000]}, [(3, "flight", "less_than_or_equal_to(9999)", "10000")]),
        (
            {"dew_point": [30.5, np.nan, -60.25, 20.0]},
            [(2, "dew_point", "greater_than_or_equal_to(-60)", "-60.25")],
        ),
        (
            {"temperature": [30.5, np.inf, np.nan, 130.75]},
            [
                (1, "temperature", "finite", "inf"),
                (1, "temperature", "less_than_or_equal_to(130.5)", "inf"),
                (3, "temperature", "less_than_or_equal_to(130.5)", "130.75"),
            ],
        ),
        (
            {"late": np.array([0, 1, 2, -1], dtype="int8")},
            [(2, "late", "isin((0, 1))", "2"), (3, "late", "isin((0, 1))", "-1")],
        ),
        (
            {"carrier": ["AA", "aa", "", "B6"]},
            [(1, "carrier", "isin(('AA', 'B6'))", "aa"), (2, "carrier", "isin(('AA', 'B6'))", "")],
        ),
        (
            {"destination": ["SFO\n", "BO", "XORD", "SFOO"]},
            [
                (row, "destination", "pattern([A-Z]{3})", value)
                for row, value in enumerate(("SFO\n", "BO", "XORD", "SFOO"))
            ],
        ),
        ({"carrier": ["AA", None, "AA", "B6"]}, [(1, "carrier", "not_nullable", "nan")]),
        (
            {"day": pd.to_datetime([None, *["2013-01-01"] * 3], utc=True)},
            [(0, "day", "not_nullable", "NaT")],
        ),
    ],
    ids=["min", "max", "float min", "float max", "int", "text", "pattern", "null", "no time"],
)
def test_a_check_of_a_column_breaks_exactly_the_rows_that_it_should(contract, changes, expected):
    assert failures(flights(**changes), contract) == expected


def test_a_whole_number_is_quoted_as_it_stands_beside_failures_of_floats(contract):
    frame = flights(flight=[1, 2**60 + 1, 333, 9999], temperature=[30.5, 40.0, np.nan, 131.25])

    assert failures(frame, contract) == [
        (1, "flight", "less_than_or_equal_to(9999)", "1152921504606846977"),
        (3, "temperature", "less_than_or_equal_to(130.5)", "131.25"),
    ]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_infinity_breaks_a_column_without_a_range(load, dtype):
    level = {"level": {"type": "float", "nullable": True}}
    contract = load({"columns": SCHEMA["columns"] | level})
    frame = flights(level=np.array([np.inf, -np.inf, np.nan, np.finfo(dtype).max], dtype=dtype))

    assert failures(frame, contract) == [
        (0, "level", "finite", "inf"),
        (1, "level", "finite", "-inf"),
    ]


def test_a_pattern_with_alternatives_holds_for_the_whole_text(load):
    columns = SCHEMA["columns"] | {"destination": {"type": "text", "pattern": "MIA|ORD"}}
    found = failures(
        flights(destination=["MIA", "MIAMI", "ORD", "XORD"]), load({"columns": columns})
    )

    assert [(row, value) for row, _, _, value in found] == [(1, "MIAMI"), (3, "XORD")]


def test_a_row_that_breaks_several_checks_has_a_failure_for_each(contract):
    frame = flights(flight=[0, 22, 333, 9999], carrier=["XX", "B6", "AA", "B6"])
    frame.loc[0, ["late", "dew_point", "temperature"]] = 7, 99.0, 98.5

    assert [(row, column) for row, column, _, _ in failures(frame, contract)] == [
        (0, "carrier"),
        (0, "dew_point, temperature"),
        (0, "flight"),
        (0, "late"),
    ]


@pytest.mark.parametrize(
    ("operator", "broken"),
    [("<=", [2]), ("<", [1, 2]), ("!=", [1])],
)
def test_a_check_across_columns_breaks_its_rows_and_none_where_a_side_is_unknown(
    load, operator, broken
):
    check = {"name": "pair", "left": "dew_point", "operator": operator, "right": "temperature"}
    nan = np.nan
    frame = pd.concat([flights(), flights(flight=[2, 3, 4, 5])], ignore_index=True)
    frame["dew_point"] = [1.0, 2.0, 3.0, nan, 1.0, nan, 1.0, 1.0]
    frame["temperature"] = [2.0, 2.0, 2.5, 2.0, nan, nan, 2.0, 2.0]
    found = failures(frame, load({"checks": [check]}))

    assert [row for row, *_ in found] == broken
    assert {(column, name) for _, column, name, _ in found} == {("dew_point, temperature", "pair")}
    values = {1: f"2.0 {operator} 2.0", 2: f"3.0 {operator} 2.5"}
    assert [value for *_, value in found] == [values[row] for row in broken]


def test_a_check_across_text_columns_lets_an_unknown_side_pass(contract):
    frame = flights(origin=["MIA", None, "LGA", "EWR"])

    assert failures(frame, contract) == [(0, "origin, destination", "leaves", "MIA != MIA")]


def test_a_key_that_occurs_twice_is_refused_wherever_it_occurs(contract):
    day = pd.to_datetime(["2013-01-01", "2013-01-01", "2013-01-01", "2013-01-02"], utc=True)
    frame = flights(flight=[5, 22, 5, 5], day=day)
    value = "5 2013-01-01 00:00:00+00:00"

    assert failures(frame, contract) == [
        (0, "flight, day", "unique", value),
        (2, "flight, day", "unique", value),
    ]


def test_missing_and_unexpected_columns_are_named(contract):
    with pytest.raises(
        ContractError,
        match=r"^flights does not fit schema\.yaml: missing columns: late, origin; "
        r"columns that schema\.yaml does not describe: delay$",
    ):
        check_table(flights().drop(columns=["late", "origin"]).assign(delay=1), contract, "flights")
    with pytest.raises(ContractError, match=r"missing columns: none; .* does not describe: delay$"):
        check_table(flights().assign(delay=1), contract, "flights")


@pytest.mark.parametrize(
    ("column", "values", "asked"),
    [
        ("flight", [1.0, 2.0, 3.0, 4.0], "is float64, but .* whole numbers"),
        ("flight", [True, False, True, False], "is bool, but .* whole numbers"),
        ("flight", ["1", "2", "3", "4"], "is str, but .* whole numbers"),
        ("temperature", [1, 2, 3, 4], "is int64, but .* numbers"),
        ("carrier", [1, 2, 3, 4], "is int64, but .* text"),
        ("carrier", pd.Series(["AA", 1, None, "B6"], dtype=object), "is object, but .* text"),
        ("day", ["2013-01-01"] * 4, "is str, but .* timestamps"),
    ],
    ids=str,
)
def test_a_column_of_another_type_is_refused_by_its_name(contract, column, values, asked):
    with pytest.raises(ContractError, match=f"^flights: column {column} {asked} "):
        check_table(flights(**{column: values}), contract, "flights")


@pytest.mark.parametrize(
    ("column", "dtype"),
    [("late", "int64"), ("flight", "int16"), ("temperature", "float32"), ("late", "uint8")],
)
def test_the_width_of_a_number_does_not_matter(contract, column, dtype):
    assert failures(flights().astype({column: dtype}), contract) == []


@pytest.mark.parametrize("index", [[10, 11, 12, 13], [3, 2, 1, 0], [7, 7, 7, 7], list("abcd")])
def test_failures_count_rows_by_position_whatever_the_index_is(contract, index):
    frame = flights(carrier=["AA", "XX", "AA", "B6"], origin=["JFK", None, "ORD", "EWR"])
    frame.index = index

    assert [(row, column) for row, column, _, _ in failures(frame, contract)] == [
        (1, "carrier"),
        (2, "origin, destination"),
    ]
    assert list(frame.index) == index


def test_an_empty_table_holds_the_contract(contract):
    assert failures(flights().iloc[:0], contract) == []


def test_a_table_in_which_all_rows_fail_has_no_valid_row(contract):
    frame = flights(late=np.full(4, 5, dtype="int8"))

    assert [row for row, *_ in failures(frame, contract)] == [0, 1, 2, 3]
    assert not check_rows(frame, contract).valid.any()


def test_the_table_is_left_as_it_was(contract):
    frame = flights(carrier=["AA", "XX", "AA", "B6"])
    before = frame.copy()
    check_rows(frame, contract)

    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.slow
@runs(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.integers(-2, 12),
            st.floats(-2, 12) | st.just(np.nan),
            st.sampled_from(["A", "B", "C", "AB", None]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_the_rows_that_break_the_contract_are_those_that_a_loop_finds(rows):
    contract = Contract(
        task="binary",
        predicts="x",
        not_for="y",
        target="late",
        key=("row",),
        columns={
            "late": Column(type="int", categories=(0, 1)),
            "row": Column(type="int"),
            "count": Column(type="int", min=0, max=9),
            "level": Column(type="float", nullable=True, min=0.5, max=10),
            "name": Column(type="text", categories=("A", "B", "AB"), pattern="[A-Z]"),
        },
        checks=(RowCheck(name="order", left="count", operator="<=", right="level"),),
    )
    frame = pd.DataFrame(rows, columns=["count", "level", "name"]).assign(row=range(len(rows)))
    frame = frame.astype({"level": "float64", "name": "str"}).assign(late=0)

    valid = check_rows(frame, contract).valid

    assert valid.tolist() == [
        0 <= count <= 9
        and (np.isnan(level) or (0.5 <= level <= 10 and count <= level))
        and name in {"A", "B"}
        for count, level, name in rows
    ]


def test_features_are_the_columns_that_are_neither_the_target_nor_marked(contract):
    assert contract.features() == ["carrier", "destination", "origin", "dew_point", "temperature"]


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        (("origin",), ["carrier", "destination", "dew_point", "temperature"]),
        (("weather",), ["carrier", "destination", "origin"]),
        (("schedule", "dew_point"), ["origin", "temperature"]),
    ],
    ids=str,
)
def test_features_are_left_out_by_name_and_by_group(contract, exclude, left):
    assert contract.features(exclude) == left


def test_a_feature_to_leave_out_that_there_is_not_is_named(contract):
    with pytest.raises(ContractError, match=r"featurize\.exclude names wether, seats, which is"):
        contract.features(("weather", "wether", "seats"))
    with pytest.raises(ContractError, match=r"names flight, late, which is neither a feature nor"):
        contract.features(("flight", "late"))


def test_directions_are_those_of_the_columns_by_name(load):
    columns = {
        "delay": {"type": "int", "monotone": "increasing"},
        "sight": {"type": "float", "monotone": "decreasing"},
    }
    contract = load({"columns": {**SCHEMA["columns"], **columns}})
    assert contract.directions(["sight", "carrier_AA", "delay", "dew_point"]) == [-1, 0, 1, 0]


def test_leaving_out_every_feature_is_refused(contract):
    with pytest.raises(ContractError, match=r"featurize\.exclude leaves no feature"):
        contract.features(("schedule", "weather", "origin"))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"target": "lat"}, "lat"),
        ({"key": ["flight", "dai"]}, "dai"),
        ({"time": "moment"}, "moment"),
        ({"checks": [SCHEMA["checks"][0] | {"left": "dew"}]}, "dew"),
        ({"checks": [SCHEMA["checks"][0] | {"right": "temp"}]}, "temp"),
    ],
    ids=str,
)
def test_a_name_that_is_no_column_is_refused(load, changes, name):
    with pytest.raises(
        SettingsError, match=rf"schema\.yaml: .*{name} is named but is not one of the"
    ):
        load(changes)


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ({"type": "int", "mim": 1}, r"columns\.extra\.mim is not a known key \(did you mean min\?"),
        ({"type": "number"}, r"columns\.extra\.type: .*'int', 'float', 'text' or 'time'"),
        ({}, r"columns\.extra\.type is missing"),
        ({"type": "int", "nullable": "yes"}, r"columns\.extra\.nullable: .*boolean"),
        ({"type": "int", "min": "1"}, r"columns\.extra\.min"),
        ({"type": "int", "min": float("nan")}, r"columns\.extra\.min\.\S+: .*finite number"),
        ({"type": "float", "max": float("inf")}, r"columns\.extra\.max\.\S+: .*finite number"),
        ({"type": "float", "min": 9, "max": 1}, r"columns\.extra: max must not be below min$"),
        (
            {"type": "text", "min": 1},
            r"columns\.extra: min and max go with numbers, not with type: text$",
        ),
        (
            {"type": "time", "max": 9},
            r"columns\.extra: min and max go with numbers, not with type: time$",
        ),
        ({"type": "text", "categories": ["a", 1]}, r"columns\.extra\.categories"),
        (
            {"type": "float", "max_missing": 0.1},
            r"columns\.extra: max_missing goes with nullable: true$",
        ),
        ({"type": "float", "nullable": True, "max_missing": 1.5}, r"columns\.extra\.max_missing"),
        ({"type": "int", "categories": []}, r"columns\.extra\.categories: .*at least 1 item"),
        (
            {"type": "int", "categories": ["0", "1"]},
            r"columns\.extra: categories do not fit type: int$",
        ),
        (
            {"type": "text", "categories": [0, 1]},
            r"columns\.extra: categories do not fit type: text$",
        ),
        (
            {"type": "float", "categories": [0, 1]},
            r"columns\.extra: categories do not fit type: float$",
        ),
        (
            {"type": "text", "pattern": "[A-Z"},
            (
                r"columns\.extra: pattern is not a regular expression: unterminated character set"
                " at pos"
            ),
        ),
        (
            {"type": "int", "pattern": "[0-9]"},
            r"columns\.extra: pattern goes with text, not with type: int$",
        ),
        (
            {"type": "text", "monotone": "increasing"},
            r"columns\.extra: monotone goes with features that are numbers$",
        ),
        (
            {"type": "int", "feature": False, "monotone": "decreasing"},
            r"columns\.extra: monotone goes with features that are numbers$",
        ),
        *(
            (
                {"type": "text", "words": True} | more,
                r"columns\.extra: words goes with features of type: text, without categories$",
            )
            for more in ({"type": "int"}, {"feature": False}, {"categories": ["a"]})
        ),
        (
            {"type": "float", "feature": False, "known_in_time": True},
            r"columns\.extra: known_in_time goes with features$",
        ),
        (
            {"type": "int", "names": ["no", "yes"]},
            r"extra has names, which go with the target of task: binary$",
        ),
        ({"type": "int", "names": ["no", "no"]}, r"columns\.extra: names must differ$"),
        ({"type": "int", "names": [False, True]}, r"columns\.extra\.names\.0: .*valid string"),
        ({"type": "int", "names": ["yes"]}, r"columns\.extra\.names"),
        ({"type": "text", "pattern": 3}, r"columns\.extra\.pattern: .*valid string"),
        ("int", r"columns\.extra: Input should be a valid dictionary"),
    ],
    ids=str,
)
def test_a_column_that_is_described_wrongly_is_refused_by_its_name(load, column, problem):
    with pytest.raises(SettingsError, match=problem):
        load({"columns": SCHEMA["columns"] | {"extra": column}})


def test_the_classes_are_called_by_their_names_or_else_by_their_values(load):
    assert load().class_names == ("0", "1")
    late = SCHEMA["columns"]["late"] | {"names": ["on time", "late"]}
    assert load({"columns": SCHEMA["columns"] | {"late": late}}).class_names == ("on time", "late")


def test_an_unknown_key_of_a_check_is_refused_by_its_full_name(load):
    check = SCHEMA["checks"][0]
    misspelt = {("operater" if key == "operator" else key): value for key, value in check.items()}
    with pytest.raises(
        SettingsError, match=r"checks\.0\.operater is not a known key \(did you mean operator\?\)"
    ):
        load({"checks": [misspelt]})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"key": []}, r"schema\.yaml: key: .*at least 1 item"),
        ({"time": "carrier"}, "time names carrier, which is not of type: time$"),
        (
            {"checks": [SCHEMA["checks"][0] | {"right": "carrier"}]},
            "the check dew compares float with text$",
        ),
        (
            {"checks": [SCHEMA["checks"][0] | {"right": "day"}]},
            "the check dew compares float with time$",
        ),
        (
            {"columns": SCHEMA["columns"] | {"split": {"type": "text"}}},
            "split is a name that the stages use: rename the column$",
        ),
        (
            {"columns": SCHEMA["columns"] | {"failed_check": {"type": "text"}}},
            "failed_check is a name that the stages use: rename the column$",
        ),
        *(
            (
                {"columns": SCHEMA["columns"] | {"late": late}},
                r"the target late of task: binary must be \{type: int, categories: \[0, 1\]\}",
            )
            for late in (
                {"type": "int", "categories": [1, 2]},
                {"type": "int", "min": 0, "max": 1},
                {"type": "float", "min": 0, "max": 1},
                {"type": "text", "categories": ["no", "yes"]},
                {"type": "int", "categories": [0, 1], "nullable": True},
            )
        ),
        (
            {
                "task": "multiclass",
                "columns": SCHEMA["columns"]
                | {
                    "late": {"type": "text", "categories": ["no", "yes", "very"]},
                    "delay": {"type": "int", "monotone": "increasing"},
                },
            },
            "delay is monotone, but task: multiclass has no single score that could rise$",
        ),
        (
            {"columns": SCHEMA["columns"] | {"day": {"type": "time"}}},
            "day is of type: time, which cannot be a feature: give it feature: false$",
        ),
    ],
    ids=str,
)
def test_a_contract_whose_parts_do_not_fit_together_is_refused(load, changes, problem):
    with pytest.raises(SettingsError, match=problem):
        load(changes)


def test_whole_numbers_and_floats_can_be_compared(load):
    check = {"name": "pair", "left": "flight", "operator": "<", "right": "temperature"}
    found = failures(flights(), load({"checks": [check]}))

    assert [(row, value) for row, _, _, value in found] == [(3, "9999 < 130.5")]


def test_an_operator_that_there_is_not_is_refused(load):
    with pytest.raises(SettingsError, match=r"checks\.0\.operator: Input should be '<', '<=' or"):
        load({"checks": [SCHEMA["checks"][0] | {"operator": ">"}]})


def test_a_contract_without_columns_is_refused(load):
    with pytest.raises(SettingsError, match=r"schema\.yaml: columns: .*at least 1 item"):
        load({"columns": {}})


def test_a_column_that_is_described_twice_is_refused(load):
    text = yaml.safe_dump(SCHEMA, sort_keys=False).replace(
        "  late:\n", "  day: {type: time}\n  late:\n", 1
    )
    with pytest.raises(SettingsError, match="the key 'day' occurs twice"):
        load(text=text)


def test_the_columns_part_is_a_pandera_schema_that_refuses_what_it_should(contract):
    columns = schema(contract)

    assert list(columns.columns) == list(SCHEMA["columns"])
    pd.testing.assert_frame_equal(columns.validate(flights()), flights())
    with pytest.raises(pa.errors.SchemaErrors) as refused:
        columns.validate(
            flights(late=[0, 1, 1, 7], destination=["MIA", "BO", "ORD", None]), lazy=True
        )
    cases = refused.value.failure_cases
    assert set(zip(cases["column"], cases["check"], cases["index"], strict=True)) == {
        ("late", "isin((0, 1))", 3),
        ("destination", "pattern([A-Z]{3})", 1),
        ("destination", "not_nullable", 3),
    }
    with pytest.raises(pa.errors.SchemaErrors, match="column 'delay' not in"):
        columns.validate(flights(delay=1))


NUMBERS = st.sampled_from([-99.0, -60.0, 30.5, 130.5, 131.0, np.inf, -np.inf, np.nan])


@pytest.mark.slow
@runs(max_examples=60)
@given(data=st.data(), rows=st.integers(1, 12))
def test_the_cells_that_break_the_contract_are_those_that_pandera_refuses(data, rows):
    def drawn(values, dtype):
        return pd.Series(data.draw(st.lists(values, min_size=rows, max_size=rows)), dtype=dtype)

    texts = st.sampled_from(["AA", "B6", "MIA", "MIAMI", "mia", "", None])
    table = pd.DataFrame(
        {
            "flight": drawn(st.sampled_from([0, 1, 9999, 10000]), "int32"),
            "day": drawn(st.sampled_from([pd.Timestamp("2013-01-01"), None]), "datetime64[s]"),
            "late": drawn(st.sampled_from([0, 1, 2]), "int8"),
            **{name: drawn(texts, "str") for name in ("carrier", "destination", "origin")},
            **{name: drawn(NUMBERS, "float64") for name in ("dew_point", "temperature")},
        }
    )
    contract = Contract.model_validate_json(json.dumps(SCHEMA | {"checks": []}))
    found = check_rows(table, contract).failures
    found = found[found["failed_check"] != "unique"]
    refused = set()
    try:
        schema(contract).validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        refused = set(zip(cases["index"], cases["column"], cases["check"], strict=True))

    assert len(found) == len(refused)
    assert refused == set(
        zip(found["row"], found["failed_column"], found["failed_check"], strict=True)
    )
    assert all(
        value == str(table[column].array[row])
        for row, column, value in zip(
            found["row"], found["failed_column"], found["failed_value"], strict=True
        )
    )


@pytest.mark.parametrize(
    ("task", "target", "classes"),
    [
        ("binary", {"type": "int", "categories": [1, 0]}, (0, 1)),
        ("multiclass", {"type": "text", "categories": ["b", "a"]}, ("b", "a")),
        ("regression", {"type": "float"}, ()),
        ("counts", {"type": "int", "min": 0}, ()),
    ],
)
def test_classes_are_those_of_the_target_and_numbers_have_none(load, task, target, classes):
    columns = SCHEMA["columns"] | {"late": target}
    assert load({"task": task, "columns": columns}).classes == classes
