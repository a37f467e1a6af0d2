"""The first commit of a project, or the line to type for it."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from truerun.base.commands import CommandError, run

MESSAGE = "Adopt the table"
GIT = ("git", "--literal-pathspecs")  # a star in a name is a star


def commit(into: Path, files: Sequence[str]) -> bool:
    """Commit these files and no others; whether Git could, which wants to know by whom."""
    try:
        run(into, *GIT, "add", "--", *files)
        run(into, *GIT, "commit", "--quiet", f"--message={MESSAGE}", "--", *files)
    except CommandError:
        return False
    return True


def line() -> str:
    """What to type for the commit, in the project's folder."""
    return f"git add --all && git commit -m {shlex.quote(MESSAGE)}"


def identity(folder: Path) -> str | None:
    """Who commits there, as Git knows them; None if it does not."""
    name, address = (
        run(folder, "git", "config", f"user.{key}", check=False).strip()
        for key in ("name", "email")
    )
    return f"{name} <{address}>" if name and address else None
