"""What a model has answered, as counts: of a page for Prometheus, or of a log of requests."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from truerun.base.errors import ReleaseError
from truerun.serve.client import PREDICT

SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? ([+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|Inf|NaN))")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
FAILURES = re.compile(r"5\d\d|429")  # statuses that are the service's own fault
CELLS = "truerun_cells_total"  # begins anew with each model
POINTS = 1000  # of the distribution of a log, at most

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Distribution:
    """How many values are at most each edge, and how many there are."""

    edges: Floats
    at_most: Floats
    count: float

    def share_above(self, edge: float) -> float:
        """The share of values above one of the edges."""
        place = int(np.searchsorted(self.edges, edge))
        return 1 - float(self.at_most[place]) / self.count if self.count else 0.0


@dataclass(frozen=True)
class Answered:
    """Requests and those that failed, rows and those refused, times in seconds, scores by class.

    A log knows of no request that failed.
    """

    requests: float
    failed: float
    rows: float
    refused: float
    times: Distribution
    scores: Mapping[str, Distribution] = field(default_factory=dict)


Samples = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(page: str, where: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """The samples of a page in the text format of Prometheus, by name and labels.

    Raises
    ------
    ReleaseError
        If a line is none.
    """
    made: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for number, line in enumerate(page.splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        parts = SAMPLE.fullmatch(line)
        if parts is None:
            raise ReleaseError(f"{where}: line {number} is no sample: {line[:80]}")
        made[parts[1], tuple(sorted(LABEL.findall(parts[2] or "")))] = float(parts[3])
    if not any(name == "truerun_requests_total" for name, _ in made):
        raise ReleaseError(f"{where} is no page of /metrics of `truerun serve`")
    return made


def added(pages: Iterable[Samples]) -> Samples:
    """The counts of several services as those of one."""
    total: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for page in pages:
        for name, value in page.items():
            total[name] = total.get(name, 0.0) + value
    return total


def since(before: Samples, after: Samples) -> Samples:
    """What was counted between two pages; of a service that began anew, all that it has counted."""
    differences = {name: value - before.get(name, 0.0) for name, value in after.items()}
    counts = [
        value
        for (name, _), value in differences.items()
        if name.endswith("_total") and name != CELLS
    ]
    return after if any(value < 0 for value in counts) else differences


def of_page(page: Samples) -> Answered:
    """What the counts of a service say."""
    requests = failed = 0.0
    rows = {"scored": 0.0, "refused": 0.0}
    scores: dict[str, dict[str, float]] = {}
    times: dict[str, float] = {}
    for (name, pairs), value in page.items():
        labels = dict(pairs)
        if name == "truerun_requests_total" and labels.get("path") == PREDICT:
            requests += value
            failed += value if FAILURES.fullmatch(labels["status"]) else 0.0
        elif name == "truerun_rows_total":
            rows[labels["outcome"]] = value
        elif name == "truerun_predict_seconds_bucket":
            times[labels["le"]] = value
        elif name == "truerun_score_bucket":
            scores.setdefault(labels["class"], {})[labels["le"]] = value
    return Answered(
        requests,
        failed,
        rows["scored"] + rows["refused"],
        rows["refused"],
        _of_buckets(times),
        {name: _of_buckets(buckets) for name, buckets in scores.items()},
    )


def of_log(lines: Iterable[Mapping[str, Any]], roles: Sequence[str]) -> list[Answered]:
    """What the lines of a log say of each role."""
    kept: dict[str, tuple[list[float], list[float | None]]] = {role: ([], []) for role in roles}
    for line in lines:
        if line["role"] in kept:
            seconds, scores = kept[line["role"]]
            seconds.append(line["seconds"])
            score = line["score"]
            scores.append(max(score.values()) if isinstance(score, Mapping) else score)
    times = _distributions([seconds for seconds, _ in kept.values()])
    scored = [[score for score in scores if score is not None] for _, scores in kept.values()]
    shares = _distributions(scored)
    return [
        Answered(
            len(seconds),
            0.0,
            len(seconds),
            len(seconds) - len(present),
            time,
            {"": share},
        )
        for (seconds, _), present, time, share in zip(
            kept.values(), scored, times, shares, strict=True
        )
    ]


def _of_buckets(buckets: Mapping[str, float]) -> Distribution:
    """A histogram of Prometheus, whose last edge is infinite."""
    ordered = sorted((float(edge), value) for edge, value in buckets.items())
    edges = np.array([edge for edge, _ in ordered])
    at_most = np.array([value for _, value in ordered])
    return Distribution(edges, at_most, float(at_most[-1]) if len(at_most) else 0.0)


def _distributions(sides: Sequence[Sequence[float]]) -> list[Distribution]:
    """Values of several sides at the same edges: all of their values, or quantiles of many."""
    pooled = np.unique(np.concatenate([np.asarray(side, np.float64) for side in sides]))
    if len(pooled) > POINTS:
        pooled = np.unique(np.quantile(pooled, np.linspace(0, 1, POINTS)))
    return [
        Distribution(
            pooled,
            np.searchsorted(np.sort(np.asarray(side)), pooled, side="right").astype(np.float64),
            float(len(side)),
        )
        for side in sides
    ]
