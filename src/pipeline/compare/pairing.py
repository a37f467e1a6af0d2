"""On which rows the two are compared: those that both scored, those that the base's model can."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline import paths, tables
from pipeline.compare import data, pairs
from pipeline.compare.comparison import SENTENCE, Missing
from pipeline.compare.material import Material
from pipeline.compare.pairs import Scored
from pipeline.contract import Contract
from pipeline.errors import PipelineError, listed

ALL, COMMON = "the test rows", "the test rows that both have"


@dataclass(frozen=True)
class Terms:
    """How rows are compared: thresholds of base and head, the column of clusters, the contract."""

    thresholds: tuple[float, float]
    cluster: str | None
    contract: Contract


@dataclass(frozen=True)
class Pairing:
    """Rows that both sides have scored, with all columns of the head's predictions.

    `words` says which rows these are; `cluster` is the column whose values tell clusters apart.
    """

    words: str
    cluster: str | None
    scored: Scored
    columns: pd.DataFrame


def pairings(
    sides: tuple[Material, Material], scores: Sequence[pd.DataFrame], terms: Terms
) -> list[Pairing]:
    """The pairings that there are, the main one first; none if no row can be held together.

    Parameters
    ----------
    scores : the predictions of base and head.
    """
    base, head = scores
    key = list(terms.contract.key)
    matched = data.match(base[key], head[key])
    same = not matched.added and not matched.removed
    found = []
    if len(matched.head):
        found.append(_pairing(ALL if same else COMMON, base, head, matched, terms))
    if not same:
        applied = scored_by_base(sides, terms.contract)
        if not isinstance(applied, Missing) and len(applied):
            words = f"the test rows of {sides[1].name}, scored by both models"
            matched = data.match(applied[key], head[key])
            found.append(_pairing(words, applied, head, matched, terms))
    return found


def scored_by_base(sides: tuple[Material, Material], contract: Contract) -> pd.DataFrame | Missing:
    """Key and score, by the base's model, of the head's test rows that it was not trained on."""
    model, rows = sides[0].model(), sides[1].test_rows()
    if isinstance(model, Missing):
        return model
    if isinstance(rows, Missing):
        return rows
    key = list(contract.key)
    try:
        known = tables.read_partitions(sides[0].folder / paths.VALIDATED, [*key, data.SPLIT])
        trained = known[known.pop(data.SPLIT) != data.TEST]
        rows = rows.drop(index=rows.index[data.match(trained, rows[key]).head])
        if rows.empty:
            return Missing(missing="the base was trained on all test rows of the head")
        scores = model.predict_proba(rows[list(model.feature_names_in_)])[:, 1]
    except (PipelineError, KeyError, ValueError, TypeError) as error:
        reason = f"the base's model cannot score the head's rows: {error}"
        return Missing(missing=reason[:SENTENCE])
    return rows[key].assign(score=scores.astype(np.float32))


def _pairing(
    words: str, base: pd.DataFrame, head: pd.DataFrame, matched: data.Matched, terms: Terms
) -> Pairing:
    rows = head.iloc[matched.head].reset_index(drop=True)
    cluster = terms.cluster
    if cluster is not None and cluster not in rows:
        raise PipelineError(
            f"params.yaml: compare.cluster names {cluster}, no column of {paths.PREDICTIONS}, "
            f"which has {listed([str(name) for name in rows])}"
        )
    scored = pairs.scored(
        rows[terms.contract.target],
        base["score"].iloc[matched.base],
        rows["score"],
        terms.thresholds,
        rows[cluster] if cluster else None,
    )
    return Pairing(words, cluster, scored, rows)
