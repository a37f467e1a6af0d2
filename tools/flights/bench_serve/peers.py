"""Other servers of models, each in an environment of its own, with the model of models/model.skops.

Their packages are those of requirements/NAME.txt, by their hashes, and lie in .venv/NAME. Each has
one worker, as ours has, and loads the model as its documentation says.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tools.environments import environment
from tools.flights.bench_serve.services import Service, free_port
from truerun.base import paths, text_files
from truerun.base.commands import run

CODE = Path(__file__).with_name("peer_code")
TEXT, NUMBER = "BYTES", "FP64"  # of the protocol of inference, version 2


def mlflow(row: Mapping[str, Any], folder: Path) -> Service:
    """`mlflow models serve`."""
    programs = environment("mlflow")
    run(folder, str(programs / "python"), "-I", str(CODE / "as_mlflow.py"), _model())
    command = (
        str(programs / "mlflow"), "models", "serve", "--model-uri", "model", "--env-manager",
        "local", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1",
    )  # fmt: skip
    return Service(
        "MLflow",
        command,
        folder,
        "/invocations",
        {"dataframe_split": {"columns": list(row), "data": [list(row.values())]}},
        lambda answer: float(answer["predictions"][0][1]),
        {**_first(programs), "MLFLOW_DISABLE_TELEMETRY": "true"},
    )


def bentoml(row: Mapping[str, Any], folder: Path) -> Service:
    """`bentoml serve`."""
    programs = environment("bentoml")
    (folder / "service.py").write_bytes((CODE / "bentoml_service.py").read_bytes())
    command = (str(programs / "bentoml"), "serve", "service:Flights", "--host", "127.0.0.1")
    return Service(
        "BentoML",
        (*command, "--port", "{port}"),
        folder,
        "/predict",
        {"rows": [row]},
        lambda answer: float(answer[0]),
        {
            **_first(programs),
            "BENTOML_DO_NOT_TRACK": "True",
            "BENTOML_HOME": str(folder),
            "MODEL": _model(),
        },
    )


def mlserver(row: Mapping[str, Any], folder: Path) -> Service:
    """`mlserver start`, with its own runtime for scikit-learn."""
    programs = environment("mlserver")
    run(folder, str(programs / "python"), "-I", str(CODE / "as_joblib.py"), _model())
    settings = {
        "host": "127.0.0.1",
        "grpc_port": free_port(),
        "metrics_port": free_port(),
        "parallel_workers": 0,
    }
    text_files.write_json(folder / "settings.json", settings)
    model = {
        "name": "flights",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": "./model.joblib"},
    }
    text_files.write_json(folder / "model-settings.json", model)
    inputs = [
        {
            "name": name,
            "shape": [1],
            "datatype": TEXT if isinstance(value, str) else NUMBER,
            "parameters": {"content_type": "str" if isinstance(value, str) else "np"},
            "data": [value],
        }
        for name, value in row.items()
    ]
    outputs = [{"name": "predict_proba"}]
    return Service(
        "MLServer",
        (str(programs / "mlserver"), "start", "."),
        folder,
        "/v2/models/flights/infer",
        {"parameters": {"content_type": "pd"}, "inputs": inputs, "outputs": outputs},
        lambda answer: float(answer["outputs"][0]["data"][1]),
        {**_first(programs), "MLSERVER_HTTP_PORT": "{port}"},
    )


PEERS: Mapping[str, Callable[[Mapping[str, Any], Path], Service]] = {
    "MLflow": mlflow,
    "BentoML": bentoml,
    "MLServer": mlserver,
}


def _model() -> str:
    return str(paths.MODEL.absolute())


def _first(programs: Path) -> dict[str, str]:
    """The variables by which a peer finds its own programs, and none of ours."""
    return {"PATH": f"{programs}:/usr/bin:/bin", "PYTHONPATH": "", "HOME": str(programs.parent)}
