"""Whether a lock speaks of a commit, against locks that DVC itself has written."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import Project
from truerun.base import locks
from truerun.base.locks import LockError
from truerun.compare import lock_inputs, provenance
from truerun.compare.revision import Revision
from truerun.comparison.comparison import LockDifference

DVC_YAML = """
stages:
  prepare:
    cmd: mkdir -p data/prepared && cp data/raw/one.csv data/prepared/a.csv
    deps: [code, ./schema.yaml, data/raw]
    params: [prepare, train.seed, "sizes.0"]
    outs: [data/prepared]
  train:
    cmd: cp data/prepared/a.csv model
    deps: [code/train it.py, data/prepared]
    params: [train]
    outs: [model]
  score:
    cmd: cp data/prepared/a.csv scores
    deps: [data/prepared/a.csv, model, code/]
    outs: [scores]
  each:
    foreach: [one, two]
    do:
      cmd: cp model "${item}.copy"
      deps: [model, schema.yaml]
      outs: ["${item}.copy"]
  every:
    matrix: {size: [1, 2]}
    cmd: cp model "${item.size}.size"
    deps: [model]
    outs: ["${item.size}.size"]
  within:
    wdir: sub
    cmd: cp here.txt out.txt
    deps: [here.txt, ../schema.yaml]
    params: [../params.yaml: [train.seed]]
    outs: [out.txt]
  gone:
    cmd: cp code/later.txt last
    deps: [code/later.txt]
    outs: [last]
"""
FILES = {
    "params.yaml": "prepare: {rate: 1.0e-5, fast: true, least: null, high: .inf}\n"
    "train: {seed: 7}\nsizes: [3, 4]\n",
    "schema.yaml": "task: binary\n",
    "code/train it.py": "1\n",
    "code/prepare.py": "2\n",
    "code/more/é.py": "3\n",
    "code/later.txt": "4\n",
    "sub/here.txt": "5\n",
    "data/raw/one.csv": "6\n",
    "dvc.yaml": DVC_YAML,
}


def dvc(project: Project, *commands: list[str]) -> None:
    """Run commands of DVC, which is imported once for all of them."""
    runs = "for command in json.loads(sys.argv[1]): assert main([*command, '--quiet']) == 0"
    script = f"import json, sys; from dvc.cli import main\n{runs}"
    project.run("python", "-c", script, json.dumps(commands))


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A commit that DVC has run, of which one stage has left dvc.yaml since, but not the lock."""
    project = Project(tmp_path_factory.mktemp("locked"))
    project.run("git", "init", "--quiet", "--initial-branch=main")
    project.run("git", "config", "user.name", "Tester")
    project.run("git", "config", "user.email", "tester@example.org")
    for name, text in FILES.items():
        (project.root / name).parent.mkdir(parents=True, exist_ok=True)
        (project.root / name).write_text(text, encoding="utf-8")
    dvc(project, ["init"], ["add", "data/raw"], ["repro"])
    project.edit("dvc.yaml", DVC_YAML.partition("  gone:")[2], "")
    project.edit("dvc.yaml", "  gone:", "")
    project.edit("code/later.txt", "4", "44")
    dvc(project, ["repro"])
    project.commit("Run")
    assert "gone" in locks.load(project.root / "dvc.lock")
    return project.root


@pytest.fixture
def project(locked: Path, tmp_path: Path) -> Project:
    """A copy of it, to be changed."""
    return Project(shutil.copytree(locked, tmp_path / "project", symlinks=True))


def found(project: Project) -> list[LockDifference]:
    """Differences of the files that Git tracks, once these are staged."""
    project.run("git", "add", "--all")
    names = project.run("git", "ls-files", "-z", "--", ":/").split("\0")[:-1]
    return lock_inputs.differences(project.root, names)


def named(project: Project) -> list[tuple[str, str, str]]:
    return [(one.stage, one.kind, one.name) for one in found(project)]


def relock(project: Project, change: Callable[[dict], object]) -> None:
    """Change the stages of the lock."""
    path = project.root / "dvc.lock"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content["stages"])
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def redefine(project: Project, change: Callable[[dict], object]) -> None:
    """Change the stages of dvc.yaml."""
    path = project.root / "dvc.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content["stages"])
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


