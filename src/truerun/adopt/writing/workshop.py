"""A copy of the project to make changes in: all of them come back together, or none does.

The copy lies in .dvc/tmp and shares DVC's cache. What comes back takes the place of what was, by
renaming; all that was is put aside before, until all has come back, so that even a run that is
killed on the way is undone by the next one.
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
ASIDE = PLACE / "aside"  # is there while all that was lies in OLD
BUSY = Path(".dvc/tmp/adopt.lock")
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
def alone() -> Iterator[None]:
    """No other run works at the clone meanwhile; what one that was killed has put aside is back.

    Raises
    ------
    TruerunError
        If another one does, or if what is put aside would take the place of newer work.
    """
    try:
        BUSY.parent.mkdir(parents=True, exist_ok=True)
        with BUSY.open("w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _mend()
            yield
    except BlockingIOError as error:
        raise AdoptError("another table is being adopted in this clone: wait for it") from error
    except BrokenPipeError:  # of who reads what is printed
        raise
    except OSError as error:
        raise AdoptError(f"{error.filename or PLACE}: {error.strerror or error}") from error


@contextmanager
def opened() -> Iterator[Path]:
    """A copy of the working tree without the raw data; it is gone at the end."""
    try:
        for name in run(Path(), "git", "ls-files", "-z", "-co", "--exclude-standard").split("\0"):
            if name and Path(name).is_file():
                _copy(Path(name), NEW / name)
        yield NEW
    finally:
        _tidy()


def bring_back() -> None:
    """Put what was changed in the copy in the place of what was, or leave all as it was."""
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
    """Put back what a run that did not end has put aside."""
    if OLD.exists():
        if ASIDE.exists():  # so what is there now is new
            for path in CHANGED:
                _remove(path)
            ASIDE.unlink()
        for path in CHANGED:
            _move(OLD / path, path)
        shutil.rmtree(OLD)
    _tidy()


def _mend() -> None:
    """Undo what a run that was killed has done, unless newer work would be lost."""
    newer = _changed_since()
    if newer:
        raise AdoptError(
            f"{listed([str(path) for path in newer])} changed since an adoption was killed, which"
            f" had put all that was into {OLD}: take from there what you need, and remove {PLACE}"
        )
    if OLD.exists():
        print("An adoption was killed here: all is put back as it was before.")
    undo()


def _changed_since() -> list[Path]:
    """What is there that the run which put all aside did not leave there."""
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


def _tidy() -> None:
    """Remove the copy, but never what was put aside and is not back."""
    shutil.rmtree(NEW, ignore_errors=True)
    if not OLD.exists():
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
