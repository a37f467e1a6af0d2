"""Clones of the repository, in which a tool can run the pipeline and leave the tree as it was."""

import os
import shutil
import subprocess  # nosec B404
import sys
from pathlib import Path

from pipeline import paths
from pipeline.errors import PipelineError


class CloneError(PipelineError):
    """A command that fails in a clone, or cannot be started."""


def clone_into(clone: Path) -> str:
    """Clone the repository, with what is changed in tracked files, and with its raw data.

    Returns
    -------
    Which state of the repository it is, in words.
    """
    here = Path.cwd()
    edited = run(here, "git", "status", "--porcelain", "--untracked-files=no")
    changed = run(here, "git", "stash", "create").strip() if edited else ""
    head = run(here, "git", "rev-parse", "--short", "HEAD").strip()
    run(here, "git", "clone", "--quiet", "--shared", "--no-checkout", ".", str(clone))
    run(clone, "git", "checkout", "--quiet", "--detach", changed or head)
    if paths.RAW.is_dir():  # what is not there comes from the package; all files are checked
        shutil.copytree(paths.RAW, clone / paths.RAW, dirs_exist_ok=True)
    run(clone, sys.executable, "-m", "pipeline.ingest")
    return f"{head} with what is not committed" if changed else head


def run(folder: Path, *command: str, **environment: str) -> str:
    """Run a command in a folder with the code that lies there; what it prints.

    Raises
    ------
    CloneError
        If it cannot be started or does not end well, with the end of what it prints.
    """
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    variables = {
        **os.environ,
        "PATH": os.pathsep.join(folders),
        "PYTHONPATH": str(folder / "src"),
        **environment,
    }
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603
            command, cwd=folder, env=variables, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise CloneError(f"{command[0]} is needed, and is not installed") from error
    if done.returncode:
        shown = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise CloneError(f"`{' '.join(command)}` ended with {done.returncode}:\n{shown}")
    return done.stdout
