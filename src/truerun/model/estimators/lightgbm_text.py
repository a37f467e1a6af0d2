"""The text in which LightGBM keeps its trees: its parser trusts every number in it."""

import re
from collections.abc import Mapping

import numpy as np

from truerun.model.estimators.estimator import StructureError
from truerun.model.estimators.trees import check_children, check_features

START, END = "tree\nversion=v4\n", "end of trees\n"
LARGEST = 1_000_000  # classes, features and leaves
WHOLE = re.compile(r"-?[0-9]{1,9}")
OBJECTIVE = re.compile(
    r"(binary sigmoid:1|regression|poisson|multiclass num_class:(?P<classes>[0-9]{1,9}))"
)
HEADER = (
    "num_class",
    "num_tree_per_iteration",
    "label_index",
    "max_feature_idx",
    "objective",
    "feature_names",
    "monotone_constraints",
    "feature_infos",
    "tree_sizes",
)
OF_NODES = (
    "split_feature",
    "split_gain",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "internal_value",
    "internal_weight",
    "internal_count",
)
OF_LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
ONE_LEAF = ("leaf_value",)  # of a tree without a node; the others are left out
MISSING = frozenset({0, 2, 4, 6, 8, 10})  # decisions on numbers; the odd ones are on categories


def check(text: str) -> None:
    """Check all that the parser and the prediction trust.

    Raises
    ------
    StructureError
        With the name of the field.
    """
    if not text.isascii() or "\0" in text or "\r" in text or not text.startswith(START):
        raise StructureError("the text of the trees does not begin as LightGBM writes it")
    head, _, rest = text.removeprefix(START).partition("\n\n")
    header = _fields(head, HEADER)
    classes = _whole(header, "num_class", 1)
    features = _whole(header, "max_feature_idx", 0) + 1
    if _whole(header, "num_tree_per_iteration", 1) != classes:
        raise StructureError("num_tree_per_iteration is not num_class")
    objective = OBJECTIVE.fullmatch(header["objective"])
    if objective is None or int(objective["classes"] or 1) != classes:
        raise StructureError(f"objective is {header['objective']}, for {classes} classes")
    for name in ("feature_names", "feature_infos", "monotone_constraints"):
        if name in header and len(header[name].split(" ")) != features:
            raise StructureError(f"{name} are not {features}")
    _check_trees(header, rest, features, classes)


def _check_trees(header: Mapping[str, str], rest: str, features: int, classes: int) -> None:
    """The parser finds each tree by the sizes of those before."""
    sizes = _numbers(header, "tree_sizes") if header["tree_sizes"] else np.empty(0, np.int64)
    if len(sizes) % classes or (sizes <= 0).any() or sizes.sum() > len(rest):
        raise StructureError("tree_sizes do not fit the trees")
    place = 0
    for number, size in enumerate(sizes):
        _check_tree(number, rest[place : place + int(size)], features)
        place += int(size)
    if not rest.startswith(END, place):
        raise StructureError("tree_sizes do not fit the trees")
    if "\nTree=" in rest[place:] or "tree_sizes=" in rest[place:]:
        raise StructureError("there are trees after their end")


def _check_tree(number: int, text: str, features: int) -> None:
    title, _, body = text.partition("\n")
    name = f"Tree={number}"
    if title != name or not body.endswith("\n\n\n"):
        raise StructureError(f"tree_sizes do not fit {name}")
    fields = _fields(
        body.rstrip("\n"),
        ("num_leaves", "num_cat", *OF_NODES, *OF_LEAVES, "is_linear", "shrinkage"),
    )
    leaves = _whole(fields, "num_leaves", 1)
    for key in ("num_cat", "is_linear"):
        if fields.get(key) != "0":
            raise StructureError(f"{name}: {key} is not 0")
    lengths = dict.fromkeys(OF_NODES, leaves - 1) | dict.fromkeys(OF_LEAVES, leaves)
    for key, length in lengths.items():
        if leaves == 1 and key not in ONE_LEAF and not fields.get(key):
            continue
        if len(fields[key].split(" ") if fields[key] else []) != length:
            raise StructureError(f"{name}: {key} are not {length}")
    if leaves == 1:
        return
    left, right = _numbers(fields, "left_child"), _numbers(fields, "right_child")
    check_features(_numbers(fields, "split_feature"), features, f"{name}: split_feature")
    if not set(_numbers(fields, "decision_type").tolist()) <= MISSING:
        raise StructureError(f"{name}: decision_type is not that of a number")
    # A child below 0 is a leaf, whose number is its complement: leaves come after the nodes here.
    nodes = leaves - 1
    parents = np.arange(nodes)
    if max(left.max(), right.max()) >= nodes:
        raise StructureError(f"{name}: a child lies outside of the tree")
    left, right = (np.where(side < 0, nodes + ~side, side) for side in (left, right))
    check_children(parents, left, right, nodes + leaves, f"{name}: left_child, right_child")


def _fields(text: str, names: tuple[str, ...]) -> Mapping[str, str]:
    """Lines of `name=value`, each name once."""
    fields: dict[str, str] = {}
    for line in text.split("\n"):
        name, equals, value = line.partition("=")
        if not equals or name in fields or name not in names:
            raise StructureError(f"{line[:40]!r} is not a line of the trees' text")
        fields[name] = value
    return fields


def _whole(fields: Mapping[str, str], name: str, least: int) -> int:
    value = fields[name]
    if not WHOLE.fullmatch(value) or not least <= int(value) <= LARGEST:
        raise StructureError(f"{name} is {value[:40]}")
    return int(value)


def _numbers(fields: Mapping[str, str], name: str) -> np.ndarray:
    """Whole numbers with a blank between them."""
    numbers = fields[name].split(" ")
    if not all(map(WHOLE.fullmatch, numbers)):
        raise StructureError(f"{name} are not whole numbers")
    return np.array(numbers, dtype=np.int64)
