"""Clones of the repository, in which a tool can run the pipeline and leave the tree as it was."""

import shutil
import sys
from pathlib import Path

from truerun.base import paths
from truerun.base.commands import run


def clone_into(clone: Path) -> str:
    """Clone the repository as `code_into` does, with its raw data; which state of it that is."""
    state = code_into(clone)
    if paths.RAW.is_dir():  # what is not there comes from the package; all files are checked
        shutil.copytree(paths.RAW, clone / paths.RAW, dirs_exist_ok=True)
    run(clone, sys.executable, "-m", "truerun.ingest")
    return state


def code_into(clone: Path) -> str:
    """Clone the repository, with what is changed in tracked files.

    Returns
    -------
    Which state of the repository it is, in words.
    """
    here = Path.cwd()
    edited = run(here, "git", "status", "--porcelain", "--untracked-files=no")
    changed = run(here, "git", "stash", "create").strip() if edited else ""
    head = run(here, "git", "rev-parse", "--short", "HEAD").strip()
    commit_into(clone, changed or head)
    return f"{head} with what is not committed" if changed else head


def commit_into(clone: Path, commit: str) -> None:
    """Clone the repository as it is at a commit."""
    run(Path(), "git", "clone", "--quiet", "--shared", "--no-checkout", ".", str(clone))
    run(clone, "git", "checkout", "--quiet", "--detach", commit)
