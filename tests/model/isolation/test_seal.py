"""What a sealed process cannot do."""

import subprocess
import sys
from pathlib import Path

import pytest

BEGIN = """
import sys; sys.path.insert(0, "src")
import ctypes, multiprocessing, numpy, os, resource, socket, subprocess, threading
from truerun.model.isolation.seal import seal
os.chdir(sys.argv[1])
how = seal(30)
"""


def sealed(program: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", BEGIN + program, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no filter")


def test_a_network_that_is_shut_is_said_to_be(tmp_path: Path) -> None:
    assert "filter" in sealed("print(how)", tmp_path).stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket()",
        "socket.socketpair()",
        "socket.socket(socket.AF_UNIX)",
        "os.fork()",
        "subprocess.run(['/bin/true'])",
        "os.execv('/bin/true', ['true'])",
        "os.kill(os.getppid(), 0)",
        "open('new', 'w')",
        "open('old', 'a')",
        "os.open('old', os.O_RDONLY | os.O_TRUNC)",
        "os.unlink('old')",
        "os.rename('old', 'other')",
        "os.mkdir('folder')",
        "os.rmdir('.')",
        "os.symlink('old', 'link')",
        "os.link('old', 'link')",
        "os.chmod('old', 0o777)",
        "os.truncate('old', 0)",
        "os.utime('old', (0, 0))",
        "os.mkfifo('pipe')",
    ],
)
def test_an_attempt_is_not_permitted(attempt: str, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("kept", encoding="utf-8")
    status = (tmp_path / "old").stat()
    done = sealed(attempt, tmp_path)
    assert done.stderr.splitlines()[-1].startswith("PermissionError: [Errno 1]"), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").stat() == status


@pytest.mark.slow
def test_files_are_read_threads_run_and_limits_hold(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("kept", encoding="utf-8")
    program = """
assert open("old").read() == "kept"
thread = threading.Thread(target=lambda: print("ran")); thread.start(); thread.join()
limits = [resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU]
print([resource.getrlimit(limit) for limit in limits])
try:
    numpy.ones(10**11)
except MemoryError:
    print("no memory")
"""
    assert sealed(program, tmp_path).stdout == "ran\n[(0, 0), (0, 0), (30, 30)]\nno memory\n"
