"""What a model file may not hold: each check, in files of our own with one thing changed."""

import functools
import io
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest

from tests.model.isolation import files
from tests.model.isolation.files import CASES, SCHEMA, array, array_bytes, packed
from truerun.base.tasks import Task
from truerun.model import estimators
from truerun.model.estimators.estimator import StructureError
from truerun.model.isolation import container, serving

Parts = dict[str, bytes]


@functools.cache
def parts_of(name: str, task: Task) -> Parts:
    with TemporaryDirectory() as folder:
        return files.members(files.written(files.fitted(name, task), Path(folder) / "model.skops"))


def refused(content: bytes, said: str) -> None:
    with pytest.raises(StructureError, match=said):
        serving.loaded(content)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "task"), CASES)
def test_our_own_files_pass(name: str, task: Task) -> None:
    model = serving.loaded(packed(parts_of(name, task)))
    assert len(getattr(model, files.method(task))(files.rows(task))) == 200


def test_every_type_that_a_file_may_hold_is_needed_by_one_of_ours() -> None:
    kinds: set[str] = set()
    for case in CASES:
        schema = json.loads(parts_of(*case)[SCHEMA])
        kinds |= {
            f"{node['__module__']}.{node['__class__']}"
            for node in container._nodes(schema)
            if node.get("__loader__") == "ObjectNode"
        }
    for each in estimators.ESTIMATORS.values():
        for name in each.objects:
            assert any(kind.startswith(name) for kind in kinds), name


RIDGE: tuple[str, Task] = ("ridge", "regression")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"1.bin": b"x"}, "'1.bin' is not a member"),
        ({"../1.npy": b"x"}, "is not a member"),
        ({"7777.npy": b"text"}, "7777.npy is not an array"),
        ({"7777.npy": b"PK\3\4"}, "7777.npy is not an array"),
        ({"7777.npy": array_bytes(np.zeros(3))[:-1]}, "7777.npy is not as long as its shape"),
        ({"7777.npy": array_bytes(np.zeros(3)) + b"x"}, "7777.npy is not as long as its shape"),
        ({"7777.npy": array_bytes(np.zeros(1, "M8[s]"))}, "7777.npy is an array of datetime64"),
        ({"7777.npy": array_bytes(np.zeros(1, "V8"))}, "7777.npy is an array of"),
        ({SCHEMA: b"{"}, "schema.json: "),
        ({SCHEMA: b"[" * 100_000}, "schema.json: "),
        ({SCHEMA: b"[" * 500 + b"]" * 500}, "nested too deep"),
        ({SCHEMA: b"\xff"}, "schema.json: "),
    ],
    ids=repr,
)
def test_a_member_that_is_none_of_ours_is_refused(change: Parts, said: str) -> None:
    refused(packed(parts_of(*RIDGE) | change), said)


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 16), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f8', 'shape': (1,), }",
        "{'descr': " + "[" * 300 + "]" * 300 + "}",
        "__import__('os').getcwd()",
    ],
    ids=lambda header: header[:60],
)
def test_a_header_that_promises_another_array_is_refused(header: str) -> None:
    text = header.encode().ljust(1000) + b"\n"
    whole = b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text + bytes(8)
    refused(packed(parts_of(*RIDGE) | {"7777.npy": whole}), "7777.npy is ")


def test_what_expands_is_refused() -> None:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr(SCHEMA, b" " * 10**6)
    refused(buffer.getvalue(), "schema.json is compressed")
    # Two names for one member: what a directory entry says of sizes is as large as the file.
    content = packed({SCHEMA: b" " * 10_000, "1.npy": b"x", "2.npy": b"x"})
    place = content.index(b"PK\1\2")
    entry = content[place : content.index(b"PK\1\2", place + 1)]
    shared = bytearray(content)
    for number in (b"1.npy", b"2.npy"):
        at = content.rindex(number) - 46
        shared[at + 16 : at + 28] = entry[16:28]
        shared[at + 42 : at + 46] = entry[42:46]
    refused(bytes(shared), "its members expand to 30,000 bytes")


