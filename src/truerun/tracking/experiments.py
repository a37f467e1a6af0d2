"""Experiments of `dvc exp`, logged as runs: their files are in Git, their models in DVC's cache."""

import shutil
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from truerun.base import commands, experiments, paths
from truerun.base.dvc_cache import cache_folder
from truerun.base.errors import TrackingError, TruerunError
from truerun.base.experiments import KeptExperiment
from truerun.tracking import run
from truerun.tracking.client import Tracker

OBJECTS = Path("files/md5")  # below DVC's cache
ARCHIVE = Path("experiment.tar")


def log_new(tracker: Tracker) -> list[str]:
    """Log the experiments whose dvc.lock no run has, the oldest first; a line about each.

    Raises
    ------
    TruerunError
        If the server does not answer. An experiment that lacks something is told of.
    """
    experiment = run.experiment_of(tracker, run.model_name())
    lines = []
    for each in reversed(experiments.kept()):
        with TemporaryDirectory(prefix="truerun-experiment-") as name:
            folder = Path(name)
            try:
                lay_down(each, folder)
                if experiment and run.logged(tracker, experiment, run.lock_of(folder)):
                    continue
                _lay_down_model(folder)
                lines.append(f"experiment {each.name}: {run.log(tracker, folder, each)}")
            except (TruerunError, OSError) as error:
                lines.append(f"experiment {each.name} is not logged: {error}")
    return lines


def lay_down(experiment: KeptExperiment, folder: Path) -> None:
    """Write what Git holds of an experiment into a folder."""
    archive = folder / ARCHIVE
    commands.run(Path(), "git", "archive", f"--output={archive}", experiment.commit)
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    archive.unlink()


def _lay_down_model(folder: Path) -> None:
    """Copy the model that dvc.lock names out of DVC's cache."""
    md5 = run.model_md5(folder)
    kept = cache_folder(Path.cwd()) / OBJECTS / md5[:2] / md5[2:]
    if not kept.is_file():
        raise TrackingError(f"{kept} is not there: DVC's cache has lost its model")
    (folder / paths.MODEL).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, folder / paths.MODEL)
