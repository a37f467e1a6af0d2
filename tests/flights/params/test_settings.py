"""Settings files: strict, and every mistake is told by the name of its file and key."""

import copy

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.conftest import ROOT
from truerun.base.settings import SettingsError
from truerun.project import params

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")
WHOLE = yaml.safe_load(TEXT)


def places(section, above=()):
    """The path of every key of a nested mapping."""
    for key, value in section.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from places(value, (*above, key))


PLACES = list(places(WHOLE))


def section_at(content, place):
    for key in place:
        content = content[key]
    return content


def changed(place, value):
    """All of params.yaml with another value at one place."""
    content = copy.deepcopy(WHOLE)
    section_at(content, place[:-1])[place[-1]] = value
    return content


@pytest.fixture
def load(tmp_path):
    """Load parameters out of text, bytes or a mapping."""

    def load_content(content):
        path = tmp_path / "params.yaml"
        if not isinstance(content, bytes | str):
            content = yaml.safe_dump(content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return params.load(path)

    return load_content


def refusal(load, content):
    with pytest.raises(SettingsError) as caught:
        load(content)
    message = str(caught.value)
    assert "params.yaml" in message
    return message


def test_the_parameters_of_the_repository_load():
    loaded = params.load(ROOT / "params.yaml")

    assert loaded.validate_.min_rows == WHOLE["validate"]["min_rows"]
    assert loaded.train.model == WHOLE["train"]["model"]
    assert loaded.evaluate.slices == tuple(WHOLE["evaluate"]["slices"])
    assert loaded.model_dump(mode="json", by_alias=True, exclude_unset=True) == WHOLE


def test_loaded_parameters_cannot_be_changed(load):
    loaded = load(TEXT)
    with pytest.raises(ValidationError, match="frozen"):
        loaded.train.seed = 1


@pytest.mark.parametrize(
    "place",
    [
        (),
        ("source",),
        ("validate", "target_rate"),
        ("split",),
        ("featurize",),
        ("train",),
        ("train", "hist_gradient_boosting"),
        ("train", "baseline"),
        ("evaluate",),
    ],
    ids=".".join,
)
def test_an_unknown_key_is_refused_by_its_full_name(load, place):
    message = refusal(load, changed((*place, "xyzzy"), 1))

    assert ".".join((*place, "xyzzy")) + " is not a known key (valid here: " in message


@pytest.mark.parametrize(
    ("place", "near"),
    [
        (("evalute",), "evaluate"),
        (("source", "option"), "options"),
        (("validate", "max_quarantine"), "max_quarantined"),
        (("train", "hist_gradient_boosting", "learning_rat"), "learning_rate"),
        (("train", "random_forrest"), "random_forest"),
    ],
    ids=str,
)
def test_the_nearest_valid_key_is_offered(load, place, near):
    message = refusal(load, changed(place, 1))

    assert message.endswith(f"{'.'.join(place)} is not a known key (did you mean {near}?)")


def test_where_no_key_is_near_all_valid_ones_are_listed(load):
    message = refusal(load, changed(("source", "xyzzy"), 1))

    assert message.endswith(
        "source.xyzzy is not a known key (valid here: max_dropped, name, options)"
    )
    assert "(valid here: none)" in refusal(load, changed(("train", "baseline", "xyzzy"), 1))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("validate", "min_rows"), "3"),
        (("validate", "min_rows"), 3.0),
        (("validate", "min_rows"), True),
        (("validate", "min_rows"), None),
        (("validate", "min_rows"), [3]),
        (("source", "name"), "../trains"),
        (("validate", "max_quarantined"), "0.01"),
        (("validate", "max_quarantined"), True),
        (("validate", "min_rows"), "many"),
        (("split", "by"), 1),
        (("split", "test_partitions"), "2"),
        (("featurize", "exclude"), "weather"),
        (("featurize", "exclude"), [1]),
        (("evaluate", "slices"), {"carrier": 1}),
        (("train",), "lightgbm"),
        (("train", "model"), "Lightgbm"),
        (("train", "lightgbm"), []),
        (("train", "lightgbm"), None),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused_by_its_full_name(load, place, value):
    message = refusal(load, changed(place, value))

    assert f"params.yaml: {'.'.join(place)}" in message