@pytest.mark.slow
def test_a_lock_that_dvc_has_just_written_speaks_of_its_commit(project: Project) -> None:
    assert found(project) == []


def test_a_code_file_that_changed_is_named_in_each_stage_and_folder(project: Project) -> None:
    project.edit("code/train it.py", "1", "9")
    assert named(project) == [
        ("prepare", "dependency", "code"),
        ("train", "dependency", "code/train it.py"),
        ("score", "dependency", "code/"),
    ]
    of_train = found(project)[1]
    assert of_train.found == "b026324c6904b2a9cb4b88d6d61c81d1"  # md5sum of "1\n"
    assert of_train.expected == "7c5aba41f53293b712fd86d08ed5b36e"  # of "9\n"


@pytest.mark.parametrize("change", ["add", "remove", "rename"])
def test_a_folder_is_another_if_a_file_comes_goes_or_moves(project: Project, change: str) -> None:
    path = project.root / "code/more/é.py"
    if change == "add":
        (path.parent / "new.py").touch()
    elif change == "remove":
        path.unlink()
    else:
        path.rename(path.with_name("e.py"))
    assert named(project) == [
        ("prepare", "dependency", "code"),
        ("score", "dependency", "code/"),
    ]
    assert all(one.expected.endswith(".dir") for one in found(project))


@pytest.mark.slow
def test_other_raw_data_are_named(project: Project) -> None:
    (project.root / "data/raw/one.csv").write_text("7\n", encoding="utf-8")  # of equal length
    project.run("python", "-m", "dvc", "add", "--quiet", "data/raw")
    assert named(project) == [("prepare", "dependency", "data/raw")]


def test_raw_data_whose_files_are_listed_one_by_one_are_a_folder(project: Project) -> None:
    raw = {"outs": [{"md5": "9ae0ea9e3c9c6e1b9b6252c8395efdc1", "path": "raw/one.csv"}]}
    (project.root / "data/raw.dvc").write_text(yaml.safe_dump(raw), encoding="utf-8")
    assert found(project) == []
    raw["outs"].append({"md5": "9ae0ea9e3c9c6e1b9b6252c8395efdc1", "path": "raw/two.csv"})
    (project.root / "data/raw.dvc").write_text(yaml.safe_dump(raw), encoding="utf-8")
    assert named(project) == [("prepare", "dependency", "data/raw")]


@pytest.mark.parametrize(
    ("old", "new", "stages", "said"),
    [
        ("rate: 1.0e-5", "rate: 2.0e-5", ["prepare"], ("prepare.rate", "2e-05", "1e-05")),
        ("fast: true", "fast: 1", ["prepare"], ("prepare.fast", "1", "True")),
        (
            "least: null",
            "least: {deep: 1}",
            ["prepare", "prepare"],
            ("prepare.least.deep", "1", "'nothing'"),
        ),
        ("[3, 4]", "[5, 4]", ["prepare"], ("sizes.0", "5", "3")),
        ("seed: 7", "seed: 8", ["prepare", "train", "within"], ("train.seed", "8", "7")),
        (
            "train: {seed: 7}",
            "",
            ["prepare", "train", "train", "within"],
            ("train.seed", "None", "7"),
        ),
    ],
)
def test_a_parameter_of_another_value_is_named_with_both(
    project: Project, old: str, new: str, stages: list[str], said: tuple[str, str, str]
) -> None:
    project.edit("params.yaml", old, new)
    one, *_ = differences = found(project)
    assert [difference.stage for difference in differences] == stages
    name, expected, actual = said
    assert (one.kind, one.name, one.expected, one.found) == (
        "parameter",
        f"params.yaml: {name}",
        expected,
        actual,
    )


def test_parameters_that_do_not_change_are_the_same_whatever_they_are(project: Project) -> None:
    project.edit("params.yaml", "high: .inf", "high: .nan")
    relock(
        project,
        lambda stages: stages["prepare"]["params"]["params.yaml"]["prepare"].update(
            high=float("nan")
        ),
    )
    assert found(project) == []


