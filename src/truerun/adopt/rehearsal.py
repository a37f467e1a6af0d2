"""The plan is the run: the checks of the stage `validate`, by its own code, before any stage runs.

What they would refuse and a decision on a column mends, is decided; the rest is told, with what to
do about it.
"""

import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from truerun.adopt import mending
from truerun.adopt.columns.advice import option
from truerun.adopt.leaks.search import LIMIT
from truerun.adopt.request import Request
from truerun.adopt.table_profile import TableProfile
from truerun.adopt.writing import partition_statistics, project
from truerun.adopt.writing.partition_statistics import PartitionStatistics
from truerun.base import paths, tables
from truerun.base.errors import AdoptError
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.contract.data_checks import Finding
from truerun.contract.leak_checks import COMBINATION, combined_columns, thinned
from truerun.limits.limits_file import Limits
from truerun.model.split import SPLIT, TEST, TRAIN
from truerun.project import params
from truerun.sources.table import rows
from truerun.sources.table.cells import read
from truerun.sources.table.options import Options
from truerun.stages.validate import check_task
from truerun.template import texts
from truerun.validation import validation
from truerun.validation.validation import ValidationTerms

REFUSED = "nothing was written, because the pipeline does not run on this table:"
BOTH = 2  # sides
NONE_YET = Limits(windows=None)  # they are learned of the rows once the pipeline has run
OTHER_ROWS: Mapping[str, str] = {
    "time": "; or another --time, or none, puts other rows to the test",
    "group": "; or another --group, or none, puts other rows to the test",
    "rows": "",
}
ADVICE: Mapping[str, str] = {
    "rows": "leave out the files in which no row has a known target",
    "leakage": "--drop what is known only afterwards",
    "partitions": "add the missing file, or leave its neighbours out",
}


@dataclass(frozen=True)
class Rehearsal:
    """The profile and statistics with which the pipeline runs, and what its checks say then.

    `one_sided` are the classes without rows to learn from, or to test; `rankings` say how well
    columns rank the target, and `together` are those whose sum ranks it too well.
    """

    profile: TableProfile
    statistics: PartitionStatistics
    findings: tuple[Finding, ...]
    one_sided: tuple[str, ...] = ()
    rankings: Mapping[str, float] = field(default_factory=dict)
    together: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse a table that the stage would refuse."""
        failed = [finding for finding in self.findings if finding.status == "fail"]
        if not failed:
            return
        warned = [f for f in self.findings if f.status == "warn"]
        lines = [f"  warn  {finding.check}: {finding.detail}" for finding in warned]
        lines += [f"  {finding.check}: {finding.detail}" for finding in failed]
        advice = dict.fromkeys(self._advice(finding.check) for finding in failed)
        helps = [f"What helps: {each}" for each in advice if each]
        raise AdoptError("\n".join([REFUSED, *lines, *helps]))

    def _advice(self, check: str) -> str:
        """What to do about a failed check, with the options to paste."""
        if check not in ("classes", "target", "table"):
            return ADVICE.get(check, "")
        profile = self.profile
        drawn = "time" if profile.time else "group" if profile.group else "rows"
        classes = profile.columns[profile.options.target].get("categories", ())
        left_out = ""
        if self.one_sided and len(classes) > len(self.one_sided) + 1:
            options = without_classes(self.one_sided, profile.options)
            left_out = f"; or {options} leaves out what cannot be tested"
        return f"more rows are needed{OTHER_ROWS[drawn]}{left_out}"


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
        profile = mending.without_constants(profile, statistics.unvarying, request)
        statistics = partition_statistics.measure(profile)
    if statistics.unusable:
        profile = mending.without_unusable(profile, statistics.unusable, request)
        statistics = partition_statistics.measure(profile)
    rehearsal = validate(profile, statistics, folder)
    if any(rehearsal.rankings.get(name, 0.0) >= LIMIT for name in profile.columns):
        profile = mending.without_leaks(profile, rehearsal.rankings, request)
        statistics = partition_statistics.measure(profile)
        rehearsal = validate(profile, statistics, folder)
    while rehearsal.together:
        ranking = rehearsal.rankings[COMBINATION]
        profile = mending.with_known_sum(profile, rehearsal.together, ranking)
        rehearsal = validate(profile, statistics, folder)
    return rehearsal


def without_classes(classes: Collection[str], options: Options) -> str:
    """Options of the command that leave out classes, with all spellings of each.

    >>> from truerun.sources.table.options import ColumnOptions, Format
    >>> kinds = {"kind": ColumnOptions.model_validate({"as": "category"})}
    >>> of_csv = Format(kind="csv", delimiter=",", encoding="utf-8")
    >>> of_kind = {"target": "kind", "task": "multiclass", "columns": kinds, "missing": ()}
    >>> options = Options(format=of_csv, **of_kind)
    >>> print(without_classes(["a", "b c"], options))
    --missing kind=a --missing 'kind=b c'
    """
    spellings = options.columns[options.target].spellings
    texts = {
        name: [name, *(text for text, read in spellings.items() if read == name)]
        for name in classes
    }
    target = options.target
    return " ".join(option("missing", target, text) for name in classes for text in texts[name])


def validate(profile: TableProfile, statistics: PartitionStatistics, folder: Path) -> Rehearsal:
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
        validated = validation.validate(place, terms, place)
        failed = {finding.check for finding in validated.findings if finding.status == "fail"}
        rankings = validated.results.get("leakage", {})
        return Rehearsal(
            profile,
            statistics,
            tuple(validated.findings),
            one_sided=one_sided(place, contract) if "classes" in failed else (),
            rankings=rankings,
            together=(together(place, contract) if rankings.get(COMBINATION, 0.0) >= LIMIT else ()),
        )


def one_sided(place: Path, contract: Contract) -> tuple[str, ...]:
    """The classes without a validated row to learn from, or to test."""
    rows = tables.read_partitions(place / paths.VALIDATED, [contract.target, SPLIT])
    sides = rows.groupby(contract.target)[SPLIT].nunique()
    return tuple(str(name) for name in contract.classes if sides.get(name, 0) != BOTH)


def together(place: Path, contract: Contract) -> tuple[str, ...]:
    """The columns that nobody vouches for whose sum ranks the target of validated rows best."""
    columns = [name for name in contract.features() if not contract.columns[name].known_in_time]
    target = contract.target
    rows = tables.read_partitions(place / paths.VALIDATED, [*columns, target, SPLIT])
    train, test = (rows[rows[SPLIT] == side].apply(thinned) for side in (TRAIN, TEST))
    return tuple(combined_columns(train, test, columns, target, contract.task))


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
