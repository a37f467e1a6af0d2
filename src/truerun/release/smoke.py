"""Whether a service gives the scores that evaluate gave: training and serving agree, to the bit."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from truerun.base.errors import ReleaseError
from truerun.model.scoring import bundle
from truerun.release.sent_rows import SentRows
from truerun.serve.client import PREDICT, ServiceClient

PERCENT = (50, 95, 99)


@dataclass(frozen=True)
class SmokeTest:
    """How many rows had their scores, by which model, and the seconds of each request."""

    rows: int
    version: str
    seconds: npt.NDArray[np.float64]

    def percentile(self, percent: int) -> float:
        """The time in milliseconds that so many of 100 requests took at most."""
        return float(np.percentile(self.seconds, percent) * 1000)


def run(service: ServiceClient, sent: SentRows, at_once: int, folder: Path = Path()) -> SmokeTest:
    """Send rows, and hold the answers against their scores.

    Parameters
    ----------
    at_once : rows of a request.

    Raises
    ------
    ReleaseError
        Names the first row with another score, or the first request that is refused.
    """
    _, _, digest = bundle.checked(folder / bundle.FOLDER)
    version = digest[: bundle.SHOWN]
    columns = [str(name) for name in sent.scores]
    expected = sent.scores.to_numpy(np.float32)
    seconds = []
    for first in range(0, len(sent.rows), at_once):
        rows = sent.rows[first : first + at_once]
        reply = service.ask(PREDICT, json.dumps(rows, allow_nan=False).encode())
        where = f"{service.address}{PREDICT}, from row {first + 1} ({sent.keys[first]}) on,"
        answers = reply.json(where)
        seconds.append(reply.seconds)
        for place, scores in enumerate(_scores(answers, columns, len(rows), where), start=first):
            answered, model = scores
            if model != version:
                raise ReleaseError(
                    f"{service.address} answers by the model {model}, and {bundle.FOLDER} is"
                    f" {version}"
                )
            if answered.tobytes() != expected[place].tobytes():
                raise ReleaseError(
                    f"row {place + 1} of {len(sent.rows):,} ({sent.keys[place]}) has the score"
                    f" {_shown(answered)} over HTTP, and {_shown(expected[place])} by evaluate"
                )
    return SmokeTest(len(sent.rows), version, np.asarray(seconds))


def _scores(
    answers: Any, columns: Sequence[str], count: int, where: str
) -> Iterator[tuple[npt.NDArray[np.float32], str]]:
    """The scores of each row in single precision, and the version of the model."""
    try:
        each = answers["predictions"]
        if len(each) != count:
            raise ReleaseError(f"{where} answers {len(each)} rows of {count}")
        for answer in each:
            score = answer["score"]
            values = (
                [score[name.partition(":")[2]] for name in columns]
                if isinstance(score, Mapping)
                else [score]
            )
            yield np.asarray(values, dtype=np.float32), answer["model_version"]
    except (KeyError, TypeError, ValueError) as error:
        raise ReleaseError(f"{where} answers something else than predictions: {error!r}") from error


def _shown(scores: npt.NDArray[np.float32]) -> str:
    return ", ".join(map(str, scores))
