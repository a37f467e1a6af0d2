"""A project before its table: a Git repository, the template's files, and truerun itself."""

import hashlib
from pathlib import Path

from truerun.base import paths
from truerun.base.commands import run
from truerun.base.errors import AdoptError
from truerun.package import locked, marks, wheel, wheel_files
from truerun.package.wheel_files import Wheel
from truerun.template import texts

BRANCH = "main"
REQUIREMENTS, VENDOR = Path("requirements"), Path("vendor")
OF_TRUERUN = "truerun.txt"


def begin(folder: Path) -> None:
    """Make an empty folder a repository of Git and DVC, in which DVC's commands work."""
    run(folder, "git", "init", "--quiet", f"--initial-branch={BRANCH}")
    (folder / ".dvc").mkdir()
    for name, text in texts.texts("project", "").items():
        if name.startswith(".dvc"):
            _write(folder / name, text)


def complete(folder: Path, project: str, release: Wheel | None = None) -> None:
    """Write truerun's wheel, the locked requirements, and the template's files for a project.

    Parameters
    ----------
    release : the wheel to keep; without one it is built of the package that runs.
    """
    own = release or wheel_files.running()
    own.write(folder / VENDOR)
    written = {
        **texts.texts(project, own.name),
        **{str(REQUIREMENTS / name): text for name, text in locked.texts().items()},
        str(REQUIREMENTS / OF_TRUERUN): own.requirement,
    }
    for name, text in written.items():
        _write(folder / name, text)
    hashes = {
        name: hashlib.sha256(text.encode()).hexdigest()
        for name, text in written.items()
        if not texts.is_users(name)
    }
    marks.write(folder, project, dict(sorted(hashes.items())))


def places(project: str) -> list[str]:
    """The files that a project is given whatever its table, and those that its run writes."""
    name = wheel.file_name()
    return [
        *texts.texts(project, name),  # params.yaml is among them
        *(str(REQUIREMENTS / each) for each in [*locked.texts(), OF_TRUERUN]),
        str(VENDOR / name),
        *(str(path) for path in (paths.SCHEMA, paths.RAW_DVC, paths.CARD)),
        *(str(path.parent / ".gitignore") for path in (paths.RAW_DVC, paths.CARD)),
        *("dvc.lock", "README.md", str(paths.MARKS), f"src/{project}/features.py"),
        *(str(path) for path in (paths.METRICS, paths.PLOTS, paths.RAW)),
    ]


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise AdoptError(f"cannot write {path}: {error.strerror}") from error