@pytest.mark.parametrize(
    ("place", "value", "shown"),
    [
        (("validate", "max_quarantined"), -0.1, "greater than or equal to 0 (it is -0.1)"),
        (("validate", "max_quarantined"), 1.1, "less than or equal to 1 (it is 1.1)"),
        (("validate", "max_quarantined"), float("nan"), "(it is nan)"),
        (("validate", "min_rows"), 0, "greater than or equal to 1 (it is 0)"),
        (("validate", "target_rate", "min"), float("nan"), "a finite number (it is nan)"),
        (("validate", "target_rate", "max"), float("inf"), "a finite number (it is inf)"),
        (("validate", "leakage_auc"), 0.5, "greater than 0.5 (it is 0.5)"),
        (("split", "test_partitions"), 0, "greater than or equal to 1 (it is 0)"),
        (("featurize", "seed"), -1, "greater than or equal to 0 (it is -1)"),
        (("train", "seed"), 2**31, f"less than {2**31} (it is {2**31})"),
        (("train", "hist_gradient_boosting", "max_features"), 1.5, "(it is 1.5)"),
        (("train", "hist_gradient_boosting", "max_leaf_nodes"), 1, "(it is 1)"),
        (("train", "logistic_regression", "C"), 0, "greater than 0 (it is 0)"),
        (("train", "ridge", "alpha"), 0, "greater than 0 (it is 0)"),
        (("featurize", "max_words"), 0, "greater than or equal to 1 (it is 0)"),
        (("evaluate", "threshold"), 1, "less than 1 (it is 1)"),
    ],
    ids=str,
)
def test_a_value_out_of_range_is_refused_with_its_range(load, place, value, shown):
    if place[-1] == "fail":
        shown = "fail must not be below warn"
        place = place[:-1]
        value = {"warn": 0.25, "fail": value}
    message = refusal(load, changed(place, value))

    assert message.startswith(str(message).split(": ", maxsplit=1)[0] + f": {'.'.join(place)}: ")
    assert message.endswith(shown)


@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_a_key_that_is_missing_is_named_or_has_a_default(load, place):
    content = copy.deepcopy(WHOLE)
    del section_at(content, place[:-1])[place[-1]]
    if place == ("split", "test_partitions"):
        assert "split: give either test_partitions or test_share" in refusal(load, content)
    elif place[-1] in ("min", "max") and place[0] == "gate":
        assert "give min or max" in refusal(load, content)
    elif place[0] in ("compare", "gate") and len(place) > 1 and place[-1] != "margin":
        load(content)  # a rule that is left out asks for nothing
    elif place in (("validate", "target_rate"), ("evaluate", "threshold"), ("evaluate", "value")):
        load(content)  # not every task has one
    elif place[:2] == ("evaluate", "value") and place[-1] not in ("name", "unit"):
        load(content)  # which of them are needed is up to the task
    elif place[:2] == ("source", "options") and len(place) > 2:
        load(content)  # the source itself says which it takes
    else:
        assert refusal(load, content).endswith(f"{'.'.join(place)} is missing")


def test_every_wrong_key_is_told_at_once(load):
    content = changed(("validate", "min_rows"), "3")
    content["evaluate"]["xyzzy"] = 1
    del content["split"]["by"]
    message = refusal(load, content)

    assert "validate.min_rows: " in message
    assert "evaluate.xyzzy is not a known key" in message
    assert "split.by is missing" in message


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"by": "time"}, "give either test_partitions or test_share"),
        (
            {"by": "time", "test_partitions": 1, "test_share": 0.2},
            "give either test_partitions or test_share",
        ),
        ({"by": "random", "test_partitions": 1}, "goes with by: time, not with by: random"),
        ({"by": "group", "test_share": 0.2}, "group names the column for by: group"),
        ({"by": "random", "test_share": 0.2, "group": "x"}, "group goes with by: group or"),
    ],
    ids=str,
)
def test_a_split_that_contradicts_itself_is_refused(load, section, problem):
    message = refusal(load, changed(("split",), section))

    assert "params.yaml: split: " in message
    assert problem in message


