"""The first commit of a project, or the line to type for it."""

import shlex
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePosixPath

from truerun.base.commands import CommandError, identity, run

MESSAGE = "Adopt the table"
TOP = PurePosixPath()
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


def line(into: Path, files: Sequence[str]) -> str:
    """What to type for a commit of these files, and of no others that are there, in their folder.

    A folder is named where all that Git sees in it is of these files. What the user has Git ignore
    is named itself: forced, a folder brings the data, the models and DVC's cache along.
    """
    listing = run(into, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    seen = set(listing.split("\0")) - {""}
    shared = {folder for name in seen - set(files) for folder in PurePosixPath(name).parents}
    plain = sorted({_place(name, shared) for name in files if name in seen})
    ignored = sorted(set(files) - seen)
    commands = [("git", "add", *plain)] if plain else []
    commands += [("git", "add", "--force", *ignored)] if ignored else []
    return " && ".join(map(shlex.join, [*commands, ("git", "commit", "-m", MESSAGE)]))


def _place(name: str, shared: AbstractSet[PurePosixPath]) -> str:
    """A file, or the largest folder around it that is not shared with files of others."""
    path = PurePosixPath(name)
    own = (folder for folder in reversed(path.parents) if folder not in {*shared, TOP})
    return str(next(own, path))
