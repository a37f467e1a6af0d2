"""A commit that a retraining merged by itself, and the version that is made of it."""

from pathlib import Path

from truerun.base import yaml_text
from truerun.base.commands import run
from truerun.base.errors import ReleaseError
from truerun.base.nested import value_at
from truerun.base.paths import PARAMS
from truerun.ci.proposals import AUTOMATIC
from truerun.release import semver, versions

HERE = Path()
KEY, _, VALUE = AUTOMATIC.partition(": ")
TRAILER = f"--format=%(trailers:key={KEY},valueonly)"


def is_automatic(commit: str) -> bool:
    """Whether a retraining made a commit, or the one it merges, to be released by itself.

    Its params.yaml must still say so.
    """
    own, *merged = run(HERE, "git", "rev-parse", commit, f"{commit}^@").split()
    made = [own, *merged[1:]]  # the first parent is main before
    if not any(VALUE in run(HERE, "git", "log", "-1", TRAILER, each).split() for each in made):
        return False
    content = yaml_text.loaded(run(HERE, "git", "show", f"{commit}:{PARAMS}"))
    return value_at(content, "retrain", "automatic") is True


def next_version() -> str | None:
    """The version to make of the commit that is checked out; None if it is not automatic.

    Raises
    ------
    ReleaseError
        If there is no version that it could follow.
    """
    if not is_automatic("HEAD"):
        return None
    highest = versions.registry_now(is_needed=True).highest()
    if highest is None:
        raise ReleaseError("make the first version by hand: `truerun release create v1.0.0`")
    return semver.next_patch(highest)
