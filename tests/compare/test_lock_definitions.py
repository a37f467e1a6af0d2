"""What a lock says of its stages against the dvc.yaml that defines them."""

from typing import Any

import pytest
import yaml

from truerun.compare import lock_definitions

DVC_YAML = """
vars:
  - run: python -m
  - sizes: [1, 2]
  - more.yaml
stages:
  prepare:
    cmd: ${run} prepare --seed ${train.seed} --fast ${fast} ${elsewhere}
    deps: [raw, ./code/, "${folder}/a.py", "s3://bucket/x"]
    params: [train.seed, other.yaml: [deep.key], whole.yaml:]
    outs: [prepared, made: {cache: false}]
    metrics: [metrics.json: {cache: false}]
  train:
    cmd: [one, two]
    outs: [model]
  each:
    foreach: [a, b]
    do:
      cmd: cp model ${item}.copy
      outs: ["${item}.copy"]
  every:
    matrix: {size: "${sizes}", kind: [x]}
    cmd: cp model ${item.size}
    outs: ["${item.size}"]
  keyed:
    foreach: {p: {n: 1}}
    do: {cmd: "echo ${key} ${item.n}"}
  many:
    foreach: [{n: 1}, {n: 2}]
    do: {cmd: "echo ${item.n}"}
"""
HUGE = {name: list(range(99)) for name in "abcdefgh"}
PARAMS = {"train": {"seed": 7}, "fast": True, "folder": "code"}
LOCK: dict[str, Any] = {
    "prepare": {
        "cmd": "python -m prepare --seed 7 --fast true --last",
        "deps": [{"path": "raw"}, {"path": "code/"}, {"path": "code/a.py"}],
        "params": {
            "params.yaml": {"train.seed": 7},
            "other.yaml": {"deep.key": 1},
            "whole.yaml": {"a": 1},
        },
        "outs": [{"path": "prepared"}, {"path": "made"}, {"path": "metrics.json"}],
    },
    "train": {"cmd": ["one", "two"], "outs": [{"path": "model"}]},
    "each@a": {"cmd": "cp model a.copy", "outs": [{"path": "a.copy"}]},
    "each@b": {"cmd": "cp model b.copy", "outs": [{"path": "b.copy"}]},
    "every@1-x": {"cmd": "cp model 1", "outs": [{"path": "1"}]},
    "every@2-x": {"cmd": "cp model 2", "outs": [{"path": "2"}]},
    "keyed@p": {"cmd": "echo p 1"},
    "many@0": {"cmd": "echo 1"},
    "many@1": {"cmd": "echo 2"},
    "gone": {"cmd": "echo"},
}


def found(lock: dict[str, Any], text: str = DVC_YAML) -> list[tuple[str, str, str, str, str]]:
    differences = lock_definitions.differences(lock, yaml.safe_load(text), PARAMS)
    return [(one.stage, one.kind, one.name, one.expected, one.found) for one in differences]


def changed(stage: str, **entries: Any) -> dict[str, Any]:
    return {**LOCK, stage: {**LOCK[stage], **entries}}


def test_a_lock_that_says_what_dvc_yaml_does_is_no_difference() -> None:
    assert found(LOCK) == []


@pytest.mark.parametrize(
    ("stage", "entries", "expected"),
    [
        (
            "train",
            {"cmd": ["one", "three"]},
            ("train", "command", "cmd", "one && two", "one && three"),
        ),
        ("train", {"cmd": "one"}, ("train", "command", "cmd", "one && two", "one")),
        ("train", {"outs": []}, ("train", "output", "model", "an output", "nothing")),
        (
            "train",
            {"outs": [{"path": "model"}, {"path": "more"}]},
            ("train", "output", "more", "nothing", "an output"),
        ),
        (
            "train",
            {"deps": [{"path": "more"}]},
            ("train", "dependency", "more", "nothing", "a dependency"),
        ),
        (
            "prepare",
            {"deps": [{"path": "raw"}, {"path": "code"}]},
            ("prepare", "dependency", "${folder}/a.py", "a dependency", "nothing"),
        ),
        (
            "prepare",
            {"params": {"params.yaml": {"train.seed": 7}, "other.yaml": {}}},
            ("prepare", "parameter", "other.yaml: deep.key", "a parameter", "nothing"),
        ),
        (
            "each@b",
            {"outs": [{"path": "b"}]},
            ("each@b", "output", "b", "nothing", "an output"),
        ),
    ],
)
def test_an_entry_that_dvc_yaml_does_not_give_is_named(
    stage: str, entries: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert found(changed(stage, **entries)) == [expected]


@pytest.mark.parametrize(
    "command",
    [
        "python -m prepare --seed 8 --fast true --last",
        "python -m prepare --seed 7 --fast True --last",
        "python prepare --seed 7 --fast true --last",
    ],
)
def test_variables_of_dvc_yaml_and_of_params_yaml_have_their_values(command: str) -> None:
    ((_, kind, *_),) = found(changed("prepare", cmd=command))
    assert kind == "command"


@pytest.mark.parametrize("stage", ["train", "prepare", "each@b", "every@2-x", "many@1"])
def test_a_stage_that_is_not_in_the_lock_is_named(stage: str) -> None:
    lock = {name: entry for name, entry in LOCK.items() if name != stage}
    assert found(lock) == [(stage, "stage", stage, "a stage", "nothing")]


def test_a_stage_of_which_no_item_is_in_the_lock_is_named_once() -> None:
    lock = {name: entry for name, entry in LOCK.items() if not name.startswith("each@")}
    assert found(lock) == [("each", "stage", "each", "a stage", "nothing")]


@pytest.mark.parametrize(
    "text",
    [
        "stages: {train: 7}",
        "stages: []",
        "vars: 7\nstages: {train: {cmd: [one, two], outs: [model]}}",
        "stages: {train: {matrix: {a: [1, 2], b: 3}, cmd: [one, two], outs: [model]}}",
        f"stages: {{train: {{matrix: {HUGE}, cmd: [one, two], outs: [model]}}}}",
    ],
)
def test_definitions_of_any_form_are_no_crash(text: str) -> None:
    assert found({"train": LOCK["train"]}, text) == []
