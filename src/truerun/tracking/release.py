"""A version and a stage of the model, as MLflow shows them: a version of its own, and an alias."""

from dataclasses import dataclass

from truerun.base.errors import TrackingError
from truerun.base.nested import value_at
from truerun.tracking.client import Tracker, first, pairs, word
from truerun.tracking.run import COMMIT, LOCK_TAG, experiment_of, logged

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
    """Register a version with the run of its dvc.lock, and have the stage's alias mean it.

    Returns
    -------
    a line that says what was done.

    Raises
    ------
    TrackingError
        If the server does not take it, or has no run of the version's lock.
    """
    name = placed.model.replace("/", ".")  # MLflow takes no slash
    tags = {VERSION: placed.version, LOCK_TAG: placed.lock_sha256}
    wanted = [f"name = '{name}'", *(f"tags.`{key}` = '{value}'" for key, value in tags.items())]
    there = first(
        tracker.get("model-versions/search", filter=" and ".join(wanted)), "model_versions"
    )
    number = word(there or _registered(tracker, name, placed, tags), "version")
    line = f"{name} version {number} is {placed.version}"
    if placed.stage:
        tracker.post("registered-models/alias", name=name, alias=placed.stage, version=number)
        line += f", and {placed.stage}"
    return f"{line} at {tracker.address}"


def _registered(tracker: Tracker, name: str, placed: Placed, tags: dict[str, str]) -> object:
    """A version that is made of a run."""
    experiment = experiment_of(tracker, placed.model.rpartition("=")[2])  # before it is a folder
    run = logged(tracker, experiment, placed.lock_sha256) if experiment else None
    if run is None:
        raise TrackingError(
            f"{tracker.address} has no run of {placed.version}: `git switch --detach"
            f" {placed.commit[:12]} && dvc pull && truerun repro` logs it, and the next change of a"
            " stage registers it"
        )
    if tracker.get("registered-models/get", name=name) is None:
        tracker.post("registered-models/create", name=name)
    made = tracker.post(
        "model-versions/create",
        name=name,
        source=f"{value_at(run, 'info', 'artifact_uri')}/model",
        run_id=word(run, "info", "run_id"),
        tags=pairs({**tags, COMMIT: placed.commit}),
    )
    return value_at(made, "model_version")