def test_a_file_that_is_not_whole_or_has_a_name_twice_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = packed(parts_of(*RIDGE))
    refused(b"", "File is not a zip file")
    refused(whole[:-1], "not a zip file|Truncated|truncated")
    refused(packed({"0.npy": array_bytes(np.zeros(1))}), "it has no schema.json")
    refused(whole.replace(b"1.npy", b"0.npy"), "'0.npy' is there twice")
    monkeypatch.setattr(container, "MEMBERS", 2)
    refused(whole, "members, more than 2")
    monkeypatch.setattr(container, "BYTES", 1000)
    refused(whole, "bytes, more than 1,000")


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"__loader__": "ConstructorFromReduceNode"}, "ConstructorFromReduceNode is not a kind"),
        ({"__loader__": "PartialNode"}, "PartialNode is not a kind of node"),
        ({"__loader__": ["ObjectNode"]}, "is not a kind of node"),
        (
            {"__loader__": "ObjectNode", "__module__": "sklearn.svm._classes", "__class__": "SVC"},
            "sklearn.svm._classes.SVC is not a type of a model",
        ),
    ],
)
def test_a_node_or_type_that_no_model_of_ours_has_is_refused(
    node: dict[str, Any], said: str
) -> None:
    parts = parts_of(*RIDGE)
    refused(packed(parts | {SCHEMA: json.dumps([json.loads(parts[SCHEMA]), node]).encode()}), said)


def with_arrays(parts: Parts, change: Callable[[np.ndarray], object], field: str) -> bytes:
    """The file, with the first array that has a field changed, and no other."""
    for name in parts:
        if name != SCHEMA and field in (array(parts, name).dtype.names or ()):
            values = array(parts, name)
            if len(values) > 2:
                change(values)
                return packed(parts | {name: array_bytes(values)})
    raise AssertionError(field)


def put(field: str, place: int, value: int) -> Callable[[np.ndarray], object]:
    return lambda nodes: nodes[field].__setitem__(place, value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("left", 0, 2**31), "tree 0: a child lies outside"),
        (put("left", 0, 0), "tree 0: a child lies outside of the tree or above"),
        (put("right", 0, 1), "tree 0: a node has two parents"),
        (put("feature_idx", 0, 4), "tree 0: a node asks for a feature outside of the 4"),
        (put("feature_idx", 0, -1), "tree 0: a node asks for a feature outside of the 4"),
        (put("is_categorical", 0, 1), "tree 0: is_categorical"),
        (put("is_leaf", -1, 0), "tree 0: "),
    ],
)
@pytest.mark.parametrize("model", ["hist_gradient_boosting", "blend"])
def test_binned_trees_are_checked(
    model: str, change: Callable[[np.ndarray], object], said: str
) -> None:
    refused(with_arrays(parts_of(model, "binary"), change, "bitset_idx"), said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("left_child", 0, 10**9), "a child lies outside"),
        (put("left_child", 0, -2), "a child lies outside"),
        (put("right_child", 0, 0), "a child lies outside of the tree or above"),
        (put("right_child", 0, 1), "a node has two parents"),
        (put("feature", 0, 4), "a node asks for a feature outside of the 4"),
    ],
)
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_trees_of_a_forest_are_checked(
    task: Task, change: Callable[[np.ndarray], object], said: str
) -> None:
    parts = parts_of("random_forest", task)
    refused(with_arrays(parts, change, "left_child"), said)


def with_schema(parts: Parts, change: Callable[[Any], object]) -> bytes:
    schema = json.loads(parts[SCHEMA])
    change(schema)
    return packed(parts | {SCHEMA: json.dumps(schema).encode()})


def content_of(schema: Any, kind: str) -> dict[str, Any]:
    """The content of the last object of a type: a blend holds a member unfitted, then fitted."""
    held = [node["content"]["content"] for node in files.nodes(schema, kind) if "content" in node]
    last: dict[str, Any] = held[-1]
    return last


def number(value: object) -> dict[str, Any]:
    return {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode",
            "content": json.dumps(value), "is_json": True}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "value", "said"),
    [
        ("Tree", "node_count", 10**6, "node_count is not the number of nodes"),
        ("Tree", "node_count", "3", "a whole number is missing"),
        ("RandomForestClassifier", "n_features_in_", 3, "a tree takes 4 features"),
        ("DecisionTreeClassifier", "n_features_in_", 99, "n_features_in_"),
    ],
)
def test_what_a_forest_says_of_its_trees_is_checked(
    kind: str, name: str, value: object, said: str
) -> None:
    def change(schema: Any) -> None:
        for node in files.nodes(schema, kind):
            if name in node.get("content", {}).get("content", {}):
                node["content"]["content"][name] = number(value)

    refused(with_schema(parts_of("random_forest", "binary"), change), said)


