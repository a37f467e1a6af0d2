"""From a project of one version to a project of a newer one, staged and not committed."""

import os
import subprocess  # nosec B404
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from truerun.base import paths
from truerun.base.commands import call_to_end
from truerun.base.errors import UpgradeError
from truerun.package import wheel_files
from truerun.package.versions import order
from truerun.package.wheel_files import Wheel
from truerun.upgrade import figures, migrations, project, staging, words
from truerun.upgrade.project import CurrentProject
from truerun.upgrade.template_files import Fate, FileUpdate

FILE = "truerun-VERSION-py3-none-any.whl"
NAME_ONE = f"name a newer wheel, as a path or an https address: truerun upgrade {FILE}"
STAGED: tuple[Fate, ...] = ("renewed", "added", "removed", "merged", "migrated")


def upgrade(named: str | None, package: str | None = None) -> int:
    """Bring the project in this folder to the wheel that was named; the exit status.

    Without one it is brought to the version that runs. If it is another, its wheel does the work.

    Parameters
    ----------
    package : what the own package of a clone is to be called.

    Raises
    ------
    TruerunError
        If there is no project here, or it cannot be brought to that version.
    """
    folder = Path()
    if (folder / paths.MARKS).is_file():
        if package is not None:
            raise UpgradeError(f"--name {package}: {paths.MARKS} says what the project is called")
        return upgrade_project(project.load(folder), named)
    from truerun.upgrade import adopted_clone  # what writes a README costs seconds

    if not adopted_clone.is_one(folder):
        raise UpgradeError(
            f"there is no {paths.MARKS} in {Path.cwd()}: `truerun upgrade` is called in the folder"
            " of a project that `truerun adopt` has written"
        )
    staging.check_clean(folder)
    old, name = adopted_clone.version(folder), adopted_clone.package_name(folder, package)
    new = newer_wheel(named, old, f"this clone is of truerun {old}", same=True)
    if not runs(new, named):
        return hand_over(new, "--name", name)
    changes = adopted_clone.changes(folder, new, name)
    adopted_clone.forget_installation(folder)
    carry_out(folder, old, new, changes, make_repro)
    return 0


def upgrade_project(here: CurrentProject, named: str | None) -> int:
    """Bring a project to a wheel; the exit status."""
    staging.check_clean(here.folder)
    old = here.wheel
    statement = f"this project is of truerun {old.version}"
    new = newer_wheel(named, old.version, statement, same=named is not None)
    if new.content == old.content:
        print(
            f"This project is of truerun {new.version} already, by this very wheel: nothing to do."
        )
        return 0
    if not runs(new, named):
        return hand_over(new)
    steps = migrations.between(old.version, new.version)
    carry_out(here.folder, old.version, new, project.changes(here, new, steps), make_repro)
    return 0


def newer_wheel(named: str | None, old: str, statement: str, *, same: bool) -> Wheel:
    """The wheel that was named, or that of the version that runs.

    Parameters
    ----------
    statement : what errors begin with.
    same : whether it may be of the same version, as another build is.

    Raises
    ------
    UpgradeError
        If it is of an older version.
    """
    new = wheel_files.running() if named is None else wheel_files.at(named)
    if order(new.version) < order(old) or (new.version == old and not same):
        whose = "the truerun that runs" if named is None else named
        raise UpgradeError(f"{statement}, and {whose} is of {new.version}: {NAME_ONE}")
    return new


def runs(new: Wheel, named: str | None) -> bool:
    """Whether the code in a wheel is the code that runs."""
    return new.is_running or (named is not None and wheel_files.is_imported(Path(named)))


def hand_over(new: Wheel, *options: str) -> int:
    """Let the code in a wheel do the work; its exit status."""
    with TemporaryDirectory(prefix="truerun-wheel-") as folder:
        path = Path(folder, new.name)
        path.write_bytes(new.content)
        command = (sys.executable, "-P", "-m", "truerun.upgrade", str(path), *options)
        return call_to_end(Path(), *command, environment={**os.environ, "PYTHONPATH": str(path)})


def carry_out(
    folder: Path, old: str, new: Wheel, changes: Sequence[FileUpdate], run: Callable[[Path], None]
) -> None:
    """Change a project's files, run it, and leave all that in Git's index.

    Parameters
    ----------
    old : the version that the project comes from.

    Raises
    ------
    UpgradeError
        If files are in conflict, which are left so, or if it fails, which leaves nothing.
    """
    print(words.changes_between(old, new))
    conflicts = [change for change in changes if change.fate == "in conflict"]
    before = figures.of_test_rows(folder)
    with staging.undone_on_failure(folder):
        staging.apply(folder, {c.place: c.content for c in changes if c.fate in STAGED})
        for change in conflicts:
            staging.write(folder / change.place, change.content or b"")
        print("\n".join(words.fates(changes)), flush=True)
        if not conflicts:
            run(folder)
            staging.add_results(folder)
    if conflicts:
        raise UpgradeError(words.to_resolve([change.place for change in conflicts]))
    print("\n".join(["", *figures.moved(before, figures.of_test_rows(folder))]))
    print("\n".join(words.next_steps(new)))


def make_repro(folder: Path) -> None:
    """Install the new version into the project's environment, and run its pipeline."""
    print(
        "\nmake repro: installs the new version, and runs the stages that it changes ...\n",
        flush=True,
    )
    command = ("make", "--no-print-directory", "repro")
    if status := call_to_end(folder, *command, stdin=subprocess.DEVNULL):
        raise UpgradeError(
            f"`make repro` ended with exit status {status} (see above), so all files are as they"
            " were before. `make setup` installs the former version again"
        )
