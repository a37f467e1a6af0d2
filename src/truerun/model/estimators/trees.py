"""What the trees of all libraries have in common: nodes that name each other by number."""

from typing import Any

import numpy as np
import numpy.typing as npt

from truerun.model.estimators.estimator import StructureError

Numbers = npt.NDArray[Any]


def check_children(parents: Numbers, left: Numbers, right: Numbers, nodes: int, name: str) -> None:
    """Children come after their parents, and each has one: no way down leaves the tree or turns.

    Parameters
    ----------
    parents : numbers of the nodes that have children.
    nodes : how many nodes there are.
    """
    children = np.concatenate([left, right]).astype(np.int64)
    if (children <= np.concatenate([parents, parents])).any() or (children >= nodes).any():
        raise StructureError(f"{name}: a child lies outside of the tree or above its parent")
    if len(np.unique(children)) != len(children):
        raise StructureError(f"{name}: a node has two parents")


def check_features(feature: Numbers, features: int, name: str) -> None:
    """Trees ask for features that there are."""
    if ((feature < 0) | (feature >= features)).any():
        raise StructureError(f"{name}: a node asks for a feature outside of the {features}")
