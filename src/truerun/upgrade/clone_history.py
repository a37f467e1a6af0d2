"""What Git knows of a clone that was adopted in place: which of its files are as truerun had them.

Such a clone holds the history of truerun's own repository. Commits in which params.yaml names
another source than `table` are truerun's; the first that names it made the clone a project.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from truerun.base import paths, yaml_text
from truerun.base.commands import run
from truerun.base.errors import UpgradeError

SOURCE = "table"


@dataclass(frozen=True)
class CloneHistory:
    """A clone's files, and those of truerun.

    `tracked` has the blob of each file of the last commit. `truerun` has all blobs that commits of
    truerun ever had at a place, and `last` is the last of these commits; `adopted` is the commit
    that made the clone a project.
    """

    folder: Path
    tracked: Mapping[str, str]
    truerun: Mapping[str, frozenset[str]]
    last: str
    adopted: str

    def is_truerun(self, place: str) -> bool:
        """Whether a file of the last commit is as some commit of truerun had it."""
        return self.tracked[place] in self.truerun.get(place, ())

    def text(self, commit: str, place: str) -> bytes | None:
        """The content of a text file in a commit; None if it is not there."""
        if not run(self.folder, "git", "ls-tree", commit, "--", place):
            return None
        return run(self.folder, "git", "show", f"{commit}:{place}").encode()


def load(folder: Path) -> CloneHistory:
    """Read the history of a clone.

    Raises
    ------
    UpgradeError
        If it does not reach back to where the clone was adopted.
    """
    adopted = _adopted(folder)
    last = f"{adopted}^"
    if not run(folder, "git", "rev-parse", "--verify", "--quiet", last, check=False):
        raise UpgradeError(
            "Git's history begins here after the table was adopted, so nobody can tell truerun's"
            " files from yours: `git fetch --unshallow` brings the rest of it"
        )
    merged = run(folder, "git", "log", "--merges", "--format=%P", f"{adopted}..HEAD").split()
    tips = [last, *(commit for commit in merged if not names_table(folder, commit))]
    return CloneHistory(folder, _tracked(folder), _blobs(folder, tips), last, adopted)


def names_table(folder: Path, commit: str) -> bool:
    """Whether the source is `table` in a commit."""
    text = run(folder, "git", "show", f"{commit}:./{paths.PARAMS}", check=False)
    return bool(source(text) == SOURCE)


def source(text: str) -> Any:
    """The name of the source in a text of params.yaml."""
    try:
        return yaml_text.safe(text)["source"]["name"]
    except (YAMLError, ValueError, KeyError, TypeError):
        return None


def _adopted(folder: Path) -> str:
    """The commit since which params.yaml names a table."""
    listing = ("log", "--first-parent", "--format=%H", "--", str(paths.PARAMS))
    adopted = "HEAD"
    for commit in run(folder, "git", *listing).split():
        if not names_table(folder, commit):
            break
        adopted = commit
    return adopted


def _tracked(folder: Path) -> dict[str, str]:
    """The blob of each file in the last commit."""
    entries = run(folder, "git", "ls-tree", "-r", "-z", "HEAD").split("\0")[:-1]
    return {place: how.split()[2] for how, place in (entry.split("\t", 1) for entry in entries)}


def _blobs(folder: Path, tips: list[str]) -> dict[str, frozenset[str]]:
    """All blobs that these commits and those before them ever had at a place."""
    listing = ("log", "--format=", "--raw", "--no-abbrev", "--no-renames", "--root", "-m", "-z")
    entries = iter(run(folder, "git", *listing, *tips).split("\0"))
    by_place: dict[str, set[str]] = defaultdict(set)
    for how in entries:
        if how.startswith(":"):
            by_place[next(entries)].add(how.split()[3])
    return {place: frozenset(blobs) for place, blobs in by_place.items()}
