"""Git's origin: tags and notes that it has are brought, and new tags sent, all or none."""

import re
import subprocess  # nosec B404
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truerun.base.commands import capture, identity, run, start
from truerun.base.errors import ReleaseError
from truerun.base.notes import NOTES
from truerun.release import tags
from truerun.release.tags import Registry

ORIGIN = "origin"
MOVED = re.compile(r"(\S+) +\(would clobber existing tag\)")


@dataclass(frozen=True)
class NewTag:
    """A tag that is to be made: its name, its commit, a line for people, and its audit."""

    name: str
    commit: str
    title: str
    audit: Mapping[str, Any]


def is_there(folder: Path) -> bool:
    """Whether the repository has an origin."""
    return ORIGIN in run(folder, "git", "remote").split()


def bring(folder: Path, model: str) -> str | None:
    """Fetch the tags of a model, and main's notes; why they could not be, or None.

    Raises
    ------
    ReleaseError
        If a tag at the origin is another one than here.
    """
    if not is_there(folder):
        return "the repository has no origin"
    named = [f"refs/tags/{model}{mark}*:refs/tags/{model}{mark}*" for mark in "@#"]
    done = _git(folder, "fetch", "--no-tags", ORIGIN, f"+{NOTES}*:{NOTES}*", *named)
    if moved := MOVED.findall(done.stderr):
        raise ReleaseError(
            f"the tag {moved[0]} at the origin is another one than here: somebody has moved it by"
            f" force. Ask who; `git ls-remote origin 'refs/tags/{moved[0]}'` shows the one there,"
            f" `git show '{moved[0]}'` the one here, and `git tag --delete '{moved[0]}'` has the"
            " next command take the one there"
        )
    return f"the origin cannot be reached: {_last(done.stderr)}" if done.returncode else None


def who(folder: Path) -> str:
    """Who makes a tag, as Git was told."""
    person = identity(folder)
    if person is None:
        raise ReleaseError(
            "Git does not know who releases: `git config user.name NAME` and"
            " `git config user.email ADDRESS` tell it"
        )
    return person


def add(folder: Path, registry: Registry, new: Sequence[NewTag]) -> None:
    """Make tags at the origin and here, all of them or none; without an origin, here alone.

    Their time is later than that of every tag of the model, so that GTO, which goes by time, reads
    them in the order of their numbers.

    Raises
    ------
    ReleaseError
        If the origin has one of these names by now: somebody was quicker.
    """
    person = who(folder)
    at = max(int(time.time()), registry.newest + 1)
    objects = {tag.name: _object(folder, tag, f"{person} {at} +0000") for tag in new}
    if is_there(folder):
        pushed = [f"{made}:refs/tags/{name}" for name, made in objects.items()]
        done = _git(folder, "push", "--quiet", "--atomic", "--no-verify", ORIGIN, *pushed)
        if done.returncode:
            _explain(folder, registry.model, new, done.stderr)
    for name, made in objects.items():
        run(folder, "git", "update-ref", f"refs/tags/{name}", made, "0" * len(made))


def _object(folder: Path, tag: NewTag, tagger: str) -> str:
    """A tag in Git's store, which no name leads to yet."""
    head = f"object {tag.commit}\ntype commit\ntag {tag.name}\ntagger {tagger}\n"
    with tempfile.TemporaryFile() as file:
        file.write(f"{head}\n{tags.message(tag.title, tag.audit)}".encode())
        file.seek(0)
        command = ("git", "mktag")
        with start(folder, *command, stdin=file.fileno(), stdout=subprocess.PIPE) as process:
            made, _ = process.communicate()
    if process.returncode:
        raise ReleaseError(f"Git makes no tag {tag.name}")
    return made.strip()


def _explain(folder: Path, model: str, new: Sequence[NewTag], errors: str) -> None:
    """Say why tags were not taken."""
    names = [f"refs/tags/{tag.name}" for tag in new]
    there = _git(folder, "ls-remote", ORIGIN, *names).stdout
    if there.strip():
        bring(folder, model)
        first = next(tag.name for tag in new if f"refs/tags/{tag.name}\n" in there)
        text = run(folder, "git", "for-each-ref", "--format=%(taggername)", f"refs/tags/{first}")
        raise ReleaseError(
            f"{first} was made by {text.strip() or 'somebody'} meanwhile, and nothing was changed"
            " by this command: `truerun release show` says what is so now"
        )
    raise ReleaseError(
        f"the origin does not take the tag, and nothing was changed: {_last(errors)}"
    )


def _git(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """What Git says in English, and without asking for a password."""
    return capture(folder, "git", *command, timeout=None, LC_ALL="C", GIT_TERMINAL_PROMPT="0")


def _last(errors: str) -> str:
    """The line of Git's that says why."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "remote:", "!", "error:"))]
    return (fatal or lines or ["Git says nothing"])[0]
