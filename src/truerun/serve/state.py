"""What a worker answers by at the moment, which is replaced whole when the model changes."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from truerun.model.scoring.bundle import DIGEST
from truerun.serve import provenance
from truerun.serve.answering import Answerer, RowAnswer
from truerun.serve.request_json import RequestRow
from truerun.serve.settings import ServeSettings
from truerun.serve.sharing import is_chosen


@dataclass(frozen=True)
class State:
    """A model that answers, when its bundle was made and read, and what is said of it.

    `shadow` answers the same rows for the log alone, `canary` a share of them in the model's place.
    """

    answerer: Answerer
    shadow: Answerer | None
    canary: Answerer | None
    made: float
    read: float
    description: Mapping[str, Any]

    @classmethod
    def load(cls, settings: ServeSettings) -> "State":
        """Read the bundles and what lies beside them.

        Raises
        ------
        BundleError
            If one cannot answer, or not the rows that the others do.
        """
        folder = settings.bundle
        answerer = Answerer.load(folder)
        shadow, canary = (
            None if path is None else Answerer.load(path)
            for path in (settings.shadow, settings.canary)
        )
        for other in (shadow, canary):
            if other is not None:
                other.check_like(answerer)
        try:
            made = (folder / DIGEST).stat().st_mtime
        except OSError:  # it has been replaced since
            made = time.time()
        description = provenance.of(answerer.predictor, folder)
        return cls(answerer, shadow, canary, made, time.time(), description)

    def answers(
        self, rows: Sequence[RequestRow], share: float, explain: int = 0
    ) -> list[RowAnswer]:
        """Answer rows, a share of the keys by the canary, if there is one.

        Raises `ModelError` if they shall be explained (see `Answerer.answers`), and cannot be.
        """
        if self.canary is None:
            return self.answerer.answers(rows, explain)
        key = self.answerer.predictor.key
        chosen = [is_chosen(row, key, share) for row in rows]
        by_canary = iter(self.canary.answers(list(compress(rows, chosen)), explain))
        others = iter(
            self.answerer.answers(
                [row for row, is_its in zip(rows, chosen, strict=True) if not is_its], explain
            )
        )
        return [next(by_canary if is_its else others) for is_its in chosen]
