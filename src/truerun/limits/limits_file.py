"""`limits.yaml`: what newer rows are held against, written by `truerun limits` and reviewed."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, FiniteFloat

from truerun.base import settings
from truerun.base.settings import Section
from truerun.limits import figures
from truerun.limits.bins import Bins
from truerun.limits.bounds import Learned
from truerun.limits.figures import Check, Figure, Plan
from truerun.limits.held_out import HeldOut
from truerun.limits.windows import Windows
from truerun.params.numbers import Count

DIGITS = 4
HEADER = """\
# What windows of the training rows show, written by `truerun limits`. A limit is [usual, most], or
# [least, usual, most]; null is none. The stage validate warns beyond them, and `truerun ingest`
# holds newer rows against them. Change one in review, or write all anew.
"""
Limit = tuple[FiniteFloat | None, ...]


class Alarms(Section):
    """What limits that were learned on other windows said of windows of training rows."""

    windows: int
    alarms: int
    rate: FiniteFloat
    interval: tuple[FiniteFloat, FiniteFloat]
    alarmed: dict[str, str]


class ColumnLimits(Section):
    """The bins of a column, and its limits."""

    edges: tuple[FiniteFloat, ...] = ()
    values: tuple[str, ...] | tuple[FiniteFloat, ...] = ()
    drift: Limit | None = None
    missing: Limit | None = None
    range: Limit | None = None
    still: Limit | None = None
    repeat: Limit | None = None
    mean: Limit | None = None
    rows: dict[str, Limit] = Field(default_factory=dict)

    @property
    def bins(self) -> Bins:
        """Its bins."""
        return Bins(edges=self.edges, values=self.values)


class AlignmentLimit(Section):
    """Pairs of columns that go together on their own day, with signed weights.

    `usual` is by how much their correlation is larger than that with a neighbouring day; half as
    much the other way round is beyond it.
    """

    usual: FiniteFloat
    pairs: dict[str, dict[str, FiniteFloat]]


class SpellLimit(Section):
    """How long a number may stay at its usual value.

    `days` in all rows; and in those of a group, by the column that groups rows and its value, until
    so much has happened `elsewhere`: in so many days' rows of the others it is not at that value.
    """

    usual: FiniteFloat
    days: Count
    elsewhere: dict[str, dict[str, FiniteFloat]] = Field(default_factory=dict)


class Limits(Section):
    """All of limits.yaml; without windows there are no limits: there were too few rows."""

    windows: Windows | None
    runs: dict[Check, FiniteFloat] = Field(default_factory=dict)
    held_out: Alarms | None = None
    rows: Limit | None = None
    columns: dict[str, ColumnLimits] = Field(default_factory=dict)
    relations: dict[str, dict[str, Limit]] = Field(default_factory=dict)
    alignment: dict[str, AlignmentLimit] = Field(default_factory=dict)
    spells: dict[str, SpellLimit] = Field(default_factory=dict)
    gone: dict[str, dict[str, Count]] = Field(default_factory=dict)

    def of(self, figure: Figure) -> Limit | None:
        """The limit of a figure, if it has one."""
        node: Any = self
        for name in figure.path:
            node = node.get(name) if isinstance(node, dict) else getattr(node, name)
            if node is None:
                return None
        limit: Limit = node
        return limit


NOTHING: dict[str, Any] = {"windows": None}


def load(path: Path) -> Limits:
    """Read and check limits.yaml."""
    return settings.load(Limits, path)


def of_content(content: Mapping[str, Any]) -> Limits:
    """What has been learned, without a file."""
    return Limits.model_validate_json(json.dumps(content))


def content(
    windows: Windows, plan: Plan, learned: Learned, held_out: HeldOut | None
) -> dict[str, Any]:
    """What has been learned, as the mapping that limits.yaml holds."""
    made: dict[str, Any] = {"windows": windows.model_dump(), "runs": {}}
    made["runs"] = {name: _rounded(share) for name, share in learned.runs.items()}
    if held_out is not None:
        made["held_out"] = {
            "windows": held_out.windows,
            "alarms": len(held_out.alarms),
            "rate": _rounded(len(held_out.alarms) / held_out.windows),
            "interval": [_rounded(each) for each in held_out.interval],
            "alarmed": held_out.alarms,
        }
    bins = {name: each.model_dump() for name, each in plan.counted.bins.items()}
    made["columns"] = {
        name: {key: list(value) for key, value in each.items() if value}
        for name, each in bins.items()
    }
    for place, figure in enumerate(plan.figures):
        section = made
        for name in figure.path[:-1]:
            section = section.setdefault(name, {})
        section[figure.path[-1]] = _limit(place, figure, learned)
    return made


def text(limits: Mapping[str, Any]) -> str:
    """The text of limits.yaml: a section for each column, and each limit or list on its line."""
    lines: list[str] = []
    for name, value in limits.items():
        if name not in ("columns", "relations", "alignment", "spells", "gone"):
            lines.append(f"{name}: {_flow(value)}")
            continue
        lines += ["", f"{name}:"]
        for column, section in value.items():
            if name != "columns":
                lines.append(f"  {_flow(column)}: {_flow(section)}")
                continue
            lines.append(f"  {_flow(column)}:")
            lines += [f"    {key}: {_flow(entry)}" for key, entry in section.items()]
    return HEADER + "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    """A value on one line of YAML."""
    dumped = yaml.safe_dump(
        value, default_flow_style=True, width=math.inf, sort_keys=False, allow_unicode=True
    )
    return dumped.removesuffix("\n").removesuffix("\n...")


def _limit(place: int, figure: Figure, learned: Learned) -> list[float | None]:
    """The limit of a figure: what is usual, the most, and where it may be too small the least."""
    usual = float(learned.usual[place])
    least, most = (
        figures.native(number, figure.kind)
        for number in (usual - float(learned.below[place]), usual + float(learned.above[place]))
    )
    middle = figures.native(usual, figure.kind) or 0.0
    limit = [least, middle, most] if figure.both else [middle, most]
    return [_rounded(number) for number in limit]


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.{DIGITS}g}")
