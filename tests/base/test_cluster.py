"""A real scheduler with real workers: the same results and bytes as without, whoever is lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools import dask_cluster
from tools.dask_cluster import LocalCluster

from tests.conftest import ROOT, heeds_interrupts

pytestmark = pytest.mark.slow

NAMES = [f"part-{number:02}" for number in range(11)]
BEGIN = """
import os, signal, sys
from pathlib import Path
from truerun.base import executor
from truerun.base.errors import StageError, exit_with
from truerun.base.partitions import map_partitions
names = sys.argv[1:]
parent = os.getpid()
sizes = [1] * len(names)
def mapped(function):
    return lambda: print(*map_partitions(function, names, "test", sizes).values())
"""


def run(
    scene: str, folder: Path, names: list[str] = NAMES, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a scene in a folder."""
    return subprocess.run(
        [sys.executable, "-c", BEGIN + scene, *names],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Two workers, in a folder that is not the stage's."""
    logs = tmp_path_factory.mktemp("cluster")
    with dask_cluster.started(logs, [logs, logs]) as started:
        yield started


def test_results_and_files_are_those_of_one_process(cluster: LocalCluster, tmp_path: Path) -> None:
    scene = """
def write(name):
    Path(name).write_text(f"{name} {os.environ['PYTHONTZPATH']!r}")
    assert map_partitions(lambda _: os.getpid(), names, "inner", sizes)["part-03"] == os.getpid()
    print("no answer")
    return name.upper(), os.getpid() == parent, os.environ["OMP_NUM_THREADS"]
exit_with(lambda: executor.run(mapped(write), "test"))
print(sorted(map(str, Path().iterdir())) == names)
"""
    done = run(scene, tmp_path, PYTHONTZPATH="", OMP_NUM_THREADS="7", **cluster.environment)
    expected = " ".join(str((name.upper(), False, "1")) for name in NAMES)
    assert (done.stdout, done.stderr) == (f"{expected}\nTrue\n", "")
    assert {(tmp_path / name).read_text() for name in NAMES} == {f"{name} ''" for name in NAMES}


def test_the_first_error_in_order_is_raised_as_it_is(cluster: LocalCluster, tmp_path: Path) -> None:
    scene = """
def fail(name):
    if name in ("part-02", "part-09"):
        raise StageError(f"{name} cannot be read")
    return name
exit_with(lambda: executor.run(mapped(fail), "test"))
"""
    done = run(scene, tmp_path, **cluster.environment)
    assert (done.returncode, done.stderr) == (1, "error: part-02 cannot be read\n")


def test_what_cannot_be_sent_is_made_again(cluster: LocalCluster, tmp_path: Path) -> None:
    scene = """
def first(name):
    return (letter for letter in name).__next__
called = lambda: [each() for each in map_partitions(first, names, "t", sizes).values()]
executor.run(lambda: print(called()), "test")
"""
    done = run(scene, tmp_path, **cluster.environment)
    assert (done.stdout, done.stderr) == (f"{['p'] * len(NAMES)}\n", "")


@pytest.mark.nightly
def test_code_that_changes_between_two_stages_is_taken_anew(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    scene = """
import words
executor.run(mapped(words.say), "test")
"""
    path = f"{ROOT / 'src'}{os.pathsep}own"
    for word in ("before", "behind"):  # of one size: no modification time need differ
        (tmp_path / "own/words.py").write_text(f"def say(name):\n    return {word!r}\n")
        (tmp_path / "own/__pycache__").mkdir(exist_ok=True)
        for compiled in (tmp_path / "own/__pycache__").iterdir():
            compiled.unlink()
        done = run(scene, tmp_path, PYTHONPATH=path, **cluster.environment)
        assert done.stdout.split() == [word] * len(NAMES), done.stderr


def test_a_worker_killed_midway_costs_nothing_but_time(tmp_path: Path) -> None:
    """Its process is gone with it, and another worker does the partition once more."""
    scene = """
def kill(name):
    if name == "part-04" and not Path("killed").exists():
        Path("killed").write_text(str(os.getppid()))
        os.kill(os.getppid(), signal.SIGKILL)
        signal.pause()
    Path(name).write_text(name)
    return os.getppid()
exit_with(lambda: executor.run(mapped(kill), "test"))
"""
    (tmp_path / "logs").mkdir()
    with dask_cluster.started(tmp_path / "logs", [tmp_path] * 2) as cluster:
        done = run(scene, tmp_path, **cluster.environment)
        assert done.returncode == 0, done.stderr
        assert [(tmp_path / name).read_text() for name in NAMES] == NAMES
        killed = (tmp_path / "killed").read_text()
        assert killed in {str(worker.pid) for worker in cluster.workers}
        assert done.stdout.split()[4] != killed


@pytest.mark.nightly
def test_a_process_killed_again_and_again_is_told_of(cluster: LocalCluster, tmp_path: Path) -> None:
    scene = """
def kill(name):
    os.kill(os.getpid(), signal.SIGKILL)
exit_with(lambda: executor.run(mapped(kill), "test"))
"""
    done = run(scene, tmp_path, NAMES[:1], **cluster.environment)
    assert done.returncode == 1
    assert "partition part-00: each worker that began it was killed" in done.stderr
    assert "unset TRUERUN_EXECUTOR" in done.stderr


@pytest.mark.nightly
def test_a_lost_scheduler_is_told_of(tmp_path: Path) -> None:
    scene = """
scheduler = int(os.environ["SCHEDULER"])
def lose(name):
    if name == "part-04":
        os.kill(scheduler, signal.SIGKILL)
        signal.pause()
    return name
exit_with(lambda: executor.run(mapped(lose), "test"))
"""
    (tmp_path / "logs").mkdir()
    with dask_cluster.started(tmp_path / "logs", [tmp_path] * 2) as cluster:
        lost = {"SCHEDULER": str(cluster.scheduler.pid)}
        done = run(scene, tmp_path, **cluster.environment, **lost)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: the scheduler at {cluster.address} was lost: start it")
    assert "dvc repro" in done.stderr


@pytest.mark.nightly
def test_a_stage_that_is_interrupted_leaves_nobody_at_work(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    scene = """
def forever(name):
    fifo = os.open("began", os.O_WRONLY)
    os.write(fifo, b".")
    signal.pause()
exit_with(lambda: executor.run(mapped(forever), "test"))
"""
    os.mkfifo(tmp_path / "began")
    with (
        subprocess.Popen(
            [sys.executable, "-c", BEGIN + scene, *NAMES],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **cluster.environment},
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heeds_interrupts,  # noqa: PLW1509 - this process has one thread here
        ) as stage,
        (tmp_path / "began").open("rb", buffering=0) as began,
    ):
        assert began.read(1) == b"."
        stage.send_signal(signal.SIGINT)
        assert stage.communicate(timeout=100)[1] == "interrupted\n"
        while began.read(1):  # ends when no process holds the other end
            pass
    assert stage.returncode == 130


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"TRUERUN_EXECUTOR": "spark"}, "'spark': take dask, or `unset TRUERUN_EXECUTOR`"),
        ({"DASK_SCHEDULER_ADDRESS": ""}, "`export DASK_SCHEDULER_ADDRESS=tcp://HOST:8786`"),
        ({"DASK_SCHEDULER_ADDRESS": "tcp://127.0.0.1:1"}, "no scheduler of Dask answers at tcp://"),
        ({"DASK_SCHEDULER_ADDRESS": "nowhere"}, "the address 'nowhere' is none: `export DASK_"),
        ({"DASK_SCHEDULER_ADDRESS": "abc://x:1"}, "the address 'abc://x:1' is none"),
        ({"DASK_SCHEDULER_ADDRESS": "tcp://no.invalid:1"}, "Dask answers at tcp://no.invalid:1"),
    ],
)
def test_a_cluster_that_is_not_there_is_told_of(
    tmp_path: Path, environment: dict[str, str], message: str
) -> None:
    chosen = {
        "TRUERUN_EXECUTOR": "dask",
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s",
        **environment,
    }
    scene = 'exit_with(lambda: executor.run(mapped(str), "test"))'
    done = run(scene, tmp_path, **chosen)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_extra_that_is_not_installed_is_told_of(tmp_path: Path) -> None:
    scene = """
sys.modules["distributed"] = None
exit_with(lambda: executor.run(mapped(str), "test"))
"""
    done = run(scene, tmp_path, TRUERUN_EXECUTOR="dask", DASK_SCHEDULER_ADDRESS="tcp://127.0.0.1:1")
    assert done.returncode == 1
    assert "which is not installed: `make cluster` adds it" in done.stderr


