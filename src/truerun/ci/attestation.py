"""What main keeps of a commit that it has proved: a Git note, which history and releases go by.

It is written after the pipeline gave the bytes that are in Git once more, from raw data and
without anything of a pull request.
"""

import hashlib
import json
import tempfile
import time
from pathlib import Path

from truerun.base.commands import CommandError, run
from truerun.base.errors import CiError
from truerun.base.notes import NOTES
from truerun.ci.proposals import AUTHOR, HERE

LOCK = Path("dvc.lock")
TRIES = 5


def attest(comparison: Path) -> None:
    """Add a note to the commit that is checked out, and push it to Git's origin.

    Parameters
    ----------
    comparison : of the commit with the one before, as `truerun compare` writes it.

    Raises
    ------
    CiError
        If the comparison is of another commit, or cannot be read.
    """
    commit = run(HERE, "git", "rev-parse", "HEAD").strip()
    try:
        content = json.loads(comparison.read_bytes())
        compared = content["head"]["commit"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CiError(f"{comparison} is not a comparison: {error!r}") from error
    if compared != commit:
        raise CiError(f"{comparison} is of the commit {compared}, not of {commit}")
    try:
        lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    except OSError as error:
        raise CiError(f"{LOCK} cannot be read: {error.strerror}") from error
    note = json.dumps({"version": 1, "commit": commit, "lock": lock, "comparison": content})
    with tempfile.TemporaryDirectory(prefix="note-") as folder:
        file = Path(folder) / "note.json"  # an argument may be no longer than 128 kB
        file.write_text(note, encoding="utf-8")
        _push(file, commit)
    print(f"{commit} is attested: git fetch origin {NOTES}:{NOTES}")


def _push(file: Path, commit: str) -> None:
    """Add a file as the note of a commit to those that Git's origin has, and push them."""
    for tried in range(1, TRIES + 1):
        # What others have added meanwhile; the first note finds none.
        run(HERE, "git", "fetch", "--quiet", "origin", f"+{NOTES}*:{NOTES}*")
        command = ("notes", "--ref", NOTES, "add", "--force", "--file", str(file), commit)
        run(HERE, "git", *AUTHOR, *command)
        try:
            run(HERE, "git", "push", "--quiet", "origin", NOTES)
        except CommandError:
            if tried == TRIES:
                raise
            time.sleep(tried)
        else:
            return
