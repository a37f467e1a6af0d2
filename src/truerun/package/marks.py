"""`.truerun.yaml`: by which truerun a project was written, and by which code its stages ran."""

from pathlib import Path

import yaml

from truerun.base import paths, settings
from truerun.base.errors import PackageError
from truerun.base.files import whole_file
from truerun.base.settings import Section
from truerun.package import contents, digests

HEADER = (
    "# Written by truerun, and read by DVC: a stage runs again where its code in truerun differs.\n"
)


class Marks(Section):
    """What `.truerun.yaml` holds.

    Parameters
    ----------
    version : of truerun.
    project : the name of the project's own package.
    stages : the digest of the code in truerun that each stage reads.
    files : the sha256 of each file of the template, as it was written.
    """

    version: str
    project: str
    stages: dict[str, str]
    files: dict[str, str]


def load(folder: Path) -> Marks:
    """Read the file of a project.

    Raises
    ------
    SettingsError
        If it is missing, or is not as it should be.
    """
    return settings.load(Marks, folder / paths.MARKS)


def write(folder: Path, project: str, files: dict[str, str]) -> None:
    """Write the file of a project of the package that runs.

    Parameters
    ----------
    project : the name of the project's own package.
    files : the sha256 of each file of the template, as it was written.
    """
    marks = Marks(version=contents.version(), project=project, stages=digests.stages(), files=files)
    path = folder / paths.MARKS
    try:
        with whole_file(path) as unfinished:
            unfinished.write_text(text(marks), encoding="utf-8", newline="\n")
    except OSError as error:
        raise PackageError(f"cannot write {path}: {error.strerror or error}") from error


def text(marks: Marks) -> str:
    """The text of the file."""
    return HEADER + yaml.safe_dump(marks.model_dump(), sort_keys=False, width=4096)


def check(stage: str) -> None:
    """Refuse to run a stage of the project in this folder by other code than it names.

    Raises
    ------
    PackageError
        If the digest of the stage's code is another one.
    """
    marks = load(Path())
    if marks.stages.get(stage) != digests.now(stage):
        raise PackageError(
            f"{paths.MARKS} names the code of truerun {marks.version} for the stage {stage}, but"
            f" that of truerun {contents.version()} is installed: `make setup` installs the other"
        )