def test_outputs_of_a_tree_are_checked() -> None:
    def change(schema: Any) -> None:
        files.nodes(schema, "Tree")[0]["__reduce__"]["args"]["content"][2] = number(1000)

    refused(with_schema(parts_of("random_forest", "binary"), change), "a tree of a forest has one")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("_in_fit", True, "_in_fit, _preprocessor"),
        ("_preprocessor", 1, "_in_fit, _preprocessor"),
        ("_predictors", [[None]], "nodes"),
        ("n_features_in_", 3, "a feature outside of the 3"),
    ],
)
@pytest.mark.parametrize("model", ["hist_gradient_boosting", "blend"])
def test_what_surrounds_binned_trees_is_checked(
    model: str, name: str, value: object, said: str
) -> None:
    def change(schema: Any) -> None:
        found = files.nodes(schema, "HistGradientBoostingClassifier")
        node = [each["content"] for each in found if "content" in each][-1]
        if name not in node["content"]:
            node["key_types"]["content"].append(node["key_types"]["content"][0])
        node["content"][name] = number(value)

    refused(with_schema(parts_of(model, "binary"), change), said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("num_class=1", "num_class=2", "num_tree_per_iteration is not num_class"),
        ("num_class=1", "num_class=0", "num_class is 0"),
        ("max_feature_idx=3", "max_feature_idx=4", "feature_names are not 5"),
        ("max_feature_idx=3", "max_feature_idx=-1", "max_feature_idx is -1"),
        ("objective=binary sigmoid:1", "objective=multiclass num_class:9", "objective is multi"),
        ("objective=binary sigmoid:1", "objective=custom", "objective is custom"),
        ("label_index=0", "label_index=0\nmore=1", "'more=1' is not a line"),
        ("tree_sizes=", "tree_sizes=9", "tree_sizes do not fit the trees"),
        ("tree_sizes=", "tree_sizes=1 ", "tree_sizes do not fit"),
        ("num_leaves=8", "num_leaves=9", "tree_sizes do not fit|are not"),
        ("num_cat=0", "num_cat=1", "num_cat is not 0"),
        ("is_linear=0", "is_linear=1", "is_linear is not 0"),
        ("split_feature=0", "split_feature=4", "a feature outside of the 4"),
        ("decision_type=8", "decision_type=9", "decision_type is not that of a number"),
        ("left_child=1", "left_child=0", "above its parent"),
        ("left_child=1", "left_child=9", "outside of the tree"),
        ("tree\n", "tre\0\n", "does not begin"),
        ("end of trees", "the end okay", "tree_sizes do not fit"),
        ("end of trees", "end of trees\nTree=9", "there are trees after their end"),
    ],
)
@pytest.mark.parametrize("model", ["lightgbm", "blend"])
def test_the_text_of_trees_is_checked(model: str, old: str, new: str, said: str) -> None:
    def change(schema: Any) -> None:
        node = content_of(schema, "Booster")["_handle"]
        text = json.loads(node["content"])
        assert old in text, text[:1500]
        node["content"] = json.dumps(text.replace(old, new, 1))

    refused(with_schema(parts_of(model, "binary"), change), said)


@pytest.mark.parametrize("handle", [None, 7, {"__loader__": "CachedNode", "__id__": 1}])
@pytest.mark.parametrize("model", ["lightgbm", "blend"])
def test_text_that_is_elsewhere_is_refused(model: str, handle: Any) -> None:
    def change(schema: Any) -> None:
        content_of(schema, "Booster")["_handle"] = handle or number(handle)

    refused(with_schema(parts_of(model, "binary"), change), "Booster|text of the trees")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("_n_features", 3, "_n_features: the trees take other features"),
        ("_other_params", {"predict_disable_shape_check": True}, "_other_params"),
        ("boosting_type", "gbdt predict_disable_shape_check=1", "boosting_type: "),
    ],
)
@pytest.mark.parametrize("model", ["lightgbm", "blend"])
def test_what_surrounds_the_text_is_checked(
    model: str, name: str, value: object, said: str
) -> None:
    def change(schema: Any) -> None:
        content_of(schema, "LGBMClassifier")[name] = number(value)

    refused(with_schema(parts_of(model, "binary"), change), said)


@pytest.mark.parametrize(("kind", "name"), [("Ridge", "coef_"), ("StandardScaler", "mean_")])
def test_linear_models_have_a_number_for_each_feature(kind: str, name: str) -> None:
    parts = parts_of(*RIDGE)
    file = content_of(json.loads(parts[SCHEMA]), kind)[name]["file"]
    refused(packed(parts | {file: array_bytes(np.zeros(5))}), name)
