"""Clustered covariance of ROC AUCs: published examples, brute force, a bootstrap, coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from truerun.base.errors import TruerunError
from truerun.model.uncertainty import Estimate, roc_areas

# The ovarian cancers of DeLong, DeLong and Clarke-Pearson (1988), as SAS publishes them: albumin,
# total protein, K-G score, and whether surgery helps.
OVARIAN = """
3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0
1.6 5.6 5 1  3.8 5.7 5 1  3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1
4.3 7.0 4 1  3.6 6.7 4 0  2.3 4.4 6 1  4.2 7.6 4 0  4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1
3.0 4.7 8 0  4.5 7.4 5 1  3.7 7.4 5 1  3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1  4.3 6.5 4 1
3.2 5.1 5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0  3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1
3.5 6.2 5 1  2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1  3.3 5.7 6 1  3.7 6.9 5 1
3.6 6.6 5 1
"""

# The worked example of Obuchowski's own program for her paper of 1997, 36 patients with one or two
# arteries each: patient, whether the artery is narrow, what two readers say.
ARTERIES = """
1 1 87 87  1 1 79 83  2 1 88 94  2 1 95 93  3 1 100 100  3 1 68 79  4 1 65 61  4 1 89 91
5 1 97 97  5 1 100 100  6 1 100 99  6 1 89 88  7 1 77 77  8 1 94 89  8 0 45 44  9 1 89 92
9 0 -11 -17  10 1 95 91  10 0 30 14  11 1 95 95  11 0 10 -122  12 1 100 100  12 0 19 -3
13 1 75 75  14 0 70 73  14 1 70 81  15 0 26 27  15 1 86 93  16 0 0 8  16 1 65 70  17 0 6 23
17 1 100 100  18 0 76 79  18 1 96 95  19 0 44 55  19 1 100 100  20 0 73 67  20 1 97 94
21 1 85 86  22 0 58 60  22 1 100 99  23 0 -2 -2  23 1 100 100  24 0 -3 -14  24 0 0 -11
25 0 47 -3  25 0 -94 -90  26 0 -16 17  26 0 75 85  27 0 5 -22  27 0 -1 -14  28 0 -6 -52
29 0 37 38  29 0 47 35  30 0 42 40  30 0 4 6  31 0 55 23  31 0 55 45  32 0 4 -87  32 0 -13 -65
33 0 49 24  33 0 35 9  34 0 53 66  35 0 2 -15  36 0 -48 -78
"""

SCORE = st.integers(0, 4)  # few values: many ties
ROWS = st.lists(st.tuples(st.integers(0, 1), SCORE, SCORE, st.integers(0, 5)), max_size=40)


def columns(rows):
    return np.array(rows, dtype=float).reshape(-1, 4).T


def estimable(rows):
    target, _, _, cluster = columns(rows)
    return all(len(set(cluster[target == side])) > 1 for side in (0, 1))


def table(text):
    return np.array(text.split(), dtype=float).reshape(-1, 4).T


def components(target, score):
    """Of each row, the share of rows of the other class that it is ranked right against."""
    ones, zeros = score[target == 1], score[target == 0]
    right = np.array([[(x > y) + (x == y) / 2 for y in zeros] for x in ones], dtype=float)
    return right.mean(axis=1), right.mean(axis=0)


def delong(target, scores):
    """DeLong's covariance, as their paper writes it, for independent rows."""
    of_ones, of_zeros = zip(*(components(target, score) for score in scores), strict=True)
    ones, zeros = (target == 1).sum(), (target == 0).sum()
    return np.cov(of_ones) / ones + np.cov(of_zeros) / zeros


