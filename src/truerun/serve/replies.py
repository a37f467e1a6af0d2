"""Answers as bodies of responses."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import numpy as np
from starlette.responses import Response

from truerun.serve.answering import RowAnswer

ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def content(answer: RowAnswer) -> dict[str, Any]:
    """What is said of a row that is scored, with numbers as `truerun predict` writes them."""
    prediction = answer.prediction
    score = prediction.score
    body: dict[str, Any] = {
        "score": {name: shortest(each) for name, each in score.items()}
        if isinstance(score, Mapping)
        else shortest(score or 0.0),
        "decision": prediction.decision,
    }
    if prediction.interval is not None:
        body |= {"low": prediction.interval[0], "high": prediction.interval[1]}
    if answer.contributions:
        body["contributions"] = [
            {"column": name, "contribution": shortest(value)}
            for name, value in answer.contributions
        ]
    return {**body, "model_version": answer.version}


def shortest(score: float) -> float:
    """A number in single precision as it is written.

    >>> shortest(0.10000000149011612)
    0.1
    """
    return float(str(np.float32(score)))


def json_response(
    body: Any, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer of JSON in ASCII, which holds whatever letters a request has held."""
    return Response(ENCODER.encode(body), status.value, headers, media_type="application/json")
