"""From a user's table to their project: profile it, write the settings, run the pipeline."""

import json
import shlex
import subprocess  # nosec B404
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truerun.adopt.origins import Local, Origin
from truerun.adopt.profile import Profile, profile
from truerun.adopt.request import Request
from truerun.adopt.writing import facts, project, show, trees, workshop, worth
from truerun.adopt.writing.facts import Facts
from truerun.base import paths, tables
from truerun.base.commands import CommandError, run, variables
from truerun.base.errors import AdoptError, listed
from truerun.base.files import md5_of
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.ingest.raw_files import read_record
from truerun.model.split import SPLIT, TRAIN
from truerun.params import params
from truerun.params.params import Params
from truerun.plots.dvc_yaml import plots
from truerun.sources.table.files import stem

NO_RUN = "nothing was changed, for the pipeline does not run on this table"
RESULTS = paths.METRICS / "evaluate.json"


@dataclass(frozen=True)
class Order:
    """What is to be done: where the table is, what is asked of it, the project's name."""

    origin: Origin
    request: Request
    name: str | None
    dry_run: bool
    force: bool


def adopt(order: Order) -> None:
    """Make this clone the project of a table, or leave it as it is.

    Raises
    ------
    TruerunError
        If the clone holds work that could be lost, if no pipeline can be made of the table, or if
        that does not run: then nothing is changed.
    """
    check_root()
    with workshop.alone():
        check_clone(force=order.force)
        made(order)


def made(order: Order) -> None:
    """Make the project in a copy, and bring it back."""
    with workshop.opened() as folder:
        found = profile(order.origin.lay_down(folder), order.request)
        print("\n".join(show.lines(found)))
        gathered = facts.gathered(found)
        name = order.name or f"{stem(next(iter(found.files.values())))}-{order.request.target}"
        print("\n".join(plan(found, gathered, name)))
        if order.dry_run:
            print("\nA dry run: nothing was changed.")
            return
        order.origin.record()
        write(folder, found, gathered, name)
        size(folder)
        results = ran(folder)
        edit(folder, lambda text: project.with_limits(text, found.task, results))
        learned = worth.against_baseline(folder, *settings_of(folder))
        workshop.bring_back()
    print(f"\n{paths.CARD.read_text(encoding='utf-8')}")
    print("\n".join(worth.told(learned)))
    print("\n".join(next_steps(order.origin)))


def check_root() -> None:
    """Refuse a folder that is no clone of the project."""
    if not Path(".dvc").is_dir() or not Path("src/truerun").is_dir():
        raise AdoptError("run it from the root of a clone: here is no .dvc, or no src/truerun")


def check_clone(*, force: bool) -> None:
    """Refuse a clone with work that could be lost."""
    changed = run(Path(), "git", "status", "--porcelain", "--untracked-files=no").splitlines()
    if changed and not force:
        names = listed([line[3:] for line in changed])
        raise AdoptError(
            f"uncommitted changes could be lost: {names}; commit them, or give --force"
        )
    record = read_record() if paths.RAW_DVC.is_file() else {}
    files = [path for path in paths.RAW.rglob("*") if path.is_file()]
    others = [
        path
        for path in files
        if record.get(path.relative_to(paths.RAW).as_posix()) != md5_of(path.read_bytes())
    ]
    if others:
        raise AdoptError(
            f"{listed([str(path) for path in others])} would be lost, for {paths.RAW_DVC} does not"
            " list it as it is: move it elsewhere"
        )


def plan(found: Profile, gathered: Facts, name: str) -> list[str]:
    """What the project will be, in a few lines."""
    both = f"; rows of one {found.group} may be on both sides" if found.group else ""
    split = {
        "time": f"the newest fifth by {found.time}{both}",
        "group": f"a fifth, by {found.group}",
        "rows": "a fifth, at random",
    }["time" if found.time else "group" if found.group else "rows"]
    lines = [
        f"task: {found.task}, {project.predicts(found)}",
        f"test rows: {split}",
        f"model: boosted trees, as the artifact {project.artifact_name(name)}",
    ]
    cut = project.threshold(found, gathered)
    if cut is not None:
        lines.append(f"decisions: from a score of {cut} on (evaluate.threshold)")
    return lines


