"""On which rows the two are compared: those that both scored, those that the base's model can."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base import paths, tables
from truerun.base.errors import CompareError, TruerunError, listed
from truerun.compare import data, pairs, price_list
from truerun.compare.pairs import Scored
from truerun.compare.price_list import SidePrices, ValuedRows
from truerun.compare.revision import Revision
from truerun.comparison.comparison import Missing
from truerun.contract.contract import SCORE, Contract
from truerun.model import targets
from truerun.model.split import SPLIT, TEST

ALL, COMMON = "the test rows", "the test rows that both have"


@dataclass(frozen=True)
class Terms:
    """How rows are compared: thresholds of base and head, clusters, contract, and price list."""

    thresholds: tuple[float | None, float | None]
    cluster: str | None
    contract: Contract
    prices: SidePrices | Missing | None = None


@dataclass(frozen=True)
class Pairing:
    """Rows that both sides have scored, with all columns of the head's predictions.

    `words` says which rows these are; `cluster` is the column whose values tell clusters apart;
    `labels` are the classes that decisions are numbers of, those that only the base has come last.
    """

    words: str
    cluster: str | None
    scored: Scored
    columns: pd.DataFrame
    labels: tuple[str, ...]


def pairings(
    sides: tuple[Revision, Revision], scores: Sequence[pd.DataFrame], terms: Terms
) -> list[Pairing]:
    """The pairings that there are, the main one first; none if no row can be matched.

    Parameters
    ----------
    scores : the predictions of base and head.
    """
    base, head = scores
    key = list(terms.contract.key)
    matched = data.match(base[key], head[key])
    same = not matched.added and not len(matched.removed)
    possible = []
    if len(matched.head):
        possible.append(_pairing(ALL if same else COMMON, base, head, matched, terms))
    if not same:
        applied = scored_by_base(sides, terms.contract)
        if not isinstance(applied, Missing) and len(applied):
            matched = data.match(applied[key], head[key])
            new = f" that are new to {sides[0].name}" if matched.added else ""
            words = f"the test rows of {sides[1].name}{new}, scored by both models"
            possible.append(_pairing(words, applied, head, matched, terms))
    return possible


def scored_by_base(sides: tuple[Revision, Revision], contract: Contract) -> pd.DataFrame | Missing:
    """Key and scores, by the base's model, of the head's test rows that it was not trained on."""
    own, model, rows = sides[0].contract(), sides[0].model(), sides[1].test_rows()
    if isinstance(own, Missing):
        return own
    if isinstance(model, Missing):
        return model
    if isinstance(rows, Missing):
        return rows
    key = list(contract.key)
    try:
        rows_of_base = tables.read_partitions(sides[0].folder / paths.VALIDATED, [*key, SPLIT])
        trained = rows_of_base[rows_of_base.pop(SPLIT) != TEST]
        rows = rows.drop(index=rows.index[data.match(trained, rows[key]).head])
        if rows.empty:
            return Missing(missing="the base was trained on all test rows of the head")
        scores = targets.predicted(model, rows, own)
    except (TruerunError, AttributeError, KeyError, ValueError, TypeError) as error:
        reason = f"the base's model cannot score the head's rows: {error}"
        return Missing(missing=reason)
    return rows[key].reset_index(drop=True).join(targets.score_table(scores, own))


def _pairing(
    words: str, base: pd.DataFrame, head: pd.DataFrame, matched: data.Matched, terms: Terms
) -> Pairing:
    rows = head.iloc[matched.head].reset_index(drop=True)
    cluster = terms.cluster
    if cluster is not None and cluster not in rows:
        raise CompareError(
            f"params.yaml: compare.cluster names {cluster}, which is not a column of "
            f"{paths.PREDICTIONS}: it has {listed([str(name) for name in rows])}"
        )
    labels = labels_of(base, terms.contract)
    before, after = (
        judged(side, labels, threshold, terms.contract)
        for side, threshold in zip((base.iloc[matched.base], rows), terms.thresholds, strict=True)
    )
    target = targets.numbers(rows[terms.contract.target], terms.contract)
    sides = (ValuedRows(rows, target, *side, labels) for side in (before, after))
    scored = Scored(
        terms.contract.task,
        target,
        before[0],
        after[0],
        before[1],
        after[1],
        pairs.numbered(rows[cluster] if cluster else None, len(rows)),
        price_list.row_values(terms.prices, terms.contract, *sides),
    )
    return Pairing(words, cluster, scored, rows, labels)


def labels_of(base: pd.DataFrame, contract: Contract) -> tuple[str, ...]:
    """The classes of the target, and those that only the base has a score for."""
    prefix = f"{SCORE}:"
    names = map(str, base.columns)
    scored = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
    return tuple(dict.fromkeys([*targets.labels(contract), *scored]))


def judged(
    rows: pd.DataFrame, labels: Sequence[str], threshold: float | None, contract: Contract
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Scores and decisions of a side.

    Classes are taken by their names, because the sides may order them differently. A side gives no
    probability to a class that it does not have; one that only the base has is decided wrongly.
    """
    if contract.task != "multiclass":
        score = targets.scores(rows, contract)
        return score, targets.decisions(score, threshold)
    columns = [f"{SCORE}:{name}" for name in labels]
    scores = rows.reindex(columns=columns, fill_value=0).to_numpy(np.float64)
    return scores[:, : len(contract.classes)], targets.decisions(scores, threshold)
