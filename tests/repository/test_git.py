"""A clone is the same whatever Git is set to, and hooks leave the commit that calls them alone."""

import json
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, Project, clone

pytestmark = pytest.mark.slow

ATTRIBUTES = ".gitattributes"


@pytest.fixture
def origin(tmp_path: Path) -> Project:
    """A repository with this working tree in it."""
    return clone(tmp_path / "origin")


def cloned(origin: Project, name: str, autocrlf: str) -> Project:
    """A clone by someone whose Git changes line ends, or does not."""
    folder = origin.root.parent / name
    setting = f"core.autocrlf={autocrlf}"
    origin.run("git", "clone", "--quiet", "--config", setting, str(origin.root), str(folder))
    return Project(folder)


def contents(project: Project) -> dict[str, bytes]:
    """Every file that Git tracks, byte for byte."""
    names = project.run("git", "ls-files", "-z").split("\0")[:-1]
    return {name: (project.root / name).read_bytes() for name in names}


def test_a_clone_has_the_same_bytes_with_autocrlf_and_without(origin: Project) -> None:
    changing, plain = cloned(origin, "changing", "true"), cloned(origin, "plain", "false")
    assert contents(changing) == contents(plain) == contents(origin)
    assert changing.run("git", "status", "--short") == ""


def test_without_attributes_a_clone_with_autocrlf_is_another(origin: Project) -> None:
    (origin.root / ATTRIBUTES).unlink()
    origin.commit("No attributes")
    changing, plain = cloned(origin, "changing", "true"), cloned(origin, "plain", "false")
    text = contents(plain)["pyproject.toml"]
    assert contents(changing)["pyproject.toml"] == text.replace(b"\n", b"\r\n")


def test_what_a_run_writes_is_committed_byte_for_byte(origin: Project) -> None:
    outputs = ("metrics/new.json", "plots/new.csv", "models/new.md")
    for name in outputs:
        (origin.root / name).parent.mkdir(exist_ok=True)
        (origin.root / name).write_bytes(b"a\r\nb\n")
    origin.commit("Outputs with both line ends")
    changing = contents(cloned(origin, "changing", "true"))
    assert {changing[name] for name in outputs} == {b"a\r\nb\n"}


def hooks() -> list[dict[str, Any]]:
    """The hooks of pre-commit's configuration."""
    settings = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (repository,) = settings["repos"]
    assert repository["repo"] == "local"  # nothing is downloaded
    return list(repository["hooks"])


def with_environment(project: Project) -> Path:
    """Give a clone this environment as its own, of programs that can be replaced."""
    programs = project.root / ".venv/bin"
    programs.mkdir(parents=True)
    for path in (ROOT / ".venv/bin").iterdir():
        (programs / path.name).symlink_to(path)
    stamps = (ROOT / ".venv").glob("*.stamp")
    for path in sorted(stamps, key=lambda path: path.stat().st_mtime_ns):  # as one needs another
        (project.root / ".venv" / path.name).touch()  # nothing is installed again
    if (ROOT / ".mypy_cache").is_dir():  # what `make lint` has checked need not be read again
        shutil.copytree(ROOT / ".mypy_cache", project.root / ".mypy_cache")
    return programs


def write_program(path: Path, text: str) -> None:
    """Write a script that can be started."""
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\nset -e\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def state(project: Project) -> tuple[str, str, str]:
    """A repository's references, index and settings."""
    questions = [("for-each-ref",), ("ls-files", "--stage"), ("config", "--local", "--list")]
    refs, index, settings = (project.run("git", *question) for question in questions)
    return refs, index, settings


