"""A run of the pipeline, as MLflow shows it: parameters, metrics, plots, the model and its card."""

import hashlib
import json
import math
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from truerun.base import commands, locks, paths, yaml_text
from truerun.base.errors import TrackingError
from truerun.tracking.client import Tracker, found, items, word

PIPELINE, LOCK = Path("dvc.yaml"), Path("dvc.lock")
COMPARISON = Path("comparison.json")  # as `truerun compare` writes it
METRICS = paths.METRICS / "evaluate.json"
SIDES = ("test", "train", "gap")
COMMIT, LOCK_TAG, MODEL_TAG = "truerun.commit", "truerun.lock_sha256", "truerun.model_md5"
MODEL_FOLDER = "model"  # of a run's artifacts
BATCH = 100  # parameters of a request; MLflow takes no more
LONGEST_NAME, LONGEST_VALUE = 250, 500  # characters; older servers take no longer value


def log(tracker: Tracker) -> str:
    """Log what the pipeline gave, unless a run of the same dvc.lock is there; a line about it.

    Raises
    ------
    TruerunError
        If the server does not take it, or the project lacks what is to be logged; a run that was
        begun is FAILED then.
    """
    name, params, metrics = model_name(), parameters(), figures()
    tags = {LOCK_TAG: hashlib.sha256(_bytes(LOCK)).hexdigest(), MODEL_TAG: _model_md5()}
    files = list(artifacts())
    experiment = experiment_of(tracker, name) or word(
        tracker.call("POST", "experiments/create", {"name": name}), "experiment_id"
    )
    if there := logged(tracker, experiment, tags[LOCK_TAG]):
        return f"{word(there, 'info', 'run_id')} is the run of this {LOCK} already, in {name}"
    if commit := commands.run(Path(), "git", "rev-parse", "--verify", "HEAD", check=False).strip():
        tags |= {COMMIT: commit, "mlflow.source.git.commit": commit}
    begun = {
        "experiment_id": experiment,
        "start_time": _now(),
        "run_name": f"{name} {tags[LOCK_TAG][:12]}",
        "tags": _pairs({**tags, "mlflow.source.name": "truerun repro"}),
    }
    run = found(tracker.call("POST", "runs/create", begun), "run")
    run_id = word(run, "info", "run_id")
    try:
        _fill(tracker, run_id, params, metrics)
        for place, path in files:
            tracker.upload(str(found(run, "info", "artifact_uri")), place, path)
        _end(tracker, run_id, "FINISHED")
    except TrackingError:
        with suppress(TrackingError):
            _end(tracker, run_id, "FAILED")
        raise
    return f"run {run_id} of {name} at {tracker.address}"


def model_name() -> str:
    """The name of the model in `artifacts:` of dvc.yaml; raise `TrackingError` without one."""
    artifacts = yaml_text.plain(PIPELINE).get("artifacts")
    named = [
        str(name)
        for name, artifact in (artifacts.items() if isinstance(artifacts, dict) else ())
        if found(artifact, "path") == str(paths.MODEL)
    ]
    if len(named) != 1:
        raise TrackingError(
            f"{PIPELINE} names {paths.MODEL} {len(named)} times in `artifacts:`, and its name there"
            " is that of the experiment: one entry such as"
            f" `churn: {{path: {paths.MODEL}, type: model}}` is needed"
        )
    return named[0]


def experiment_of(tracker: Tracker, name: str) -> str | None:
    """The number of the experiment of a model; None if there is none.

    Raises
    ------
    TrackingError
        If it is deleted: MLflow keeps its name.
    """
    answer = tracker.find("experiments/get-by-name", {"experiment_name": name})
    if answer is None:
        return None
    if found(answer, "experiment", "lifecycle_stage") == "deleted":
        number = word(answer, "experiment", "experiment_id")
        raise TrackingError(
            f"the experiment {name} is deleted: `mlflow experiments restore -x {number}`"
        )
    return word(answer, "experiment", "experiment_id")


