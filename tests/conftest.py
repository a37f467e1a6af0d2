"""Real repositories for the tests, and programs that start warm."""

import contextlib
import fcntl
import gc
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, settings

from tests import warm

ROOT = Path(__file__).parent.parent
PARAMS = ROOT / "tests/params.yaml"  # of a small table
PYTHON = sys.executable  # what starts cold
COLD = f"{Path(sys.executable).parent}:/usr/bin:/bin"  # search path on which nothing starts warm

# As many tests run at once as keep all cores busy: threads would wait for each other at a barrier,
# for most of the time of a fit. Tests of what threads change set these themselves.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
# Where a repository has no settings yet, DVC would report each command, by a process of its own.
os.environ["DVC_NO_ANALYTICS"] = "true"
# A `make` that a test starts is no part of the `make test` that started the tests: it would tell
# which folder it enters.
for variable in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(variable, None)

# CI tries the same examples each time; on a laptop they are new ones. No check of how long it took.
settings.register_profile(
    "steady",
    derandomize="CI" in os.environ,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")
# Where a test is known to fail, its smallest example need not be looked for.
settings.register_profile(
    "first", settings.get_profile("steady"), phases=set(Phase) - {Phase.shrink, Phase.explain}
)
# The files that take longest. Of the first three, which the workers begin with, one waits for the
# sample project to be made; the others do not need it.
LONGEST = (
    "flights/ci/test_pull_request.py",
    "adopt/test_command.py",
    "tools/test_dvc_queue.py",
    "flights/repository/test_docs.py",
    "flights/compare/test_compare.py",
    "flights/faults/test_faults.py",
    "flights/ci/test_main.py",
    "flights/judge/test_judge.py",
    "flights/stages/test_stages.py",
)
ALL_SLOW = re.compile(r"^pytestmark = \[?pytest\.mark\.slow\b", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files in which all is slow, whose imports alone take long, of a quick run."""
    if "not slow" not in config.option.markexpr or collection_path.suffix != ".py":
        return None
    return True if ALL_SLOW.search(collection_path.read_text(encoding="utf-8")) else None


gc.disable()  # until all is imported and collected, nothing of which is garbage


def pytest_collection_finish() -> None:
    """Let the collector look at what tests make, and not at all that is imported each time."""
    gc.freeze()
    gc.set_threshold(warm.SELDOM)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files first that take long, so that no worker is left with one at the end.

    Within a file the order stays: a test may look at what those before it have seen.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    places = {ROOT / "tests" / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (item.path not in slow, places.get(item.path, len(LONGEST))))


def differences(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """Names of the columns that are not the same to the bit in two tables."""
    names = {*before, *after}
    return sorted(name for name in names if bits(before, name) != bits(after, name))


def bits(table: pd.DataFrame, name: str) -> tuple[str, bytes] | None:
    """Type and bytes of a column; None if there is no such column."""
    if name not in table:
        return None
    values = table[name].to_numpy()
    if values.dtype == object:
        values = values.astype("str")
    return str(table[name].dtype), values.tobytes()


class Project:
    """A clone of this repository with its own git, DVC and raw data."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *command: str, check: bool = True, **environment: str) -> str:
        """Run a command in the clone; stdout and stderr together."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": "src", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(
                f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"
            )
        return done.stdout

    def read(self, path: str) -> str:
        """Text of a file."""
        return (self.root / path).read_text(encoding="utf-8")

    def edit(self, path: str, old: str, new: str, count: int = -1) -> None:
        """Replace a text that occurs in a file, everywhere or only the first times."""
        text = self.read(path)
        assert old in text, f"{path} does not hold {old!r}"
        (self.root / path).write_text(text.replace(old, new, count), encoding="utf-8")

    def commit(self, message: str) -> None:
        """Commit all that Git does not ignore."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", message)


def dvc_md5(path: Path) -> str:
    """The hash by which DVC knows a file, or a folder as a list of its files."""
    if path.is_file():
        return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    files = sorted(f for f in path.rglob("*") if f.is_file() and f.parent.name != "__pycache__")
    listing = [{"md5": dvc_md5(f), "relpath": f.relative_to(path).as_posix()} for f in files]
    text = json.dumps(listing).encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest() + ".dir"


def clone(target: Path) -> Project:
    """Copy what Git tracks, or would track, of this working tree, as a repository of its own."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    for name in names:
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    project = Project(target)
    project.run("git", "init", "--quiet", "--initial-branch=main")
    project.run("git", "config", "user.name", "Tester")
    project.run("git", "config", "user.email", "tester@example.org")
    project.commit("A clone")
    return project


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first worker makes who asks for it, while the others wait.

    One that could not be made is made anew by the next who asks, and fails there too.
    """
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # that of the workers' folders
    folder = base / name
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (base / f"{name}.made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (base / f"{name}.made").touch()
    return folder


def heeds_interrupts() -> None:
    """Let a process that is started be interrupted, though whoever runs the tests may not be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> bool:
    """Whether something comes true within some time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def processes_in(folder: Path) -> list[str]:
    """The commands of the processes, but for this one, whose working directory is in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or is not ours
            if process.name != str(os.getpid()) and (process / "cwd").readlink().is_relative_to(
                folder
            ):
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


@pytest.fixture(scope="session")
def warm_programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of programs that start warm: see `tests.warm`."""
    with warm.started(tmp_path_factory.mktemp("warm")) as programs:
        yield programs


@pytest.fixture(scope="session")
def warm_path(warm_programs: Path) -> str:
    """A search path for programs on which these come first."""
    return os.pathsep.join([str(warm_programs), os.environ["PATH"]])


@pytest.fixture(scope="module")
def warm_stages(warm_programs: Path, warm_path: str) -> Iterator[None]:
    """Let DVC, our programs, the stages and strangers' models start warm in a module's tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", warm_path)
        patch.setattr(sys, "executable", str(warm_programs / "python"))
        yield


@pytest.fixture
def warm_start(warm_programs: Path, warm_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the same start warm in one test, of a module in which others look at how they end.

    What starts warm is in the process group of the tests: no test that signals a group may use it.
    """
    monkeypatch.setenv("PATH", warm_path)
    monkeypatch.setattr(sys, "executable", str(warm_programs / "python"))


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Run in an empty folder that holds some of the repository's settings."""

    def enter(*settings: str) -> Path:
        for name in settings:
            shutil.copy(ROOT / name, tmp_path / name)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return enter
