"""A clone of truerun's repository that was adopted in place becomes a project that depends on it.

truerun's own code, tests, tools, pages and workflows go, as far as nobody has changed them; the
template's files come, and README.md tells of the model. Data, results, settings and history stay.
"""

import re
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from truerun.base import paths, yaml_edit, yaml_text
from truerun.base.commands import identity
from truerun.base.errors import UpgradeError
from truerun.base.tasks import Task
from truerun.package.wheel_files import Wheel
from truerun.readme import page
from truerun.readme.block import EMPTY
from truerun.readme.block import README as README_FILE
from truerun.template import features_text, names, texts
from truerun.upgrade import (
    clone_history,
    migrations,
    pipeline_text,
    project,
    settings_text,
    template_files,
)
from truerun.upgrade.clone_history import CloneHistory
from truerun.upgrade.template_files import FileUpdate, Sides

CODE = Path("src/truerun")
BUILT = Path("src/truerun.egg-info")  # of the clone's installation, unknown to Git
README = str(README_FILE)
# The user's, though truerun had files there too.
KEPT = re.compile(r"params\.yaml|schema\.yaml|dvc\.lock|LICENSE|(data|metrics|models|plots)/.*")


def is_one(folder: Path) -> bool:
    """Whether a folder is a clone of truerun's repository."""
    needed = (CODE / "__init__.py", paths.PARAMS, Path(pipeline_text.PLACE))
    return all((folder / path).is_file() for path in needed)


def version(folder: Path) -> str:
    """The version of truerun that a clone was made of.

    Raises
    ------
    UpgradeError
        If it was not adopted, or its last commit says no version.
    """
    text = (folder / paths.PARAMS).read_text(encoding="utf-8", errors="replace")
    if (name := clone_history.source(text)) != clone_history.SOURCE:
        raise UpgradeError(
            f"this is a clone of truerun's repository, whose source is {name!r} ({paths.PARAMS}):"
            " only one that a table was adopted in becomes a project of its own"
        )
    history = clone_history.load(folder)
    content = history.text(history.last, "pyproject.toml") or b""
    try:
        number: str = tomllib.loads(content.decode())["project"]["version"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise UpgradeError("pyproject.toml of truerun's last commit names no version") from error
    return number


def package_name(folder: Path, named: str | None) -> str:
    """What the project's own package is to be called: as asked for, or by the folder's name."""
    name = names.package_name(named or folder.absolute().name)
    if named is not None and name != named:
        raise UpgradeError(f"--name {named}: no package can be called so, but {name} could")
    return name


def forget_installation(folder: Path) -> None:
    """Remove what tells Python that the clone itself is an installed truerun."""
    shutil.rmtree(folder / BUILT, ignore_errors=True)


def changes(folder: Path, new: Wheel, name: str) -> list[FileUpdate]:
    """What becomes of each file of a clone.

    Raises
    ------
    UpgradeError
        If Git's history does not tell whose files they are, or one is in the way.
    """
    history = clone_history.load(folder)
    given = template_files.of_version(new, name)
    marks = project.marks_text(name, new, given)
    given[pipeline_text.PLACE] = pipeline_text.with_sections_of_table(
        given[pipeline_text.PLACE], (folder / pipeline_text.PLACE).read_bytes()
    )
    if README not in history.tracked or history.is_truerun(README):
        given[README] = readme(folder, name).encode()
    theirs = project.read(folder, {*given, str(paths.PARAMS), str(paths.SCHEMA)})
    names_of_sides = ("yours", "truerun's repository", f"truerun {new.version}")
    sides = Sides(_old(history, theirs, given), given, theirs, {}, names_of_sides)
    steps = migrations.in_order()  # such a clone is older than all of them
    updates = [
        *template_files.changes(sides),
        *_without_template(history, given),
        *_settings(theirs, steps, name),
        *_own_package(folder, new, name),
        FileUpdate(f"{project.VENDOR}{new.name}", "added", new.content),
        FileUpdate(str(paths.MARKS), "added", marks),
    ]
    return sorted(updates, key=lambda change: change.place)


def readme(folder: Path, name: str) -> str:
    """The README of the project, whose figures the next run writes."""
    schema = yaml_text.plain(folder / paths.SCHEMA)
    outs = _mappings(yaml_text.plain(folder / paths.RAW_DVC).get("outs"))
    about = page.About(
        name=folder.absolute().name,
        package=name,
        task=_task(schema),
        predicts=str(schema.get("predicts")),
        features=features(schema),
        maintainer=identity(folder),
        in_git=all(out.get("cache") is False for out in outs),
    )
    return page.text(about, EMPTY)


def _task(schema: Mapping[str, Any]) -> Task:
    """The task that schema.yaml names; whether it is one is for the run to say."""
    return next((task for task in get_args(Task) if task == schema.get("task")), "binary")


def features(schema: Mapping[str, Any]) -> list[str]:
    """The columns that the model sees, as schema.yaml says."""
    key, columns = schema.get("key"), schema.get("columns")
    others = [schema.get("target"), schema.get("time"), *(key if isinstance(key, list) else ())]
    if not isinstance(columns, dict):
        return []
    return [
        str(column)
        for column, how in columns.items()
        if column not in others and isinstance(how, dict) and how.get("feature", True)
    ]


def _mappings(values: Any) -> list[dict[str, Any]]:
    """The mappings in a list."""
    return (
        [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
    )


def _without_template(history: CloneHistory, given: Mapping[str, bytes]) -> list[FileUpdate]:
    """Files of truerun that a project has no place for; one that someone has changed is left."""
    return [
        FileUpdate(place, "removed" if history.is_truerun(place) else "left", None)
        for place in history.tracked
        if place in history.truerun and place not in given and not KEPT.fullmatch(place)
    ]


def _old(
    history: CloneHistory, theirs: Mapping[str, bytes], given: Mapping[str, bytes]
) -> dict[str, bytes]:
    """What lay in the place of the template's files before anybody but truerun had changed it."""
    old = {}
    for place in given.keys() & history.tracked.keys() & history.truerun.keys():
        if history.is_truerun(place):
            old[place] = theirs[place]
        elif place == pipeline_text.PLACE:  # written when the table was adopted
            old[place] = history.text(history.adopted, place) or b""
        else:
            old[place] = history.text(history.last, place) or b""
    return old


def _settings(
    theirs: Mapping[str, bytes], steps: list[migrations.Migration], name: str
) -> list[FileUpdate]:
    """params.yaml names the module of own features, after what migrations ask for."""
    place = str(paths.PARAMS)
    changed = {change.place: change.content for change in settings_text.changes(theirs, steps)}
    text = (changed.get(place) or theirs[place]).decode()
    changed[place] = yaml_edit.with_key(
        text, "source.options.features", f"{name}.features"
    ).encode()
    return [FileUpdate(place, "migrated", content) for place, content in changed.items()]


def _own_package(folder: Path, new: Wheel, name: str) -> list[FileUpdate]:
    """The project's own package, but for files that are there."""
    template = texts.of_package(new.package, name, new.name)
    own = {place: text for place, text in template.items() if place.startswith(f"src/{name}/")}
    own[f"src/{name}/features.py"] = features_text.empty()
    return [
        FileUpdate(place, "added", text.encode())
        for place, text in own.items()
        if not (folder / place).exists()
    ]