def test_a_scheduler_without_workers_is_told_of(tmp_path: Path) -> None:
    scene = """
from truerun.base import cluster
cluster.WAIT = 0.1
exit_with(lambda: executor.run(mapped(str), "test"))
"""
    with dask_cluster.started(tmp_path, []) as cluster:
        done = run(scene, tmp_path, **cluster.environment)
    assert f"has no worker: `dask worker {cluster.address} --nthreads 1` starts one" in done.stderr


@pytest.mark.nightly
def test_workers_that_are_not_like_the_stage_are_refused(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    scene = """
from truerun.base import cluster_code
code = cluster_code.facts()
assert "truerun/base/cluster.py" in code and "pandas" in code
cluster_code.facts = lambda: {**code, "pandas": "9", "truerun/base/cluster.py": "5f", "gone.py": ""}
exit_with(lambda: executor.run(mapped(str), "test"))
"""
    done = run(scene, tmp_path, **cluster.environment)
    assert done.returncode == 1
    assert f"2 of 2 workers of {cluster.address} cannot work for this stage" in done.stderr
    assert "other code or packages: gone.py, pandas " in done.stderr
    assert "for 9, truerun/base/cluster.py" in done.stderr


@pytest.mark.nightly
def test_a_folder_that_is_not_shared_is_refused(cluster: LocalCluster, tmp_path: Path) -> None:
    scene = """
from truerun.base import cluster
class Elsewhere(type(Path())):
    @classmethod
    def cwd(cls):
        return Path(os.environ["FOLDER"])
cluster.Path = Elsewhere
cluster.tempfile.tempdir = None
real = cluster.tempfile.NamedTemporaryFile
cluster.tempfile.NamedTemporaryFile = lambda dir, prefix: real(prefix=prefix)
exit_with(lambda: executor.run(mapped(str), "test"))
"""
    nowhere = run(scene, tmp_path, FOLDER="/nowhere/at/all", **cluster.environment)
    assert "it has no folder /nowhere/at/all" in nowhere.stderr
    assert "Each needs this folder at the same path" in nowhere.stderr
    other = run(scene, tmp_path, FOLDER=str(tmp_path), **cluster.environment)
    assert f"its folder {tmp_path} is not the one of the stage" in other.stderr


@pytest.mark.nightly
def test_a_worker_that_has_no_truerun_is_refused(cluster: LocalCluster, tmp_path: Path) -> None:
    scene = """
from truerun.base import cluster
cluster.OWN["PYTHONPATH"] = "broken"
exit_with(lambda: executor.run(mapped(str), "test"))
"""
    (tmp_path / "broken/truerun").mkdir(parents=True)
    (tmp_path / "broken/truerun/__init__.py").touch()
    done = run(scene, tmp_path, **cluster.environment)
    assert "cannot run truerun: ModuleNotFoundError: No module named 'truerun.base'" in done.stderr
