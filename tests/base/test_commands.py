"""How commands are started: with which environment, and what is said where they cannot be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from truerun.base import commands
from truerun.base.commands import CommandError, call, capture, check_repository, run, start

PRINT = "import os; print(*sorted(os.environ))"
NAMES = frozenset(
    subprocess.run(
        ["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True
    ).stdout.split()
)


@pytest.fixture
def in_a_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be started as a hook is, of a repository that is nowhere."""
    commands.repository_variables.cache_clear()
    for name in NAMES:
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Tester")


@pytest.mark.usefixtures("in_a_hook")
def test_no_command_is_told_of_a_hooks_repository(tmp_path: Path) -> None:
    command = (sys.executable, "-c", PRINT)
    whole = {**os.environ, "OWN": "1"}
    with start(tmp_path, *command, environment=whole, stdout=subprocess.PIPE) as process:
        given, _ = process.communicate()
    assert call(tmp_path, *command, environment=whole) == 0
    for printed in (run(tmp_path, *command), given, capture(tmp_path, *command, A="1").stdout):
        names = set(printed.split())
        assert names & NAMES == set()
        assert {"GIT_AUTHOR_NAME", "PATH"} < names
    assert "OWN" in given
    assert len(NAMES) > 10


@pytest.mark.usefixtures("in_a_hook")
def test_git_works_on_the_folder_that_it_is_started_in(tmp_path: Path) -> None:
    run(tmp_path, "git", "init", "--quiet")
    assert run(tmp_path, "git", "rev-parse", "--show-toplevel").strip() == str(tmp_path)


def test_a_command_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    endless = (sys.executable, "-c", "import time; time.sleep(3600)")
    with pytest.raises(subprocess.TimeoutExpired):
        call(tmp_path, *endless, timeout=0.1)


def test_a_program_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    commands.repository_variables.cache_clear()
    with pytest.raises(CommandError, match=r"^git is needed, and is not installed$"):
        run(tmp_path, "git", "status")
    commands.repository_variables.cache_clear()


def test_a_command_that_fails_is_told_with_the_end_of_what_it_says(tmp_path: Path) -> None:
    program = "import sys; print(*range(50), sep='\\n'); sys.exit('why')"
    with pytest.raises(CommandError, match=r"ended with 1:\n31\n32\n[\d\n]*49\nwhy$"):
        run(tmp_path, sys.executable, "-c", program)


def test_a_folder_without_git_is_told_as_what_it_is_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"is in no Git repository, .* ZIP .*`git init ") as told:
        run(tmp_path, "git", "status")
    way_out = str(told.value).split("`")[-2].replace("git commit", "git -c user.name=A commit")
    (tmp_path / "file").touch()
    identity = "export EMAIL=a@example.org; "
    subprocess.run(["sh", "-c", identity + way_out], cwd=tmp_path, check=True, capture_output=True)
    check_repository(tmp_path)
    assert run(tmp_path, "git", "branch", "--show-current") == "main\n"


@pytest.mark.slow
def test_dvc_without_git_is_told_the_same(tmp_path: Path) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").touch()
    with pytest.raises(CommandError, match=r"is in no Git repository, .*`git init "):
        run(tmp_path, sys.executable, "-m", "dvc", "repro")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_repository_of_another_user_is_told_as_what_it_is_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "a repository"
    repository.mkdir()
    run(repository, "git", "init", "--quiet")
    os.chown(repository, 65534, 65534)
    os.chown(repository / ".git", 65534, 65534)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "settings"))
    with pytest.raises(CommandError, match=r"belongs to another user, .* type `git config") as told:
        run(repository, "git", "status")
    way_out = str(told.value).split("`")[1]
    subprocess.run(["sh", "-c", way_out], check=True)
    check_repository(repository)


def test_what_else_is_wrong_with_a_repository_is_said_in_gits_words(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere\n", encoding="utf-8")
    with pytest.raises(CommandError, match="ended with 128:\nfatal: not a git repository: /nowhe"):
        run(tmp_path, "git", "status")
