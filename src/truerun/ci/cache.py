"""What of a restored cache can be trusted: what main names, if it is what its name says.

A cache that a workflow restores may have been saved by anyone who can push, and DVC takes an object
for what its name says. So each is hashed, and only what the newest commits of main name is kept.
The run cache, which says what a stage would give, is not kept at all.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from truerun.base.commands import run

CACHE = Path(".dvc/cache")
LOCK = "dvc.lock"
OBJECTS, RUNS = Path("files/md5"), Path("runs")
NAMED = re.compile(r"^\s*(?:- )?md5: ([0-9a-f]{32}(?:\.dir)?)\s*$", re.MULTILINE)
COMMITS = 20  # of main, whose objects main.yml keeps for those who compare with them


def keep_trusted(main: str, cache: Path = CACHE) -> None:
    """Delete from the cache all that a commit of main, and those before it, do not vouch for."""
    if not cache.is_dir():
        print(f"{cache}: nothing was restored")
        return
    if (cache / RUNS).is_dir():
        shutil.rmtree(cache / RUNS)
    kept = trusted(cache, named(main))
    deleted = []
    for path in sorted(cache.rglob("*")):
        if (path.is_symlink() or path.is_file()) and path not in kept:
            path.unlink()
            deleted.append(path.relative_to(cache).as_posix())
    print(f"{cache}: {len(kept):,} objects are kept, {len(deleted):,} were deleted")


def named(main: str) -> set[str]:
    """The hashes in dvc.lock and .dvc files of a commit of main, and in .dvc files of the head.

    The head's raw data is in the diff that is reviewed; what its lock says of a run is not proof.
    """
    commits = run(Path(), "git", "log", f"--max-count={COMMITS}", "--format=%H", main, "--").split()
    texts = [text for commit in commits for text in _files(commit, "*.dvc", LOCK, f"*/{LOCK}")]
    return {match for text in [*texts, *_files("HEAD", "*.dvc")] for match in NAMED.findall(text)}


def _files(commit: str, *patterns: str) -> list[str]:
    """The texts of a commit's files whose names match a pattern."""
    listing = run(Path(), "git", "ls-tree", "-r", "-z", "--name-only", commit).split("\0")
    names = [name for name in listing if any(fnmatchcase(name, pattern) for pattern in patterns)]
    return [run(Path(), "git", "show", f"{commit}:./{name}") for name in names]


def trusted(cache: Path, names: Iterable[str]) -> set[Path]:
    """The objects with these names, and those in folders among them, if they are what they say."""
    kept: set[Path] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        path = cache / OBJECTS / name[:2] / name[2:]
        if path.is_symlink() or not path.is_file() or path in kept:
            continue
        content = path.read_bytes()
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != name.removesuffix(".dir"):
            continue
        kept.add(path)
        if name.endswith(".dir"):
            waiting |= {entry["md5"] for entry in json.loads(content)}
    return kept
