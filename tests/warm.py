"""Programs that start warm: the same ones on the same files, in forks that have the libraries.

Most of the time of a small run goes into importing DVC, pandas and scikit-learn, again and again.
Here one process imports them once, and each program runs in a fork of it, with code, folder and
environment of its own. None notices: `truerun`, `python`, `dvc`, and `env`, with which dvc.yaml
starts every stage, are found in a folder of ours first. Tests that look at how a program starts,
reads or dies do without.

Usage: python warm.py SOCKET          the process that is forked
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LIBRARIES = (
    "dulwich.worktree",
    "dvc.cachemgr",
    "dvc.cli.parser",
    "dvc.data_cloud",
    "dvc.dvcfile",
    "dvc.lock",
    "dvc.repo",
    "dvc.rwlock",
    "dvc.scm",
    "dvc.stage.cache",
    "dvc.stage.run",
    "dvc_data.index",
    "dvc_render.plotly",
    "lightgbm",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "networkx",
    "pandas",
    "pandera.pandas",
    "pyarrow.csv",
    "pyarrow.parquet",
    "pydantic",
    "ruamel.yaml",
    "scipy.stats",
    "scmrepo.git",
    "sklearn.compose",
    "sklearn.dummy",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "skops.io",
    "tqdm",
    "yaml",
)
SELDOM = 100_000  # new objects after which the collector looks for garbage
SETTINGS = {"PYTHONTZPATH": "", "GOMP_SPINCOUNT": "10000", "OPENBLAS_NUM_THREADS": "1"}
SETTINGS |= {"ARROW_DEFAULT_MEMORY_POOL": "system", "MPLBACKEND": "svg"}
# Ours and DVC's; each is started as `python -m` would.
WARM = ("truerun.", "dvc")
# The process that runs a stranger's model is started so.
MODEL = ["-I", "-B", "-X", "utf8", "-c"]
# What stands in for `env`, `python`, `dvc` and `truerun`: it hands a program over with its three
# streams, and waits for its status. All else goes to the real ones.
CLIENT = """\
#!{python} -SEI
import array, json, os, socket, sys
name, given = os.path.basename(sys.argv[0]), sys.argv[1:]
settings, command = {{}}, [name, *given]
if name == "env":
    while given and "=" in given[0]:
        key, _, settings[key] = given.pop(0).partition("=")
    command = given
if command[:1] == ["dvc"]:
    command = ["python", "-m", *command]
if command[:1] == ["truerun"]:
    command = ["python", "-m", "truerun.cli", *command[1:]]
safe = command[1:2] == ["-P"]  # nothing is imported from the folder that is at hand
if safe:
    del command[1]
is_model = command[1:6] == {model!r} and "isolation" in command[6]
is_module = command[1:2] == ["-m"] and command[2].startswith({modules!r})
if command[:1] != ["python"] or not (is_module or is_model):
    real = dict(env="/usr/bin/env", python="{python}")[name]
    os.execv(real, [real, *sys.argv[1:]])
place = 6 if is_model else 2
told = {{"module": None, "code": None, "arguments": command[place + 1 :], "folder": os.getcwd()}}
told["safe"] = safe
told["code" if is_model else "module"] = command[place]
told["environment"] = {{**os.environ, **settings}}
with socket.socket(socket.AF_UNIX) as server:
    server.connect("{place}")
    streams = array.array("i", [0, 1, 2])
    server.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
    server.sendall(json.dumps(told).encode() + b"\\n")
    status = server.makefile().readline()
os._exit(int(status or 1))
"""


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Path]:
    """A folder of programs that start warm, to be searched before all others."""
    place = folder / "socket"
    programs = folder / "bin"
    programs.mkdir()
    for name in ("env", "python", "dvc", "truerun"):
        text = CLIENT.format(python=sys.executable, place=place, modules=WARM, model=MODEL)
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    with subprocess.Popen(
        [sys.executable, __file__, str(place)], env={**os.environ, **SETTINGS}
    ) as server:
        try:
            while not place.exists():
                time.sleep(0.05)
            yield programs
        finally:
            server.terminate()


def serve(place: str) -> None:
    """Import the libraries; then fork for each program that is asked for."""
    sys.executable = str(Path(place).parent / "bin/python")  # what a program starts is warm too
    gc.disable()
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()  # or a fork's collector would walk, and so copy, what all of them share
    gc.set_threshold(SELDOM)  # what runs for seconds needs few collections
    gc.enable()
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
    """Run a program in a fork, and tell its exit status."""
    _, streams, *_ = socket.recv_fds(asked, 1, 3)
    told = json.loads(asked.makefile().readline())
    program = os.fork()
    if not program:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        asked.close()
        run(told)
    _, status = os.waitpid(program, 0)
    with contextlib.suppress(BrokenPipeError):  # whoever asked may have been killed
        asked.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def run(program: dict[str, Any]) -> None:
    """Run a module or code as Python would, with a folder and an environment of its own."""
    os.chdir(program["folder"])
    os.environ.clear()
    os.environ.update(program["environment"])
    code_folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[0:1] = [*([] if program["safe"] else [""]), *filter(None, code_folders)]
    sys.argv = [program["module"] or "-c", *program["arguments"]]
    status = 0
    try:
        if program["module"]:
            runpy.run_module(program["module"], run_name="__main__", alter_sys=True)
        else:
            exec(program["code"], {"__name__": "__main__"})  # noqa: S102 - as `python -c` does
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter would
        sys.excepthook(*sys.exc_info())
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    serve(sys.argv[1])
