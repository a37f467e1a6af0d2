"""Starts every command (Git, DVC, our own) in a folder, with the code that lies there.

Git tells a hook its repository in environment variables, which would send a command that works on
another repository back to that one: no command gets them.
"""

import functools
import os
import re
import signal
import subprocess  # nosec B404
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from truerun.base.errors import TruerunError

LINES = 20  # of the end of what a failed command printed
# Of the environment of a process whose libraries are to compute with one thread.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
NO_REPOSITORY = "not a git repository"  # Git's words, and DVC's
NOR_ABOVE = f"{NO_REPOSITORY} (or any "
TRUST = re.compile(r"git config --global --add safe\.directory .+")


class CommandError(TruerunError):
    """A command that cannot be started or fails."""


def run(folder: Path, *command: str, check: bool = True, **environment: str) -> str:
    """Run a command in a folder; return its stdout.

    Raises
    ------
    CommandError
        If it cannot be started or, with `check`, fails; with the end of its output.
    """
    done = capture(folder, *command, timeout=None, **environment)
    if check and done.returncode:
        if command[0] == "git" or NO_REPOSITORY in done.stderr:
            check_repository(folder)
        shown = "\n".join((done.stdout + done.stderr).splitlines()[-LINES:])
        raise CommandError(f"`{' '.join(command)}` ended with {done.returncode}:\n{shown}")
    return done.stdout


def capture(
    folder: Path, *command: str, timeout: float | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; its exit status and what it prints to both streams.

    Raises
    ------
    subprocess.TimeoutExpired
        If it takes longer than so many seconds; it is killed, and so is all that it has started.
    """
    with _started(
        folder,
        command,
        variables(folder, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=timeout is not None,  # a group of processes, to be killed as one
    ) as process:
        try:
            stdout, stderr = process.communicate(timeout=timeout)
        except BaseException:
            if timeout is not None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def call(
    folder: Path,
    *command: str,
    environment: Mapping[str, str] | None = None,
    stdin: int | None = None,
    timeout: float | None = None,
) -> int:
    """Run a command that prints where this process does; its exit status.

    Raises
    ------
    subprocess.TimeoutExpired
        If it takes longer than so many seconds; it is killed.
    """
    with start(folder, *command, environment=environment, stdin=stdin) as process:
        try:
            return process.wait(timeout)
        except BaseException:
            process.kill()
            raise


def call_to_end(
    folder: Path,
    *command: str,
    environment: Mapping[str, str] | None = None,
    stdin: int | None = None,
) -> int:
    """As `call`, but an interrupt, which reaches the command as well, waits for it to end.

    Only then can the caller undo what it has done.
    """
    with start(folder, *command, environment=environment, stdin=stdin) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()
            raise


def start(
    folder: Path,
    *command: str,
    environment: Mapping[str, str] | None = None,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
) -> subprocess.Popen[str]:
    """Start a command in a folder, without a shell.

    Parameters
    ----------
    environment : all of it; by default that of `variables`.
    stdin, stdout, stderr : by default those of this process.
    """
    of_no_repository = variables(folder) if environment is None else _of_no_repository(environment)
    return _started(folder, command, of_no_repository, stdin=stdin, stdout=stdout, stderr=stderr)


def _started(
    folder: Path, command: Sequence[str], environment: Mapping[str, str], **options: Any
) -> subprocess.Popen[str]:
    """The process; `options` are those of `Popen`."""
    try:
        return subprocess.Popen(  # noqa: S603  # nosec B603
            command, cwd=folder, env=environment, text=True, errors="replace", **options
        )
    except FileNotFoundError as error:
        raise CommandError(f"{command[0]} is needed, and is not installed") from error


def variables(folder: Path, **more: str) -> dict[str, str]:
    """The environment in which `python` is this interpreter, and imports the code in the folder."""
    search = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    source = str((folder / "src").resolve())
    own = {**os.environ, "PATH": os.pathsep.join(search), "PYTHONPATH": source, **more}
    return _of_no_repository(own)


def import_path(folder: Path) -> str:
    """Where a program of the code that runs here imports from: a folder's own code comes first.

    What runs may be a wheel that this process alone was told of, and another one be installed.
    """
    own = str((folder / "src").resolve())
    return os.pathsep.join(filter(None, [own, os.environ.get("PYTHONPATH")]))


def _of_no_repository(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment that names no Git repository."""
    names = repository_variables()
    return {name: value for name, value in environment.items() if name not in names}


@functools.cache
def repository_variables() -> frozenset[str]:
    """Names of the variables by which Git tells a hook its repository; none without Git."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ("git", "rev-parse", "--local-env-vars")
    try:
        done = subprocess.run(command, env=plain, capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603
    except FileNotFoundError:
        return frozenset()
    return frozenset(done.stdout.split())


def check_repository(folder: Path) -> None:
    """Refuse a folder in which Git has no repository to work on, and say the way out."""
    stderr = capture(folder, "git", "rev-parse", "--git-dir", LC_ALL="C").stderr
    if trust := TRUST.search(stderr):
        raise CommandError(
            f"{folder.resolve()} belongs to another user, so Git does not read it: if you trust"
            f" what it holds, type `{trust[0]}`"
        )
    if NOR_ABOVE in stderr:
        raise CommandError(
            f"{folder.resolve()} is in no Git repository, as a downloaded ZIP file is not: `git"
            " clone` the project instead, or make this folder one: `git init --initial-branch=main"
            " && git add --all && git commit --message Start`"
        )


def identity(folder: Path) -> str | None:
    """Who commits there, as Git was told; None if it was not."""
    # Git would guess it from the machine's name.
    asked = ("git", "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    author = run(folder, *asked, check=False)
    return author.rpartition(">")[0] + ">" if ">" in author else None
