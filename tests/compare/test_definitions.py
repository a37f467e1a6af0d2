"""What changed of the stages in dvc.yaml, if it can hide something from DVC."""

from typing import Any

import pytest

from truerun.compare import definitions

STAGE = {
    "cmd": "train",
    "deps": ["a.py", "gone.py"],
    "params": ["train", {"other.yaml": ["a", "b"]}],
    "outs": ["model"],
    "metrics": [{"train.json": {"cache": False}}],
}
BASE = {"vars": [{"run": "python"}, "vars.yaml"], "stages": {"train": STAGE}}


def exists(name: str) -> bool:
    return name != "gone.py"


def changes(base: Any, head: Any) -> list[tuple[str, str | None, str | None]]:
    found = definitions.changes(base, head, exists)
    return [(change.name, change.base, change.head) for change in found]


def edited(**stage: Any) -> list[tuple[str, str | None, str | None]]:
    return changes(BASE, {**BASE, "stages": {"train": {**STAGE, **stage}}})


def test_the_same_definitions_are_no_change_nor_is_their_order() -> None:
    assert changes(BASE, BASE) == []
    assert edited(deps=STAGE["deps"][::-1], params=STAGE["params"][::-1]) == []


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        ({"frozen": True}, ("train: frozen", None, "True")),
        ({"always_changed": True}, ("train: always_changed", None, "True")),
        ({"wdir": "else"}, ("train: wdir", None, "else")),
        ({"cmd": "other"}, ("train: cmd", "train", "other")),
        ({"deps": ["gone.py"]}, ("train: deps a.py", "listed", None)),
        ({"params": ["train"]}, ("train: params other.yaml: a", "listed", None)),
        (
            {"params": ["train", {"other.yaml": ["a"]}]},
            ("train: params other.yaml: b", "listed", None),
        ),
        ({"params": None}, ("train: params train", "listed", None)),
        (
            {"metrics": ["train.json"]},
            ("train: output train.json", "{'cache': False}", "{}"),
        ),
        (
            {"outs": [{"model": {"cache": False}}]},
            ("train: output model", "{}", "{'cache': False}"),
        ),
        ({"outs": []}, ("train: output model", "{}", None)),
        ({"plots": ["roc.csv"]}, ("train: output roc.csv", None, "{}")),
    ],
)
def test_what_changed_of_a_stage_is_told_with_both_sides(stage: dict, told: tuple) -> None:
    assert edited(**stage)[0] == told


@pytest.mark.parametrize(
    "stage",
    [
        {"deps": ["a.py"]},  # the file is gone too
        {"deps": [*STAGE["deps"], "b.py"]},
        {"params": [*STAGE["params"], "new"]},
        {"params": ["train", {"other.yaml": ["a", "b", "c"]}]},
        {"desc": "It trains", "meta": {"a": 1}},
    ],
)
def test_what_hides_nothing_is_no_change(stage: dict) -> None:
    assert edited(**stage) == []


def test_stages_and_variables_that_come_and_go_are_told() -> None:
    head = {"vars": [{"run": "ruby"}], "stages": {"fit": STAGE}}
    assert changes(BASE, head) == [
        ("variable run", "python", "ruby"),
        ("variable vars.yaml", "a file", None),
        ("train", "a stage", None),
        ("fit", None, "a stage"),
    ]


def test_a_stage_that_is_repeated_is_looked_into() -> None:
    base, head = (
        {"stages": {"each": {"foreach": ["a"], "do": {**STAGE, **more}}}}
        for more in ({}, {"frozen": True, "deps": []})
    )
    assert changes(base, head) == [
        ("each: frozen", None, "True"),
        ("each: deps a.py", "listed", None),
    ]
    head = {"stages": {"each": {"foreach": ["b"], "do": STAGE}}}
    assert changes(base, head) == [("each: foreach", "['a']", "['b']")]
    base, head = (
        {"stages": {"every": {**STAGE, "matrix": {"n": items}}}} for items in ([1, 2], [1])
    )
    assert changes(base, head) == [("every: matrix", "{'n': [1, 2]}", "{'n': [1]}")]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"stages": None},
        {"stages": ["train"]},
        {"stages": "train"},
        {"stages": {"train": ["a"]}},
        {"stages": {"train": None}},
        {"stages": {"train": {"deps": 7, "params": "x", "outs": {"a": 1}, "do": 3}}},
        {"stages": {"train": {"deps": [["a"], {"b": 1}, None], "outs": [["a"], 7]}}},
        {"vars": 3},
        {"vars": [["a"], {"b": ["c"]}, None]},
    ],
)
def test_a_dvc_yaml_of_any_form_is_no_crash(content: dict) -> None:
    assert changes(content, content) == []
    definitions.changes(BASE, content, exists)
    definitions.changes(content, BASE, exists)
