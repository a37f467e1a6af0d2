"""Completion in the shells themselves: verbs, options, choices and files."""

import contextlib
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.variants import nightly_after
from truerun.cli.verbs import VERBS

pytestmark = pytest.mark.slow

PROGRAM = Path(sys.executable).with_name("truerun")
ASK = """\
source <("{program}" completion bash)
complete -p truerun >&2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_shtab_truerun
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
SECONDS = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file and the scripts."""
    folder = tmp_path_factory.mktemp("completion")
    (folder / "comparison.json").write_text("{}")
    (folder / "ask.sh").write_text(ASK.format(program=PROGRAM))
    script = subprocess.run([PROGRAM, "completion", "zsh"], capture_output=True, check=True).stdout
    (folder / "_truerun").write_bytes(script)
    return folder


def offered(folder: Path, *words: str) -> set[str]:
    """What bash offers for the last of some words."""
    done = subprocess.run(
        ["bash", "ask.sh", "truerun", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "complete" in done.stderr
    return set(done.stdout.split())


def test_bash_completes_verbs(folder: Path) -> None:
    assert offered(folder, "") == set(VERBS)
    assert offered(folder, "re") == {"release", "repro", "report", "requests", "retrain"}
    assert offered(folder, "ci", "") == {
        *("attest", "cache", "dispatch", "evidence", "propose", "remote", "renew-lock", "verdict"),
    }
    assert offered(folder, "ci", "remote", "push-") == {"push-experiment"}


@pytest.mark.parametrize("name", nightly_after(6, VERBS))
def test_bash_completes_every_option_of_a_verb(name: str, folder: Path) -> None:
    parser = VERBS[name].parser()
    options = {option for action in parser._actions for option in action.option_strings}
    assert offered(folder, name, "-") == options


def test_bash_completes_choices_and_files(folder: Path) -> None:
    assert offered(folder, "report", "--format", "") == {"markdown", "html", "text"}
    assert offered(folder, "report", "comp") == {"comparison.json"}
    assert offered(folder, "compare", "--run", "comp") == {"comparison.json"}
    assert offered(folder, "compare", "--base", "comp") == set()  # a revision is no file


class Terminal:
    """A zsh at a terminal, with the completion among its functions."""

    def __init__(self, folder: Path, stream: int) -> None:
        self.stream = stream
        setup = f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D; print rea''dy\n"
        self.shown_after(setup, "ready")

    def shown_after(self, keys: str, text: str) -> bool:
        """Whether a text is shown once some keys are pressed."""
        os.write(self.stream, keys.encode())
        shown, deadline = b"", time.monotonic() + SECONDS
        while text.encode() not in shown and time.monotonic() < deadline:
            if select.select([self.stream], [], [], 1)[0]:
                shown += os.read(self.stream, 4096)
        return text.encode() in shown


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    """A terminal, which is gone afterwards."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["zsh", "-f", "-i"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(folder)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as shell:
        os.close(theirs)
        try:
            yield Terminal(folder, ours)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
            os.close(ours)


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_completes_verbs_options_and_files(terminal: Terminal) -> None:
    clear = "\x15"
    assert terminal.shown_after("truerun comp\t\t", "compare  ")
    assert terminal.shown_after(f"{clear}truerun report --f\t", "report --format ")
    assert terminal.shown_after(f"{clear}truerun ci remote push-\t", "push-experiment ")
    assert terminal.shown_after(f"{clear}truerun gate comp\t", "gate comparison.json ")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_reads_the_script(folder: Path) -> None:
    subprocess.run(["zsh", "-n", "_truerun"], cwd=folder, check=True)


def test_another_shell_is_refused_by_name() -> None:
    done = subprocess.run(
        [PROGRAM, "completion", "csh"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "truerun completion: error: argument shell: invalid choice: 'csh'" in done.stderr