def logged(tracker: Tracker, experiment: str, lock_sha256: str) -> dict[str, Any] | None:
    """The newest whole run of a dvc.lock in an experiment; None if there is none."""
    wanted = {
        "experiment_ids": [experiment],
        "filter": f"tags.`{LOCK_TAG}` = '{lock_sha256}' and attributes.status = 'FINISHED'",
        "max_results": 1,
        "order_by": ["attributes.start_time DESC"],
    }
    runs = items(tracker.call("POST", "runs/search", wanted), "runs")
    return runs[0] if runs and isinstance(runs[0], dict) else None


def parameters() -> dict[str, str]:
    """All values of params.yaml by their full names, none longer than MLflow takes."""
    values = locks.leaves(yaml_text.plain(paths.PARAMS))
    return {
        permitted(name): (value if isinstance(value, str) else json.dumps(value, default=str))[
            :LONGEST_VALUE
        ]
        for name, value in values.items()
        if name
    }


def figures() -> dict[str, float]:
    """The numbers of metrics/evaluate.json: of test and training rows, and the gap between them.

    Raises
    ------
    TrackingError
        If it is not as `evaluate` writes it.
    """
    try:
        content = json.loads(_bytes(METRICS))
    except (ValueError, RecursionError) as error:
        raise TrackingError(f"{METRICS} is no JSON: `dvc repro` writes it") from error
    if not isinstance(content, dict):
        raise TrackingError(f"{METRICS} has no metrics by name: `dvc repro` writes it")
    values = locks.leaves({side: content[side] for side in SIDES if side in content})
    return {
        permitted(name): float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def permitted(name: str) -> str:
    """A name with letters that MLflow takes; another one has its number after a colon.

    >>> permitted("features.share of <5")
    'features.share of :3c5'
    """
    kept = re.sub(r"[^A-Za-z0-9_.\- ]", lambda other: f":{ord(other[0]):x}", name)
    if len(kept) <= LONGEST_NAME:
        return kept
    digest = hashlib.sha256(kept.encode()).hexdigest()[:16]
    return f"{kept[: LONGEST_NAME - 17]}-{digest}"


def artifacts() -> Iterator[tuple[str, Path]]:
    """The files of a run, each with its place among the artifacts."""
    yield f"{MODEL_FOLDER}/{paths.MODEL.name}", paths.MODEL
    for path in (paths.CARD, COMPARISON, paths.PARAMS, METRICS):
        if path.is_file():
            yield path.name, path
    for path in sorted(paths.PLOTS.rglob("*")):
        if path.is_file():
            yield path.as_posix(), path


def _fill(
    tracker: Tracker, run_id: str, params: Mapping[str, str], metrics: Mapping[str, float]
) -> None:
    """Log parameters and metrics in as few requests as MLflow takes."""
    pairs, now = _pairs(params), _now()
    for start in range(0, len(pairs), BATCH):
        batch = {"run_id": run_id, "params": pairs[start : start + BATCH]}
        tracker.call("POST", "runs/log-batch", batch)
    values = [{"key": k, "value": v, "timestamp": now, "step": 0} for k, v in metrics.items()]
    tracker.call("POST", "runs/log-batch", {"run_id": run_id, "metrics": values})


def _end(tracker: Tracker, run_id: str, status: str) -> None:
    ended = {"run_id": run_id, "status": status, "end_time": _now()}
    tracker.call("POST", "runs/update", ended)


def _model_md5() -> str:
    """The md5 of the model in dvc.lock.

    Raises
    ------
    TrackingError
        If there is none, or a stage has not been run since what it reads has changed: the metrics
        are of another model then.
    """
    stages = locks.load(LOCK).values()
    made = {out["path"]: out.get("md5") for stage in stages for out in stage.get("outs", ())}
    for stage in stages:
        for read in stage.get("deps", ()):
            if read["path"] in made and read.get("md5") != made[read["path"]]:
                raise TrackingError(
                    f"the stages in {LOCK} are not of one run, by {read['path']}: `truerun repro`"
                )
    if not (md5 := made.get(str(paths.MODEL))):
        raise TrackingError(f"{LOCK} has no {paths.MODEL}: `truerun repro` makes it")
    return str(md5)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TrackingError(f"{path} cannot be read: {error.strerror}") from error


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def _now() -> int:
    return int(time.time() * 1000)
