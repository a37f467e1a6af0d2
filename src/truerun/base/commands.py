"""Runs commands (Git, DVC, our own) in a folder, with the code that lies there."""

import os
import subprocess  # nosec B404
import sys
from pathlib import Path

from truerun.base.errors import TruerunError

LINES = 20  # of the end of what a failed command printed


class CommandError(TruerunError):
    """A command that cannot be started or fails."""


def run(folder: Path, *command: str, check: bool = True, **environment: str) -> str:
    """Run a command in a folder; return its stdout.

    Raises
    ------
    CommandError
        If it cannot be started or, with `check`, fails; with the end of its output.
    """
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603
            command,
            cwd=folder,
            env=variables(folder, **environment),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise CommandError(f"{command[0]} is needed, and is not installed") from error
    if check and done.returncode:
        shown = "\n".join((done.stdout + done.stderr).splitlines()[-LINES:])
        raise CommandError(f"`{' '.join(command)}` ended with {done.returncode}:\n{shown}")
    return done.stdout


def variables(folder: Path, **more: str) -> dict[str, str]:
    """The environment in which `python` is this interpreter, and imports the code in the folder."""
    search = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    source = str((folder / "src").resolve())
    return {**os.environ, "PATH": os.pathsep.join(search), "PYTHONPATH": source, **more}
