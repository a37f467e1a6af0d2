"""What the files of the head are held against: its model, its commit, the base, and the guards."""

from contextlib import nullcontext
from pathlib import Path
from posixpath import relpath

from truerun.base import paths
from truerun.base.errors import TruerunError
from truerun.base.locks import ABSENT, LockError
from truerun.base.yaml_text import plain
from truerun.compare import (
    definitions,
    guards,
    judging_settings,
    lock_inputs,
    packages,
    recomputed,
    revalidated,
)
from truerun.compare.commits import files_of, git
from truerun.compare.reproduction import Run
from truerun.compare.revision import LOCK, PACKAGES, Revision
from truerun.compare.shorten import Shortener
from truerun.comparison.comparison import FileChange, LockDifference, Missing, Provenance
from truerun.contract.contract import Contract
from truerun.project.params import Params

DVC_YAML = Path("dvc.yaml")
MOST, MANY = 100, 200  # items of a list, as the comparison's shape allows


def of(
    sides: tuple[Revision, Revision],
    run: Run,
    settings: tuple[Params, Contract] | Missing,
    shortener: Shortener,
) -> Provenance:
    """Hold the head against what it can be held against.

    Parameters
    ----------
    settings : the head's, by which its model is evaluated; or why they cannot be read.
    """
    base, head = sides
    locked, lock = base.lock(), head.lock()

    def is_the_same(stage: str) -> bool:
        """Whether a stage is as main has it, and vouches for."""
        return lock_inputs.is_the_same(stage, locked, lock, head.folder)

    exact = not packages.other_than_here(head.text(PACKAGES))
    made: list[LockDifference] | Missing
    checked: list[LockDifference] | Missing
    if isinstance(settings, Missing):
        made = checked = settings
    else:
        made = run.lacks("evaluate") or (
            [] if is_the_same("evaluate") else recomputed.differences(head, *settings, exact=exact)
        )
        checked = run.lacks("validate") or (
            [] if is_the_same("validate") else revalidated.differences(head, *settings, exact=exact)
        )
    before, after = (plain(side.folder / DVC_YAML) for side in sides)
    changes = definitions.changes(
        before,
        after,
        exists=lambda name: (head.folder / name).exists(),
    )
    changed = _guards(sides)
    return Provenance(
        exact=exact,
        recomputed=made
        if isinstance(made, Missing)
        else shortener.first(made, MOST, "files that the model does not give"),
        revalidated=checked
        if isinstance(checked, Missing)
        else shortener.first(checked, MOST, "rows and findings that the checks do not give"),
        inputs=shortener.first(_inputs(head), MOST, "inputs that are not the commit's"),
        unexplained=shortener.first(
            lock_inputs.unexplained(locked, lock), MOST, "unexplained outputs"
        ),
        definitions=shortener.first(changes, MOST, "definitions of stages"),
        settings=shortener.first(
            judging_settings.changes(
                *(side.settings(paths.PARAMS) for side in sides),
                *(side.settings(paths.SCHEMA) for side in sides),
            ),
            MOST,
            "settings that judge",
        ),
        guards=changed
        if isinstance(changed, Missing)
        else shortener.first(changed, MANY, "files that judge or guard"),
    )


def _inputs(head: Revision) -> list[LockDifference]:
    """Where the lock does not speak of the head's commit, or of the files here if it has none."""
    if not head.lock() and not plain(head.folder / DVC_YAML).get("stages"):
        return []  # there is no pipeline
    # The working tree may hold more than its commit does.
    here = head.folder.resolve() == Path.cwd()
    files = files_of(head.commit) if head.commit and here else nullcontext(head.folder)
    new = () if head.commit else ("--cached", "--others", "--exclude-standard")
    with files as folder:
        if not (folder / LOCK).is_file():
            return [_of_lock(ABSENT)]
        # Without Git there are no names, and every dependency in the lock is a finding.
        names = git("ls-files", "-z", *new, "--", ":/", folder=folder, check=False).split("\0")[:-1]
        try:
            return lock_inputs.differences(folder, names)
        except LockError as error:
            return [_of_lock(str(error).replace(f"{folder}/", ""))]


def _of_lock(actual: str) -> LockDifference:
    return LockDifference(
        stage="", kind="file", name=str(LOCK), expected="a file of the commit", found=actual
    )


def _guards(sides: tuple[Revision, Revision]) -> list[FileChange] | Missing:
    """The changed files that judge or guard, of the working tree if the head has no commit."""
    base, head = sides
    if base.commit is None:
        return Missing(missing=f"{base.name} has no commit, so Git lists no changed files")
    commits = [base.commit, *([head.commit] if head.commit else [])]
    # Whatever the user's settings or the attributes of a file say of how changes are shown.
    options = ("--no-ext-diff", "--no-textconv", "--no-renames", "--no-relative", "--no-color")

    def diff_of(name: str) -> str:
        shown = ("--text", "--unified=0", *commits, "--", f":(literal){name}")
        return git("diff", *options, *shown)

    try:
        # The project may lie in a folder of the repository.
        prefix = git("rev-parse", "--show-prefix").removesuffix("\n") or "."
        listing = git("diff", *options, "--name-status", "-z", *commits).split("\0")[:-1]
        names = (relpath(name, prefix) for name in listing[1::2])
        return guards.changed(zip(listing[::2], names, strict=True), diff_of)
    except TruerunError as error:
        return Missing(missing=str(error))
