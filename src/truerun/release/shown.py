"""Stages and versions as a table, and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from truerun.release import semver, stages
from truerun.release.stages import InStage
from truerun.release.tags import Registry


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
        (each.stage, each.version, stages.moment(each.since), each.who, each.reason or "")
        for each in held
    ]
    made = [("version", "commit", "made", "who", "in")]
    for name in sorted(registry.versions, key=semver.precedence, reverse=True):
        tag = registry.versions[name]
        places = ", ".join(each.stage for each in held if each.version == name)
        made.append((name, tag.commit[:12], stages.moment(tag.time), tag.who, places))
    return [*_aligned(rows), "", *_aligned(made)]


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows whose columns begin below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
