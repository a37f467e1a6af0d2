"""From a user's table to their project: profile it, write the settings, run the pipeline."""

import json
import shlex
import subprocess  # nosec B404
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truerun.adopt import backtest
from truerun.adopt.columns import questions
from truerun.adopt.leaks import after_run
from truerun.adopt.origins import Origin, dvc
from truerun.adopt.rehearsal import REFUSED, rehearse
from truerun.adopt.request import Request
from truerun.adopt.table_profile import TableProfile, profile_table
from truerun.adopt.writing import (
    drawing,
    example_feature,
    first_commit,
    place,
    profile_text,
    project,
    skeleton,
    tree_sizes,
)
from truerun.adopt.writing.example_feature import ExampleFeature
from truerun.adopt.writing.partition_statistics import PartitionStatistics
from truerun.adopt.writing.tree_sizes import Apart
from truerun.base import paths, tables, text_files
from truerun.base.commands import CommandError, call, identity
from truerun.base.errors import AdoptError
from truerun.compare import baseline
from truerun.comparison.comparison import MetricDifference
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.gate.names import check_names
from truerun.limits import __main__ as limits
from truerun.model.split import SPLIT, TRAIN
from truerun.package import contents, wheel, wheel_files
from truerun.package.wheel_files import Wheel
from truerun.plots.dvc_yaml import plots
from truerun.project import params
from truerun.project.params import Params
from truerun.readme import model_figures, page
from truerun.readme.block import README, block
from truerun.sources.table.files import stem
from truerun.sources.table.rows import ROW
from truerun.template import names, texts

RESULTS = paths.METRICS / "evaluate.json"
PIPELINE, FEATURES = Path("dvc.yaml"), Path("features.py")
DRY = "A dry run: nothing was written."


@dataclass(frozen=True)
class AdoptedTable:
    """A table that was read, and what its project is called.

    `package` is the project's own package, and `artifact` what its model is called.
    """

    profile: TableProfile
    statistics: PartitionStatistics
    package: str
    artifact: str


@dataclass(frozen=True)
class Order:
    """What the command is to do: where the table is, the request, where the project shall be.

    `name` is that of the model's artifact, if the user gave one; `release` is where the
    wheel is that the project shall keep, if it is not to be built of the package that runs.
    """

    origin: Origin
    request: Request
    into: Path
    name: str | None
    dry_run: bool
    release: str | None


def adopt(order: Order) -> None:
    """Write the project of a table, or nothing.

    Raises
    ------
    TruerunError
        If the place is taken, or if the table cannot be made into a pipeline that runs.
    """
    package = names.package_name(order.into.resolve().name)
    with place.building(order.into, dry_run=order.dry_run) as folder:
        places = skeleton.places(package)
        place.check_free(order.into, places)
        release = None if order.release is None else released(order.release)
        skeleton.begin(folder)
        profile = profile_table(order.origin.lay_down(folder), order.request)
        if profile.questions:
            shown = [*profile_text.lines(profile), "", *questions.lines(profile.questions)]
            print("\n".join(shown))
            raise questions.error(profile.questions)
        rehearsal = rehearse(profile, order.request, folder)
        profile = rehearsal.profile
        print("\n".join(profile_text.lines(profile)))
        name = f"{stem(next(iter(profile.files.values())))}-{order.request.target}"
        table = AdoptedTable(profile, rehearsal.statistics, package, order.name or name)
        print("\n".join(plan(table)))
        rehearsal.check()
        if order.dry_run:
            print("\n".join(["", *added(order.into, places), DRY]))
            return
        gain = write(order, folder, table, release)
        doubts = after_run.doubts(folder, profile.task)
        in_time, cells = profile.time is not None, profile.rows * len(profile.columns)
        retraining = backtest.lines(folder, cells, len(profile.files)) if in_time else []
        files, is_new = place.files(folder), not place.is_repository(order.into)
        around = place.around(order.into)
        # A new project comes to its place with its commit: a kill leaves all of it, or nothing.
        refusal = first_commit.commit(folder, files) if is_new else None
        place.publish(folder, order.into)
        if not is_new:
            refusal = first_commit.commit(order.into, files)
            place.finish(order.into)
    print(f"\n{(order.into / paths.CARD).read_text(encoding='utf-8')}")
    print("\n".join([*doubts, *baseline.no_gain_warning(gain), *retraining]))
    print("\n".join(next_steps(order.into, package, files, refusal)))
    if around is not None:
        print(f"note: it is in the repository {around}, which does not hold its files")


