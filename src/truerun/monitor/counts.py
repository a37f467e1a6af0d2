"""What is kept of a day: counts that add up, in whatever order its lines are read.

All are whole numbers, so that days that are counted one by one, or all at once, give the same.
"""

import base64
import hashlib
import json
import math
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.contract.contract import SCORE
from truerun.limits.sums import Coded, Sums, plain_sums
from truerun.model import targets
from truerun.monitor import class_sums
from truerun.monitor.calibrated import ClassCalibration
from truerun.monitor.class_sums import STEPS, Ints, billionths
from truerun.monitor.release import OTHER, Release, unknown
from truerun.serve.request_log import SHADOW

MOST_MODELS = 20  # that are told apart
CHECKS = ("not_nullable", "type", "isin", "greater_than_or_equal_to", "less_than_or_equal_to",
          "pattern", "finite", "unknown", "cannot be read")  # fmt: skip
UNKNOWN = "isin"  # the check of a category that the contract does not have


@dataclass(frozen=True)
class Layout:
    """What is counted of the lines of a log, by a release.

    `calibrated` says of a multiclass task what scores mean; without it nothing is kept of it.
    """

    release: Release
    calibrated: ClassCalibration | None = None

    @cached_property
    def edges(self) -> npt.NDArray[np.float64]:
        """Between which scores of a binary task are counted; the threshold is among them."""
        if self.release.threshold is None:
            return np.empty(0)
        steps = [*(np.arange(1, STEPS) / STEPS), self.release.threshold]
        return np.unique(steps)

    @cached_property
    def columns(self) -> frozenset[str]:
        """The names that a refusal may have in a report."""
        return frozenset(self.release.contract.columns)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all that the counts depend on, beside the lines."""
        release = self.release
        facts = [
            release.version,
            {name: each.model_dump() for name, each in release.counted.bins.items()},
            {name: each.model_dump() for name, each in release.scores.items()},
            dict(release.groups),
            release.threshold,
            sorted(self.columns),
        ]
        if self.calibrated is not None:
            facts.append(self.calibrated.facts())
        return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()


@dataclass
class DayCounts:
    """Counts of the lines of a day.

    `columns` are the bins of the scored rows of the release's version, and their pairs; `scores`
    the bins of their scores, `histogram` rows and sums of scores in narrow bins, shape (2, bins);
    `classes` and `sample` what `class_sums` keeps of several classes; `groups` rows, positive ones
    and sums of scores by column and value. `models` are rows by role and version, `refusals`
    refused rows by column and check, `mistyped` cells that are of no value that their column can
    have.
    """

    columns: Sums = field(default_factory=Sums)
    scores: dict[str, Ints] = field(default_factory=dict)
    histogram: Ints = field(default_factory=lambda: np.zeros((2, 0), np.int64))
    classes: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    sample: Ints = field(default_factory=lambda: np.zeros((0, 1), np.int64))
    groups: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    models: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: int = 0
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    mistyped: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """Rows that the release scored."""
        return self.columns.rows

    def __add__(self, other: "DayCounts") -> "DayCounts":
        if not self.rows or not other.rows:
            whole = self if self.rows else other
            scores, histogram, groups = whole.scores, whole.histogram, whole.groups
            classes, sample = whole.classes, whole.sample
        else:
            scores = {name: self.scores[name] + other.scores[name] for name in self.scores}
            histogram = self.histogram + other.histogram
            classes = self.classes + other.classes
            sample = class_sums.sample(np.concatenate([self.sample, other.sample]))
            groups = {
                column: _added(values, other.groups[column])
                for column, values in self.groups.items()
            }
        return DayCounts(
            self.columns + other.columns,
            scores,
            histogram,
            classes,
            sample,
            groups,
            self.models + other.models,
            self.refused + other.refused,
            self.refusals + other.refusals,
            self.mistyped + other.mistyped,
        )

    def content(self) -> dict[str, Any]:
        """The counts as JSON has them."""
        arrays: list[npt.NDArray[Any]] = [
            *self.columns.bins.values(),
            *self.scores.values(),
            self.histogram.ravel(),
            self.classes,
            self.sample.ravel(),
        ]
        arrays.append(self.columns.pairs.ravel())
        joined = np.concatenate(arrays).astype("<i8") if self.rows else np.empty(0, "<i8")
        return {
            "rows": self.rows,
            "counts": base64.b64encode(zlib.compress(joined.tobytes())).decode("ascii"),
            "groups": self.groups,
            "models": _pairs(self.models),
            "refused": self.refused,
            "refusals": _pairs(self.refusals),
            "mistyped": dict(sorted(self.mistyped.items())),
        }

    @classmethod
    def of_content(cls, content: Mapping[str, Any], layout: Layout) -> "DayCounts":
        """What `content` made; raise `ValueError`, `KeyError` or `TypeError` if it is not that."""
        made = cls(
            groups=content["groups"],
            models=Counter({(role, name): rows for role, name, rows in content["models"]}),
            refused=content["refused"],
            refusals=Counter({(name, check): n for name, check, n in content["refusals"]}),
            mistyped=Counter(content["mistyped"]),
        )
        if not content["rows"]:
            return made
        release = layout.release
        packed = zlib.decompress(base64.b64decode(content["counts"], validate=True))
        joined = np.frombuffer(packed, "<i8").astype(np.int64)
        sizes = [each.count for each in release.counted.bins.values()]
        sizes += [each.count for each in release.scores.values()]
        sizes.append(2 * (len(layout.edges) + 1) if len(layout.edges) else 0)
        of_classes = len(release.scores) if layout.calibrated is not None else 0
        kept = min(content["rows"], class_sums.SAMPLE) if of_classes else 0
        sizes += [class_sums.size(of_classes) if of_classes else 0, kept * (1 + of_classes)]
        *parts, histogram, classes, sample, pairs = np.split(joined, np.cumsum(sizes))
        bins = dict(zip([*release.counted.bins, *release.scores], parts, strict=True))
        width = int(len(pairs) ** 0.5)
        made.columns = Sums(
            rows=content["rows"],
            test=True,
            bins={name: bins[name] for name in release.counted.bins},
            pairs=pairs.reshape(width, width).astype(np.float64),
        )
        made.scores = {name: bins[name] for name in release.scores}
        made.histogram = histogram.reshape(2, -1)
        made.classes, made.sample = classes, sample.reshape(kept, 1 + of_classes)
        return made


def of_lines(lines: Sequence[Mapping[str, Any]], layout: Layout) -> DayCounts:
    """Count lines, of which so many are given that they fit into memory."""
    made, scored, release = DayCounts(), [], layout.release
    rows: list[str] = []
    names = list(release.scores)
    for line in lines:
        made.models[line["role"], line["model"][:40]] += 1
        if line["role"] == SHADOW or line["model"] != release.version:
            continue
        if line["refused"]:
            made.refused += 1
            made.refusals.update({_refusal(each, layout) for each in line["refused"]})
        elif (score := scores_of(line["score"], names)) is None:
            made.mistyped[SCORE] += 1
        else:
            if layout.calibrated is not None:
                rows.append(f"{line['time']} {line['key']}")
            scored.append(({**line["key"], **line["cells"]}, score))
    if len(made.models) > MOST_MODELS:
        kept = dict(made.models.most_common(MOST_MODELS))
        made.models = Counter(kept) + Counter(
            {(OTHER, OTHER): made.models.total() - sum(kept.values())}
        )
    if scored:
        single = np.array([score for _, score in scored], dtype=np.float32).astype(np.float64)
        _count([cells for cells, _ in scored], single, made, layout)
        if layout.calibrated is not None:
            made.classes = of_classes(single, layout.calibrated)
            made.sample = class_sums.sample(class_sums.rows_by_hash(rows, single))
    return made


def of_classes(scores: npt.NDArray[np.float64], calibrated: ClassCalibration) -> Ints:
    """What is to be expected of rows with the scores of several classes, as `class_sums.sums`."""
    return class_sums.sums(scores, billionths(calibrated(scores)))


def _count(
    cells_of_rows: Sequence[Mapping[str, Any]],
    single: npt.NDArray[np.float64],
    made: DayCounts,
    layout: Layout,
) -> None:
    """Count rows with their cells, and with their scores of shape (rows, scores)."""
    release, rows = layout.release, len(cells_of_rows)
    counted = release.counted
    if counted.bins:
        table = {
            name: _column(
                [cells.get(name) for cells in cells_of_rows], name, bins.are_texts, made.mistyped
            )
            for name, bins in counted.bins.items()
            if name != counted.target
        }
        table[counted.target] = unknown(rows, counted.bins[counted.target])
        frame = pd.DataFrame(table)[list(counted.bins)]
        made.columns = plain_sums(Coded.of(frame, counted), rows, counted, "", test=True)
        made.columns.total, made.columns.partitions = 0.0, ()
    else:
        made.columns = Sums(rows=rows, test=True)
    for place, (name, bins) in enumerate(release.scores.items()):
        codes = bins.codes(pd.Series(single[:, place]))
        made.scores[name] = np.bincount(codes, minlength=bins.count)
    if len(layout.edges):
        made.histogram = histogram(single[:, 0], layout)
    positive = targets.decisions(single[:, 0], release.threshold or 0.0)
    for column, values in release.groups.items():
        named = frozenset(values)
        groups = made.groups.setdefault(column, {})
        for cells, decided, score in zip(
            cells_of_rows, positive.tolist(), billionths(single[:, 0]).tolist(), strict=True
        ):
            value = str(cells.get(column))
            of_group = groups.setdefault(value if value in named else OTHER, [0, 0, 0])
            of_group[0] += 1
            of_group[1] += int(decided)
            of_group[2] += score


def histogram(scores: npt.NDArray[np.float64], layout: Layout) -> Ints:
    """Rows and sums of scores in billionths, by the edges of a layout; of shape (2, bins)."""
    places = np.searchsorted(layout.edges, scores, side="right")
    made = np.zeros((2, len(layout.edges) + 1), np.int64)
    np.add.at(made[0], places, 1)
    np.add.at(made[1], places, billionths(scores))
    return made


def scores_of(score: Any, names: Sequence[str]) -> list[float] | None:
    """The scores of a row by the columns that have them; None if it has others."""
    if not isinstance(score, dict):
        return [float(score)] if names == [SCORE] else None
    values = {f"{SCORE}:{name}": value for name, value in score.items()}
    return [float(values[name]) for name in names] if values.keys() == {*names} else None


def _refusal(broken: Mapping[str, str], layout: Layout) -> tuple[str, str]:
    """A column and a check in words of ours, whatever the line has."""
    check = broken["check"].partition("(")[0]
    names = [name for name in broken["column"].split(", ") if name in layout.columns]
    column = ", ".join(names[:2]) or OTHER
    return column, check if check in CHECKS else OTHER


def _column(cells: Sequence[Any], name: str, are_texts: bool, mistyped: Counter[str]) -> pd.Series:
    """A column of cells as they are counted; a cell of another type is missing, and counted."""
    kinds = set(map(type, cells)) - {type(None)}
    if are_texts:
        if kinds <= {str}:
            return pd.Series(cells, dtype="object")
        kept = [cell if isinstance(cell, str) else None for cell in cells]
        wrong = sum(cell is not None and not isinstance(cell, str) for cell in cells)
        if wrong:
            mistyped[name] += wrong
        return pd.Series(kept, dtype="object")
    if kinds <= {int, float}:
        try:
            return pd.Series(np.array(cells, dtype=np.float64))
        except OverflowError:  # a whole number of hundreds of digits
            pass
    numbers = [_number(cell) for cell in cells]
    wrong = sum(
        cell is not None and math.isnan(number) and cell == cell  # noqa: PLR0124 - NaN is missing
        for cell, number in zip(cells, numbers, strict=True)
    )
    if wrong:
        mistyped[name] += wrong
    return pd.Series(np.array(numbers, dtype=np.float64))


def _number(cell: Any) -> float:
    if type(cell) not in (int, float):
        return float("nan")
    try:
        return float(cell)
    except OverflowError:
        return float("nan")


def _added(one: Mapping[str, list[int]], other: Mapping[str, list[int]]) -> dict[str, list[int]]:
    return {
        value: [
            a + b for a, b in zip(one.get(value, [0] * 3), other.get(value, [0] * 3), strict=True)
        ]
        for value in sorted({*one, *other})
    }


def _pairs(counts: Counter[tuple[str, str]]) -> list[tuple[str, str, int]]:
    return [(*names, count) for names, count in sorted(counts.items())]
