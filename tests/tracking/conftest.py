"""Servers that are told, and a project whose pipeline has run."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.tracking import stand_in
from tests.tracking.stand_in import Store

PROGRAM = ROOT / ".venv/mlflow/bin/mlflow"
REAL = pytest.param(
    "mlflow",
    marks=[
        pytest.mark.nightly,
        pytest.mark.slow,
        pytest.mark.skipif(not PROGRAM.exists(), reason="`make mlflow` installs the server"),
    ],
)
# It reports to nobody, and starts no workers for jobs, which would outlive it.
ALONE = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
MD5 = "0123456789abcdef" * 2
STAGES = {
    "train": {"cmd": "a", "outs": [{"path": "models/model.skops", "md5": MD5}]},
    "evaluate": {"cmd": "b", "deps": [{"path": "models/model.skops", "md5": MD5}]},
}
FILES = {
    "dvc.yaml": yaml.safe_dump({"artifacts": {"churn": {"path": "models/model.skops"}}}),
    "dvc.lock": yaml.safe_dump({"schema": "2.0", "stages": STAGES}),
    "params.yaml": "train: {model: ridge, seed: 1}\nfeatures:\n  'share <5%': yes\n"
    "featurize: {exclude: [unread]}\n",
    "schema.yaml": yaml.safe_dump(
        {
            "task": "binary",
            "predicts": "churn",
            "not_for": "nothing",
            "target": "churn",
            "key": ["id"],
            "columns": {
                "id": {"type": "int", "feature": False},
                "churn": {"type": "int", "categories": [0, 1]},
                "tenure": {"type": "int"},
                "charges": {"type": "int", "nullable": True},
                "share": {"type": "float", "nullable": True},
                "plan": {"type": "text", "categories": ["a", "b"]},
                "unread": {"type": "float"},
            },
        },
        sort_keys=False,
    ),
    "metrics/evaluate.json": json.dumps(
        {"test": {"roc_auc": 0.75, "rows": 7}, "gap": {"roc_auc": 0.01}, "baseline": {"f1": 0}}
    ),
    "models/model.skops": "the model",
    "models/card.md": "# Card",
    "plots/roc.svg": "<svg/>",
    "plots/shift/a b.csv": "x",
}


@pytest.fixture
def standing() -> Iterator[tuple[str, Store]]:
    """A stand-in, and what it keeps."""
    with stand_in.serving() as server:
        yield server


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server with SQLite."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(PROGRAM), "server", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/all.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **ALONE},
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as server:
        try:
            assert server.stdout is not None
            assert any("Application startup complete" in line for line in server.stdout)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(server.pid, signal.SIGKILL)


@pytest.fixture(params=["stand-in", REAL])
def server(request: pytest.FixtureRequest) -> str:
    """The address of a server: a stand-in, and each night a real one."""
    if request.param == "mlflow":
        address: str = request.getfixturevalue("mlflow")
        return address
    return str(request.getfixturevalue("standing")[0])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose pipeline has run, in which the test runs."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path