def released(named: str) -> Wheel:
    """The wheel of a release, which must hold the code that runs: the project is made by that."""
    release = wheel_files.at(named)
    if not release.is_running:
        version = contents.version()
        other = "other code" if release.version == version else f"truerun {release.version}"
        raise AdoptError(
            f"--package {named} is of {other}, and the truerun that runs is {version}: install that"
            " wheel, and adopt the table with it; or leave --package out, and the project keeps the"
            " truerun that runs"
        )
    return release


def write(
    order: Order, folder: Path, table: AdoptedTable, release: Wheel | None
) -> MetricDifference:
    """Write the project into a folder, and run it; how much better than a constant it is."""
    profile = table.profile
    skeleton.complete(folder, table.package, release)
    in_git = order.origin.record(folder, in_git=not is_personal(profile))
    example = example_feature.choose(profile, table.statistics.prepared)
    write_settings(folder, table, example)
    try:
        choose_tree_size(folder)
    except AdoptError:
        if not example.columns:
            raise
        # Nobody asked for it: it goes where the checks of the data do not accept it.
        write_settings(folder, table, example_feature.none())
        choose_tree_size(folder)
    print("\n".join(limits.write(folder)))
    results = run_pipeline(folder)
    edit_params(folder, lambda text: project.with_limits(text, profile.task, results))
    about = page.About(
        name=order.into.resolve().name,
        package=table.package,
        task=profile.task,
        predicts=project.predicts(profile),
        features=[decision.column for decision in profile.decisions if decision.is_feature],
        maintainer=identity(folder),
        in_git=in_git,
    )
    text = page.text(about, block(model_figures.of_project(folder)))
    text_files.write_text(folder / README, text)
    return baseline.against_baseline(folder, *settings_of(folder))


def is_personal(profile: TableProfile) -> bool:
    """Whether a column looks like personal data, which is not for Git: it forgets nothing."""
    return any(decision.kind == "personal" for decision in profile.decisions)


def plan(table: AdoptedTable) -> list[str]:
    """What the project will be, in a few lines."""
    profile = table.profile
    note = f"; rows of one {profile.group} may be on both sides" if profile.group else ""
    split = {
        "time": f"the newest fifth by {profile.time}{note}",
        "group": f"{drawing.in_words(table.statistics.split)}, by {profile.group}",
        "rows": f"{drawing.in_words(table.statistics.split)}, at random",
    }["time" if profile.time else "group" if profile.group else "rows"]
    lines = [
        f"task: {profile.task}, {project.predicts(profile)}",
        f"test rows: {split}",
        f"model: boosted trees, as the artifact {project.artifact_name(table.artifact)}",
    ]
    threshold = project.threshold(profile, table.statistics)
    if threshold is not None:
        lines.append(f"decisions: positive from a score of {threshold} (evaluate.threshold)")
    return lines


def write_settings(folder: Path, table: AdoptedTable, example: ExampleFeature) -> None:
    """Write the files of the project that depend on its table."""
    profile, statistics = table.profile, table.statistics
    template = texts.texts(table.package, wheel.file_name())
    pipeline = project.pipeline(
        template[str(PIPELINE)], profile, plots(profile.task), table.artifact
    )
    own = f"{table.package}.{FEATURES.stem}"
    settings = project.params(template[str(paths.PARAMS)], profile, statistics, own)
    schema = project.schema(profile, statistics, example.columns)
    text_files.write_text(folder / PIPELINE, pipeline)
    text_files.write_text(folder / paths.PARAMS, settings)
    text_files.write_text(folder / paths.SCHEMA, schema)
    text_files.write_text(folder / "src" / table.package / FEATURES, example.text)


