"""From a project of one version to a project of a newer one, staged and not committed."""

import os
import subprocess  # nosec B404
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from truerun.base import paths
from truerun.base.commands import call
from truerun.base.errors import UpgradeError, listed
from truerun.upgrade import changelog, figures, migrations, project, staging, wheels
from truerun.upgrade.migrations import Migration
from truerun.upgrade.project import Project
from truerun.upgrade.template_files import Change, Fate
from truerun.upgrade.versions import order
from truerun.upgrade.wheels import Wheel

Run = Callable[[Path], None]
FILE = "truerun-VERSION-py3-none-any.whl"
NAME_ONE = f"name a newer wheel, as a path or an https address: truerun upgrade {FILE}"
STAGED: tuple[Fate, ...] = ("renewed", "added", "removed", "merged", "migrated")
TOLD: Mapping[Fate, str] = {
    "renewed": "renewed",
    "added": "added",
    "removed": "removed: it is no part of the new version",
    "merged": "yours, with what is new in truerun's merged in",
    "in conflict": "IN CONFLICT: what you changed in it is what truerun changed too",
    "left": "left, since you have changed it: it is no part of the new version",
    "kept deleted": "still not there: you have deleted it",
    "migrated": "changed as the new version needs it, and no more",
}


def upgrade(named: str | None) -> int:
    """Bring the project in this folder to the wheel that was named; the exit status.

    Without one it is brought to the version that runs. If it is another, its wheel does the work.

    Raises
    ------
    TruerunError
        If there is no project here, or it cannot be brought to that version.
    """
    here = project.load(_root())
    staging.check_clean(here.folder)
    new = wheels.running() if named is None else wheel_of(named)
    if is_there_already(here, new, named):
        print(
            f"This project is of truerun {new.version} already, by this very wheel: nothing to do."
        )
        return 0
    if not new.is_running:
        return hand_over(new)
    carry_out(here, new, migrations.between(here.wheel.version, new.version), make_repro)
    return 0


def wheel_of(named: str) -> Wheel:
    """The wheel at a path or at an address."""
    if "://" not in named:
        return wheels.read(Path(named))
    if not named.startswith(wheels.SCHEME):
        raise UpgradeError(f"{named}: only an address that begins with {wheels.SCHEME} is trusted")
    print(f"Downloading {named} ...", flush=True)
    return wheels.download(named)


def is_there_already(here: Project, new: Wheel, named: str | None) -> bool:
    """Whether a project has a wheel, by its bytes.

    Raises
    ------
    UpgradeError
        If the wheel is of an older version, or if none was named and none is newer.
    """
    old = here.wheel
    if named is None and order(new.version) <= order(old.version):
        raise UpgradeError(
            f"this project is of truerun {old.version}, and the truerun that runs is"
            f" {new.version}: {NAME_ONE}"
        )
    if order(new.version) < order(old.version):
        raise UpgradeError(
            f"{named} is of truerun {new.version}, which is older than {old.version}, that of this"
            f" project: {NAME_ONE}"
        )
    return new.content == old.content


def hand_over(new: Wheel) -> int:
    """Let the code in a wheel do the work; its exit status."""
    with TemporaryDirectory(prefix="truerun-wheel-") as folder:
        path = Path(folder, new.name)
        path.write_bytes(new.content)
        command = (sys.executable, "-P", "-m", "truerun.upgrade", str(path))
        return call(Path(), *command, environment={**os.environ, "PYTHONPATH": str(path)})


def carry_out(here: Project, new: Wheel, steps: Sequence[Migration], run: Run) -> None:
    """Change the project's files, run it, and leave all that in Git's index.

    Raises
    ------
    UpgradeError
        If files are in conflict, which are left so, or if it fails, which leaves nothing.
    """
    print(told_of(here, new))
    changes = project.changes(here, new, steps)
    conflicts = [change for change in changes if change.fate == "in conflict"]
    before = figures.of_test_rows(here.folder)
    with staging.undone_on_failure(here.folder):
        staging.apply(here.folder, {c.place: c.content for c in changes if c.fate in STAGED})
        for change in conflicts:
            staging.write(here.folder / change.place, change.content or b"")
        print("\n".join(fates(changes)), flush=True)
        if not conflicts:
            run(here.folder)
            staging.add_results(here.folder)
    if conflicts:
        raise UpgradeError("\n".join(to_resolve([change.place for change in conflicts])))
    print("\n".join(["", *figures.moved(before, figures.of_test_rows(here.folder))]))
    print("\n".join(next_steps(new)))


def make_repro(folder: Path) -> None:
    """Install the new version into the project's environment, and run its pipeline."""
    print(
        "\nmake repro: installs the new version, and runs the stages that it changes ...\n",
        flush=True,
    )
    if status := call(folder, "make", "--no-print-directory", "repro", stdin=subprocess.DEVNULL):
        raise UpgradeError(
            f"`make repro` ended with exit status {status} (see above), so all files are as they"
            " were before. `make setup` installs the former version again"
        )


def told_of(here: Project, new: Wheel) -> str:
    """The changelog between the two versions."""
    text = new.package.get(changelog.PLACE, b"").decode()
    between = changelog.between(text, here.wheel.version, new.version)
    head = f"From truerun {here.wheel.version} to {new.version}."
    return f"{head}\n\n{between}\n" if between else f"{head} Its changelog tells of no change.\n"


def fates(changes: Sequence[Change]) -> list[str]:
    """What becomes of each file, a line each."""
    width = max(len(change.place) for change in changes)
    return [f"  {change.place:{width}}  {TOLD[change.fate]}" for change in changes]


def to_resolve(conflicts: Sequence[str]) -> list[str]:
    """What to do about files in conflict."""
    return [
        f"{listed(conflicts)}: in conflict, so nothing was run. Git's marks show both sides.",
        f"  Resolve {'it' if len(conflicts) == 1 else 'them'}, then: make repro && git add --all",
        f"  Or undo the upgrade: {staging.UNDO}",
    ]


def next_steps(new: Wheel) -> list[str]:
    """What to do now."""
    return [
        "",
        "All of it is staged, and not committed. Next:",
        f"  git switch -c truerun-{new.version} && git commit -m 'truerun {new.version}'",
        "  git push -u origin HEAD    (the comment on its pull request says which figures moved",
        "                              because of the package)",
        f"  Or undo it: {staging.UNDO}",
    ]


def _root() -> Path:
    """The project's folder, which is this one."""
    if not paths.MARKS.is_file():
        raise UpgradeError(
            f"there is no {paths.MARKS} in {Path.cwd()}: `truerun upgrade` is called in the"
            " folder of a project that `truerun adopt` has written"
        )
    return Path()
