"""What a worker answers by at the moment, which is replaced whole when the model changes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truerun.model.scoring.bundle import DIGEST
from truerun.serve import provenance
from truerun.serve.answering import Answerer


@dataclass(frozen=True)
class State:
    """A model that answers, when its bundle was made and read, and what is told of it."""

    answerer: Answerer
    made: float
    read: float
    told: Mapping[str, Any]

    @classmethod
    def load(cls, folder: Path) -> "State":
        """Read a bundle and what lies beside it; raise `BundleError` if it cannot answer."""
        answerer = Answerer.load(folder)
        try:
            made = (folder / DIGEST).stat().st_mtime
        except OSError:  # it has been replaced since
            made = time.time()
        told = provenance.of(answerer.predictor, folder)
        return cls(answerer, made, time.time(), told)
