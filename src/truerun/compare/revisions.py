"""Revisions as folders that hold their files and, where available, their data and models."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truerun.base import locks, paths
from truerun.base.commands import CommandError, capture, run
from truerun.base.dvc_cache import cache_folder
from truerun.base.errors import PackageError
from truerun.compare import dvc_settings
from truerun.compare.commits import RevisionError, commit_of, files_of, is_changed
from truerun.compare.lock_inputs import md5_of
from truerun.compare.revision import Revision
from truerun.model.scoring import bundle
from truerun.package import vendored

SECRET = re.compile(r"(?<=://)[^/@\s]+@")  # of an address
LOG_END = 600  # characters of what DVC, or a pipeline that failed, printed
ROWS = (paths.PREPARED, paths.VALIDATED, paths.QUARANTINE)
READ = (*ROWS, paths.FEATURES, paths.PREDICTIONS, paths.MODEL, bundle.FOLDER)


def working_tree() -> Revision:
    """What lies in the current folder."""
    return Revision("the working tree", None if is_changed() else commit_of("HEAD"), Path())


@contextmanager
def checked_out(revision: str, *, rebuild: bool = False) -> Iterator[Revision]:
    """A revision in a temporary folder, which shares DVC's cache.

    Data and models come from the cache, or from the remote if there is one. What is in neither is
    missing, unless `rebuild` says to run the revision's pipeline.
    """
    commit = commit_of(revision)
    with files_of(commit) as folder:
        unfetched = failure = None
        if (folder / ".dvc").is_dir():
            wanted = [str(path) for path in READ if str(path) in _outputs(folder)]
            unfetched = _bring(folder, wanted)
            if spoilt := _spoilt(folder, wanted):
                raise RevisionError(
                    f"{spoilt} of {revision} is not what its dvc.lock names: somebody changed it in"
                    " DVC's cache, or in the remote; delete it there"
                )
            if rebuild and _absent(folder, wanted):
                failure = _rebuild(folder)
        yield Revision(revision, commit, folder, failure, unfetched)


def _bring(folder: Path, wanted: list[str]) -> str | None:
    """Lay down data and models below a folder; why some of them could not be had."""
    dvc_settings.share(folder, str(cache_folder(Path.cwd())))
    if not wanted:
        return None
    complaint = _complaint(folder, "checkout", "--allow-missing", *wanted)
    absent = _absent(folder, wanted)
    if absent and dvc("config", "core.remote", folder=folder, check=False).strip():
        complaint = _complaint(folder, "pull", "--allow-missing", *absent)
    elif absent and complaint is None:
        complaint = "there is no DVC remote"
    return complaint if _absent(folder, wanted) else None


def _complaint(folder: Path, *arguments: str) -> str | None:
    """What a DVC command that fails says first of the cause, without secrets; None if it works."""
    done = capture(folder, sys.executable, "-m", "dvc", *arguments)
    if not done.returncode:
        return None
    lines = [line for line in done.stderr.splitlines() if line.strip()] or ["nothing"]
    errors = [line for line in lines if line.startswith("ERROR: ")]
    complaint = (errors or lines[-1:])[0].removeprefix("ERROR: ").replace(f"{folder}/", "")
    return f"DVC says: {SECRET.sub('', complaint)}"[:LOG_END]


def _rebuild(folder: Path) -> str | None:
    """Run the pipeline of a revision by its own code; the end of what it printed if it failed."""
    dvc("checkout", "--quiet", "--allow-missing", str(paths.RAW_DVC), folder=folder, check=False)
    try:
        vendored.lay_down(folder, folder / paths.SOURCE)
        run(folder, sys.executable, "-m", "truerun.ingest")
        dvc("repro", folder=folder)
    except (CommandError, PackageError) as error:
        return " ".join(str(error).replace(f"{folder}/", "").split())[-LOG_END:]
    return None


def _outputs(folder: Path) -> set[str]:
    """What the stages of a revision put out, by its lock; nothing where there is none."""
    try:
        return set(locks.outputs(locks.load(folder / "dvc.lock")))
    except locks.LockError:
        return set()


def _spoilt(folder: Path, wanted: list[str]) -> str | None:
    """The first output that is not what the lock says; DVC believes the names in its cache."""
    for stage in locks.load(folder / "dvc.lock").values() if wanted else ():
        for out in stage.get("outs", ()):
            path = folder / out["path"]
            if out["path"] in wanted and path.exists() and md5_of(path) != out["md5"]:
                return str(out["path"])
    return None


def _absent(folder: Path, wanted: list[str]) -> list[str]:
    return [name for name in wanted if not (folder / name).exists()]


def dvc(*arguments: str, folder: Path = Path(), check: bool = True) -> str:
    """What a DVC command prints."""
    return run(folder, sys.executable, "-m", "dvc", *arguments, check=check)
