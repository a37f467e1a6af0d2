"""Runs through DVC's own queue and workers: each has a result, or is told by its name."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tools import dvc_queue
from tools.dvc_queue import Run, run_all

from tests.conftest import ROOT, Project, processes_in, wait_until
from tests.variants import nightly_after
from truerun.base.errors import TruerunError

pytestmark = pytest.mark.slow

PATIENCE = 300.0
STAGE = """
stages:
  work:
    cmd: ${command} && cp params.yaml result.yaml
    params: [value]
    outs:
      - result.yaml: {cache: false}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A repository whose only stage runs the command of its parameters."""
    root = tmp_path_factory.mktemp("made") / "repository"
    root.mkdir()
    project = Project(root)
    (root / "dvc.yaml").write_text(STAGE, encoding="utf-8")
    (root / "params.yaml").write_text("value: 0\ncommand: 'true'\n", encoding="utf-8")
    project.run("git", "init", "--quiet", "--initial-branch=main")
    project.run("git", "config", "user.name", "Tester")
    project.run("git", "config", "user.email", "tester@example.org")
    project.run("dvc", "init", "--quiet")
    shutil.copy(ROOT / ".dvc/config", root / ".dvc/config")
    project.run("dvc", "repro", "--quiet")
    project.commit("A stage")
    return project


@pytest.fixture
def work(made: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of it, which is where the test is."""
    shutil.copytree(made.root, tmp_path / "repository")
    monkeypatch.chdir(tmp_path / "repository")
    return Project(tmp_path / "repository")


def slow_once(flag: Path) -> str:
    """A command that makes a file and never ends; it ends at once where the file is."""
    script = flag.with_suffix(".sh")
    script.write_text(f"test -e {flag} || {{ touch {flag}; sleep 3600; }}\n", encoding="utf-8")
    return f"sh {script}"


def value(project: Project, commit: str) -> str:
    """The parameter of a run, as its result holds it."""
    return project.run("git", "show", f"{commit}:result.yaml").splitlines()[0]


def no_workers_are_left(project: Project) -> bool:
    return wait_until(lambda: processes_in(project.root) == [])


@pytest.mark.nightly
@pytest.mark.usefixtures("warm_start")
def test_each_run_has_its_result_and_one_that_fails_is_told_with_its_log(work: Project) -> None:
    runs = [Run("one", {"value": 1}), Run("two", {"value": 2}), Run("bad", {"command": "false"})]
    outcome = run_all(runs, 2, PATIENCE)

    assert {name: value(work, commit) for name, commit in outcome.results.items()} == {
        "one": "value: 1",
        "two": "value: 2",
    }
    assert list(outcome.failures) == ["bad"]
    assert outcome.failures["bad"].startswith("failed:\n    ")
    assert (
        "failed to run: false && cp params.yaml result.yaml, exited with 1"
        in (outcome.failures["bad"])
    )
    assert work.run("git", "status", "--short") == ""
    assert no_workers_are_left(work)

    again = run_all([Run("one", {"value": 3})], 1, PATIENCE)
    assert value(work, again.results["one"]) == "value: 3"  # in place of the earlier one
    assert no_workers_are_left(work)


