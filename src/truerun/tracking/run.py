"""A run of the pipeline, as MLflow shows it: parameters, metrics, plots, the model and its card."""

import datetime as dt
import hashlib
import json
import math
import re
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from truerun.base import artifacts, commands, locks, paths, yaml_text
from truerun.base.errors import TrackingError
from truerun.base.experiments import KeptExperiment
from truerun.base.nested import value_at
from truerun.contract import contract as contracts
from truerun.tracking import flavour
from truerun.tracking.client import Tracker, first, pairs, word

LOCK = Path("dvc.lock")
METRICS = paths.METRICS / "evaluate.json"
FILES = (paths.CARD, Path("comparison.json"), paths.PARAMS, METRICS)
COMMIT, LOCK_TAG, MODEL_TAG = "truerun.commit", "truerun.lock_sha256", "truerun.model_md5"
BATCH = 100  # parameters of a request; MLflow takes no more
NAME, VALUE = 250, 500  # characters; older servers take no longer value


def log(tracker: Tracker, folder: Path = Path(), of: KeptExperiment | None = None) -> str:
    """Log what the pipeline gave, unless a run of the same dvc.lock is there; a line about it.

    Parameters
    ----------
    folder : of the project.
    of : the experiment that lies there; by default what is at hand, upon the commit at hand.

    Raises
    ------
    TruerunError, OSError
        If the server does not take it, which makes the run FAILED, or the project lacks something.
    """
    name, params, metrics = model_name(folder), parameters(folder), figures(folder)
    lock, md5 = lock_of(folder), model_md5(folder)
    contract = contracts.load(folder / paths.SCHEMA)
    exclude = value_at(yaml_text.plain(folder / paths.PARAMS), "featurize", "exclude") or ()
    files = {f"{flavour.FOLDER}/{paths.MODEL.name}": folder / paths.MODEL, **_shown(folder)}
    experiment = experiment_of(tracker, name) or word(
        tracker.post("experiments/create", name=name), "experiment_id"
    )
    if there := logged(tracker, experiment, lock):
        return f"{word(there, 'info', 'run_id')} is the run of this {LOCK} already, in {name}"
    asked = ("git", "rev-parse", "--verify", "HEAD")
    commit = of.commit if of else commands.run(folder, *asked, check=False).strip()
    run = tracker.post(
        "runs/create",
        experiment_id=experiment,
        start_time=_now(),
        run_name=of.name if of else f"{name} {lock[:12]}",
        tags=pairs({LOCK_TAG: lock, MODEL_TAG: md5, COMMIT: commit}),
    )
    run_id = word(run, "run", "info", "run_id")
    try:
        for start in range(0, len(params), BATCH):
            batch = pairs(params)[start : start + BATCH]
            tracker.post("runs/log-batch", run_id=run_id, params=batch)
        values = [{"key": k, "value": v, "timestamp": _now()} for k, v in metrics.items()]
        tracker.post("runs/log-batch", run_id=run_id, metrics=values)
        place = str(value_at(run, "run", "info", "artifact_uri"))
        for file, path in files.items():
            tracker.upload(place, file, path)
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        _log_flavour(tracker, place, flavour.mlmodel(contract, exclude, run_id, now))
    except (TrackingError, OSError):
        with suppress(TrackingError):
            tracker.post("runs/update", run_id=run_id, status="FAILED", end_time=_now())
        raise
    tracker.post("runs/update", run_id=run_id, status="FINISHED", end_time=_now())
    return f"run {run_id} of {name} at {tracker.address}"


def _log_flavour(tracker: Tracker, place: str, mlmodel: dict[str, Any]) -> None:
    """Have the server know that the model of a run is one of MLflow's."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as written:
        yaml.safe_dump(mlmodel, written)
        written.flush()
        tracker.upload(place, f"{flavour.FOLDER}/{flavour.FILE}", Path(written.name))
    tracker.post("runs/log-model", run_id=mlmodel["run_id"], model_json=json.dumps(mlmodel))


def _shown(folder: Path) -> dict[str, Path]:
    """Files that people read, by their names at the server."""
    read = {path.name: folder / path for path in FILES}
    drawn = sorted((folder / paths.PLOTS).rglob("*"))
    read |= {path.relative_to(folder).as_posix(): path for path in drawn}
    return {name: path for name, path in read.items() if path.is_file()}


def lock_of(folder: Path) -> str:
    """The sha256 of a project's dvc.lock, by which a run is known."""
    return hashlib.sha256((folder / LOCK).read_bytes()).hexdigest()


def model_name(folder: Path = Path()) -> str:
    """The name of the model in `artifacts:` of dvc.yaml."""
    names = artifacts.model_names(folder)
    if not names:
        raise TrackingError(
            "`artifacts:` of dvc.yaml gives the experiment its name, and needs an entry such as"
            f" `churn: {{path: {paths.MODEL}, type: model}}`"
        )
    return names[0]


def experiment_of(tracker: Tracker, name: str) -> str | None:
    """The number of the experiment of a model; None if there is none."""
    answer = tracker.get("experiments/get-by-name", experiment_name=name)
    return None if answer is None else word(answer, "experiment", "experiment_id")


def logged(tracker: Tracker, experiment: str, lock_sha256: str) -> Any:
    """The newest whole run of a dvc.lock in an experiment; None if there is none."""
    wanted = f"tags.`{LOCK_TAG}` = '{lock_sha256}' and attributes.status = 'FINISHED'"
    answer = tracker.post("runs/search", experiment_ids=[experiment], filter=wanted, max_results=1)
    return first(answer, "runs")


def parameters(folder: Path) -> dict[str, str]:
    """All values of params.yaml by their full names, none longer than MLflow takes."""
    values = locks.leaves(yaml_text.plain(folder / paths.PARAMS)).items()
    texts = {k: v if isinstance(v, str) else json.dumps(v, default=str) for k, v in values if k}
    return {permitted(name): text[:VALUE] for name, text in texts.items()}


def figures(folder: Path) -> dict[str, float]:
    """The numbers of metrics/evaluate.json: of test and training rows, and the gap between them."""
    try:
        content = json.loads((folder / METRICS).read_bytes())
        values = locks.leaves({side: content.get(side) for side in ("test", "train", "gap")})
    except (ValueError, RecursionError, AttributeError) as error:
        raise TrackingError(f"{METRICS} is not as `dvc repro` writes it: {error!r}") from error
    return {
        permitted(name): value
        for name, value in values.items()
        if type(value) in (int, float) and math.isfinite(value)
    }


def permitted(name: str) -> str:
    """A name with letters that MLflow takes; another one has its number after a colon.

    >>> permitted("features.share of <5")
    'features.share of :3c5'
    """
    return re.sub(r"[^A-Za-z0-9_.\- ]", lambda other: f":{ord(other[0]):x}", name)[:NAME]


def model_md5(folder: Path) -> str:
    """The md5 of the model in dvc.lock, if what was read there is what was made."""
    stages = locks.load(folder / LOCK).values()
    made = {out["path"]: out.get("md5") for stage in stages for out in stage.get("outs", ())}
    for read in (entry for stage in stages for entry in stage.get("deps", ())):
        if read.get("md5") != made.get(read["path"], read.get("md5")):  # the metrics are of another
            raise TrackingError(f"{LOCK} is not of one run, by {read['path']}: `truerun repro`")
    return str(made.get(str(paths.MODEL)))


def _now() -> int:
    return int(time.time() * 1000)