def write(folder: Path, found: Profile, gathered: Facts, name: str) -> None:
    """Write the settings in the copy, and take away the lock of the table before."""
    (folder / workshop.LOCK).unlink(missing_ok=True)
    old = {path: (folder / path).read_text("utf-8") for path in (paths.PARAMS, workshop.PIPELINE)}
    texts = {
        paths.PARAMS: project.params(old[paths.PARAMS], found, gathered),
        paths.SCHEMA: project.schema(found, gathered),
        workshop.PIPELINE: project.pipeline(old[workshop.PIPELINE], found, plots(found.task), name),
    }
    for path, text in texts.items():
        (folder / path).write_text(text, encoding="utf-8")


def size(folder: Path) -> None:
    """Run the pipeline up to the features, and choose how large the trees are."""
    try:
        workshop.dvc("repro", "--quiet", "featurize")
    except CommandError as error:
        said = str(error).partition("\n")[2]  # without the command
        raise AdoptError(f"{NO_RUN}:\n{said}") from error
    features = tables.read_partitions(folder / paths.FEATURES)
    contract, settings = settings_of(folder)
    moments = None
    if contract.time and settings.split.by == "time":
        rows = tables.read_partitions(folder / paths.VALIDATED, [contract.time, SPLIT])
        moments = rows.loc[rows[SPLIT] == TRAIN, contract.time].reset_index(drop=True)
    chosen, tried = trees.chosen(features, contract, settings.train, moments)
    edit(folder, lambda text: project.with_trees(text, chosen))
    why = "by cross-validation" if tried else "the smallest: rows are too few to try others"
    print(f"trees: {chosen['max_iter']} of {chosen['max_leaf_nodes']} leaves, {why}")


def settings_of(folder: Path) -> tuple[Contract, Params]:
    """What the copy's schema.yaml and params.yaml say."""
    return contracts.load(folder / paths.SCHEMA), params.load(folder / paths.PARAMS)


def edit(folder: Path, change: Callable[[str], str]) -> None:
    """Change the text of params.yaml in the copy."""
    settings = folder / paths.PARAMS
    settings.write_text(change(settings.read_text(encoding="utf-8")), encoding="utf-8")


def ran(folder: Path) -> Mapping[str, Any]:
    """Run the pipeline in the copy, and read the metrics that it gives."""
    print(flush=True)
    # The repository's own command, without a shell.
    done = subprocess.run(  # nosec B603
        [sys.executable, "-m", "truerun.repro"],
        cwd=folder,
        env=variables(folder),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise AdoptError(f"{NO_RUN}, as said above")
    results: Mapping[str, Any] = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
    return results


def open_to_git(path: Path) -> bool:
    """Whether `git add --all` would take the user's own file, or files of the folder."""
    if not path.resolve().is_relative_to(Path.cwd()):
        return False
    return bool(run(Path(), "git", "ls-files", "--others", "--exclude-standard", "--", str(path)))


def next_steps(origin: Origin) -> list[str]:
    """What to do with it now."""
    remove = []
    if isinstance(origin, Local) and open_to_git(origin.path):
        command = "rm -r" if origin.path.is_dir() else "rm"
        name = shlex.quote(str(origin.path))
        remove.append(f"  {command} {name}    (or move it: it is under DVC now, and not for Git)")
    return [
        "This clone is your project now. Next:",
        *remove,
        "  git add --all && git commit -m 'Adopt the table'",
        "  dvc remote add --default storage s3://bucket/folder && dvc push    (to share the data)",
        "  git switch -c better; edit params.yaml; make report    (what a change does)",
        f"What each column is read as is in {paths.PARAMS} (source.options); what every row must",
        f"hold is in {paths.SCHEMA}. Newer rows: truerun ingest FILE.",
    ]
