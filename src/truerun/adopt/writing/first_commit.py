"""The first commit of a project, or the line to type for it."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from truerun.base.commands import CommandError, identity, run

MESSAGE = "Adopt the table"
# A star in a name is a star; who commits is told, not guessed from the machine's name.
GIT = ("git", "--literal-pathspecs", "-c", "user.useConfigOnly=true")


def commit(into: Path, files: Sequence[str]) -> str | None:
    """Commit these files and no others; why Git did not, if so: then none of them is staged."""
    if identity(into) is None:
        return "Git does not know who you are yet"
    try:
        run(into, *GIT, "add", "--force", "--", *files)
        run(into, *GIT, "commit", "--quiet", f"--message={MESSAGE}", "--", *files)
    except CommandError as error:
        run(into, *GIT, "rm", "--cached", "--quiet", "--ignore-unmatch", "--", *files, check=False)
        return "Git says: " + " ".join(str(error).partition("\n")[2].split())
    return None


def line(files: Sequence[str]) -> str:
    """What to type for the commit of these files, in the project's folder."""
    names = sorted({Path(name).parts[0] for name in files})
    added = " ".join(map(shlex.quote, names))
    return f"git add --force {added} && git commit -m {shlex.quote(MESSAGE)}"
