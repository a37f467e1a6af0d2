"""A server of MLflow is told of runs, versions and stages; and nothing depends on it."""

import base64
import hashlib
import json
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.release.conftest import first, workshop  # noqa: F401 - fixtures
from tests.release.workshop import MODEL, Workshop
from tests.tracking.conftest import FILES, MD5
from tests.tracking.stand_in import NAME, Store, pairs
from truerun.base.errors import ReproError, TrackingError
from truerun.model.tasks import TASKS
from truerun.release.__main__ import main as release_main
from truerun.repro import __main__ as repro
from truerun.tracking import client, release, run
from truerun.tracking.client import Tracker
from truerun.tracking.release import Placed

STANDING = tuple[str, Store]


def lock_of(project: Path) -> str:
    return hashlib.sha256((project / "dvc.lock").read_bytes()).hexdigest()


def runs_of(tracker: Tracker, lock: str) -> list[dict[str, object]]:
    number = run.experiment_of(tracker, "churn")
    wanted = f"tags.`{run.LOCK_TAG}` = '{lock}'"
    return tracker.post("runs/search", experiment_ids=[number], filter=wanted).get("runs", [])


def test_a_run_has_parameters_metrics_tags_and_files(server: str, project: Path) -> None:
    (project / "params.yaml").write_text(  # more than one request may hold
        FILES["params.yaml"] + "".join(f"column{n}: {n}\n" for n in range(150)), encoding="utf-8"
    )
    tracker = Tracker(server)
    line = run.log(tracker)
    run_id = line.split()[1]
    logged = tracker.get("runs/get", run_id=run_id)["run"]
    params, metrics = (pairs(logged["data"][kind]) for kind in ("params", "metrics"))
    assert len(params) == 154
    assert params["train.model"] == "ridge"
    assert params["features.share :3c5:25"] == "yes"
    assert metrics == {"test.roc_auc": 0.75, "test.rows": 7, "gap.roc_auc": 0.01}
    tags = pairs(logged["data"]["tags"])
    assert (tags[run.LOCK_TAG], tags[run.MODEL_TAG]) == (lock_of(project), MD5)
    assert logged["info"]["status"] == "FINISHED"
    below = logged["info"]["artifact_uri"].partition(":/")[2]
    for name in ("card.md", "plots/roc.svg", "plots/shift/a%20b.csv", "model/model.skops"):
        place = f"{server}/api/2.0/mlflow-artifacts/artifacts/{below}/{name}"
        with urllib.request.urlopen(place) as answer:  # noqa: S310 - http
            assert answer.read().decode() in FILES.values()
    assert "already" in run.log(tracker)
    assert len(runs_of(tracker, lock_of(project))) == 1
    (project / "dvc.lock").write_text(FILES["dvc.lock"] + "# x\n", encoding="utf-8")
    assert run_id not in run.log(tracker)


def test_a_version_is_that_of_its_run_and_stages_are_aliases(server: str, project: Path) -> None:
    tracker = Tracker(server)
    (project / "dvc.lock").write_text(FILES["dvc.lock"] + "# 2\n", encoding="utf-8")
    run_id = run.log(tracker).split()[1]
    commit = "a" * 40
    first_one = Placed("sub/dir=churn", "v1.0.0", None, commit, lock_of(project))
    assert "version 1 is v1.0.0 at" in release.mirror(tracker, first_one)
    (project / "dvc.lock").write_text(FILES["dvc.lock"] + "# 3\n", encoding="utf-8")
    second_id = run.log(tracker).split()[1]
    for version, stage, lock in (
        ("v1.1.0", "staging", lock_of(project)),
        ("v1.1.0", "production", lock_of(project)),
        ("v1.0.0", "production", first_one.lock_sha256),  # a rollback
    ):
        release.mirror(tracker, Placed(first_one.model, version, stage, commit, lock))
    for stage, expected, version in (
        ("staging", second_id, "v1.1.0"),
        ("production", run_id, "v1.0.0"),
    ):
        asked = tracker.get("registered-models/alias", name="sub.dir=churn", alias=stage)
        held = asked["model_version"]
        assert held["run_id"] == expected
        assert held["source"].endswith(f"{expected}/artifacts/model")
        tags = pairs(held["tags"])
        assert (tags[release.VERSION], tags[run.COMMIT]) == (version, commit)
    unknown = Placed("churn", "v9.0.0", "staging", commit, "0" * 64)
    with pytest.raises(TrackingError, match=r"no run of v9\.0\.0: `git switch --detach aaaaaaa"):
        release.mirror(tracker, unknown)


