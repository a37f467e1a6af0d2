"""On which rows two revisions are compared, told by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.compare.contracts import small_contract
from truerun.base.errors import CompareError
from truerun.compare import pairs
from truerun.compare.pairing import ALL, COMMON, Pairing, Terms, pairings, scored_by_base
from truerun.compare.pairs import Scored, differences
from truerun.compare.revision import Revision
from truerun.comparison.comparison import Missing

NOWHERE = (Revision("base", None, Path("nowhere")), Revision("head", None, Path("nowhere")))
SCORES = {
    "number": [3, 1, 2],
    "place": ["b", "a", "b"],
    "y": [1, 0, 1],
    "score": [0.75, 0.25, 0.5],
}


def paired(base: pd.DataFrame, head: pd.DataFrame, cluster: str | None = None) -> list[Pairing]:
    return pairings(NOWHERE, (base, head), Terms((0.3, 0.6), cluster, small_contract()))


def test_rows_are_matched_by_key_and_decided_at_the_threshold_of_their_side() -> None:
    head = pd.DataFrame(SCORES)
    base = head.sort_values("number").assign(score=[0.35, 0.2, 0.9])
    (found,) = paired(base, head, "place")
    assert (found.words, found.cluster, found.labels) == (ALL, "place", ("0", "1"))
    assert found.columns["number"].tolist() == [1, 2, 3]
    assert found.scored.target.tolist() == [0, 1, 1]
    assert found.scored.base.tolist() == [0.35, 0.2, 0.9]
    assert found.scored.head.tolist() == [0.25, 0.5, 0.75]
    assert found.scored.base_decision.tolist() == [1, 0, 1]
    assert found.scored.head_decision.tolist() == [0, 0, 1]
    assert found.scored.cluster.tolist() == [0, 1, 1]
    assert found.scored.clusters == 2


def test_where_test_rows_differ_those_that_both_have_are_compared() -> None:
    head = pd.DataFrame(SCORES)
    (fewer,) = paired(head[:2], head)
    assert (fewer.words, fewer.columns["number"].tolist()) == (COMMON, [3, 1])
    (more,) = paired(head, head[1:])
    assert (more.words, more.columns["number"].tolist()) == (COMMON, [1, 2])
    assert paired(head.assign(number=head["number"] + 9), head) == []


def test_a_cluster_that_scores_do_not_have_is_refused_with_what_they_have() -> None:
    head = pd.DataFrame(SCORES)
    with pytest.raises(CompareError, match=r"names day, .* it has number, place, y, score"):
        paired(head, head, "day")


def test_a_base_without_a_model_scores_nothing() -> None:
    assert isinstance(scored_by_base(NOWHERE, small_contract()), Missing)


def test_classes_are_taken_by_name_and_those_of_the_base_alone_come_last() -> None:
    its = small_contract("multiclass")
    rows = {"number": [1, 2], "y": ["bus", "bike"]}
    base = pd.DataFrame(
        rows | {"score:car": [0.1, 0.6], "score:bus": [0.7, 0.1], "score:bike": [0.2, 0.3]}
    )
    head = pd.DataFrame(rows | {"score:bike": [0.4, 0.9], "score:bus": [0.6, 0.1]})
    (found,) = pairings(NOWHERE, (base, head), Terms((None, None), None, its))
    assert found.labels == ("bike", "bus", "car")
    assert found.scored.base.tolist() == [[0.2, 0.7], [0.3, 0.1]]
    assert found.scored.head.tolist() == [[0.4, 0.6], [0.9, 0.1]]
    assert found.scored.base_decision.tolist() == [1, 2]
    assert found.scored.head_decision.tolist() == [1, 0]
    assert found.scored.cluster.tolist() == [0, 1]


def test_clusters_are_numbered_by_their_values_and_each_row_is_one_without() -> None:
    assert pairs.numbered(None, 3).tolist() == [0, 1, 2]
    assert pairs.numbered(pd.Series([7, 5, 7]), 3).tolist() == [1, 0, 1]


def test_some_of_the_rows_have_clusters_of_their_own() -> None:
    rows = scored([0, 1, 1], cluster=[0, 1, 2])
    few = rows.where(np.array([False, True, True]))
    assert (len(few), few.clusters, few.cluster.tolist()) == (2, 2, [0, 1])
    none = rows.where(np.zeros(3, dtype=bool))
    assert (len(none), none.clusters) == (0, 0)


def scored(target: list[int], cluster: list[int]) -> Scored:
    base, head = (np.linspace(at, 0.8, len(target)) for at in (0.1, 0.3))
    decided = [(side > 0.5).astype(int) for side in (base, head)]
    return Scored("binary", np.array(target), base, head, *decided, np.array(cluster))


def test_without_rows_no_metric_is_defined() -> None:
    none = scored([0, 1], cluster=[0, 1]).where(np.zeros(2, dtype=bool))
    found = differences(none)
    assert {(one.base, one.head, one.difference, one.verdict) for one in found} == {
        (None, None, None, "unknown")
    }


def test_of_one_class_only_metrics_that_need_no_other_are_told() -> None:
    found = {one.metric: one.base for one in differences(scored([1, 1], cluster=[0, 1]))}
    gone = {name for name, value in found.items() if value is None}
    assert gone == {"roc_auc", "average_precision"}


@pytest.mark.parametrize(("names", "needed"), [(["brier"], 6), (["roc_auc", "brier"], 7)])
def test_a_metric_beside_the_main_one_needs_a_cluster_more(names, needed) -> None:
    for clusters in (needed - 1, needed):
        rows = scored([0, 1] * clusters, cluster=[n // 2 for n in range(2 * clusters)])
        brier = differences(rows, names)[-1]
        assert brier.metric == "brier"
        assert (brier.low is None) == (clusters < needed)
