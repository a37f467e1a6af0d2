"""The plan is the run: the checks of the stage `validate`, by its own code, before any stage runs.

What they would refuse and a decision on a column mends, is decided; the rest is told, with what to
do about it.
"""

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from truerun.adopt.columns.column_decisions import DROP, Decision, check_features
from truerun.adopt.leaks import decisions as decisions_of_leaks
from truerun.adopt.leaks.search import LIMIT, Leaks
from truerun.adopt.request import Request
from truerun.adopt.table_profile import TableProfile
from truerun.adopt.writing import partition_statistics, project
from truerun.adopt.writing.partition_statistics import PartitionStatistics
from truerun.base import paths, tables
from truerun.base.errors import AdoptError
from truerun.contract import contract as contracts
from truerun.contract.data_checks import Finding
from truerun.contract.leak_checks import RANKED_BY
from truerun.limits.limits_file import Limits
from truerun.project import params
from truerun.sources.table import rows
from truerun.sources.table.cells import read
from truerun.sources.table.rows import part_names
from truerun.stages.validate import check_task
from truerun.template import texts
from truerun.validation import validation
from truerun.validation.validation import Validation, ValidationTerms

REFUSED = "nothing was written, because the pipeline does not run on this table:"
NONE_YET = Limits(windows=None)  # they are learned of the rows once the pipeline has run
ADVICE: Mapping[str, str] = {
    "classes": "more rows are needed; or another --time, or none, puts other rows to the test",
    "target": "more rows are needed; or another --time, or none, puts other rows to the test",
    "table": "more rows are needed, or another --time or --group, or none",
    "leakage": "--drop what is known only afterwards",
    "partitions": "add the missing file, or leave its neighbours out",
}


@dataclass(frozen=True)
class Rehearsal:
    """The profile and statistics with which the pipeline runs, and what its checks say then."""

    profile: TableProfile
    statistics: PartitionStatistics
    findings: tuple[Finding, ...]

    def check(self) -> None:
        """Refuse a table that the stage would refuse."""
        failed = [finding for finding in self.findings if finding.status == "fail"]
        if not failed:
            return
        warned = [f for f in self.findings if f.status == "warn"]
        told = [f"  warn  {finding.check}: {finding.detail}" for finding in warned]
        told += [f"  {finding.check}: {finding.detail}" for finding in failed]
        advice = dict.fromkeys(ADVICE[f.check] for f in failed if f.check in ADVICE)
        raise AdoptError("\n".join([REFUSED, *told, *(f"What helps: {each}" for each in advice)]))


def rehearse(profile: TableProfile, request: Request, folder: Path) -> Rehearsal:
    """Decide what only the prepared rows show, and check them as the stage will.

    Parameters
    ----------
    folder : where files may be written for a while.

    Raises
    ------
    AdoptError
        If no column is left to learn from.
    """
    statistics = partition_statistics.measure(profile)
    if statistics.unvarying:
        profile = without_constants(profile, statistics.unvarying, request)
        statistics = partition_statistics.measure(profile)
    validated = validate(profile, statistics, folder)
    rankings = validated.results.get("leakage", {})
    if any(rankings.get(name, 0.0) >= LIMIT for name in profile.columns):
        profile = without_leaks(profile, rankings, request)
        statistics = partition_statistics.measure(profile)
        validated = validate(profile, statistics, folder)
    return Rehearsal(profile, statistics, tuple(validated.findings))


def without_constants(
    profile: TableProfile, values: Mapping[str, str | None], request: Request
) -> TableProfile:
    """The profile without columns that have one value wherever the target is known.

    What the user keeps may have one value.

    Parameters
    ----------
    values : the value of each such column as text; None for one that is missing there.
    """
    known = f"every row with a known {profile.options.target}"

    def decided(decision: Decision) -> Decision:
        value = values[decision.column]
        reason = f"{known} has {value!r:.40}" if value is not None else f"{known} lacks it"
        return replace(decision, kind="constant", reason=reason, option=DROP)

    kept = {name for name in values if name in request.keep or name in request.as_}
    columns = {
        name: {**column, "seasonal": True} if name in kept else column
        for name, column in profile.columns.items()
    }
    return _without(replace(profile, columns=columns), set(values) - kept, decided)


def without_leaks(
    profile: TableProfile, rankings: Mapping[str, float], request: Request
) -> TableProfile:
    """The profile without columns that rank the target of test rows too well.

    What the user keeps is vouched for.

    Parameters
    ----------
    rankings : how well each feature ranks the target, as `leak_checks.leak_rankings`.
    """
    telling = {name for name in profile.columns if rankings.get(name, 0.0) >= LIMIT}
    target, ranked_by = profile.options.target, RANKED_BY[profile.options.task]
    left_out = {}
    for name in profile.options.columns:
        found = telling & {name, *part_names(name, profile.options).values()}
        if found and name not in (*request.keep, request.time):
            ranking = max(rankings[each] for each in found)
            left_out[name] = f"predicts {target} almost perfectly ({ranked_by} {ranking:.3f})"
    columns = {
        name: {**column, "known_in_time": True} if name in telling else column
        for name, column in profile.columns.items()
    }
    leaks = Leaks(left_out)
    decided = {each.column: each for each in decisions_of_leaks.excluded(profile.decisions, leaks)}
    left = _without(replace(profile, columns=columns), left_out, lambda d: decided[d.column])
    new = [decided[name] for name in left_out]
    told = decisions_of_leaks.warnings(new, leaks, profile.options)
    return replace(left, warnings=(*left.warnings, *told))


def _without(
    profile: TableProfile, names: Collection[str], decided: Callable[[Decision], Decision]
) -> TableProfile:
    """The profile with another decision on some columns, which leaves them out."""
    decisions = tuple(decided(each) if each.column in names else each for each in profile.decisions)
    check_features(decisions)
    gone = {part for name in names for part in [name, *part_names(name, profile.options).values()]}
    return replace(
        profile,
        decisions=decisions,
        options=decisions_of_leaks.without(profile.options, names),
        columns={name: column for name, column in profile.columns.items() if name not in gone},
    )


def validate(profile: TableProfile, statistics: PartitionStatistics, folder: Path) -> Validation:
    """What the stage would find, with the settings that the project will have."""
    template = texts.texts("project", "")[str(paths.PARAMS)]
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        settings_text = project.params(template, profile, statistics)
        (place / paths.PARAMS).write_text(settings_text, encoding="utf-8")
        (place / paths.SCHEMA).write_text(project.schema(profile, statistics), encoding="utf-8")
        settings = params.load(place / paths.PARAMS)
        contract = contracts.load(place / paths.SCHEMA)
        check_task(settings.validate_, settings.split, contract)
        for partition, table in _prepared(profile, statistics):
            tables.write_table(table, tables.partition(place / paths.PREPARED, partition))
        terms = ValidationTerms(contract, settings.validate_, settings.split, NONE_YET)
        return validation.validate(place, terms, place)


def _prepared(
    profile: TableProfile, statistics: PartitionStatistics
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The prepared rows of each partition; too many to keep are prepared once more."""
    if statistics.prepared:
        yield from zip(profile.files, statistics.prepared, strict=True)
        return
    options = profile.options
    for partition, path in profile.files.items():
        yield partition, rows.make(read(path, options.format), options, path, partition).rows