def obuchowski(target, scores, cluster):
    """Obuchowski's covariance, as her paper writes it, pair by pair and cluster by cluster."""
    of_ones, of_zeros = zip(*(components(target, score) for score in scores), strict=True)
    at_ones, at_zeros = cluster[target == 1], cluster[target == 0]
    many = [len(set(at_ones)), len(set(at_zeros)), len(set(cluster))]
    ones, zeros = len(at_ones), len(at_zeros)

    def part(values, at, name, area):
        return values[at == name].sum() - (at == name).sum() * area

    found = np.zeros((len(scores), len(scores)))
    for r in range(len(scores)):
        for s in range(len(scores)):
            first, second = of_ones[r].mean(), of_ones[s].mean()
            sums = np.zeros(4)
            for name in set(cluster):
                a, b = (part(of_ones[n], at_ones, name, m) for n, m in ((r, first), (s, second)))
                c, d = (part(of_zeros[n], at_zeros, name, m) for n, m in ((r, first), (s, second)))
                sums += [a * b, c * d, a * d, b * c]
            s10 = many[0] / ((many[0] - 1) * ones) * sums[0]
            s01 = many[1] / ((many[1] - 1) * zeros) * sums[1]
            s11 = many[2] / (many[2] - 1) * (sums[2] + sums[3])
            found[r, s] = s10 / ones + s01 / zeros + s11 / (ones * zeros)
    return found


def clustered(seed, clusters=60, size=30):
    """Rows whose scores and whose target's rate vary from cluster to cluster; two scores."""
    random = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), size)
    rate = random.uniform(0.1, 0.6, clusters)[cluster]
    target = (random.random(len(cluster)) < rate).astype(int)
    mood = random.normal(size=(2, clusters))[:, cluster]
    scores = target + mood * [[1.0], [0.6]] + random.normal(size=(2, len(cluster)))
    return target, scores, cluster


def test_the_published_example_of_clustered_rows_comes_out_to_its_last_digit():
    patient, narrow, *readers = table(ARTERIES)
    found = roc_areas(narrow, np.array(readers), patient)

    assert found.area == pytest.approx([0.9837, 0.9852], abs=5e-5)
    assert np.sqrt(found.covariance.diagonal()) == pytest.approx([0.0108, 0.0097], abs=5e-5)
    assert found.difference(1, 0).value == pytest.approx(0.0014, abs=5e-5)
    spread = found.covariance.trace() - 2 * found.covariance[0, 1]
    assert np.sqrt(spread) == pytest.approx(0.0066, abs=5e-5)
    # The components that she prints, of 29 narrow arteries and 36 others.
    for at, s10, s01, s11 in (
        ((0, 0), 0.0013151307, 0.0022375873, 2 * 0.0051785478),
        ((1, 1), 0.0009284122, 0.0022598583, 2 * -0.0005015760),
        ((0, 1), 0.0008484357, 0.0019241250, 0.0028648340 - 0.0015136931),
    ):
        expected = s10 / 29 + s01 / 36 + s11 / (29 * 36)
        assert found.covariance[at] == pytest.approx(expected, abs=1e-11)


def test_the_published_example_of_independent_rows_comes_out_to_its_last_digit():
    albumin, protein, score, helps = table(OVARIAN)
    found = roc_areas(helps, np.array([albumin, 10 - score, protein]), np.arange(len(helps)))

    assert found.area == pytest.approx([0.7366, 0.7258, 0.6478], abs=5e-5)
    errors = np.sqrt(found.covariance.diagonal())
    assert errors == pytest.approx([0.0927, 0.1028, 0.1000], abs=5e-5)
    contrast = np.array([[1, -1, 0], [0, -1, 1]])
    apart = contrast @ found.area
    spread = contrast @ found.covariance @ contrast.T
    assert apart @ np.linalg.solve(spread, apart) == pytest.approx(2.5340, abs=5e-5)


@pytest.mark.slow
@settings(max_examples=60)
@given(ROWS.filter(estimable))
def test_the_covariance_is_that_of_pair_by_pair_sums(rows):
    target, *scores, cluster = columns(rows)
    found = roc_areas(target, np.array(scores), cluster)

    assert found.area == pytest.approx([roc_auc_score(target, score) for score in scores])
    assert found.covariance == pytest.approx(obuchowski(target, scores, cluster), abs=1e-12)


@pytest.mark.slow
@settings(max_examples=60)
@given(ROWS.filter(lambda rows: min(columns(rows)[0].sum(), (1 - columns(rows)[0]).sum()) > 1))
def test_where_each_row_is_its_own_cluster_the_covariance_is_delongs(rows):
    target, *scores, _ = columns(rows)
    found = roc_areas(target, np.array(scores), np.arange(len(target)))

    assert found.covariance == pytest.approx(delong(target, scores), abs=1e-12)


