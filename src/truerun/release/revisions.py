"""What a commit says of its model, by Git alone: its name, its lock, its bundle and its proof."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truerun.base import artifacts, locks, paths
from truerun.base.artifacts import PIPELINE
from truerun.base.commands import CommandError, capture, run
from truerun.base.errors import ReleaseError, listed
from truerun.base.notes import NOTES

LOCK = Path("dvc.lock")
BUNDLE = "models/bundle"
# As GTO allows it in a tag, of an artifact that DVC allows.
NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-/_]*[a-zA-Z0-9])?")
OUTCOMES = ("pass", "warn", "fail")  # of a rule of the gate
NOTE = 1  # the version of main's notes that is read
OLDER = 200  # commits that changed dvc.lock, among which the first with a bundle is looked for


@dataclass(frozen=True)
class Released:
    """What a commit's dvc.lock holds: its own hash, and the md5 of the bundle and the model."""

    commit: str
    lock_sha256: str
    bundle: str
    model_md5: str


@dataclass(frozen=True)
class Proof:
    """Main's note of a commit: the hash of its lock, and its comparison with the commit before."""

    lock_sha256: str
    comparison: Mapping[str, Any]

    @property
    def rules(self) -> Sequence[Mapping[str, Any]]:
        """The rules of the gate, each with its outcome."""
        rules: Sequence[Mapping[str, Any]] = self.comparison["gate"]["rules"]
        return rules

    @property
    def failed(self) -> list[str]:
        """The rules that failed."""
        return [str(rule["rule"]) for rule in self.rules if rule["outcome"] == "fail"]


def model_name(folder: Path) -> str:
    """The name of the model, as `artifacts:` of dvc.yaml has it, and as GTO's tags begin.

    Raises
    ------
    ReleaseError
        If dvc.yaml names no model, or several.
    """
    named = artifacts.model_names(folder)
    if len(named) != 1:
        problem = (
            f"names {paths.MODEL} {len(named)} times ({listed(named)})" if named else "names none"
        )
        raise ReleaseError(
            f"{PIPELINE} {problem}: its section `artifacts:` needs one entry such as `churn:"
            f" {{path: {paths.MODEL}, type: model}}`, by whose name versions go"
        )
    if not NAME.fullmatch(named[0]):
        raise ReleaseError(
            f"artifacts.{named[0]} of {PIPELINE}: a name has letters of ASCII, digits, - and _"
        )
    inside = run(folder, "git", "rev-parse", "--show-prefix").strip().rstrip("/")
    return f"{inside}={named[0]}" if inside else named[0]


def commit_of(folder: Path, revision: str) -> str:
    """The whole name of a commit."""
    command = ("git", "rev-parse", "--quiet", "--verify", "--end-of-options")
    named = run(folder, *command, f"{revision}^{{commit}}", check=False).strip()
    if not named:
        raise ReleaseError(f"Git knows no commit {revision}: `git fetch origin` may bring it")
    return named


def released(folder: Path, commit: str) -> Released:
    """What the lock of a commit holds.

    Raises
    ------
    ReleaseError
        If it has no lock, or the lock no bundle.
    """
    try:
        text = run(folder, "git", "show", f"{commit}:./{LOCK}")
    except CommandError as error:
        raise ReleaseError(f"the commit {commit[:12]} has no {LOCK}") from error
    stages = locks.parse(text, f"{LOCK} of {commit[:12]}")
    outputs = {out["path"]: out for stage in stages.values() for out in stage.get("outs", ())}
    for name in (BUNDLE, str(paths.MODEL)):
        if not isinstance(outputs.get(name, {}).get("md5"), str):
            raise ReleaseError(
                f"{LOCK} of {commit[:12]} has no {name}, which is what is served: `truerun repro`"
                " makes it"
            )
    return Released(
        commit,
        hashlib.sha256(text.encode()).hexdigest(),
        outputs[BUNDLE]["md5"],
        outputs[str(paths.MODEL)]["md5"],
    )


def proof(folder: Path, commit: str) -> Proof | None:
    """Main's note of a commit; None if there is none.

    Raises
    ------
    ReleaseError
        If it is no note of this commit.
    """
    done = capture(folder, "git", "notes", "--ref", NOTES, "show", commit)
    if done.returncode:
        return None
    where = f"the note of {commit[:12]} in {NOTES}"
    try:
        note = json.loads(done.stdout)
        made = Proof(str(note["lock"]), note["comparison"])
        if note["version"] != NOTE:
            raise ReleaseError(f"{where} is of version {note['version']}, and {NOTE} is read here")
        if note["commit"] != commit or made.comparison["head"]["commit"] != commit:
            raise ReleaseError(f"{where} is of another commit, {note['commit']}")
        worst = max((OUTCOMES.index(rule["outcome"]) for rule in made.rules), default=None)
        if worst is None or OUTCOMES[worst] != made.comparison["gate"]["outcome"]:
            raise ReleaseError(f"{where} says of the gate what its rules do not say")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ReleaseError(f"{where} is not as `truerun ci attest` writes it: {error!r}") from error
    return made


def first_with_bundle(folder: Path, of: Released) -> str:
    """The first of the newest commits in a row that have this bundle: the change that made it."""
    command = ("git", "log", "--first-parent", f"--max-count={OLDER}", "--format=%H", of.commit)
    first = of.commit
    for commit in run(folder, *command, "--", str(LOCK)).split():
        try:
            if released(folder, commit).bundle != of.bundle:
                break
        except (ReleaseError, locks.LockError):
            break
        first = commit
    return first
