"""A walk over trees gives the estimator's scores: of a row alone, as of many at once."""

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from truerun.model.scoring import derived
from truerun.model.scoring.walks import ALL_NODES, Trees


def test_a_row_alone_has_the_score_that_it_has_among_many() -> None:
    """Values at, just above and just below every threshold, infinite ones and missing ones."""
    random = np.random.default_rng(5)
    training = random.normal(size=(2_000, 3)).astype(np.float32)
    training[random.random(training.shape) < 0.1] = np.nan
    target = np.nansum(training, axis=1) + random.normal(size=2_000) > 0
    fitted = HistGradientBoostingClassifier(max_iter=40).fit(training, target)
    made = derived.walk(fitted, "binary")
    assert made is not None
    walk = Trees(made.facts, made.arrays)

    limits = made.arrays["threshold"].astype(np.float32)
    values = np.concatenate(
        [limits, *(np.nextafter(limits, np.float32(end)) for end in (-np.inf, np.inf)),
         np.array([np.inf, -np.inf, np.nan, 0.0], np.float32)]
    )  # fmt: skip
    rows = random.choice(values, size=(1_000, 3))
    assert len(limits) < ALL_NODES < len(rows) * len(limits)  # both ways are taken
    together = walk.scores(rows)
    np.testing.assert_array_equal(together, fitted.predict_proba(rows)[:, 1])
    np.testing.assert_array_equal(
        together, np.concatenate([walk.scores(row[None]) for row in rows])
    )


def test_trees_of_any_depth_are_walked_to_their_leaves() -> None:
    """Stumps, which end above the levels from which on ended ways are left, and long chains."""
    random = np.random.default_rng(6)
    training = random.normal(size=(2_000, 2)).astype(np.float32)
    target = training[:, 0] > 0.5 * random.normal(size=2_000)
    rows = random.normal(size=(5_000, 2)).astype(np.float32)
    for most in (2, 3, 40):
        options = {"max_leaf_nodes": most, "min_samples_leaf": 1}
        fitted = HistGradientBoostingClassifier(max_iter=20, **options).fit(training, target)
        made = derived.walk(fitted, "binary")
        assert made is not None
        assert len(rows) * len(made.arrays["threshold"]) > ALL_NODES
        np.testing.assert_array_equal(
            Trees(made.facts, made.arrays).scores(rows), fitted.predict_proba(rows)[:, 1]
        )