@pytest.mark.slow
@settings(max_examples=60)
@given(ROWS.filter(estimable), st.randoms(use_true_random=False))
def test_neither_the_rows_order_nor_the_clusters_names_nor_a_rising_function_changes_anything(
    rows, random
):
    target, *scores, cluster = columns(rows)
    found = roc_areas(target, np.array(scores), cluster)
    order = random.sample(range(len(rows)), len(rows))
    names = np.array(random.sample(["Mo", "Tu", "We", "Th", "Fr", "Sa"], 6))[cluster.astype(int)]
    risen = np.array([np.exp(scores[0]), 2 * scores[1] - 7])
    again = roc_areas(target[order], risen[:, order], names[order])

    assert again.area == pytest.approx(found.area)
    assert again.covariance == pytest.approx(found.covariance, abs=1e-12)
    assert again.clusters == found.clusters


@pytest.mark.slow
@settings(max_examples=60)
@given(ROWS.filter(estimable))
def test_no_variance_is_negative(rows):
    target, *scores, cluster = columns(rows)
    covariance = roc_areas(target, np.array(scores), cluster).covariance

    assert np.linalg.eigvalsh(covariance).min() > -1e-12


@pytest.mark.slow
def test_it_agrees_with_a_bootstrap_of_clusters_where_one_of_rows_would_claim_too_much():
    target, scores, cluster = clustered(seed=3)
    found = roc_areas(target, scores, cluster)
    random = np.random.default_rng(4)
    members = [np.flatnonzero(cluster == name) for name in range(60)]
    areas = np.array(
        [
            [area(target[rows], score[rows]) for score in scores]
            for rows in (
                np.concatenate([members[name] for name in random.integers(0, 60, 60)])
                for _ in range(1000)
            )
        ]
    )
    spread = np.cov(np.column_stack([areas, areas[:, 0] - areas[:, 1]]).T).diagonal()
    difference = found.covariance.trace() - 2 * found.covariance[0, 1]
    estimated = [*found.covariance.diagonal(), difference]
    # A thousand draws leave a deviation's own error at 2.2 %, and the two methods differ by some.
    assert np.sqrt(estimated) == pytest.approx(np.sqrt(spread), rel=0.08)
    alone = roc_areas(target, scores, np.arange(len(target))).covariance
    assert np.sqrt(alone[0, 0] / spread[0]) < 0.75


@pytest.mark.slow
def test_intervals_of_few_clusters_hold_the_truth_as_often_as_they_say():
    held = np.zeros(2)
    for seed in range(1000):
        target, scores, cluster = alike(seed)
        found = roc_areas(target, scores, cluster)
        for number, (estimate, true) in enumerate(
            ((found.of(0), TRUE_AREA), (found.difference(0, 1), 0.0))
        ):
            held[number] += estimate.low <= true <= estimate.high
    # Of 1,000 intervals that hold it with 95 %, 930 to 970 do so but once in 250 times.
    assert held.min() >= 930
    assert held.max() <= 970


def area(target, score):
    """The area from the ranks' sum (Mann and Whitney), quicker than scikit-learn's."""
    ones = target.sum()
    excess = rankdata(score)[target == 1].sum() - ones * (ones + 1) / 2
    return excess / (ones * (len(target) - ones))


def alike(seed):
    """Twelve clusters of ten rows of each class, and two scores that are equally good."""
    random = np.random.default_rng(seed)
    cluster, target = np.repeat(np.arange(12), 20), np.tile([0, 1], 120)
    mood = random.normal(size=(2, 12))[:, cluster]
    return target, target + mood + random.normal(size=(2, 240)), cluster


# Two normal scores differ by 1 on average; within a cluster (a pair of twelve) they share the mood.
TRUE_AREA = (11 * 0.6914625 + 0.7602499) / 12  # the normal distribution at 1/2 and at 1/sqrt(2)


