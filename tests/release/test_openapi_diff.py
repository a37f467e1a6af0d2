"""What is taken away from clients is named, and what is added is no fault."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.release.test_versions import refused
from truerun.release.__main__ import main
from truerun.release.openapi_diff import taken_away

ROW = {
    "type": "object",
    "properties": {
        "age": {"type": ["number", "null"], "minimum": 0, "maximum": 120},
        "city": {"type": "string", "enum": ["Oslo", "Rome"]},
        "note": {"type": ["string", "null"]},
        "whole": {"type": "integer"},
        "any": {},
    },
    "required": ["age", "city"],
    "additionalProperties": False,
}
PREDICTION = {
    "type": "object",
    "properties": {
        "score": {"type": "number"},
        "decision": {"enum": [0, 1]},
        "model_version": {"type": "string"},
    },
    "required": ["score", "decision", "model_version"],
}
BASE: dict[str, Any] = {
    "paths": {
        "/v1/predict": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "oneOf": [
                                    {"$ref": "#/components/schemas/Row"},
                                    {
                                        "type": "array",
                                        "items": {"$ref": "#/components/schemas/Row"},
                                        "maxItems": 1000,
                                    },
                                ]
                            }
                        }
                    },
                },
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Prediction"}
                            }
                        }
                    },
                    "422": {"description": "a row breaks the contract"},
                },
            }
        },
        "/v1/predictions/{key}": {
            "get": {
                "parameters": [{"name": "key", "in": "path", "required": True}],
                "responses": {"200": {"content": {"application/json": {"schema": {}}}}},
            }
        },
    },
    "components": {"schemas": {"Row": ROW, "Prediction": PREDICTION}},
}
Change = Callable[[dict[str, Any]], Any]


def row(whole: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = whole["components"]["schemas"]["Row"]
    return found


def said(whole: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = whole["components"]["schemas"]["Prediction"]
    return found


def post(whole: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = whole["paths"]["/v1/predict"]["post"]
    return found


LOST: dict[str, Change] = {
    "the path /v1/predict is gone": lambda w: w["paths"].pop("/v1/predict"),
    "POST /v1/predict is gone": lambda w: w["paths"]["/v1/predict"].pop("post"),
    "has no decision any more": lambda w: said(w)["properties"].pop("decision"),
    "may lack score now": lambda w: said(w)["required"].remove("score"),
    "score may be string now": lambda w: said(w)["properties"]["score"].update(type="string"),
    "decision may be 2 now": lambda w: said(w)["properties"]["decision"]["enum"].append(2),
    "decision may be anything now": lambda w: said(w)["properties"]["decision"].pop("enum"),
    "note is accepted no more": lambda w: row(w)["properties"].pop("note"),
    "note is needed now": lambda w: row(w)["required"].append("note"),
    "more is needed now": lambda w: [
        row(w)["required"].append("more"),
        row(w)["properties"].update(more={"type": "string"}),
    ],
    "age may be no null any more": lambda w: row(w)["properties"]["age"].update(type="number"),
    "whole may be no integer any more": lambda w: row(w)["properties"]["whole"].update(
        type="string"
    ),
    "city may be 'Rome' no more": lambda w: row(w)["properties"]["city"]["enum"].remove("Rome"),
    "any may only be string now": lambda w: row(w)["properties"]["any"].update(type="string"),
    "note may only be 'x' now": lambda w: row(w)["properties"]["note"].update(enum=["x"]),
    "age: maximum is 99 now, and was 120": lambda w: row(w)["properties"]["age"].update(maximum=99),
    "age: minimum is 1 now, and was 0": lambda w: row(w)["properties"]["age"].update(minimum=1),
    "note: the pattern is x now, and was none": lambda w: row(w)["properties"]["note"].update(
        pattern="x"
    ),
    "maxItems is 10 now, and was 1000": lambda w: post(w)["requestBody"]["content"][
        "application/json"
    ]["schema"]["oneOf"][1].update(maxItems=10),
    "may be no object any more": lambda w: post(w)["requestBody"]["content"]["application/json"][
        "schema"
    ]["oneOf"].pop(0),
    "application/json is taken no more": lambda w: post(w)["requestBody"]["content"].pop(
        "application/json"
    ),
    "the answer 200 is gone": lambda w: post(w)["responses"].pop("200"),
    "is no application/json any more": lambda w: post(w)["responses"]["200"].update(content={}),
    "a key is needed now": lambda w: w.update(security=[{"key": []}]),
    "the parameter key is gone": lambda w: w["paths"]["/v1/predictions/{key}"]["get"].update(
        parameters=[]
    ),
    "the parameter day is needed now": lambda w: w["paths"]["/v1/predictions/{key}"]["get"][
        "parameters"
    ].append({"name": "day", "in": "query", "required": True}),
}
ADDED: dict[str, Change] = {
    "a path": lambda w: w["paths"].update({"/v2": {"get": {}}}),
    "a method": lambda w: w["paths"]["/v1/predict"].update(get={}),
    "a field": lambda w: said(w)["properties"].update(low={"type": "number"}),
    "a column": lambda w: row(w)["properties"].update(more={"type": "string"}),
    "a type": lambda w: row(w)["properties"]["note"].update(type=["string", "null", "number"]),
    "a wider number": lambda w: row(w)["properties"]["whole"].update(type="number"),
    "a narrower answer": lambda w: said(w)["properties"]["score"].update(type="integer"),
    "a value": lambda w: row(w)["properties"]["city"]["enum"].append("Bonn"),
    "what is needed no more": lambda w: row(w)["required"].remove("city"),
    "wider bounds": lambda w: row(w)["properties"]["age"].update(minimum=-1, maximum=130),
    "a status": lambda w: post(w)["responses"].update({"503": {"description": "later"}}),
    "nothing": lambda _: None,
}


def changed(change: Change) -> dict[str, Any]:
    head = copy.deepcopy(BASE)
    change(head)
    return head


@pytest.mark.parametrize("expected", LOST)
def test_what_is_taken_away_is_named(expected: str) -> None:
    lost = taken_away(BASE, changed(LOST[expected]))
    assert any(expected in line for line in lost), lost


@pytest.mark.parametrize("name", ADDED)
def test_what_is_added_is_no_fault(name: str) -> None:
    assert taken_away(BASE, changed(ADDED[name])) == []


def test_what_is_added_is_taken_away_the_other_way_round() -> None:
    for name, change in ADDED.items():
        if name not in ("nothing", "a narrower answer", "a status", "what is needed no more"):
            assert taken_away(changed(change), BASE) != [], name


def test_a_schema_that_names_itself_has_an_end() -> None:
    head = changed(lambda w: row(w)["properties"].update(of={"$ref": "#/components/schemas/Row"}))
    assert taken_away(head, head) == []


def test_files_are_held_against_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, head = tmp_path / "base.json", tmp_path / "head.json"
    base.write_text(json.dumps(BASE))
    head.write_text(json.dumps(BASE))
    main(["api", str(base), str(head)])
    assert "nothing of" in capsys.readouterr().out
    head.write_text(json.dumps(changed(LOST["has no decision any more"])))
    text = refused(["api", str(base), str(head)], capsys)
    assert "POST /v1/predict: the answer 200 has no decision any more" in text
    none = "is no description by OpenAPI"
    for content, expected in (
        ("{}", none),
        ('{"paths": {"/v1/predict": {"post": []}}}', none),
        ('{"paths": {"/v1/predict": 1}}', none),
        ("x", "is not JSON"),
    ):
        head.write_text(content)
        assert expected in refused(["api", str(base), str(head)], capsys)
    assert "cannot be read" in refused(["api", str(base), str(tmp_path / "none")], capsys)
    assert "does not answer" in refused(["api", str(base), "http://127.0.0.1:1"], capsys)
