"""What differs, in groups: from the files of two folders, without any run."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from truerun.compare.attribution import groups
from truerun.compare.attribution.groups import Group
from truerun.compare.revision import Revision

STAGES: dict[str, dict[str, Any]] = {
    "prepare": {
        "cmd": "prepare",
        "deps": ["data/raw", "src/own.py", "src/both.py"],
        "params": ["source"],
        "outs": ["data/prepared"],
    },
    "train": {
        "cmd": "train",
        "deps": ["data/prepared", "schema.yaml", "src/models", "src/both.py"],
        "params": ["train"],
        "outs": ["model"],
    },
}
PARAMS = {"source": {"a": 1}, "train": {"b": 1, "c": {"d": 2}}, "gate": {"e": 1}}
FILES = {
    "src/own.py": "own",
    "src/both.py": "both",
    "src/models/tree.py": "tree",
    "schema.yaml": "columns: {x: {min: 0}}",
    "data/raw.dvc": "outs: [{path: raw/a.csv, md5: '1'}]",
}


def locked(stages: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """What DVC would write of a run."""
    return {
        name: {
            "cmd": stage["cmd"],
            "deps": [{"path": path, "md5": "0"} for path in stage["deps"]],
            "params": {"params.yaml": {key: params[key] for key in stage["params"]}},
            "outs": [{"path": path, "md5": "0"} for path in stage["outs"]],
        }
        for name, stage in stages.items()
    }


def side(
    folder: Path,
    stages: dict[str, Any] = STAGES,
    params: dict[str, Any] = PARAMS,
    gone: dict[str, Any] | None = None,
    **files: str | None,
) -> Revision:
    """A folder of files; `gone` are stages that only the lock still has."""
    lock = {"schema": "2.0", "stages": locked(stages, params) | (gone or {})}
    texts: dict[str, str | None] = {
        **FILES,
        "params.yaml": yaml.safe_dump(params, sort_keys=False),
        "dvc.yaml": yaml.safe_dump({"stages": stages}, sort_keys=False),
        "dvc.lock": yaml.safe_dump(lock, sort_keys=False),
        **files,
    }
    for name, text in texts.items():
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    return Revision(folder.name, None, folder)


def found(tmp_path: Path, **head: Any) -> dict[str, Group]:
    """The groups between a folder and another one, by name."""
    before, after = side(tmp_path / "base"), side(tmp_path / "head", **head)
    told = groups.differing(before, after)
    return {group.name: group for group in told}


def test_what_is_the_same_is_in_no_group(tmp_path: Path) -> None:
    assert found(tmp_path) == {}
    assert found(tmp_path, **{"src/unread.py": "read by nobody"}) == {}
    assert found(tmp_path, params={**PARAMS, "gate": {"e": 2}}) == {}


@pytest.mark.parametrize(
    ("head", "name", "changes", "stages"),
    [
        ({"src/own.py": "new"}, "code of prepare", ("src/own.py",), {"prepare"}),
        ({"src/own.py": None}, "code of prepare", ("src/own.py",), {"prepare"}),
        ({"src/models/linear.py": "new"}, "code of train", ("src/models/linear.py",), {"train"}),
        ({"src/both.py": "new"}, "shared code", ("src/both.py",), {"prepare", "train"}),
        ({"schema.yaml": "columns: {x: {min: 1}}"}, "contract", ("columns.x.min",), {"train"}),
        (
            {"data/raw.dvc": "outs: [{path: raw/a.csv, md5: '2'}, {path: raw/b.csv, md5: '1'}]"},
            "raw data",
            ("raw/a.csv", "raw/b.csv"),
            {"prepare"},
        ),
        (
            {"params": {**PARAMS, "train": {"b": 1, "c": {"d": 3}}}},
            "parameters of train",
            ("train.c.d",),
            {"train"},
        ),
        (
            {"stages": {**STAGES, "train": {**STAGES["train"], "cmd": "train --more"}}},
            "stages",
            ("dvc.yaml",),
            {"prepare", "train"},
        ),
    ],
)
def test_what_differs_is_in_the_group_of_its_kind_and_readers(
    head: dict[str, Any], name: str, changes: tuple[str, ...], stages: set[str], tmp_path: Path
) -> None:
    told = found(tmp_path, **head)
    assert list(told) == [name]
    assert (told[name].changes, told[name].stages) == (changes, stages)


def of_package(version: str, **digests: str) -> str:
    """The text of a .truerun.yaml."""
    return yaml.safe_dump({"version": version, "stages": digests, "files": {}})


def with_package(folder: Path, version: str, **digests: str) -> Revision:
    """A folder with the package in a version, whose stages read code with these digests."""
    made = side(
        folder,
        **{
            ".truerun.yaml": of_package(version, **digests),
            "requirements/truerun.txt": version,
            f"vendor/truerun-{version}-py3-none-any.whl": version,
        },
    )
    lock = yaml.safe_load((folder / "dvc.lock").read_text(encoding="utf-8"))
    for stage, digest in digests.items():
        lock["stages"][stage]["params"][".truerun.yaml"] = {f"stages.{stage}": digest}
    (folder / "dvc.lock").write_text(yaml.safe_dump(lock, sort_keys=False), encoding="utf-8")
    return made


def test_the_package_is_a_group_of_its_own_with_the_wheels_that_hold_it(tmp_path: Path) -> None:
    before = with_package(tmp_path / "base", "0.1.0", prepare="a", train="a")
    after = with_package(tmp_path / "head", "0.2.0", prepare="a", train="b")
    (group,) = groups.differing(before, after)
    assert (group.name, group.kind) == ("package truerun", "code")
    assert group.changes == ("truerun 0.1.0 → 0.2.0",)
    assert group.stages == {"train"}
    assert group.files == (
        ".truerun.yaml",
        "requirements/truerun.txt",
        "vendor/truerun-0.1.0-py3-none-any.whl",
        "vendor/truerun-0.2.0-py3-none-any.whl",
    )


def test_a_package_with_the_same_code_for_all_stages_is_no_group(tmp_path: Path) -> None:
    before = with_package(tmp_path / "base", "0.1.0", prepare="a", train="a")
    after = with_package(tmp_path / "head", "0.2.0", prepare="a", train="a")
    assert groups.differing(before, after) == []


def test_other_code_of_the_same_version_is_a_group(tmp_path: Path) -> None:
    before = with_package(tmp_path / "base", "0.1.0", train="a")
    after = with_package(tmp_path / "head", "0.1.0", train="b")
    (group,) = groups.differing(before, after)
    assert (group.changes, group.files) == (("truerun",), (".truerun.yaml",))


def test_groups_stand_in_the_order_of_a_run(tmp_path: Path) -> None:
    told = found(
        tmp_path,
        params={**PARAMS, "train": {"b": 2}, "source": {"a": 2}},
        **{
            "src/models/tree.py": "new",
            "src/own.py": "new",
            "src/both.py": "new",
            "schema.yaml": "",
            "data/raw.dvc": "",
        },
    )
    assert list(told) == [
        "raw data",
        "contract",
        "shared code",
        "code of prepare",
        "code of train",
        "parameters of source",
        "parameters of train",
    ]


def test_a_stage_that_is_only_in_the_lock_reads_nothing(tmp_path: Path) -> None:
    old = locked({"old": {**STAGES["prepare"], "outs": ["data/old"]}}, PARAMS)
    told = found(tmp_path, gone=old, **{"src/own.py": "new"})
    assert list(told) == ["code of prepare"]


def test_where_stages_have_folders_of_their_own_paths_are_told_from_the_projects(
    tmp_path: Path,
) -> None:
    inner = {"train": {**STAGES["train"], "wdir": "inner"}}
    before = side(tmp_path / "base", stages=inner, **{"inner/src/both.py": "both"})
    after = side(tmp_path / "head", stages=inner, **{"inner/src/both.py": "new"})
    (told,) = groups.differing(before, after)
    assert (told.name, told.files) == ("code of train", ("inner/src/both.py",))


def group(name: str, kind: Any, *stages: str) -> Group:
    return Group(name, kind, (name,), frozenset(stages), (name,))


def test_more_than_four_groups_are_put_together_and_that_is_told() -> None:
    several = [
        group("raw data", "data"),
        group("contract", "contract"),
        group("code of a", "code", "a"),
        group("code of b", "code", "b"),
        group("parameters of a", "parameters", "a"),
        group("parameters of b", "parameters", "b"),
    ]
    assert groups.at_most(several[:4]) == (several[:4], [])
    left, told = groups.at_most([*several[:3], *several[4:]])
    assert [one.name for one in left] == ["raw data", "contract", "code of a", "parameters"]
    assert left[-1].changes == ("parameters of a", "parameters of b")
    assert left[-1].stages == {"a", "b"}
    (sentence,) = told
    assert sentence.endswith("since more than 4 groups differ: parameters of a, parameters of b")
    left, told = groups.at_most(several)
    assert [one.name for one in left] == ["raw data", "contract", "code", "parameters"]
    assert len(told) == 2


def test_a_group_reaches_the_stages_that_come_after_its_own() -> None:
    lock = locked(STAGES, PARAMS)
    several = [group("a", "code", "prepare"), group("b", "code", "train")]
    assert groups.stages_reached(several, lock) == [0b01, 0b11]
    assert groups.stages_reached(several, dict(reversed(lock.items()))) == [0b11, 0b01]
