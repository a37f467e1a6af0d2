"""Training rows in fixed folds: rows of one cluster are in one alone, and classes are in all."""

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

Numbers = npt.NDArray[np.intp]


def assign(
    target: npt.NDArray[np.generic], cluster: Numbers, folds: int, seed: int, *, classes: bool
) -> Numbers:
    """The fold of each row.

    Parameters
    ----------
    cluster : numbers rows that belong together; each its own where none do.
    classes : whether the target is one of several classes, and each fold gets some of each.
    """
    all_alone = len(np.unique(cluster)) == len(cluster)
    options = {"n_splits": folds, "shuffle": True, "random_state": seed}
    if classes:
        splitter = StratifiedKFold(**options) if all_alone else StratifiedGroupKFold(**options)
    else:
        splitter = KFold(**options) if all_alone else GroupKFold(**options)
    fold = np.empty(len(target), dtype=np.intp)
    for number, (_, rows) in enumerate(
        splitter.split(target, target, None if all_alone else cluster)
    ):
        fold[rows] = number
    return fold
