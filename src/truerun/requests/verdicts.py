"""What live rows say of two models: paired for a shadow; of a canary, how its rows differ."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from truerun.base.errors import ServeError
from truerun.compare import pairs
from truerun.compare.pairs import Scored
from truerun.comparison.comparison import MetricDifference
from truerun.requests.outcomes import CLUSTER, OUTCOME
from truerun.serve.request_log import CANARY, LIVE, SHADOW


def of_shadow(joined: pd.DataFrame, facts: Mapping[str, Any]) -> tuple[int, list[MetricDifference]]:
    """How many rows both models scored, and each metric of both with its difference.

    The statistics are those of `truerun compare`: base is the model, head the shadow.
    """
    if not len(joined):
        return 0, []
    names = [*facts["key"], "time"]
    sides = [joined[joined["role"] == role].set_index(names) for role in (LIVE, SHADOW)]
    both = sides[0].index.intersection(sides[1].index)
    if not len(both):
        return 0, []
    base, head = (side.loc[both] for side in sides)
    classes = facts["classes"]
    outcome = base[OUTCOME].to_numpy()
    task = facts["task"]
    target: npt.NDArray[Any] = (
        _places(outcome, classes) if task == "multiclass" else outcome.astype(np.float64)
    )
    if task == "binary":
        target = target.astype(np.int8)
    cluster = base[CLUSTER] if CLUSTER in base and base[CLUSTER].notna().all() else None
    scored = Scored(
        task,
        target,
        _scores(base, classes),
        _scores(head, classes),
        _decisions(base, facts),
        _decisions(head, facts),
        pairs.numbered(cluster, len(both)),
    )
    return len(both), pairs.differences(scored)


def of_canary(lines: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows, refusals, time and scores of the model and its canary, a column each.

    `shift` is the Kolmogorov-Smirnov distance of the scores, and its p-value by the hypothesis that
    rows of both have the same (Hodges 1958).

    Raises
    ------
    ServeError
        If one of them has answered no row.
    """
    kept = pd.DataFrame(
        {"role": line["role"], "seconds": line["seconds"], "score": _single(line["score"])}
        for line in lines
        if line["role"] != SHADOW
    )
    sides = {role: kept[kept["role"] == role] for role in (LIVE, CANARY)} if len(kept) else {}
    without = [role for role in (LIVE, CANARY) if role not in sides or not len(sides[role])]
    if without:
        raise ServeError(f"the log has no row that was answered as {without[0]}")
    roles = pd.DataFrame(
        {
            role: {
                "rows": float(len(side)),
                "refused": side["score"].isna().mean(),
                "seconds, median": side["seconds"].median(),
                "seconds, 99 of 100": side["seconds"].quantile(0.99),
                "mean score": side["score"].mean(),
            }
            for role, side in sides.items()
        }
    )
    live, canary = (sides[role]["score"].dropna() for role in (LIVE, CANARY))
    if len(live) and len(canary):
        shift = stats.ks_2samp(live, canary)
        roles.loc["shift of scores", CANARY] = shift.statistic
        roles.loc["p-value of it", CANARY] = shift.pvalue
    return roles


def _places(outcome: npt.NDArray[Any], classes: Sequence[Any]) -> npt.NDArray[np.int64]:
    places = {name: place for place, name in enumerate(classes)}
    return np.array([places[each] for each in outcome], dtype=np.int64)


def _scores(side: pd.DataFrame, classes: Sequence[Any]) -> npt.NDArray[np.float64]:
    names = [f"score:{name}" for name in classes]
    if set(names) <= set(side):
        return side[names].to_numpy(np.float64)
    return side["score"].to_numpy(np.float64)


def _decisions(side: pd.DataFrame, facts: Mapping[str, Any]) -> npt.NDArray[Any]:
    """What each model decided then, by its own threshold."""
    decided = side["decision"].to_numpy()
    if facts["task"] == "multiclass":
        return _places(decided, facts["classes"])
    return decided.astype(np.int8 if facts["task"] == "binary" else np.float64)


def _single(score: Any) -> float | None:
    """A score of a row as one number: of several classes, the highest."""
    highest: float | None = max(score.values()) if isinstance(score, Mapping) else score
    return highest