SIGNATURE = [
    {"type": "long", "name": "tenure", "required": True},
    {"type": "double", "name": "charges", "required": False},
    {"type": "double", "name": "share", "required": False},
    {"type": "string", "name": "plan", "required": True},
]


def test_the_model_is_one_of_mlflow_s_with_a_signature(server: str, project: Path) -> None:
    (project / "dvc.lock").write_text(FILES["dvc.lock"] + "# s\n", encoding="utf-8")
    tracker = Tracker(server)
    run_id = run.log(tracker).split()[1]
    logged = tracker.get("runs/get", run_id=run_id)["run"]
    (told,) = json.loads(pairs(logged["data"]["tags"])["mlflow.log-model.history"])
    assert (told["artifact_path"], told["run_id"]) == ("model", run_id)
    place = logged["info"]["artifact_uri"].partition(":/")[2]
    address = f"{server}/api/2.0/mlflow-artifacts/artifacts/{place}/model/MLmodel"
    with urllib.request.urlopen(address) as answer:  # noqa: S310 - http
        kept = yaml.safe_load(answer.read())
    assert json.loads(kept["signature"]["inputs"]) == SIGNATURE
    assert kept["flavors"]["sklearn"]["serialization_format"] == "skops"
    assert kept["flavors"]["python_function"]["predict_fn"] == "predict_proba"


BAD = {
    "no JSON": b"<html>",
    "another kind": b"[1]",
    "too deep": b"[" * 100_000,
    "no number": b'{"experiment_id": null, "experiment": {"experiment_id": 3}}',
    "letters of a path": b'{"experiment": {"experiment_id": "../../x"}}',
    "no list": b'{"experiment": {"experiment_id": "1"}, "runs": 7}',
    "nothing": b"null",
    "too much": b" " * (client.MOST + 1),
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
@pytest.mark.usefixtures("project")
def test_a_strange_answer_is_one_line(
    answer: bytes, standing: STANDING, capsys: pytest.CaptureFixture[str]
) -> None:
    address, store = standing
    store.instead = lambda _: answer
    client.never_failing(lambda: run.log(Tracker(address)))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("mlflow: ")
    assert err.endswith("Nothing else depends on it\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "address",
    ["sqlite:///mlflow.db", "http://", "http://[", "databricks", "https://ada:secret@example.org"],
)
def test_what_is_no_address_of_a_server_is_told(address: str) -> None:
    with pytest.raises(TrackingError, match="not the address of a server") as refused:
        Tracker(address)
    assert "secret" not in str(refused.value)


@pytest.mark.usefixtures("project")
def test_a_server_that_is_not_there_or_leads_elsewhere_is_told(standing: STANDING) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(TrackingError, match=r"does not answer: .*refused"):
        run.log(Tracker(f"http://127.0.0.1:{port}"))
    address, store = standing
    with pytest.raises(TrackingError, match="does not answer"):
        run.log(Tracker(address, {"MLFLOW_TRACKING_TOKEN": "a\nb"}))
    assert store.asked == []


def test_a_run_that_was_not_logged_whole_is_failed_and_logged_anew(
    standing: STANDING, project: Path
) -> None:
    address, store = standing
    store.artifact_root = "s3://bucket"
    with pytest.raises(TrackingError, match="--artifacts-destination"):
        run.log(Tracker(address))
    assert [each["info"]["status"] for each in store.runs.values()] == ["FAILED"]
    store.artifact_root = "mlflow-artifacts:"
    run.log(Tracker(address))
    assert len(runs_of(Tracker(address), lock_of(project))) == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("dvc.yaml", "stages: {}", "`artifacts:` of dvc.yaml"),
        ("metrics/evaluate.json", "[", "evaluate.json is not as"),
        ("metrics/evaluate.json", "[]", "evaluate.json is not as"),
        ("metrics/evaluate.json", None, "evaluate.json"),
        ("dvc.lock", FILES["dvc.lock"].replace(MD5, "f" * 32, 1), "not of one run"),
        ("models/model.skops", None, "models/model.skops"),
    ],
)
def test_a_project_that_lacks_something_is_told_what(
    name: str, content: str | None, said: str, standing: STANDING, project: Path
) -> None:
    (project / name).unlink() if content is None else (project / name).write_text(content)
    with pytest.raises((TrackingError, OSError), match=said):
        run.log(Tracker(standing[0]))


