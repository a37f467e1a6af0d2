"""How scores are called, by the task."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Called:
    """How scores are called: in a title, one of them, and several."""

    title: str
    one: str
    several: str


PREDICTIONS = Called("Predictions", "prediction", "predictions")
CALLED: Mapping[str, Called] = {
    "binary": Called("Scores", "score", "scores"),
    "multiclass": Called(
        "Probability of the right class",
        "probability of the right class",
        "probabilities of the right class",
    ),
    "regression": PREDICTIONS,
    "counts": PREDICTIONS,
}
