"""Requests that are made up: each is answered with the right score, or refused, and never an error.

`make fuzz-serve` tries them for longer.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serve.bundles import typed
from tests.serve.service import Client, running
from tests.serve.test_hostile import GOOD
from truerun.model.predictor import Predictor

pytestmark = pytest.mark.slow  # a server
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
LETTERS = st.text(st.characters(), max_size=8)  # halves of characters, too
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from([0, -0.0, 1e308, 5e-324, 2**63 - 1, -(2**63)]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, LETTERS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LETTERS, inner, max_size=3),
    max_leaves=6,
)
# A row that is nearly right: a few of its columns have other values, some are gone, some are new.
ROWS = st.builds(
    lambda changed, gone, more: {
        name: value for name, value in {**GOOD, **changed, **more}.items() if name not in gone
    },
    st.dictionaries(st.sampled_from(list(GOOD)), VALUES, max_size=2),
    st.sets(st.sampled_from(["number", "few", "many", "note", "full"]), max_size=2),
    st.dictionaries(LETTERS, SCALARS, max_size=1),
)
BODIES = st.one_of(
    st.binary(max_size=60),
    VALUES.map(lambda value: json.dumps(value).encode()),
    ROWS.map(lambda row: json.dumps(row).encode()),
    st.lists(ROWS, max_size=4).map(lambda rows: json.dumps(rows).encode()),
    st.builds(
        lambda at, byte: (
            (body := json.dumps(GOOD).encode())[: at % len(body)]
            + bytes([byte])
            + body[at % len(body) + 1 :]
        ),
        st.integers(0, 10**6),
        st.integers(0, 255),
    ),
)
REFUSED = {400, 413, 422}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Predictor]]:
    folder = tmp_path_factory.mktemp("fuzz")
    typed(folder)
    with running(folder, "--workers", "1", "--log", "log") as client:
        yield client, Predictor.load(folder / "models/bundle")


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(BODIES)
def test_no_request_is_an_error_of_the_service_or_gets_a_wrong_score(
    service: tuple[Client, Predictor], body: bytes
) -> None:
    client, predictor = service
    reply = client.ask("/v1/predict", body)
    if reply.status in REFUSED:
        assert set(reply.content) <= {"error", "broken"}
        return
    assert reply.status == 200, (body, reply.body)
    rows: Any = json.loads(body)
    answers = [reply.content] if isinstance(rows, dict) else reply.content["predictions"]
    for row, answer in zip([rows] if isinstance(rows, dict) else rows, answers, strict=True):
        expected = predictor.answer({name: row[name] for name in row if name != "target"})
        assert not expected.broken
        assert np.float32(answer["score"]) == np.float32(expected.score)
        assert answer["decision"] == expected.decision


def test_after_all_of_it_the_service_answers_as_before(service: tuple[Client, Predictor]) -> None:
    client, predictor = service
    reply = client.predict(GOOD).content
    assert np.float32(reply["score"]) == np.float32(predictor.answer(GOOD).score)
    assert 'status="500"' not in client.ask("/metrics").body.decode()
