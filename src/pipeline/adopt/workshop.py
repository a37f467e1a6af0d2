"""A copy of the project to make changes in: all of them come back together, or none does.

The copy lies in .dvc/tmp and shares DVC's cache. What comes back takes the place of what was, by
renaming; what was is put aside until all has come back, so that even a run that is killed on the
way is undone by the next one.
"""

import configparser
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline import paths
from pipeline.commands import run
from pipeline.errors import PipelineError

PLACE = Path(".dvc/tmp/adopt")
NEW, OLD, DONE = PLACE / "new", PLACE / "old", PLACE / "done"
PRIVATE = Path(".dvc/config.local")
PIPELINE, LOCK = Path("dvc.yaml"), Path("dvc.lock")
# All that another table, its settings and a run of its pipeline change.
CHANGED = (
    paths.PARAMS,
    paths.SCHEMA,
    PIPELINE,
    LOCK,
    paths.RAW_DVC,
    paths.RAW,
    paths.PREPARED,
    paths.VALIDATED,
    paths.QUARANTINE,
    paths.FEATURES,
    paths.PREDICTIONS,
    paths.FEATURIZER,
    paths.ESTIMATOR,
    paths.MODEL,
    paths.CARD,
    paths.METRICS,
    paths.PLOTS,
)


@contextmanager
def opened() -> Iterator[Path]:
    """A copy of the working tree without the raw data; it is gone at the end."""
    undo()
    try:
        for name in run(Path(), "git", "ls-files", "-z", "-co", "--exclude-standard").split("\0"):
            if name and Path(name).is_file():
                _copy(Path(name), NEW / name)
        yield NEW
    except OSError as error:
        raise PipelineError(f"{error.filename or PLACE}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(PLACE, ignore_errors=True)


def bring_back() -> None:
    """Put what was changed in the copy in the place of what was, or leave all as it was."""
    try:
        for path in CHANGED:
            _move(path, OLD / path)
            _move(NEW / path, path)
    except BaseException:
        undo()
        raise
    OLD.rename(DONE)  # from here on there is nothing to undo


def undo() -> None:
    """Put back what a run that did not end has put aside."""
    for path in CHANGED:
        if (OLD / path).exists():
            _remove(path)
            _move(OLD / path, path)
    shutil.rmtree(PLACE, ignore_errors=True)


def dvc(*arguments: str) -> str:
    """What a DVC command prints in the copy."""
    if not (NEW / PRIVATE).exists():
        _share_cache()
    return run(NEW, sys.executable, "-m", "dvc", *arguments)


def _share_cache() -> None:
    """Let DVC in the copy use the cache of the clone; Git knows nothing of the copy."""
    cache = run(Path(), sys.executable, "-m", "dvc", "cache", "dir").strip()
    private = configparser.ConfigParser(interpolation=None)
    private.read(PRIVATE, encoding="utf-8")
    private.read_dict({"cache": {"dir": cache}, "core": {"no_scm": "true"}})
    with (NEW / PRIVATE).open("w", encoding="utf-8") as file:
        private.write(file)


def _move(source: Path, target: Path) -> None:
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
