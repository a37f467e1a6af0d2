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
from truerun.adopt.request import Request
from truerun.adopt.table_profile import TableProfile, profile_table
from truerun.adopt.writing import (
    first_model,
    partition_statistics,
    profile_text,
    project,
    tree_sizes,
    working_copy,
)
from truerun.adopt.writing.partition_statistics import PartitionStatistics
from truerun.base import paths, tables
from truerun.base.commands import CommandError, call, run
from truerun.base.errors import AdoptError, listed
from truerun.base.files import md5_of
from truerun.compare import baseline
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.gate.names import check_names
from truerun.ingest.raw_files import read_record
from truerun.model.split import SPLIT, TRAIN
from truerun.plots.dvc_yaml import plots
from truerun.project import params
from truerun.project.params import Params
from truerun.sources.table.files import stem

NO_RUN = "nothing was changed, because the pipeline does not run on this table"
RESULTS = paths.METRICS / "evaluate.json"


@dataclass(frozen=True)
class Order:
    """What the command is to do: where the table is, the request, the project's name."""

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
        If the clone holds work that could be lost, or if the table cannot be made into a pipeline
        that runs: then nothing is changed.
    """
    check_root()
    with working_copy.exclusive():
        check_clone(force=order.force)
        make_project(order)


def make_project(order: Order) -> None:
    """Make the project in a copy, and move it back."""
    with working_copy.create_copy() as folder:
        profile = profile_table(order.origin.lay_down(folder), order.request)
        print("\n".join(profile_text.lines(profile)))
        statistics = partition_statistics.measure(profile)
        name = order.name or f"{stem(next(iter(profile.files.values())))}-{order.request.target}"
        print("\n".join(plan(profile, statistics, name)))
        if order.dry_run:
            print("\nA dry run: nothing was changed.")
            return
        order.origin.record()
        write_settings(folder, profile, statistics, name)
        choose_tree_size(folder)
        results = run_pipeline(folder)
        edit_params(folder, lambda text: project.with_limits(text, profile.task, results))
        gain = baseline.against_baseline(folder, *settings_of(folder))
        working_copy.bring_back()
    print(f"\n{paths.CARD.read_text(encoding='utf-8')}")
    print("\n".join(first_model.no_gain_warning(gain)))
    print("\n".join(next_steps(order.origin)))


def check_root() -> None:
    """Refuse a folder that is not a clone of the project."""
    if not Path(".dvc").is_dir() or not Path("src/truerun").is_dir():
        raise AdoptError("run it from the root of a clone: .dvc or src/truerun is missing here")


def check_clone(*, force: bool) -> None:
    """Refuse a clone with work that could be lost."""
    listing = ("git", "status", "--porcelain", "--untracked-files=no", "--", ".")
    changed = run(Path(), *listing).splitlines()
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
            f"{listed([str(path) for path in others])} would be lost, because {paths.RAW_DVC} does"
            " not list it in this state: move it elsewhere"
        )


def plan(profile: TableProfile, statistics: PartitionStatistics, name: str) -> list[str]:
    """What the project will be, in a few lines."""
    note = f"; rows of one {profile.group} may be on both sides" if profile.group else ""
    split = {
        "time": f"the newest fifth by {profile.time}{note}",
        "group": f"a fifth, by {profile.group}",
        "rows": "a fifth, at random",
    }["time" if profile.time else "group" if profile.group else "rows"]
    lines = [
        f"task: {profile.task}, {project.predicts(profile)}",
        f"test rows: {split}",
        f"model: boosted trees, as the artifact {project.artifact_name(name)}",
    ]
    threshold = project.threshold(profile, statistics)
    if threshold is not None:
        lines.append(f"decisions: positive from a score of {threshold} (evaluate.threshold)")
    return lines


def write_settings(
    folder: Path, profile: TableProfile, statistics: PartitionStatistics, name: str
) -> None:
    """Write the settings in the copy, and remove the lock of the previous table."""
    (folder / working_copy.LOCK).unlink(missing_ok=True)
    old = {
        path: (folder / path).read_text("utf-8") for path in (paths.PARAMS, working_copy.PIPELINE)
    }
    texts = {
        paths.PARAMS: project.params(old[paths.PARAMS], profile, statistics),
        paths.SCHEMA: project.schema(profile, statistics),
        working_copy.PIPELINE: project.pipeline(
            old[working_copy.PIPELINE], profile, plots(profile.task), name
        ),
    }
    for path, text in texts.items():
        (folder / path).write_text(text, encoding="utf-8")


def choose_tree_size(folder: Path) -> None:
    """Run the pipeline up to the features, and choose how large the trees are."""
    try:
        working_copy.dvc("repro", "--quiet", "featurize")
    except CommandError as error:
        output = str(error).partition("\n")[2]  # without the command
        raise AdoptError(f"{NO_RUN}:\n{output}") from error
    features = tables.read_partitions(folder / paths.FEATURES)
    contract, settings = settings_of(folder)
    moments = None
    if contract.time and settings.split.by == "time":
        rows = tables.read_partitions(folder / paths.VALIDATED, [contract.time, SPLIT])
        moments = rows.loc[rows[SPLIT] == TRAIN, contract.time].reset_index(drop=True)
    size, compared = tree_sizes.choose(features, contract, settings.train, moments)
    edit_params(folder, lambda text: project.with_trees(text, size))
    reason = "by cross-validation" if compared else "the smallest: too few rows to compare others"
    print(f"trees: {size['max_iter']} of {size['max_leaf_nodes']} leaves, {reason}")


def settings_of(folder: Path) -> tuple[Contract, Params]:
    """The contract and the parameters of the copy."""
    settings = params.load(folder / paths.PARAMS)
    check_names(settings.gate)
    return contracts.load(folder / paths.SCHEMA), settings


def edit_params(folder: Path, change: Callable[[str], str]) -> None:
    """Change the text of params.yaml in the copy."""
    path = folder / paths.PARAMS
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def run_pipeline(folder: Path) -> Mapping[str, Any]:
    """Run the pipeline in the copy, and read the metrics that it gives."""
    print(flush=True)
    command = (sys.executable, "-m", "truerun.repro")
    if call(folder, *command, stdin=subprocess.DEVNULL):
        raise AdoptError(f"{NO_RUN}: see above")
    results: Mapping[str, Any] = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
    return results


def is_untracked(path: Path) -> bool:
    """Whether `git add --all` would take the user's own file, or files of the folder."""
    if not path.resolve().is_relative_to(Path.cwd()):
        return False
    return bool(run(Path(), "git", "ls-files", "--others", "--exclude-standard", "--", str(path)))


def next_steps(origin: Origin) -> list[str]:
    """What to do with it now."""
    remove = []
    if isinstance(origin, Local) and is_untracked(origin.path):
        command = "rm -r" if origin.path.is_dir() else "rm"
        name = shlex.quote(str(origin.path))
        remove.append(
            f"  {command} {name}    (or move it: it is under DVC now, and must not go into Git)"
        )
    return [
        "This clone is your project now. Next:",
        *remove,
        "  git add --all && git commit -m 'Adopt the table'",
        "  dvc remote add --default storage s3://bucket/folder && dvc push    (to share the data)",
        "  git switch -c better; edit params.yaml; make report    (what a change does)",
        f"What each column is read as is in {paths.PARAMS} (source.options); what every row must",
        f"hold is in {paths.SCHEMA}. Newer rows: truerun ingest FILE.",
    ]
