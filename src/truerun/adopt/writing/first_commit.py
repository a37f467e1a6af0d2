"""The first commit of a project, or the line to type for it."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from truerun.base.commands import CommandError, run

MESSAGE = "Adopt the table"
# A star in a name is a star; who commits is told, not guessed from the machine's name.
GIT = ("git", "--literal-pathspecs", "-c", "user.useConfigOnly=true")


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
