"""A run of the pipeline, as MLflow shows it: parameters, metrics, plots, the model and its card."""

import hashlib
import json
import math
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from truerun.base import artifacts, commands, locks, paths, yaml_text
from truerun.base.errors import TrackingError
from truerun.base.nested import value_at
from truerun.tracking.client import Tracker, first, pairs, word

LOCK = Path("dvc.lock")
METRICS = paths.METRICS / "evaluate.json"
FILES = (paths.CARD, Path("comparison.json"), paths.PARAMS, METRICS)
COMMIT, LOCK_TAG, MODEL_TAG = "truerun.commit", "truerun.lock_sha256", "truerun.model_md5"
BATCH = 100  # parameters of a request; MLflow takes no more
NAME, VALUE = 250, 500  # characters; older servers take no longer value


def log(tracker: Tracker) -> str:
    """Log what the pipeline gave, unless a run of the same dvc.lock is there; a line about it.

    Raises
    ------
    TruerunError, OSError
        If the server does not take it, which makes the run FAILED, or the project lacks something.
    """
    name, params, metrics = model_name(), parameters(), figures()
    lock, md5 = hashlib.sha256(LOCK.read_bytes()).hexdigest(), _model_md5()
    files = {f"model/{paths.MODEL.name}": paths.MODEL}
    files |= {path.name: path for path in FILES if path.is_file()}
    files |= {path.as_posix(): path for path in sorted(paths.PLOTS.rglob("*")) if path.is_file()}
    experiment = experiment_of(tracker, name) or word(
        tracker.post("experiments/create", name=name), "experiment_id"
    )
    if there := logged(tracker, experiment, lock):
        return f"{word(there, 'info', 'run_id')} is the run of this {LOCK} already, in {name}"
    commit = commands.run(Path(), "git", "rev-parse", "--verify", "HEAD", check=False).strip()
    run = tracker.post(
        "runs/create",
        experiment_id=experiment,
        start_time=_now(),
        run_name=f"{name} {lock[:12]}",
        tags=pairs({LOCK_TAG: lock, MODEL_TAG: md5, COMMIT: commit}),
    )
    run_id = word(run, "run", "info", "run_id")
    try:
        for start in range(0, len(params), BATCH):
            batch = pairs(params)[start : start + BATCH]
            tracker.post("runs/log-batch", run_id=run_id, params=batch)
        values = [{"key": k, "value": v, "timestamp": _now()} for k, v in metrics.items()]
        tracker.post("runs/log-batch", run_id=run_id, metrics=values)
        for place, path in files.items():
            tracker.upload(str(value_at(run, "run", "info", "artifact_uri")), place, path)
    except (TrackingError, OSError):
        with suppress(TrackingError):
            tracker.post("runs/update", run_id=run_id, status="FAILED", end_time=_now())
        raise
    tracker.post("runs/update", run_id=run_id, status="FINISHED", end_time=_now())
    return f"run {run_id} of {name} at {tracker.address}"


def model_name() -> str:
    """The name of the model in `artifacts:` of dvc.yaml."""
    names = artifacts.model_names()
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


def parameters() -> dict[str, str]:
    """All values of params.yaml by their full names, none longer than MLflow takes."""
    values = locks.leaves(yaml_text.plain(paths.PARAMS)).items()
    texts = {k: v if isinstance(v, str) else json.dumps(v, default=str) for k, v in values if k}
    return {permitted(name): text[:VALUE] for name, text in texts.items()}


def figures() -> dict[str, float]:
    """The numbers of metrics/evaluate.json: of test and training rows, and the gap between them."""
    try:
        content = json.loads(METRICS.read_bytes())
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


def _model_md5() -> str:
    """The md5 of the model in dvc.lock, if what was read there is what was made."""
    stages = locks.load(LOCK).values()
    made = {out["path"]: out.get("md5") for stage in stages for out in stage.get("outs", ())}
    for read in (entry for stage in stages for entry in stage.get("deps", ())):
        if read.get("md5") != made.get(read["path"], read.get("md5")):  # the metrics are of another
            raise TrackingError(f"{LOCK} is not of one run, by {read['path']}: `truerun repro`")
    return str(made.get(str(paths.MODEL)))


def _now() -> int:
    return int(time.time() * 1000)
