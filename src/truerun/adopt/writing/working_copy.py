"""A copy of the project to make changes in: all of them are moved back together, or none is.

The copy lies in .dvc/tmp and shares DVC's cache. Its files replace the old ones by renaming. All
old files are moved aside until all new ones are in place, so that even a run that is killed midway
is undone by the next one.
"""

import configparser
import fcntl
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truerun.base import paths
from truerun.base.commands import run
from truerun.base.errors import AdoptError, listed

PLACE = Path(".dvc/tmp/adopt")
NEW, OLD, DONE = PLACE / "new", PLACE / "old", PLACE / "done"
ASIDE = PLACE / "aside"  # exists while all old files lie in OLD
BUSY = Path(".dvc/tmp/adopt.lock")
PRIVATE = Path(".dvc/config.local")
PIPELINE, LOCK = Path("dvc.yaml"), Path("dvc.lock")
# Everything that a new table, its settings and a run of its pipeline change.
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
def exclusive() -> Iterator[None]:
    """Keep other runs out of the clone, and first undo one that was killed.

    Raises
    ------
    TruerunError
        If another run is at work, or if undoing would overwrite newer work.
    """
    try:
        BUSY.parent.mkdir(parents=True, exist_ok=True)
        with BUSY.open("w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _recover()
            yield
    except BlockingIOError as error:
        raise AdoptError("another table is being adopted in this clone: wait for it") from error
    except BrokenPipeError:  # the reader of our output has gone
        raise
    except OSError as error:
        raise AdoptError(f"{error.filename or PLACE}: {error.strerror or error}") from error


@contextmanager
def create_copy() -> Iterator[Path]:
    """A copy of the working tree without the raw data; it is removed at the end."""
    try:
        for name in run(Path(), "git", "ls-files", "-z", "-co", "--exclude-standard").split("\0"):
            if name and Path(name).is_file():
                _copy(Path(name), NEW / name)
        yield NEW
    finally:
        _clean_up()


def bring_back() -> None:
    """Replace the old files with those of the copy, or leave everything as it was."""
    ASIDE.unlink(missing_ok=True)
    try:
        OLD.mkdir(parents=True)
        for path in CHANGED:
            _move(path, OLD / path)
        ASIDE.touch()
        for path in CHANGED:
            _move(NEW / path, path)
    except BaseException:
        undo()
        raise
    OLD.rename(DONE)  # from here on there is nothing to undo


def undo() -> None:
    """Put back the files that an unfinished run has moved aside."""
    if OLD.exists():
        if ASIDE.exists():  # so the files in place are new
            for path in CHANGED:
                _remove(path)
            ASIDE.unlink()
        for path in CHANGED:
            _move(OLD / path, path)
        shutil.rmtree(OLD)
    _clean_up()


def _recover() -> None:
    """Undo a run that was killed, unless newer work would be lost."""
    newer = _changed_since()
    if newer:
        raise AdoptError(
            f"{listed([str(path) for path in newer])} changed since an adoption was killed; the"
            f" files from before it are in {OLD}: take what you need from there, and remove {PLACE}"
        )
    if OLD.exists():
        print("An adoption was killed here: everything is put back as it was.")
    undo()


def _changed_since() -> list[Path]:
    """Files that have changed since the unfinished run moved the old ones aside."""
    if not OLD.exists():
        return []
    if not ASIDE.exists():
        return [path for path in CHANGED if path.exists() and (OLD / path).exists()]
    moment = ASIDE.stat().st_mtime_ns
    return [
        path
        for path in CHANGED
        if any(
            file.stat().st_mtime_ns > moment for file in [path, *path.rglob("*")] if file.is_file()
        )
    ]


def _clean_up() -> None:
    """Remove the copy, but never old files that are not back in place."""
    shutil.rmtree(NEW, ignore_errors=True)
    if not OLD.exists():
        shutil.rmtree(PLACE, ignore_errors=True)


def dvc(*arguments: str) -> str:
    """Run a DVC command in the copy; return its output."""
    if not (NEW / PRIVATE).exists():
        _share_cache()
    return run(NEW, sys.executable, "-m", "dvc", *arguments)


def _share_cache() -> None:
    """Let DVC in the copy use the clone's cache; Git does not know the copy."""
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
