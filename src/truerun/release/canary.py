"""Whether a canary holds: its errors, its time and its scores against those of the live model.

    decided = decide(live, canary, CanaryLimits())
    decided.holds, decided.reasons

Rows of a canary are others than those of the model, so shares are compared by Fisher's exact test
and distributions by the distance of Kolmogorov and Smirnov, both beyond a bound that matters: a
difference counts if it is larger than the bound, and larger than chance. Of canaries that are like
the model, each of the four conditions takes back one in a thousand at most. A better model gives
other scores: what its verdict saw of that is no fault of the canary, and is added to the bound.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from truerun.comparison.comparison import MetricDifference
from truerun.release.answered import Answered, Distribution

FALSE_ALARMS = 0.001  # a share of canaries, for each condition
TYPICAL = 0.95  # of the live model's requests are no slower than what is called slow


@dataclass(frozen=True)
class CanaryLimits:
    """What a canary may differ by: shares of requests and rows, and the distance of scores.

    `rows` are those that both sides need, before anything is said.
    """

    rows: int = 500
    failed: float = 0.005
    refused: float = 0.01
    slow: float = 0.1
    shift: float = 0.1


@dataclass(frozen=True)
class CanaryDecision:
    """Whether it holds, what was found of each condition, and why it does not hold."""

    holds: bool
    found: Sequence[str]
    reasons: Sequence[str]


@dataclass(frozen=True)
class _Condition:
    """A condition in words, and whether it is broken."""

    words: str
    is_broken: bool


def decide(
    live: Answered,
    canary: Answered,
    limits: CanaryLimits,
    paired: Sequence[MetricDifference] = (),
) -> CanaryDecision:
    """Say whether a canary holds.

    Parameters
    ----------
    paired : metrics of a shadow on rows with outcomes. Where there are such, a canary that has
        answered nothing is no fault: a shadow comes before it.
    """
    conditions = [
        *(() if paired and not canary.rows else _conditions(live, canary, limits)),
        *map(_on_outcomes, (each for each in paired if each.difference is not None)),
    ]
    broken = [each.words for each in conditions if each.is_broken]
    return CanaryDecision(not broken, [each.words for each in conditions], broken)


def _conditions(live: Answered, canary: Answered, limits: CanaryLimits) -> Iterator[_Condition]:
    """What is asked of a canary that answers."""
    fewest = min(live.rows, canary.rows)
    yield _Condition(
        f"rows: {live.rows:,.0f} by the model, {canary.rows:,.0f} by the canary; each needs"
        f" {limits.rows:,}",
        fewest < limits.rows,
    )
    yield _shares(
        "requests that failed",
        (live.failed, live.requests),
        (canary.failed, canary.requests),
        limits.failed,
    )
    yield _shares(
        "rows refused", (live.refused, live.rows), (canary.refused, canary.rows), limits.refused
    )
    if live.times.count and canary.times.count:
        edge = _typical(live.times)
        slow, others = (
            (side.times.share_above(edge) * side.times.count, side.times.count)
            for side in (live, canary)
        )
        yield _shares(f"requests slower than {edge * 1000:.3g} ms", slow, others, limits.slow)
    for name in live.scores.keys() & canary.scores.keys():
        yield _shift(name, live.scores[name], canary.scores[name], limits.shift)


def _on_outcomes(each: MetricDifference) -> _Condition:
    """That a metric is not worse on the rows that both scored, and whose outcome is known."""
    return _Condition(
        f"{each.label} on rows with outcomes: {each.difference:+.4f}, {each.verdict}",
        each.verdict == "worse",
    )


def _shares(
    name: str, live: tuple[float, float], canary: tuple[float, float], limit: float
) -> _Condition:
    """A share that must not be larger: Fisher's exact test, one-sided."""
    shares = [part / whole if whole else 0.0 for part, whole in (live, canary)]
    table = [[round(part), round(whole - part)] for part, whole in (canary, live)]
    p_value = float(stats.fisher_exact(table, alternative="greater").pvalue)
    is_more = shares[1] - shares[0] > limit and p_value < FALSE_ALARMS
    return _Condition(
        f"{name}: {shares[0]:.2%} by the model, {shares[1]:.2%} by the canary; at most"
        f" {limit:.1%} more",
        is_more,
    )


def _typical(times: Distribution) -> float:
    """The least edge that so many requests of the live model do not pass."""
    reached = times.at_most >= TYPICAL * times.count
    return float(times.edges[int(np.argmax(reached))])


def _shift(name: str, live: Distribution, canary: Distribution, limit: float) -> _Condition:
    """The distance of two distributions of scores, with its p-value for large samples.

    Smirnov 1948; at the edges of bins the distance is smaller than that of the scores themselves,
    so the p-value is too large rather than too small.
    """
    of_class = f" of {name}" if name else ""
    if not (live.count and canary.count) or len(live.edges) != len(canary.edges):
        return _Condition(f"scores{of_class}: not comparable", bool(live.count and canary.count))
    distance = float(np.abs(live.at_most / live.count - canary.at_most / canary.count).max())
    size = np.sqrt(live.count * canary.count / (live.count + canary.count))
    p_value = float(stats.kstwobign.sf(distance * size))
    return _Condition(
        f"shift of scores{of_class}: {distance:.3f}; at most {limit:g}",
        distance > limit and p_value < FALSE_ALARMS,
    )