def test_the_key_is_sent_as_mlflow_sends_it(standing: STANDING) -> None:
    address, store = standing
    for environment, expected in (
        ({"MLFLOW_TRACKING_TOKEN": "t"}, "Bearer t"),
        (
            {"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "p:w"},
            f"Basic {base64.b64encode(b'ada:p:w').decode()}",
        ),
        ({}, None),
    ):
        Tracker(address, environment).get("registered-models/get", name="x")
        assert store.asked[-1][1].get("Authorization") == expected


@given(st.text(min_size=1, max_size=400))
def test_any_name_becomes_one_that_mlflow_takes(name: str) -> None:
    assert NAME.fullmatch(run.permitted(name))


@given(st.text(max_size=20), st.text(max_size=20))  # shorter than what is cut
def test_two_names_stay_two(one: str, other: str) -> None:
    assert (run.permitted(one) == run.permitted(other)) == (one == other)


def test_without_the_variable_nothing_is_imported_or_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    repro.track()
    assert capsys.readouterr() == ("", "")
    code = (
        "import sys; from truerun.repro import __main__ as a; from truerun.release import"
        " __main__ as b; a.track(); b.track('v1.0.0');"
        " assert not [m for m in sys.modules if m.startswith('truerun.tracking')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_run_of_the_pipeline_tells_unless_it_failed_or_was_dry(
    standing: STANDING,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    address, store = standing
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    side = dict.fromkeys(next(iter(TASKS.values())).summarized, 0.5)
    metrics = json.dumps({"test": {**side, "rows": 7}, "train": side, "baseline": side})
    (project / "metrics/evaluate.json").write_text(metrics, encoding="utf-8")
    outcomes = {**{kind: [] for kind in repro.OUTCOMES}, "ran": ["train"]}
    monkeypatch.setattr(repro, "run", lambda *_, **__: (outcomes, 1, ""))
    with pytest.raises(ReproError):
        repro.repro((), None)
    monkeypatch.setattr(repro, "run", lambda *_, **__: (outcomes, 0, ""))
    repro.repro(("--dry",), None)
    assert store.asked == []
    repro.repro((), None)
    assert len(store.runs) == 1
    assert f"mlflow: run {next(iter(store.runs))} of churn at" in capsys.readouterr().out
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    repro.repro((), None)
    assert capsys.readouterr().err.startswith("mlflow: http://127.0.0.1:1 does not answer")


@pytest.mark.slow
def test_a_release_tells_and_a_server_that_is_gone_does_not_stop_it(
    standing: STANDING,
    workshop: Workshop,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    address, store = standing
    (workshop.clone / "metrics").mkdir()
    for name in ("metrics/evaluate.json", "schema.yaml"):
        (workshop.clone / name).write_text(FILES[name])
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    repro.track()
    release_main(["create", "v1.0.0"])
    release_main(["promote", "v1.0.0", "staging"])
    assert store.aliases == {(MODEL, "staging"): "1"}
    workshop.proved("Another", threshold=0.3)
    repro.track()
    release_main(["create", "v1.1.0"])
    release_main(["promote", "v1.1.0", "staging"])
    assert store.aliases == {(MODEL, "staging"): "2"}
    assert len(store.models[MODEL]) == 2
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    release_main(["rollback", "staging"])
    out, err = capsys.readouterr()
    assert "staging holds v1.0.0" in out
    assert err.startswith("mlflow: http://127.0.0.1:1 does not answer")
    assert err.count("\n") == 1
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    release_main(["rollback", "staging", "--to", "v1.0.0"])  # which it holds already
    assert store.aliases == {(MODEL, "staging"): "1"}