def test_the_same_scores_differ_by_nothing_at_all():
    target, scores, cluster = clustered(seed=5)
    found = roc_areas(target, np.array([scores[0], scores[1], scores[0]]), cluster)

    same = found.difference(0, 2)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    apart = found.difference(1, 0)
    back = found.difference(0, 1)
    assert apart.low < apart.value < apart.high
    assert (back.low, back.high) == pytest.approx((-apart.high, -apart.low))


@pytest.mark.slow
def test_many_rows_need_no_look_at_each_pair():
    target, scores, cluster = clustered(seed=6, clusters=300, size=1000)  # 19,000,000,000 pairs
    found = roc_areas(target, scores, cluster)

    assert found.area[0] == pytest.approx(roc_auc_score(target, scores[0]))
    assert found.clusters == 300


@pytest.mark.parametrize(
    ("target", "cluster", "told"),
    [
        ([0, 0, 0, 0], [1, 1, 2, 2], "there are 0 and 2"),
        ([0, 1, 0, 1], [1, 1, 1, 1], "there are 1 and 1"),
        ([0, 1, 1, 1], [1, 1, 2, 2], "there are 2 and 1"),
    ],
)
def test_a_class_in_fewer_than_two_clusters_is_refused(target, cluster, told):
    with pytest.raises(TruerunError, match=f"needs two clusters .*; {told}"):
        roc_areas(np.array(target), np.arange(4.0)[None], np.array(cluster))


def test_a_difference_of_rounding_is_none() -> None:
    """Scores that change places within a cluster and class: the same area, summed otherwise."""
    random = np.random.default_rng(1)
    target, cluster = np.arange(600) % 2, np.arange(600) // 60
    score = random.normal(size=600)
    other = score.copy()
    for number in range(10):
        for side in (0, 1):
            members = np.flatnonzero((cluster == number) & (target == side))
            other[members] = score[random.permutation(members)]
    areas = roc_areas(target, np.stack([score, other]), cluster)
    told = areas.difference(1, 0)

    assert areas.area[0] != areas.area[1]
    assert (told.value, told.error, told.verdict()) == (0, 0, "the same")


def test_each_class_in_two_clusters_is_enough() -> None:
    target, cluster = np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1])
    areas = roc_areas(target, np.array([[0.1, 0.9, 0.4, 0.5]]), cluster)
    assert (areas.area.tolist(), areas.clusters) == ([0.75], 2)
    assert areas.of(0).freedom == 1


def test_an_interval_is_that_of_students_t() -> None:
    estimate = Estimate(2.0, 0.5, 10)
    assert (estimate.low, estimate.high) == pytest.approx((2 - 1.114069, 2 + 1.114069))


def test_without_an_error_a_figure_is_sure() -> None:
    assert Estimate(0.0, 0.1, 9).verdict() == "can't tell"
    assert Estimate(0.1, 0.0, 9).verdict() == "better"


def test_the_interval_of_an_area_is_that_of_its_log_odds() -> None:
    albumin, _, _, helps = table(OVARIAN)
    area = roc_areas(helps, albumin[None], np.arange(len(helps))).of(0)
    odds = np.log(area.value / (1 - area.value))
    reach = stats.t.ppf(0.975, area.freedom) * area.error / (area.value * (1 - area.value))
    ends = 1 / (1 + np.exp(-np.array([odds - reach, odds + reach])))
    assert (area.low, area.high) == pytest.approx(tuple(ends))


@pytest.mark.slow
@settings(max_examples=60)
@given(ROWS.filter(estimable))
def test_no_interval_of_an_area_passes_the_ends_of_its_range(rows):
    target, *scores, cluster = columns(rows)
    areas = roc_areas(target, np.array(scores), cluster)
    for number in range(2):
        area = areas.of(number)
        assert 0 <= area.low <= area.value <= area.high <= 1


def test_the_area_of_scores_that_rank_all_rows_is_1_for_sure() -> None:
    area = roc_areas(np.array([0, 0, 1, 1]), np.arange(4.0)[None], np.arange(4)).of(0)
    assert (area.low, area.value, area.high) == (1, 1, 1)
