"""Two locks are compared by stage and name; what follows from another difference is left out."""

import copy
import json
from pathlib import Path

import pytest

from truerun.base import locks
from truerun.base.locks import LockChange, LockError

LOCK = Path(__file__).with_name("locked.yaml")  # as DVC wrote one
STAGES = locks.parse(LOCK.read_text(encoding="utf-8"), "dvc.lock")


@pytest.fixture
def changed():
    return copy.deepcopy(STAGES)


def entry(stages, stage: str, section: str, path: str):
    return next(entry for entry in stages[stage][section] if entry["path"] == path)


def test_a_lock_differs_from_itself_in_nothing() -> None:
    assert locks.differences(locks.load(LOCK), STAGES) == []


def test_words_stay_the_words_that_dvc_has_written() -> None:
    text = "stages: {train: {cmd: fit, params: {params.yaml: {positive: Yes, negative: No}}}}"
    assert locks.parse(text, "lock")["train"]["params"] == {
        "params.yaml": {"positive": "Yes", "negative": "No"}
    }


@pytest.mark.parametrize("text", ["", "[]", "text", "stages: 1", "<<<<<<< HEAD\nstages: {}\n"])
def test_what_is_no_lock_is_no_traceback(text: str) -> None:
    with pytest.raises(LockError, match=r"HEAD:dvc\.lock is not a lock file of DVC"):
        locks.parse(text, "HEAD:dvc.lock")


def test_every_kind_of_difference_is_named(changed) -> None:
    changed["prepare"]["cmd"] += " --fast"
    entry(changed, "validate", "deps", "schema.yaml")["md5"] = "0" * 32
    changed["train"]["params"]["params.yaml"]["train"]["seed"] = 1
    entry(changed, "evaluate", "outs", "metrics/evaluate.json")["size"] = 1
    del changed["featurize"]["params"]
    named = {(d.stage, d.kind, d.name) for d in locks.differences(STAGES, changed)}
    assert named == {
        ("prepare", "command", "cmd"),
        ("validate", "dependency", "schema.yaml"),
        ("train", "parameter", "params.yaml: train.seed"),
        ("evaluate", "output", "metrics/evaluate.json"),
        *(
            ("featurize", "parameter", f"params.yaml: featurize.{name}")
            for name in ("exclude", "max_one_hot", "max_words", "seed")
        ),
    }


def test_both_sides_are_told(changed) -> None:
    changed["train"]["params"]["params.yaml"]["train"]["seed"] = 1
    assert locks.differences(STAGES, changed) == [
        LockChange("train", "parameter", "params.yaml: train.seed", "20130101", "1")
    ]


def test_what_follows_from_another_output_is_left_out(changed) -> None:
    entry(changed, "prepare", "outs", "data/prepared")["md5"] = "0" * 32 + ".dir"
    entry(changed, "validate", "deps", "data/prepared")["md5"] = "0" * 32 + ".dir"
    (difference,) = locks.differences(STAGES, changed)
    assert (difference.stage, difference.kind) == ("prepare", "output")


def test_a_dependency_that_nothing_explains_is_told(changed) -> None:
    entry(changed, "validate", "deps", "data/prepared")["md5"] = "0" * 32 + ".dir"
    (difference,) = locks.differences(STAGES, changed)
    assert (difference.stage, difference.kind) == ("validate", "dependency")


@pytest.mark.parametrize("here", [True, False])
def test_a_stage_that_one_side_lacks_is_named(changed, here: bool) -> None:
    del changed["train"]
    sides = (STAGES, changed) if here else (changed, STAGES)
    (difference,) = locks.differences(*sides)
    assert (difference.stage, difference.kind) == ("train", "stage")
    assert (difference.expected == locks.ABSENT) != here


@pytest.mark.parametrize(
    "text",
    [
        "",
        "stages",
        "stages: {",
        "stages: [train]",
        "stages: {train: {}}",
        "stages: {train: {cmd: x, outs: [1]}}",
        "stages: {train: {cmd: x, deps: [{path: a}]}}",
        "[" * 100_000,
        "- " * 100_000,
        "stages: {train: {cmd: x, a: " + "{a: " * 100_000,
    ],
    ids=range(10),
)
def test_what_is_no_lock_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "dvc.lock"
    path.write_text(text)
    with pytest.raises(LockError, match=r"dvc\.lock is not a lock file of DVC"):
        locks.load(path)


def test_a_lock_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(LockError, match=r"dvc\.lock cannot be read: No such file"):
        locks.load(tmp_path / "dvc.lock")


def test_leaves_have_full_names() -> None:
    nested = {"a": {"b": {"c": 1}, "d": [1, 2]}, "e": {}}
    assert locks.leaves(nested) == {"a.b.c": 1, "a.d": [1, 2], "e": {}}


def test_an_entry_of_a_server_is_told_by_the_hash_that_it_has() -> None:
    def lock(**entry: object) -> dict[str, object]:
        return {"get": {"cmd": "get", "deps": [{"path": "s3://bucket/x", **entry}]}}

    (told,) = locks.differences(lock(etag="1", size=3), lock(etag="2"))
    assert (told.expected, told.actual) == ("etag 1, 3 bytes", "etag 2")
    with pytest.raises(LockError, match="s3://bucket/x has no hash"):
        locks.parse(json.dumps({"stages": lock(size=3)}), "dvc.lock")


def test_a_parameter_is_told_by_the_name_that_the_lock_has() -> None:
    before, after = (
        {"fit": {"cmd": "fit", "params": {"params.yaml": {"train.seed": seed}}}} for seed in (1, 2)
    )
    (told,) = locks.differences(before, after)
    assert told.name == "params.yaml: train.seed"