def test_a_parameter_beside_one_of_its_full_name_hides_nothing(project: Project) -> None:
    project.edit("params.yaml", "{seed: 7}", '{seed: 7, deep: {a: 9}, "deep.a": 1}')

    def known(stages: dict) -> None:
        stages["train"]["params"]["params.yaml"]["train"]["deep"] = {"a": 1}

    relock(project, known)
    assert named(project) == [
        ("train", "parameter", "params.yaml: train.deep.a"),
        ("train", "parameter", 'params.yaml: train."deep.a"'),
    ]


def test_a_schema_that_changed_is_named_where_it_is_a_dependency(project: Project) -> None:
    project.edit("schema.yaml", "binary", "counts")
    assert named(project) == [
        ("prepare", "dependency", "./schema.yaml"),
        ("each@one", "dependency", "schema.yaml"),
        ("each@two", "dependency", "schema.yaml"),
        ("within", "dependency", "../schema.yaml"),
    ]


@pytest.mark.parametrize("frozen", [True, False])
def test_a_stage_that_is_frozen_is_looked_at_all_the_same(project: Project, frozen: bool) -> None:
    redefine(project, lambda stages: stages["within"].update(frozen=frozen))
    project.edit("sub/here.txt", "5", "6")
    assert named(project) == [("within", "dependency", "here.txt")]


def test_a_dependency_that_the_lock_does_not_name_is_one_that_differs(project: Project) -> None:
    relock(project, lambda stages: stages["train"].update(deps=stages["train"]["deps"][1:]))
    (one,) = found(project)
    assert (one.stage, one.name, one.found) == ("train", "code/train it.py", "nothing")


def test_an_output_that_the_lock_does_not_name_as_a_dependency_differs(project: Project) -> None:
    relock(project, lambda stages: stages["score"].update(deps=[]))
    assert named(project) == [
        ("score", "dependency", name) for name in ("data/prepared/a.csv", "model", "code/")
    ]


def test_a_stage_that_the_lock_does_not_have_is_named(project: Project) -> None:
    def without(stages: dict) -> None:
        del stages["train"], stages["each@one"], stages["each@two"]

    relock(project, without)
    assert named(project)[-2:] == [("train", "stage", "train"), ("each", "stage", "each")]


def test_another_stages_output_is_what_the_lock_says_of_that_stage(project: Project) -> None:
    def other(stages: dict) -> None:
        stages["prepare"]["outs"][0]["md5"] = "0" * 32 + ".dir"

    relock(project, other)
    assert named(project) == [("train", "dependency", "data/prepared")]


def test_a_result_in_git_that_is_not_the_runs_is_named(project: Project) -> None:
    """The file was edited after the run; DVC keeps no copy of it."""
    redefine(project, lambda stages: stages["within"].update(outs=[{"out.txt": {"cache": False}}]))
    ignored = project.root / "sub/.gitignore"
    ignored.unlink()
    assert found(project) == []
    (project.root / "sub/out.txt").write_text("better\n", encoding="utf-8")
    (one,) = found(project)
    assert (one.stage, one.kind, one.name) == ("within", "output", "out.txt")
    assert one.expected == "1dcca23355272056f04fe8bf20edfce0"  # md5sum of "5\n"
    assert one.found == "c777e5de61c5b415b13b2bfc73395f9e"  # of "better\n"


@pytest.mark.slow
def test_a_folder_of_results_in_git_is_hashed_as_dvc_does(project: Project) -> None:
    def plots(stages: dict) -> None:
        command = "mkdir -p plots && cp schema.yaml plots/a.csv && cp schema.yaml plots/b.csv"
        stages["plot"] = {"cmd": command, "outs": [{"plots": {"cache": False}}]}

    redefine(project, plots)
    project.run("python", "-m", "dvc", "repro", "--quiet", "plot")
    assert found(project) == []
    (project.root / "plots/b.csv").unlink()
    assert named(project) == [("plot", "output", "plots")]


def test_a_command_that_dvc_yaml_does_not_give_is_named(project: Project) -> None:
    relock(project, lambda stages: stages["train"].update(cmd="true"))
    assert named(project) == [("train", "command", "cmd")]


