"""Versions and stages of a model as Git's tags, which GTO reads too.

    churn@v1.2.0          a version: the commit that it is of
    churn#staging#4       the fourth change of a stage: the commit whose version is in it then
    churn#staging!#4      a version that left the stage

Each is an annotated tag. The last line of its message is its audit, a line of JSON; a tag by GTO
has none. Numbers count the changes of one stage: of two who change it at once, both want the same
number, and Git takes one tag of a name. A version that leaves has a tag, because `gto show` says
the highest of all versions that a stage was given and that have not left it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truerun.base.commands import run
from truerun.release import semver

STAGE = r"[a-zA-Z0-9](?:[\w-]*[a-zA-Z0-9])?"
FIELDS = (
    *("refname:strip=2", "objecttype", "objectname", "*objectname"),
    *("taggername", "taggeremail", "taggerdate:unix", "contents"),
)
AUDIT = "audit: "


@dataclass(frozen=True)
class Tag:
    """A tag of a model: of a `version`, or the change of a `stage` by its `number`.

    `object` is the tag itself; `time` is in seconds; `audit` is None if the message has none, as of
    a tag by GTO. `is_withdrawal` says that the version is withdrawn, or leaves the stage.
    """

    name: str
    object: str
    commit: str
    who: str
    time: int
    message: str
    audit: Mapping[str, Any] | None
    version: str | None
    stage: str | None
    number: int
    is_withdrawal: bool


@dataclass(frozen=True)
class Registry:
    """All tags of a model, but for withdrawals of versions: `plain` are those without a message."""

    model: str
    versions: Mapping[str, Tag]
    changes: Mapping[str, Sequence[Tag]]
    plain: Sequence[str]
    newest: int

    def highest(self) -> str | None:
        """The highest version; None if there is none."""
        return max(self.versions, key=semver.precedence, default=None)

    def of_commit(self, commit: str) -> str | None:
        """The version of a commit."""
        return next((name for name, tag in self.versions.items() if tag.commit == commit), None)

    def in_stage(self, stage: str) -> list[Tag]:
        """The assignments whose version has not left a stage, by when they were made.

        The last is what is in the stage; tags of this package leave no other.
        """
        there: dict[str, Tag] = {}
        for tag in self.changes.get(stage, ()):
            there.pop(tag.commit, None)
            if not tag.is_withdrawal:
                there[tag.commit] = tag
        return list(there.values())

    def next_number(self, stage: str) -> int:
        """The number of the next change of a stage."""
        return max((tag.number for tag in self.changes.get(stage, ())), default=0) + 1


def read(folder: Path, model: str) -> Registry:
    """The tags of a model, as the repository has them."""
    form = "%00".join([*(f"%({name})" for name in FIELDS), ""])
    patterns = [f"refs/tags/{_escaped(model)}{mark}*" for mark in "@#"]
    content = run(folder, "git", "for-each-ref", f"--format={form}", *patterns).split("\0")
    records = [content[at : at + len(FIELDS)] for at in range(0, len(content) - 1, len(FIELDS))]
    tags: list[Tag] = []
    plain: list[Tag] = []
    for name, kind, *more in records:
        if tag := _tag(model, name.removeprefix("\n"), more):
            (tags if kind == "tag" else plain).append(tag)
    withdrawn = {tag.version for tag in tags if tag.version and tag.is_withdrawal}
    versions = {
        tag.version: tag
        for tag in tags
        if tag.version and not tag.is_withdrawal and tag.version not in withdrawn
    }
    changes: dict[str, list[Tag]] = {}
    for tag in sorted(tags, key=lambda tag: (tag.number, not tag.is_withdrawal)):
        if tag.stage:
            changes.setdefault(tag.stage, []).append(tag)
    names = [tag.name for tag in plain] + [f"{model}@{version}" for version in withdrawn]
    return Registry(model, versions, changes, names, max((tag.time for tag in tags), default=0))


def message(title: str, audit: Mapping[str, Any]) -> str:
    """The message of a tag: a line for people, and the audit."""
    return f"{title}\n\n{AUDIT}{json.dumps(audit, sort_keys=True, ensure_ascii=False)}\n"


def audit_of(text: str) -> dict[str, Any] | None:
    """The audit in a message; None if it has none.

    >>> audit_of(message("churn v1.2.0", {"action": "create"}))
    {'action': 'create'}
    """
    lines = [line for line in text.splitlines() if line.startswith(AUDIT)]
    try:
        content = json.loads(lines[-1].removeprefix(AUDIT)) if lines else None
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _tag(model: str, name: str, fields: Sequence[str]) -> Tag | None:
    """A tag by the fields that Git says of it; None if its name is not of this kind."""
    own, tagged, person, email, time, text = fields
    parts = re.fullmatch(
        rf"{re.escape(model)}(?:@(?P<version>{semver.PATTERN})|#(?P<stage>{STAGE}))"
        r"(?P<withdrawal>!?)(?:#(?P<number>\d{1,9}))?",
        name,
        re.ASCII,
    )
    if parts is None:
        return None
    return Tag(
        name=name,
        object=own,
        commit=tagged or own,
        who=f"{person} {email}".strip(),
        time=int(time or 0),
        message=text,
        audit=audit_of(text),
        version=parts["version"],
        stage=parts["stage"],
        number=int(parts["number"] or 0),
        is_withdrawal=bool(parts["withdrawal"]),
    )


def _escaped(model: str) -> str:
    """A name in which no letter stands for others in a pattern of Git's."""
    return re.sub(r"([*?\[\]\\])", r"\\\1", model)
