"""Stages that start warm: the same programs on the same files, in forks that have the libraries.

Most of the time of a small run goes into importing pandas and scikit-learn, again and again. Here
one process imports them once, and each stage runs in a fork of it, with code, folder and
environment of its own. DVC notices nothing: `env`, with which dvc.yaml starts every stage, is found
in a folder of ours first. Tests that look at how a stage starts, reads or dies do without.

Usage: python warm.py SOCKET          the process that is forked
"""

import contextlib
import importlib
import json
import os
import runpy
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

LIBRARIES = (
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "pandas",
    "pandera.pandas",
    "pyarrow.parquet",
    "pydantic",
    "ruamel.yaml",
    "scipy.stats",
    "skops.io",
    "sklearn.compose",
    "sklearn.dummy",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "tqdm",
    "yaml",
)
SETTINGS = {"PYTHONTZPATH": "", "GOMP_SPINCOUNT": "10000", "OPENBLAS_NUM_THREADS": "1"}
SETTINGS |= {"ARROW_DEFAULT_MEMORY_POOL": "system", "MPLBACKEND": "svg"}
# What stands in for `env`: it hands a stage over with its three streams, and waits for its status.
CLIENT = """\
#!{python} -SEI
import array, json, os, socket, sys
given = sys.argv[1:]
command = [word for word in given if "=" not in word]
settings = dict(word.split("=", 1) for word in given if "=" in word)
if command[:2] != ["python", "-m"] or not command[2].startswith("pipeline.stages."):
    os.execv("/usr/bin/env", ["env", *given])
told = {{"module": command[2], "folder": os.getcwd(), "environment": {{**os.environ, **settings}}}}
with socket.socket(socket.AF_UNIX) as server:
    server.connect("{place}")
    streams = array.array("i", [0, 1, 2])
    server.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
    server.sendall(json.dumps(told).encode() + b"\\n")
    status = server.makefile().readline()
os._exit(int(status or 1))
"""


@contextlib.contextmanager
def started(folder: Path) -> Iterator[str]:
    """A search path for programs on which stages start warm."""
    place = folder / "socket"
    client = folder / "bin/env"
    client.parent.mkdir()
    client.write_text(CLIENT.format(python=sys.executable, place=place), encoding="utf-8")
    client.chmod(client.stat().st_mode | stat.S_IXUSR)
    with subprocess.Popen(
        [sys.executable, __file__, str(place)], env={**os.environ, **SETTINGS}
    ) as server:
        try:
            while not place.exists():
                time.sleep(0.05)
            yield os.pathsep.join([str(client.parent), os.environ["PATH"]])
        finally:
            server.terminate()


def serve(place: str) -> None:
    """Import the libraries; then fork for each stage that is asked for."""
    for name in LIBRARIES:
        importlib.import_module(name)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{place}.new")
        server.listen()
        Path(f"{place}.new").rename(place)
        while True:
            asked, _ = server.accept()
            if not os.fork():
                server.close()
                answer(asked)
            asked.close()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def answer(asked: socket.socket) -> None:
    """Run a stage in a fork, and tell its exit status."""
    _, streams, *_ = socket.recv_fds(asked, 1, 3)
    told = json.loads(asked.makefile().readline())
    stage = os.fork()
    if not stage:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        asked.close()
        run(**told)
    _, status = os.waitpid(stage, 0)
    asked.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def run(module: str, folder: str, environment: dict[str, str]) -> None:
    """Run a program as `python -m` would, with a folder and an environment of its own."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0:1] = ["", *environment.get("PYTHONPATH", "").split(os.pathsep)]
    sys.argv = [module]
    status = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 - as the interpreter would
        sys.excepthook(*sys.exc_info())
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    serve(sys.argv[1])