def test_a_stage_that_dvc_yaml_lacks_makes_no_code(project: Project) -> None:
    """A lock that calls a file the output of some stage does not take it from the commit."""
    project.edit("code/train it.py", "1", "9")

    def ghost(stages: dict) -> None:
        outs = [{"path": "code/train it.py", "md5": "b026324c6904b2a9cb4b88d6d61c81d1", "size": 2}]
        stages["ghost"] = {"cmd": "true", "outs": outs}

    relock(project, ghost)
    assert ("train", "dependency", "code/train it.py") in named(project)
    redefine(
        project, lambda stages: stages.update(ghost={"cmd": "true", "outs": ["code/train it.py"]})
    )
    assert ("train", "dependency", "code/train it.py") in named(project)


def test_files_of_a_server_are_not_the_commits(project: Project) -> None:
    def remote(stages: dict) -> None:
        stages["train"]["deps"].append({"path": "s3://bucket/x", "etag": '"1"', "size": 1})
        stages["train"]["outs"].append({"path": "s3://bucket/y", "etag": '"1"'})

    relock(project, remote)
    redefine(project, lambda stages: stages["train"]["deps"].append("s3://bucket/x"))
    assert found(project) == []
    lock = locks.load(project.root / "dvc.lock")
    other = locks.load(project.root / "dvc.lock")
    other["train"]["outs"][-1]["etag"] = '"2"'
    assert [one.name for one in lock_inputs.unexplained(lock, other)] == ["s3://bucket/y"]


def test_parameters_that_a_stage_makes_are_not_the_commits(project: Project) -> None:
    values = {"data/prepared/a.csv": {}, "scores": {"best": 1}}
    relock(project, lambda stages: stages["train"]["params"].update(values))
    assert found(project) == []


def test_a_file_of_parameters_that_is_not_tracked_holds_nothing(project: Project) -> None:
    outside = project.root.parent / "outside.yaml"
    outside.write_text("secret: 1\n", encoding="utf-8")
    relock(
        project, lambda stages: stages["train"]["params"].update({"../outside.yaml": {"secret": 2}})
    )
    (one,) = found(project)
    assert (one.name, one.expected, one.found) == ("../outside.yaml: secret", "None", "2")


@pytest.mark.parametrize(
    "deps", [None, "code", 7, [{"code/prepare.py": {"hash": "md5"}}], ["${code}/x.py"]]
)
def test_dependencies_in_any_form_are_no_crash(project: Project, deps: object) -> None:
    redefine(project, lambda stages: stages["within"].update(deps=deps))
    expected = [("within", "dependency", "code/prepare.py")] if isinstance(deps, list) else []
    redefine(project, lambda stages: stages["within"].pop("wdir"))
    names = [one for one in named(project) if "code" in one[2]]
    assert names == (expected if deps != ["${code}/x.py"] else [])


@pytest.mark.parametrize(
    "text", ["", "- 1\n", "stages: 7\n", "stages: [train]\n", "stages: {train: 7}\n"]
)
def test_a_dvc_yaml_that_defines_no_stage_is_no_crash(project: Project, text: str) -> None:
    (project.root / "dvc.yaml").write_text(text, encoding="utf-8")
    assert found(project) == []


def test_what_a_variable_places_is_left_to_dvc(project: Project) -> None:
    redefine(project, lambda stages: stages["within"].update(wdir="${place}"))
    assert found(project) == []


def test_links_and_repositories_within_are_no_crash(project: Project) -> None:
    for name, target in (("folder", "more"), ("nowhere", "none"), ("loop", "loop")):
        (project.root / "code" / name).symlink_to(target)
    inner = Project(project.root / "code/inner")
    inner.root.mkdir()
    inner.run("git", "init", "--quiet")
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
    inner.run("git", *identity, "commit", "--quiet", "--allow-empty", "--message", "Inner")
    assert found(project) == []
    assert "160000" in project.run("git", "ls-files", "--stage", "code/inner")


def test_a_link_to_a_file_is_that_file(project: Project) -> None:
    path = project.root / "code/train it.py"
    path.unlink()
    path.symlink_to("prepare.py")
    assert ("train", "dependency", "code/train it.py") in named(project)


@pytest.mark.parametrize("text", ["", "stages: 7\n", "stages: {train: {deps: []}}\n", "\0"])
def test_a_lock_that_is_none_is_refused(project: Project, text: str) -> None:
    (project.root / "dvc.lock").write_text(text, encoding="utf-8")
    with pytest.raises(LockError):
        found(project)


