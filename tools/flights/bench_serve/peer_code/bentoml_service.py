"""A service of BentoML, which runs in its own environment: a row a request, without batches."""

import os
from typing import Any

import bentoml
import pandas as pd
import skops.io


@bentoml.service(workers=1)
class Flights:
    """Scores rows by the model of a skops file."""

    def __init__(self) -> None:
        path = os.environ["MODEL"]
        self.model = skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))

    @bentoml.api
    def predict(self, rows: list[dict[str, Any]]) -> list[float]:
        """Probabilities of rows."""
        scores: list[float] = self.model.predict_proba(pd.DataFrame(rows))[:, 1].tolist()
        return scores
