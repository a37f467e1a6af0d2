"""Put a version into a stage, and take it back: new tags, all of them or none."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from truerun.base.errors import ReleaseError
from truerun.release import origin, stages, versions
from truerun.release.origin import NewTag
from truerun.release.stages import InStage
from truerun.release.tags import Registry

HERE = Path()
NONE = "nothing"


@dataclass(frozen=True)
class Changed:
    """The version that another took the place of, if one did, and what was done, in words."""

    before: str | None
    told: str


@dataclass(frozen=True)
class _Change:
    """What a stage is to hold, what it held, and why that changes."""

    action: str
    version: str
    stage: str
    before: InStage | None
    reason: str | None


def promote(version: str, stage: str, reason: str | None) -> Changed:
    """Put a version into a stage; and what was there before.

    Raises
    ------
    ReleaseError
        If there is no such version or stage, the tag was moved, or somebody else has changed the
        stage meanwhile.
    """
    registry = versions.registry_now(is_needed=True)
    before = _known(registry, stages.checked_stage(registry, stage))
    return _assign(registry, _Change("promote", version, stage, before, reason))


def rollback(stage: str, to: str | None, reason: str | None) -> Changed:
    """Put the version before into a stage, or one that is named; and what was there before.

    Raises
    ------
    ReleaseError
        As `promote`; or if there was no version before.
    """
    registry = versions.registry_now(is_needed=True)
    stages.checked_stage(registry, stage)
    before = _known(registry, stage) if to else stages.current(registry, stage)
    if to is None and before is None:
        raise ReleaseError(f"{stage} holds no version that could be taken back")
    version = to or stages.before(registry, stage, before.version if before else "")
    return _assign(registry, _Change("rollback", version, stage, before, reason))


def _known(registry: Registry, stage: str) -> InStage | None:
    """What is in a stage, as far as can be told: another version takes its place whatever it is."""
    with suppress(ReleaseError):
        return stages.current(registry, stage)
    return None


def _assign(registry: Registry, change: _Change) -> Changed:
    """Tag a version as the one that is in a stage, and all others as gone from there."""
    version, stage, before = change.version, change.stage, change.before
    if before and before.version == version:
        since = stages.moment(before.since)
        return Changed(None, f"release: {stage} holds {version} already, since {since}")
    of = versions.consistent(versions.tag_of(registry, version))
    person = origin.who(HERE)
    number = registry.next_number(stage)
    audit = {
        "action": change.action,
        "version": version,
        "stage": stage,
        "commit": of.commit,
        "bundle": of.bundle,
        "from": before.version if before else None,
        "who": person,
        "reason": change.reason,
    }
    title = f"{registry.model} {version} is in {stage}"
    new = [NewTag(f"{registry.model}#{stage}#{number}", of.commit, title, audit)]
    leaving = [tag for tag in registry.in_stage(stage) if tag.commit != of.commit]
    for place, tag in enumerate(leaving, start=number):
        left = registry.of_commit(tag.commit) or tag.commit
        leave = {**audit, "action": "leave", "version": left, "commit": tag.commit, "to": version}
        del leave["bundle"], leave["from"]
        name = f"{registry.model}#{stage}!#{place}"
        new.append(NewTag(name, tag.commit, f"{registry.model} {left} has left {stage}", leave))
    origin.add(HERE, registry, new)
    was = before.version if before else None
    return Changed(
        was,
        f"release: {stage} holds {version}, commit {of.commit[:12]}; before, it held {was or NONE}",
    )
