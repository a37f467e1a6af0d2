"""The description of the service by OpenAPI: what a row may hold, by the bundle that answers."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.routing import Route

from truerun.serve.answering import TABLE
from truerun.serve.examples import example, row_of
from truerun.serve.replies import content
from truerun.serve.settings import ServeSettings
from truerun.serve.state import State

ERRORS = {
    "400": "the request is not JSON in UTF-8",
    "401": "a key is needed",
    "408": "the request did not arrive in time",
    "413": "the request has too many rows or bytes",
    "415": "the content type is not application/json",
    "422": "rows break the contract: every column is named",
    "429": "too many requests wait: Retry-After says for how long",
    "503": "the rows take too long: Retry-After says for how long",
}
LIMITS = {"minimum": "min", "maximum": "max"}
TYPES = {"int": "integer", "float": "number", "text": "string", "time": "string"}


def described(state: State, settings: ServeSettings, routes: Sequence[Route]) -> dict[str, Any]:
    """The description of all paths."""
    answerer = state.answerer
    facts = answerer.predictor.facts
    predict: dict[str, Any] = {"summary": "Predict", "description": "Score a row, or several."}
    others = {route.path_format: {"get": _operation(route)} for route in routes}
    schemas = {
        "Row": _row_schema(facts),
        "Prediction": _prediction_schema(facts),
        "Error": _error_schema(),
    }
    whole: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": f"Predictions of {facts['target']}",
            "description": "Rows in, scores out; each answer names the version of the model.",
            "version": answerer.predictor.version,
        },
        "paths": {"/v1/predict": {"post": predict}, **others},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }
    if settings.keys.digests:
        whole["security"] = [{"key": []}]
    row = example(answerer)
    rows = {"type": "array", "items": _reference("Row"), "minItems": 1}
    body: dict[str, Any] = {
        "schema": {"oneOf": [_reference("Row"), {**rows, "maxItems": settings.most_rows}]}
    }
    prediction: dict[str, Any] = {"schema": _reference("Prediction")}
    if row is not None:
        body["example"] = row
        (answer,) = answerer.answers([row_of(row)])
        prediction["example"] = content(answer)
    predict["requestBody"] = {"required": True, "content": {"application/json": body}}
    predict["parameters"] = [
        {
            "name": "explain",
            "in": "query",
            "description": "how many columns to name that move a score most, and by how much",
            "schema": {"type": "integer", "minimum": 1, "maximum": 999},
        }
    ]
    error = {"application/json": {"schema": _reference("Error")}}
    predict["responses"] = {
        "200": {
            "description": "the score of the row, or `predictions` of several in their order",
            "content": {"application/json": prediction},
        },
        **{status: {"description": why, "content": error} for status, why in ERRORS.items()},
    }
    return whole


def _operation(route: Route) -> dict[str, Any]:
    """What a path answers that takes no body."""
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.param_convertors
    ]
    return {
        "summary": route.name.capitalize(),
        "description": inspect.getdoc(route.endpoint),
        **({"parameters": parameters} if parameters else {}),
        "responses": {"200": {"description": "the answer"}},
    }


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _row_schema(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a row may hold, by the names of the table."""
    columns = facts["contract"]["columns"]
    properties: dict[str, Any]
    if facts["source"].get("name") == TABLE:
        options = facts["source"]["options"]
        properties = {
            name: _raw_property(column, columns.get(name, {}))
            for name, column in options["columns"].items()
            if name != options["target"] and column["as"] != "drop"
        }
        required = list(properties)
    else:
        properties = {name: _property(column) for name, column in columns.items()}
        required = [name for name, column in columns.items() if not column.get("nullable")]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _property(column: Mapping[str, Any]) -> dict[str, Any]:
    """A column of schema.yaml as JSON Schema has it."""
    kind = TYPES[column["type"]]
    schema: dict[str, Any] = {"type": [kind, "null"] if column.get("nullable") else kind}
    if column["type"] == "time":
        schema["format"] = "date-time"
    schema |= {key: column[name] for key, name in LIMITS.items() if column.get(name) is not None}
    if column.get("categories"):
        schema["enum"] = [*column["categories"], *([None] if column.get("nullable") else [])]
    if column.get("pattern"):
        schema["pattern"] = f"^(?:{column['pattern']})$"
    return schema


def _raw_property(options: Mapping[str, Any], column: Mapping[str, Any]) -> dict[str, Any]:
    """A column of a table, whose cells are texts or what JSON has for them."""
    kind = options["as"]
    schema: dict[str, Any] = {
        "type": ["string", "number", "boolean", "null"],
        "description": f"read as {kind}" + (", may be missing" if column.get("nullable") else ""),
    }
    if list(options) == ["as"] and kind == "number":  # the text of a number is that number
        schema |= {
            key: column[name] for key, name in LIMITS.items() if column.get(name) is not None
        }
    if kind == "category" and column.get("categories"):
        schema["examples"] = list(column["categories"])
    return schema


def _prediction_schema(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a row."""
    score: dict[str, Any] = {"type": "number"}
    decision: dict[str, Any] = {"type": "number"}
    if len(facts["classes"]) > 2:  # noqa: PLR2004 - there are several
        score = {"type": "object", "additionalProperties": {"type": "number"}}
    if facts["classes"]:
        decision = {"enum": facts["classes"]}
    properties = {"score": score, "decision": decision, "model_version": {"type": "string"}}
    if facts["interval"] is not None:
        properties |= {"low": {"type": "number"}, "high": {"type": "number"}}
    required = list(properties)
    moved = {"column": {"type": "string"}, "contribution": {"type": "number"}}
    contribution = {"type": "object", "properties": moved, "required": list(moved)}
    properties["contributions"] = {"type": "array", "items": contribution}
    return {"type": "object", "properties": properties, "required": required}


def _error_schema() -> dict[str, Any]:
    """What is said where there is no score."""
    texts = {name: {"type": "string"} for name in ("column", "check", "value")}
    broken = {"type": "object", "properties": {"row": {"type": "integer"}, **texts}}
    return {
        "type": "object",
        "properties": {
            "error": {"type": "string"},
            "broken": {"type": "array", "items": broken},
        },
        "required": ["error"],
    }
