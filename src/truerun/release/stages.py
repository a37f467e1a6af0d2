"""Which version is in a stage, by the tags, and which was there before."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from truerun.base import yaml_text
from truerun.base.errors import ReleaseError, listed
from truerun.release import bundles, semver, tags, versions
from truerun.release.bundles import BundleRelease
from truerun.release.tags import Registry, Tag

HERE = Path()
SETTINGS = Path(".gto")
STAGES = ("staging", "canary", "production")  # where .gto names none


@dataclass(frozen=True)
class InStage:
    """A version in a stage: since when, in seconds, by whom and why."""

    stage: str
    version: str
    commit: str
    since: int
    who: str
    reason: str | None
    tag: str


def current(registry: Registry, stage: str) -> InStage | None:
    """What is in a stage; None if nothing is.

    Raises
    ------
    ReleaseError
        If the tag of the stage, or that of its version, was moved.
    """
    there = registry.in_stage(stage)
    return _in_stage(registry, stage, there[-1]) if there else None


def all_current(registry: Registry) -> list[InStage]:
    """What is in each stage that holds a version."""
    held = [current(registry, stage) for stage in sorted(registry.changes)]
    return [each for each in held if each is not None]


def provenance(registry: Registry, named: str) -> BundleRelease:
    """Which bundle a stage, or a version, means.

    Raises
    ------
    ReleaseError
        If it is neither, holds nothing, or a tag was moved.
    """
    if semver.is_version(named):
        stage, version = None, named
    else:
        held = current(registry, checked_stage(registry, named))
        if held is None:
            raise ReleaseError(
                f"{named} holds no version: `truerun release promote VERSION {named}` puts one"
                " there"
            )
        stage, version = named, held.version
    of = versions.consistent(versions.tag_of(registry, version))
    return BundleRelease(registry.model, version, stage, of.commit, of.lock_sha256, of.bundle)


def fetch(named: str, into: Path) -> str:
    """Lay down the bundle of a stage or a version; a line that says what was done.

    Without a network the tags are those of the last time, and the bundle that of the cache.
    """
    registry = versions.registry_now()
    of = provenance(registry, named)
    changed = bundles.lay_down(bundles.fetched(HERE, of.bundle), of, into)
    done = "laid down in" if changed else "is there already, in"
    return f"release: {of.model} {of.version}, bundle {of.bundle}, {done} {into}"


def checked_stage(registry: Registry, stage: str) -> str:
    """A stage, if it is one; raise `ReleaseError` otherwise."""
    listed_there = yaml_text.plain(HERE / SETTINGS).get("stages")
    own = [str(each) for each in listed_there] if isinstance(listed_there, list) else []
    names = list(dict.fromkeys([*(own or STAGES), *registry.changes]))
    if stage not in names or not re.fullmatch(tags.STAGE, stage, re.ASCII):
        raise ReleaseError(
            f"there is no stage {stage}: stages are {listed(names)}. A file {SETTINGS} names"
            " others: stages: [staging, production]"
        )
    return stage


def moment(seconds: int) -> str:
    """A time in UTC.

    >>> moment(0)
    '1970-01-01 00:00 UTC'
    """
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def as_json(held: Sequence[InStage], registry: Registry) -> dict[str, Any]:
    """All that is known of a model's stages and versions."""
    ordered = sorted(registry.versions, key=semver.precedence, reverse=True)
    return {
        "model": registry.model,
        "stages": {each.stage: asdict(each) for each in held},
        "versions": {
            name: {"commit": tag.commit, "made": tag.time, "who": tag.who, "audit": tag.audit}
            for name in ordered
            for tag in [registry.versions[name]]
        },
    }


def table(held: Sequence[InStage], registry: Registry) -> list[str]:
    """The stages, and the versions, the highest first, as lines."""
    rows = [("stage", "version", "since", "who", "why")]
    rows += [
        (each.stage, each.version, moment(each.since), each.who, each.reason or "") for each in held
    ]
    made = [("version", "commit", "made", "who", "in")]
    for name in sorted(registry.versions, key=semver.precedence, reverse=True):
        tag = registry.versions[name]
        places = ", ".join(each.stage for each in held if each.version == name)
        made.append((name, tag.commit[:12], moment(tag.time), tag.who, places))
    return [*_aligned(rows), "", *_aligned(made)]


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows whose columns begin below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _in_stage(registry: Registry, stage: str, tag: Tag) -> InStage:
    """The version of an assignment, if neither its tag nor that of the version was moved."""
    audit = tag.audit or {}
    if audit and audit.get("commit") != tag.commit:
        raise ReleaseError(
            f"the tag {tag.name} is at commit {tag.commit[:12]}, and its audit says"
            f" {str(audit.get('commit'))[:12]}: it was moved by force"
        )
    version = registry.of_commit(tag.commit)
    audited = audit.get("version", version)
    if version is None or audited != version:
        raise ReleaseError(
            f"{tag.name} says that {stage} holds {audited} at commit {tag.commit[:12]}, and that"
            f" commit is version {version}: the tag of the version was moved or deleted. `truerun"
            f" release promote VERSION {stage}` puts another there"
        )
    reason = audit.get("reason")
    return InStage(stage, version, tag.commit, tag.time, tag.who, reason, tag.name)


def before(registry: Registry, stage: str, held: str) -> str:
    """The version that was in a stage before the present one was promoted to it.

    A rollback takes back the last promotion that none has taken back yet, so that a second one
    goes further back.

    Raises
    ------
    ReleaseError
        If there was none.
    """
    history: list[str] = []
    for tag in registry.changes[stage]:
        version = registry.of_commit(tag.commit)
        if tag.is_withdrawal or version is None:
            continue
        if (tag.audit or {}).get("action") == "rollback":
            del history[-1:]
            if version in history:
                place = len(history) - history[::-1].index(version) - 1
                del history[place:]
        history.append(version)
    earlier = [version for version in history[:-1] if version != held]
    if not earlier:
        raise ReleaseError(
            f"{stage} held no version before {held}: `truerun release rollback {stage} --to"
            " VERSION` names one"
        )
    return earlier[-1]
