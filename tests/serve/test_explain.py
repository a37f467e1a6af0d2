"""Answers with what moves their scores, over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.serve.bundles import rows_of, typed
from tests.serve.service import Client, running
from tests.tasks import CLASSES
from truerun.model.predictor import Predictor

pytestmark = pytest.mark.slow  # a server
NAMES = ("id", "whole", "number", "few", "full", "many", "note", "target")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("own")
    tested = rows_of(typed(folder, "multiclass"))
    return folder, [{name: row[name] for name in NAMES} for row in tested[:100]]


@pytest.fixture(scope="module")
def service(rows: tuple[Path, list[dict[str, Any]]]) -> Iterator[Client]:
    with running(rows[0], "--workers", "1") as client:
        yield client


def asked(client: Client, sent: Any, explain: str) -> Any:
    return client.ask(f"/v1/predict?explain={explain}", json.dumps(sent).encode())


def test_contributions_are_those_of_the_scorer_and_the_score_is_as_without_them(
    rows: tuple[Path, list[dict[str, Any]]], service: Client
) -> None:
    folder, sent = rows
    predictor = Predictor.load(folder / "models/bundle")
    cells = [{name: value for name, value in row.items() if name != "target"} for row in sent]
    names, values = predictor.contributions(cells).largest(3)
    explained = asked(service, sent, "3").content["predictions"]
    for answer, columns, sizes in zip(explained, names.tolist(), values.tolist(), strict=True):
        contributions = answer.pop("contributions")
        assert [each["column"] for each in contributions] == columns
        told = [each["contribution"] for each in contributions]
        assert told == [float(str(np.float32(size))) for size in sizes]
        assert set(answer["score"]) == set(CLASSES)
    assert explained == service.predict(sent).content["predictions"]
    alone = asked(service, sent[0], "999").content["contributions"]
    assert {each["column"] for each in alone} == set(predictor.facts["features"])


def test_a_row_that_breaks_the_contract_is_refused_as_without_them(
    rows: tuple[Path, list[dict[str, Any]]], service: Client
) -> None:
    broken = [{**rows[1][0], "number": "far"}, rows[1][1]]
    reply = asked(service, broken, "2")
    assert reply.status == 422
    assert reply.content == service.predict(broken).content


@pytest.mark.parametrize("count", ["0", "-1", "1000", "two", "", "%D9%A1", "1e1", "+1"])
def test_a_number_of_columns_that_is_none_is_refused(
    rows: tuple[Path, list[dict[str, Any]]], service: Client, count: str
) -> None:
    reply = asked(service, rows[1][0], count)
    assert reply.status == 400
    assert "explain must be a whole number from 1 to 999" in reply.content["error"]


def test_a_model_that_cannot_be_explained_says_which_can(tmp_path: Path) -> None:
    tested = rows_of(typed(tmp_path, "binary", "random_forest"))[0]
    with running(tmp_path, "--workers", "1") as client:
        reply = asked(client, {name: tested[name] for name in NAMES}, "1")
    assert reply.status == 400
    assert "cannot be explained: those of hist_gradient_boosting" in reply.content["error"]