def test_limits_in_the_wrong_order_are_refused(load):
    message = refusal(load, changed(("validate", "target_rate"), {"min": 0.5, "max": 0.1}))

    assert message.endswith("validate.target_rate: max must not be below min")


@pytest.mark.parametrize("key", ["source", "train"])
def test_a_section_that_occurs_twice_is_refused(load, key):
    message = refusal(load, TEXT + f"\n{key}: {{}}\n")

    assert f"the key '{key}' occurs twice" in message


def test_a_key_that_occurs_twice_in_a_section_is_refused(load):
    twice = TEXT.replace("  min_rows: 5000", "  min_rows: 5000\n  min_rows: 4", 1)

    assert "the key 'min_rows' occurs twice" in refusal(load, twice)
    flow = TEXT.replace("{min: 0.05, max: 0.5}", "{min: 0.05, max: 0.5, min: 0.1}", 1)
    assert "the key 'min' occurs twice" in refusal(load, flow)


@pytest.mark.parametrize(
    "content",
    [
        "source: [",
        "source: {name: flights",
        "\tsource: 1",
        "source: *nowhere",
        "source: !!python/object/apply:os.system ['true']",
        "a: 1\n b: 2",
        "{[1]: 2}",
        "\0",
        b"source: caf\xe9",
        "a: 1\n---\nb: 2",
    ],
    ids=repr,
)
def test_what_is_no_yaml_is_told_by_the_name_of_the_file(load, content):
    assert "params.yaml is not valid YAML: " in refusal(load, content)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("2013-13-45", "month must be in 1..12"),
        ("0x_", "invalid literal for int() with base 16: ''"),
        ("!!int foo", "invalid literal for int() with base 10: 'foo'"),
        ("!!float x", "could not convert string to float: 'x'"),
        ("!!bool maybe", "'maybe'"),
        ("!!timestamp x", ""),
        ("9" * 5000, "Exceeds the limit (4300 digits) for integer string conversion"),
        ("&a [*a]", "it contains itself, or is nested too deep"),
        ("&a {x: *a}", "it contains itself, or is nested too deep"),
        pytest.param(
            "[" * 3000 + "]" * 3000,
            "it contains itself, or is nested too deep",
            marks=pytest.mark.slow,
        ),
    ],
    ids=lambda text: text[:12],
)
def test_a_value_that_yaml_itself_cannot_read_is_told_by_the_name_of_the_file(load, value, problem):
    message = refusal(load, TEXT.replace("min_rows: 5000 ", f"min_rows: {value} ", 1))

    assert f"params.yaml is not valid YAML: {problem}" in message


@pytest.mark.parametrize("content", ["", "# nothing\n", "[]", "- source\n", "text", "3", ".nan"])
def test_a_file_that_holds_no_mapping_is_refused(load, content):
    assert "params.yaml must hold keys with their values" in refusal(load, content)


def test_a_mapping_with_keys_that_are_no_text_is_refused(load):
    assert "1: Keys should be strings" in refusal(load, TEXT + "\n1: 2\n")


def test_a_file_that_is_missing_or_a_folder_is_told_by_its_name(tmp_path):
    with pytest.raises(SettingsError, match=r"none\.yaml does not exist: run from the repository"):
        params.load(tmp_path / "none.yaml")
    with pytest.raises(SettingsError, match=r"is not valid YAML: .*Is a directory"):
        params.load(tmp_path)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.dates()
    | st.binary(max_size=4)
)
KEYS = st.sampled_from(sorted({key for place in PLACES for key in place})) | SCALARS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("settings") / "params.yaml"


@pytest.mark.slow
@runs(max_examples=100)
@given(st.sampled_from([*PLACES, None]), VALUES)
def test_any_value_in_place_of_any_section_gives_parameters_or_a_settings_error(
    scratch, place, value
):
    content = value if place is None else changed(place, value)
    scratch.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    try:
        loaded = params.load(scratch)
    except SettingsError as error:
        assert str(scratch) in str(error)  # noqa: PT017 -- both outcomes are right
    else:
        assert isinstance(loaded, params.Params)