def head(project: Project) -> Revision:
    return Revision("head", project.run("git", "rev-parse", "HEAD").strip(), project.root)


def inputs(revision: Revision) -> list[tuple[str, str]]:
    return [(one.stage, one.name) for one in provenance._inputs(revision)]


@pytest.mark.slow
def test_the_commit_counts_whatever_lies_in_the_working_tree(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    assert inputs(head(project)) == []
    project.edit("schema.yaml", "binary", "counts")
    project.commit("Another task")
    project.edit("schema.yaml", "counts", "binary")
    project.run("git", "update-index", "--assume-unchanged", "schema.yaml")
    assert ("prepare", "./schema.yaml") in inputs(head(project))
    assert inputs(Revision("head", None, project.root)) == []


def test_a_lock_that_is_not_in_the_commit_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    project.run("git", "rm", "--quiet", "--cached", "dvc.lock")
    project.run("git", "commit", "--quiet", "--message", "No lock")
    assert inputs(head(project)) == [("", "dvc.lock")]
    (project.root / "dvc.lock").unlink()
    assert inputs(head(project)) == [("", "dvc.lock")]  # it is nowhere
    (project.root / "dvc.yaml").rename(project.root / "no.yaml")
    assert inputs(head(project)) == []  # nor is there a pipeline
    (project.root / "no.yaml").rename(project.root / "dvc.yaml")
    (project.root / "dvc.lock").write_text("stages: 7\n", encoding="utf-8")
    project.commit("A broken lock")
    broken = head(project)
    project.run("git", "checkout", "--quiet", "HEAD~2", "--", "dvc.lock")
    (told,) = provenance._inputs(broken)
    assert told.found.startswith("dvc.lock is not a lock file of DVC")


@pytest.mark.slow
def test_a_project_in_a_folder_of_a_repository_may_use_files_beside_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(project.root / ".git")
    outer = Project(project.root.parent)
    outer.run("git", "init", "--quiet", "--initial-branch=main")
    outer.run("git", "config", "user.name", "Tester")
    outer.run("git", "config", "user.email", "tester@example.org")
    (outer.root / "shared.py").write_text("1\n", encoding="utf-8")
    shared = {"path": "../shared.py", "md5": "b026324c6904b2a9cb4b88d6d61c81d1", "size": 2}
    relock(project, lambda stages: stages["train"]["deps"].append(shared))
    redefine(project, lambda stages: stages["train"]["deps"].append("../shared.py"))
    outer.commit("Both")
    monkeypatch.chdir(project.root)
    assert inputs(head(project)) == []
    (outer.root / "shared.py").write_text("2\n", encoding="utf-8")
    outer.commit("Another")
    assert inputs(head(project)) == [("train", "../shared.py")]


def stage(model: str = "1", code: str = "1", cmd: str = "train", seed: int = 1) -> dict:
    return {
        "cmd": cmd,
        "deps": [{"path": "train.py", "md5": code, "size": 1}],
        "params": {"params.yaml": {"seed": seed}},
        "outs": [{"path": "model", "md5": model, "size": 1}],
    }


@pytest.mark.parametrize("cause", [{"code": "2"}, {"cmd": "other"}, {"seed": 2}])
def test_outputs_that_have_a_cause_are_explained(cause: dict) -> None:
    assert lock_inputs.unexplained({"train": stage()}, {"train": stage("2", **cause)}) == []


def test_outputs_that_differ_alone_come_or_go_are_unexplained() -> None:
    lock = {"train": stage()}
    (one,) = lock_inputs.unexplained(lock, {"train": stage("2")})
    assert one.model_dump() == {
        "stage": "train",
        "kind": "output",
        "name": "model",
        "expected": "md5 1, 1 bytes",
        "found": "md5 2, 1 bytes",
    }
    assert lock_inputs.unexplained(lock, {"train": {**stage(), "outs": []}})[0].found == "nothing"
    assert lock_inputs.unexplained(lock, lock) == []
    assert lock_inputs.unexplained(lock, {"new": stage("2")}) == []