@pytest.mark.usefixtures("warm_start")
def test_a_run_that_is_lost_twice_is_told_by_its_name(
    work: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = lose_messages(work, monkeypatch, "--name=lost", times=2)
    outcome = run_all([Run("lost", {"value": 1})], 1, PATIENCE)

    assert len(losses) == 2
    assert outcome.results == {}
    assert outcome.failures == {"lost": "lost by the queue, which calls it unknown"}


def lose_messages(
    project: Project, monkeypatch: pytest.MonkeyPatch, argument: str, times: int
) -> list[str]:
    """Delete a run's message to the workers as soon as it is queued; the list tells how often."""
    lost: list[str] = []
    really = dvc_queue._dvc

    def losing(*arguments: str, check: bool = True) -> str:
        box = project.root / ".dvc/tmp/exps/celery/broker/in"
        before = set(box.glob("*.celery.msg"))
        told = really(*arguments, check=check)
        if argument in arguments and len(lost) < times:
            (message,) = set(box.glob("*.celery.msg")) - before
            message.unlink()
            lost.append(argument)
        return told

    monkeypatch.setattr(dvc_queue, "_dvc", losing)
    return lost


@pytest.mark.nightly
def test_a_run_whose_message_is_lost_or_whose_worker_is_killed_is_run_once_more(
    work: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    losses = lose_messages(work, monkeypatch, "--name=lost", times=1)
    flag = tmp_path / "started"

    def kill() -> None:
        if wait_until(flag.exists):
            os.kill(int(work.read(".dvc/tmp/exps/celery/dvc-exp-worker-1.pid")), signal.SIGKILL)
            work.run("dvc", "queue", "stop")  # an order that ends the next worker after its run

    killer = threading.Thread(target=kill)
    killer.start()
    runs = [
        Run("lost", {"value": 1}),
        Run("orphan", {"value": 2, "command": slow_once(flag)}),
        Run("later", {"value": 3}),
        Run("last", {"value": 4}),
    ]
    outcome = run_all(runs, 1, PATIENCE)
    killer.join()

    assert losses == ["--name=lost"]
    assert capsys.readouterr().out == "without a result, queued once more: lost, orphan\n"
    assert {name: value(work, commit) for name, commit in outcome.results.items()} == {
        "lost": "value: 1",
        "orphan": "value: 2",
        "later": "value: 3",
        "last": "value: 4",
    }
    assert outcome.failures == {}
    assert no_workers_are_left(work)


@pytest.mark.nightly
def test_a_run_that_hangs_is_interrupted_and_run_again(
    work: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    flag = tmp_path / "started"
    really = time.monotonic
    monkeypatch.setattr(  # two hours pass as soon as it hangs
        dvc_queue.time, "monotonic", lambda: really() + 7200 * flag.exists()
    )
    outcome = run_all([Run("stuck", {"value": 1, "command": slow_once(flag)})], 1, PATIENCE)

    assert capsys.readouterr().out == "without a result, queued once more: stuck\n"
    assert value(work, outcome.results["stuck"]) == "value: 1"
    assert no_workers_are_left(work)


IN_A_CALLBACK = """
look = dvc_queue._tasks
def dropped(reference):
    if flag.exists() and not seen.exists():
        seen.touch()
        os.kill(os.getpid(), signal.SIGINT)
def tasks():
    thing = set()
    reference = weakref.ref(thing, dropped)
    del thing
    return look()
dvc_queue._tasks = tasks
"""


@pytest.mark.parametrize("dropped", nightly_after(1, [False, True]))
def test_on_ctrl_c_the_workers_and_what_they_run_are_stopped(
    dropped: bool, work: Project, tmp_path: Path
) -> None:
    flag, seen = tmp_path / "started", tmp_path / "seen"
    program = (
        "import os, pathlib, signal, weakref; from tools import dvc_queue\n"
        "from truerun.base.errors import exit_with\n"
        f"flag, seen = pathlib.Path({str(flag)!r}), pathlib.Path({str(seen)!r})\n"
        f"{IN_A_CALLBACK if dropped else ''}"  # Python drops what is raised in there
        "dvc_queue.heed_interrupts()\n"
        f"long = dvc_queue.Run('long', {{'command': {slow_once(flag)!r}}})\n"
        "exit_with(lambda: dvc_queue.run_all([long], 1, 3600))"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert wait_until(flag.exists)
    if not dropped:
        assert len(processes_in(work.root)) > 3  # this program, a worker, its run, the command
        running.send_signal(signal.SIGINT)
    printed = running.communicate(timeout=PATIENCE)[1]
    assert printed.endswith("interrupted\n")
    assert ("Exception ignored" in printed) or not dropped
    assert running.returncode == 130
    assert no_workers_are_left(work)


@pytest.mark.usefixtures("warm_start")
def test_a_queue_that_holds_other_runs_is_left_alone(work: Project) -> None:
    work.run("dvc", "exp", "run", "--queue", "--name=theirs", "--set-param=value=9")
    with pytest.raises(TruerunError, match=r"DVC's queue is not empty: theirs\. Let it end"):
        run_all([Run("one", {"value": 1})], 1, PATIENCE)
    assert "theirs" in work.run("dvc", "queue", "status")


@pytest.mark.usefixtures("warm_start")
def test_a_parameter_that_there_is_not_is_told_before_anything_runs(work: Project) -> None:
    with pytest.raises(TruerunError, match=r"`dvc exp run --queue --name=one .* failed: .*valeu"):
        run_all([Run("one", {"valeu": 1})], 1, PATIENCE)
    assert processes_in(work.root) == []
