"""A version and a stage of the model, as MLflow shows them: a version of its own, and an alias."""

from dataclasses import dataclass

from truerun.base.errors import TrackingError
from truerun.tracking.client import Tracker, found, items, tags, word
from truerun.tracking.run import COMMIT, LOCK_TAG, MODEL_FOLDER, experiment_of, logged

VERSION = "truerun.version"


@dataclass(frozen=True)
class Placed:
    """A version of a model, the stage that holds it now, if one is meant, and its commit's lock."""

    model: str
    version: str
    stage: str | None
    commit: str
    lock_sha256: str


def mirror(tracker: Tracker, placed: Placed) -> str:
    """Register a version with the run of its dvc.lock, and let the stage's alias mean it.

    Returns
    -------
    a line that says what was done.

    Raises
    ------
    TrackingError
        If the server does not take it, or has no run of the version's lock.
    """
    # What is before `=` is a folder of the repository. MLflow takes no slash in a name.
    experiment, name = placed.model.rpartition("=")[2], placed.model.replace("/", ".")
    number = _registered(tracker, name, placed) or _register(tracker, experiment, name, placed)
    line = f"{name} version {number} is {placed.version}"
    if placed.stage is None:
        return f"{line} at {tracker.address}"
    alias = {"name": name, "alias": placed.stage, "version": number}
    tracker.call("POST", "registered-models/alias", alias)
    return f"{line}, and {placed.stage} at {tracker.address}"


def _registered(tracker: Tracker, name: str, placed: Placed) -> str | None:
    """MLflow's number of a version that was registered before, of the same lock."""
    wanted = {"filter": f"name = '{name}' and tags.`{VERSION}` = '{placed.version}'"}
    answer = tracker.call("GET", "model-versions/search", wanted)
    for entry in items(answer, "model_versions"):
        there = tags(entry)
        if (there.get(VERSION), there.get(LOCK_TAG)) == (placed.version, placed.lock_sha256):
            return word(entry, "version")
    return None


def _register(tracker: Tracker, experiment: str, name: str, placed: Placed) -> str:
    """Make a version of a run, and MLflow's number of it."""
    number = experiment_of(tracker, experiment)
    run = logged(tracker, number, placed.lock_sha256) if number else None
    if run is None:
        raise TrackingError(
            f"{tracker.address} has no run of {placed.version}: `git switch --detach"
            f" {placed.commit[:12]} && dvc pull && truerun repro` logs it, and the next change of a"
            " stage registers it"
        )
    run_id = word(run, "info", "run_id")
    if tracker.find("registered-models/get", {"name": name}) is None:
        tracker.call("POST", "registered-models/create", {"name": name})
    known = {VERSION: placed.version, LOCK_TAG: placed.lock_sha256, COMMIT: placed.commit}
    made = {
        "name": name,
        "source": f"{found(run, 'info', 'artifact_uri')}/{MODEL_FOLDER}",
        "run_id": run_id,
        "tags": [{"key": key, "value": value} for key, value in known.items()],
    }
    return word(tracker.call("POST", "model-versions/create", made), "model_version", "version")