def choose_tree_size(folder: Path) -> None:
    """Run the pipeline up to the features, and choose how large the trees are."""
    try:
        dvc(folder, "repro", "featurize")
    except CommandError as error:
        output = str(error).partition("\n")[2]  # without the command
        raise AdoptError(f"{REFUSED}\n{output}") from error
    size, compared = fit_parameters(folder)
    reason = "by cross-validation" if compared else "the smallest: too few rows to compare others"
    print(f"trees: {size['max_iter']} of {size['max_leaf_nodes']} leaves, {reason}")


def fit_parameters(folder: Path) -> tuple[Mapping[str, Any], bool]:
    """Fit the models' parameters to the features; those of the trees, and if others were tried."""
    features = tables.read_partitions(folder / paths.FEATURES)
    contract, settings = settings_of(folder)
    size, compared = tree_sizes.choose(
        features, contract, settings.train, apart(folder, contract, settings)
    )
    models = {"hist_gradient_boosting": size, **tree_sizes.of_others(size, len(features))}
    edit_params(folder, lambda text: project.with_parameters(text, models))
    return size, compared


def apart(folder: Path, contract: Contract, settings: Params) -> Apart:
    """What the split keeps apart, or together, of the training rows."""
    by_time = contract.time if settings.split.by == "time" else None
    group = settings.split.group
    columns = [name for name in (by_time, group) if name]
    if not columns:
        return Apart()
    rows = tables.read_partitions(folder / paths.VALIDATED, [*columns, SPLIT])
    training = rows[rows[SPLIT] == TRAIN].reset_index(drop=True)
    return Apart(
        moments=training[by_time] if by_time else None,
        groups=training[group] if group and group != ROW else None,
        equal=group == ROW,
    )


def settings_of(folder: Path) -> tuple[Contract, Params]:
    """The contract and the parameters of the project."""
    settings = params.load(folder / paths.PARAMS)
    check_names(settings.gate)
    return contracts.load(folder / paths.SCHEMA), settings


def edit_params(folder: Path, change: Callable[[str], str]) -> None:
    """Change the text of params.yaml in the project."""
    path = folder / paths.PARAMS
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def run_pipeline(folder: Path) -> Mapping[str, Any]:
    """Run the pipeline, and read the metrics that it gives."""
    print(flush=True)
    command = (sys.executable, "-m", "truerun.repro")
    if call(folder, *command, stdin=subprocess.DEVNULL):
        raise AdoptError(f"{REFUSED} see above")
    results: Mapping[str, Any] = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
    return results


def added(into: Path, places: list[str]) -> list[str]:
    """What the project would have, if its place is a repository that exists."""
    if not place.is_repository(into):
        return []
    return [f"It would add to {into}:", *(f"  {name}" for name in sorted(places)), ""]


def next_steps(into: Path, package: str, files: Sequence[str], refusal: str | None) -> list[str]:
    """What to do with it now.

    Parameters
    ----------
    refusal : why Git did not commit the files, if so.
    """
    commit = [f"  {first_commit.line(into, files)}", f"      ({refusal})"] if refusal else []
    return [
        f"{into} is your project now: a Git repository of {len(files)} files, with README.md.",
        "Next:",
        f"  cd {shlex.quote(str(into))}",
        *commit,
        "  make repro test    (run what changed; test the data, the features and the model)",
        "  git switch -c better; edit params.yaml; make report    (what a change does)",
        f"What each column is read as is in {paths.PARAMS} (source.options); what every row must",
        f"hold is in {paths.SCHEMA}; features of your own are in src/{package}/features.py.",
    ]