@pytest.mark.nightly
@pytest.mark.slow
def test_the_hooks_pass_in_a_commit_and_change_nothing_of_it(origin: Project) -> None:
    with_environment(origin)
    entries = "\n".join(hook["entry"] for hook in hooks())
    write_program(origin.root / ".git/hooks/pre-commit", f"{entries}\ntouch .git/passed")
    before = state(origin)
    (origin.root / "src/truerun/new.py").write_text('"""New."""\n', encoding="utf-8")
    origin.run("git", "add", "src/truerun/new.py")
    origin.run("git", "mv", "src/truerun/new.py", "tests/new.py")
    origin.run("git", "commit", "--quiet", "--message", "A module")
    assert (origin.root / ".git/passed").is_file()
    after = state(origin)
    assert set(after[1].splitlines()) - set(before[1].splitlines()) == {
        line for line in after[1].splitlines() if line.endswith("\ttests/new.py")
    }
    assert set(before[1].splitlines()) <= set(after[1].splitlines())
    assert (after[0] != before[0], after[2]) == (True, before[2])
    assert origin.run("git", "status", "--short") == ""


@pytest.mark.slow
def test_a_hook_stops_a_commit_that_is_not_formatted(origin: Project) -> None:
    with_environment(origin)
    write_program(origin.root / ".git/hooks/pre-commit", hooks()[0]["entry"])
    (origin.root / "tests/new.py").write_text('"""New."""\nlong  =  1\n', encoding="utf-8")
    origin.run("git", "add", "tests/new.py")
    printed = origin.run("git", "commit", "--quiet", "--message", "A module", check=False)
    assert "1 file would be reformatted" in printed
    assert "A clone" in origin.run("git", "log", "-1", "--format=%s")


def test_tests_that_a_hook_runs_work_on_their_own_clones(origin: Project, tmp_path: Path) -> None:
    # In a worktree every hook is given the repository's folder, by its whole path.
    worktree = Project(tmp_path / "worktree")
    origin.run("git", "worktree", "add", "--quiet", "-b", "other", str(worktree.root))
    # Like a test of ours: it makes a repository elsewhere, and commits to it.
    elsewhere = Project(tmp_path / "elsewhere")
    commits = f"""mkdir {elsewhere.root}
cd {elsewhere.root}
git init --quiet
touch file
git add file
git -c user.name=A -c user.email=a@example.org commit --quiet --no-verify --message Elsewhere"""
    write_program(with_environment(worktree) / "pytest", commits)
    hook = origin.root / ".git/hooks/pre-commit"
    write_program(hook, "make test-fast")
    before = state(worktree)
    worktree.run("git", "commit", "--quiet", "--allow-empty", "--message", "Nothing")
    assert worktree.run("git", "log", "--format=%s") == "Nothing\nA clone\n"
    assert state(worktree)[1:] == before[1:]
    assert elsewhere.run("git", "log", "--format=%s") == "Elsewhere\n"

    # Without make, which forgets the hook's repository, they work on that one.
    shutil.rmtree(elsewhere.root)
    write_program(hook, ".venv/bin/pytest")
    worktree.run("git", "commit", "--allow-empty", "--message", "Nothing more", check=False)
    assert "Elsewhere" in worktree.run("git", "log", "--format=%s")


def test_hooks_are_targets_of_make() -> None:
    phony = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for hook in hooks():
        program, target = hook["entry"].split()
        assert (program, hook["language"]) == ("make", "system")
        assert target in " ".join(phony).split()


def test_a_report_is_of_main_or_of_the_base_that_is_given() -> None:
    commands = [
        subprocess.run(
            ["make", "--dry-run", "report", *given],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for given in ((), ("BASE=v1.0.0",))
    ]
    assert ["--base" in command for command in commands] == [False, True]
    assert "--rebuild-base --base 'v1.0.0'" in commands[1]


def test_the_container_sets_up_by_targets_that_exist() -> None:
    text = (ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8")
    settings = json.loads(text)
    assert re.fullmatch(r"python:3\.11\.\d+-\w+", settings["image"])
    program, *targets = settings["postCreateCommand"].split()
    assert program == "make"
    dry = subprocess.run(
        ["make", "--dry-run", *targets], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert dry.returncode == 0, dry.stderr
