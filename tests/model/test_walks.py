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
