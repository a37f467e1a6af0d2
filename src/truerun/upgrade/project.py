"""What an upgrade makes of a project that depends on the package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict

from truerun.base import paths, settings
from truerun.base.errors import UpgradeError
from truerun.base.settings import Section
from truerun.package import digests, marks, wheel, wheel_files
from truerun.package.stage_code import STAGE_CODE
from truerun.package.wheel_files import Wheel
from truerun.upgrade import pipeline_text, settings_text, template_files
from truerun.upgrade.migrations import Migration
from truerun.upgrade.template_files import FileUpdate, Sides

VENDOR = "vendor/"


class Written(Section):
    """What every version says in `.truerun.yaml`, whatever else it does."""

    model_config = ConfigDict(extra="ignore")

    version: str
    project: str
    files: dict[str, str]


@dataclass(frozen=True)
class CurrentProject:
    """A project as it is: its folder, what `.truerun.yaml` says, and the wheel that it keeps."""

    folder: Path
    written: Written
    wheel: Wheel


def load(folder: Path) -> CurrentProject:
    """Read what a project says of its truerun.

    Raises
    ------
    UpgradeError
        If its wheel is not there.
    SettingsError
        If `.truerun.yaml` is not as it should be.
    """
    written = settings.load(Written, folder / paths.MARKS)
    path = folder / VENDOR / wheel.file_name(written.version)
    if not path.is_file():
        raise UpgradeError(
            f"{path} is not there, though {paths.MARKS} names truerun {written.version}:"
            f" `git restore {path}` brings it back"
        )
    return CurrentProject(folder, written, wheel_files.read(path))


def changes(
    project: CurrentProject, new: Wheel, migrations: Sequence[Migration]
) -> list[FileUpdate]:
    """What becomes of the project's files, by their places.

    Raises
    ------
    UpgradeError
        If a file cannot be read, or is in the way of a new one.
    """
    name = project.written.project
    old_files = template_files.of_version(project.wheel, name)
    new_files = template_files.of_version(new, name)
    yours = read(project.folder, {*old_files, *new_files, *map(str, (paths.PARAMS, paths.SCHEMA))})
    if pipeline_text.PLACE not in yours:
        raise UpgradeError(f"{pipeline_text.PLACE} is not there: `git restore` it first")
    renewed_marks = marks_text(name, new, new_files)
    for files in (old_files, new_files):
        files[pipeline_text.PLACE] = pipeline_text.with_sections_of_table(
            files[pipeline_text.PLACE], yours[pipeline_text.PLACE]
        )
    sides = Sides(
        old_files,
        new_files,
        yours,
        project.written.files,
        ("yours", f"truerun {project.wheel.version}", f"truerun {new.version}"),
    )
    updates = [
        *template_files.changes(sides),
        *settings_text.changes(yours, migrations),
        *_wheels(project.wheel, new),
        FileUpdate(str(paths.MARKS), "renewed", renewed_marks),
    ]
    return sorted(updates, key=lambda change: change.place)


def _wheels(old: Wheel, new: Wheel) -> list[FileUpdate]:
    """The new wheel, and the old one if its name is another."""
    if old.name == new.name:
        return [FileUpdate(VENDOR + new.name, "renewed", new.content)]
    return [
        FileUpdate(VENDOR + old.name, "removed", None),
        FileUpdate(VENDOR + new.name, "added", new.content),
    ]


def marks_text(project: str, new: Wheel, files: Mapping[str, bytes]) -> bytes:
    """The text of `.truerun.yaml` for a version that gives these files."""
    stages = {stage: digests.of(stage, new.package) for stage in STAGE_CODE}
    hashes = {place: template_files.digest(content) for place, content in sorted(files.items())}
    written = marks.Marks(version=new.version, project=project, stages=stages, files=hashes)
    return marks.text(written).encode()


def read(folder: Path, places: set[str]) -> dict[str, bytes]:
    """The content of those files that are there.

    Raises
    ------
    UpgradeError
        If one cannot be read.
    """
    contents = {}
    for place in sorted(places):
        try:
            contents[place] = (folder / place).read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UpgradeError(f"{place} cannot be read: {error.strerror or error}") from error
    return contents
