"""A server that answers as MLflow 3.17 does, where `truerun` asks it, with all in memory."""

import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

API, FILES = "/api/2.0/mlflow/", "/api/2.0/mlflow-artifacts/artifacts/"
NAME = re.compile(r"[/\w.\- :]{1,250}")
NEEDED = re.compile(r"tags\.`([\w.]+)` = '([^']*)'")
Json = dict[str, Any]


class Refused(Exception):  # noqa: N818 - it is an answer
    """What MLflow refuses: its code, and what it says."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = {"error_code": code, "message": message}
        self.status = 404 if code == "RESOURCE_DOES_NOT_EXIST" else 400


class Store:
    """What the server keeps; `asked` is every path that it was asked for, with its headers."""

    def __init__(self) -> None:
        self.experiments: dict[str, Json] = {}
        self.runs: dict[str, Json] = {}
        self.models: dict[str, list[Json]] = {}
        self.aliases: dict[tuple[str, str], str] = {}
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.artifact_root = "mlflow-artifacts:"
        self.instead: Callable[[str], bytes | None] = lambda _: None

    def answer(self, path: str, given: Json) -> Json:  # noqa: PLR0911 - one for each
        """The answer to a request."""
        match path:
            case "experiments/get-by-name":
                return {"experiment": kept(self.experiments, given["experiment_name"])}
            case "experiments/create":
                return {"experiment_id": self.new_experiment(given["name"])}
            case "runs/create":
                return {"run": self.new_run(given)}
            case "runs/get":
                return {"run": kept(self.runs, given["run_id"])}
            case "runs/search":
                runs = [run for run in self.runs.values() if meant(run, given)]
                return {"runs": runs[::-1][: given.get("max_results", 1000)]} if runs else {}
            case "runs/log-batch":
                log_batch(kept(self.runs, given["run_id"])["data"], given)
                return {}
            case "runs/log-model":
                told = json.loads(given["model_json"])
                if lacking := {"artifact_path", "flavors", "utc_time_created", "run_id"} - set(
                    told
                ):
                    raise Refused("INVALID_PARAMETER_VALUE", f"Model json is missing {lacking}")
                tags = kept(self.runs, given["run_id"])["data"]["tags"]
                tags.append({"key": "mlflow.log-model.history", "value": json.dumps([told])})
                return {}
            case "runs/update":
                info = kept(self.runs, given["run_id"])["info"]
                info.update(status=given["status"], end_time=given["end_time"])
                return {"run_info": info}
        return self.answer_on_models(path, given)

    def answer_on_models(self, path: str, given: Json) -> Json:
        """The answer to a request about models and their versions."""
        match path:
            case "registered-models/get":
                kept(self.models, given["name"])
                return {"registered_model": {"name": given["name"]}}
            case "registered-models/create":
                if set("/:") & set(given["name"]):
                    raise Refused("INVALID_PARAMETER_VALUE", "Names cannot contain '/' or ':'.")
                self.models[given["name"]] = []
                return {"registered_model": {"name": given["name"]}}
            case "registered-models/alias":
                return self.alias(given)
            case "model-versions/create":
                versions = kept(self.models, given["name"])
                versions.append({**given, "version": str(len(versions) + 1), "status": "READY"})
                return {"model_version": versions[-1]}
            case "model-versions/search":
                name = re.match(r"name = '([^']*)'", given["filter"])[1]  # type: ignore[index]
                wanted = dict(NEEDED.findall(given["filter"])).items()
                of_name = self.models.get(name, [])
                found = [each for each in of_name if wanted <= pairs(each["tags"]).items()]
                return {"model_versions": found} if found else {}
        raise Refused("ENDPOINT_NOT_FOUND", path)

    def new_experiment(self, name: str) -> str:
        number = str(len(self.experiments) + 1)
        self.experiments[name] = {
            "experiment_id": number,
            "name": name,
            "lifecycle_stage": "active",
        }
        return number

    def new_run(self, given: Json) -> Json:
        run_id = f"{len(self.runs) + 1:032x}"
        experiment = given["experiment_id"]
        info = {"run_id": run_id, "experiment_id": experiment, "status": "RUNNING"}
        info["run_name"] = given["run_name"]
        info["artifact_uri"] = f"{self.artifact_root}/{experiment}/{run_id}/artifacts"
        data = {"tags": given["tags"], "params": [], "metrics": []}
        self.runs[run_id] = {"info": info, "data": data}
        return self.runs[run_id]

    def alias(self, given: Json) -> Json:
        at = given["name"], given["alias"]
        if "version" in given:
            self.aliases[at] = given["version"]
            return {}
        versions = kept(self.models, given["name"])
        return {"model_version": versions[int(kept(self.aliases, at)) - 1]}


def kept(store: dict[Any, Any], key: Any) -> Any:
    """What is there by a key."""
    if key not in store:
        raise Refused("RESOURCE_DOES_NOT_EXIST", f"Could not find '{key}'")
    return store[key]


def pairs(entries: list[Json]) -> dict[str, Any]:
    """Keys and values."""
    return {entry["key"]: entry["value"] for entry in entries}


def meant(run: Json, given: Json) -> bool:
    """Whether a search means a run."""
    wanted = dict(NEEDED.findall(given["filter"])).items()
    return (
        run["info"]["experiment_id"] in given["experiment_ids"]
        and wanted <= pairs(run["data"]["tags"]).items()
        and ("FINISHED" not in given["filter"] or run["info"]["status"] == "FINISHED")
    )


def log_batch(data: Json, given: Json) -> None:
    """Keep parameters and metrics, within MLflow's limits."""
    for kind, most in (("params", 100), ("metrics", 1000)):
        entries = given.get(kind, [])
        if len(entries) > most or not all(NAME.fullmatch(each["key"]) for each in entries):
            raise Refused("INVALID_PARAMETER_VALUE", f"Invalid value for '{kind}'")
        data[kind] += entries


@contextmanager
def serving() -> Iterator[tuple[str, Store]]:
    """The address of a server, and what it keeps."""
    store = Store()

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            parts = urlsplit(self.path)
            store.asked.append((parts.path, dict(self.headers)))
            status, content = 200, store.instead(parts.path)
            if content is None:
                status, content = self.answered(parts.path, dict(parse_qsl(parts.query)), body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def answered(self, path: str, query: Json, body: bytes) -> tuple[int, bytes]:
            if path.startswith(FILES):
                name = unquote(path.removeprefix(FILES))
                if self.command == "PUT":
                    store.files[name] = body
                    return 200, b""
                return 200, store.files[name]
            try:
                given = query if self.command == "GET" else json.loads(body)
                answer = store.answer(path.removeprefix(API), given)
                return 200, json.dumps(answer).encode()
            except Refused as refused:
                return refused.status, json.dumps(refused.answer).encode()

        do_GET = do_POST = do_PUT = handle_one  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
