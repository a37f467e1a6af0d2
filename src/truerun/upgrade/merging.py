"""Git's three-way merge of a file: what two sides made of the same base."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from truerun.base.commands import capture
from truerun.base.errors import UpgradeError

CONFLICTS = 127  # at most: more are counted as so many, and all above is an error


@dataclass(frozen=True)
class Merge:
    """What came of a merge: `content` has Git's marks where the sides are in `conflict`."""

    content: bytes
    conflict: bool


def merge(base: bytes, yours: bytes, other: bytes, names: tuple[str, str, str]) -> Merge:
    """Merge two sides' changes of a base; `names` of yours, the base and the other are in marks."""
    with TemporaryDirectory(prefix="truerun-merge-") as folder:
        files = [Path(folder, name) for name in ("yours", "base", "other")]
        for file, content in zip(files, (yours, base, other), strict=True):
            file.write_bytes(content)
        labels = [word for name in names for word in ("-L", name)]
        done = capture(Path(folder), "git", "merge-file", *labels, *map(str, files))
        if not 0 <= done.returncode <= CONFLICTS:
            raise UpgradeError(f"git merge-file failed: {done.stderr.strip()}")
        return Merge(files[0].read_bytes(), conflict=done.returncode > 0)
