"""The validation of prepared rows: which satisfy the contract, their split, and what is found.

The stage `validate` writes it. A comparison makes it once more from the prepared rows of the head,
and holds the files that the head has against it: nobody needs to be believed.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truerun.base import paths, tables, text_files
from truerun.base.errors import ContractError, TruerunError
from truerun.base.partitions import map_partitions
from truerun.base.progress import progress
from truerun.contract import conformance, data_checks, leak_checks
from truerun.contract.conformance import Verdict
from truerun.contract.contract import FAILURE_COLUMNS, Contract
from truerun.contract.data_checks import Finding
from truerun.contract.drift import drift
from truerun.limits import against, alignment, counting, lasting, parts, segments
from truerun.limits.counting import Counts
from truerun.limits.limits_file import Limits
from truerun.model import split as splits
from truerun.model.split import SPLIT, TEST, TRAIN, SplitError
from truerun.params.split import Split
from truerun.params.validate import Validate

RESULTS = paths.METRICS / "validate.json"
AT_ONCE = 8  # columns in memory


@dataclass(frozen=True)
class ValidationTerms:
    """What rows are held against, and which of them test the model."""

    contract: Contract
    settings: Validate
    split: Split
    limits: Limits


@dataclass
class Validation:
    """The figures of the rows, and what the checks found; both grow check by check."""

    results: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Write figures and findings below a folder."""
        findings = [asdict(finding) for finding in self.findings]
        text_files.write_json(folder / RESULTS, {**self.results, "findings": findings})


@dataclass(frozen=True)
class _Folders:
    """Where the project is whose rows are read, and where the files are written."""

    project: Path
    written: Path

    def valid(self, columns: list[str] | tuple[str, ...]) -> pd.DataFrame:
        """Some columns of all valid rows."""
        return tables.read_partitions(self.written / paths.VALIDATED, columns)


@dataclass(frozen=True)
class PartitionSummary:
    """Statistics of the valid rows of a partition.

    `target_mean` is None for a target of several classes; `missing` is the share of missing values
    of each column with a limit on it; `counts` are those of its windows.
    """

    rows: int
    quarantined: int
    target_mean: float | None
    missing: dict[str, float]
    constants: dict[str, str]
    counts: Counts


def validate(project: Path, terms: ValidationTerms, written: Path) -> Validation:
    """Validate every partition, then all of them together; write the results in any case.

    Parameters
    ----------
    project : the folder below which data/prepared lies.
    written : the folder below which the rows and the results are written.

    Raises
    ------
    TruerunError
        If a file cannot be read or written, which is not the rows' fault.
    """
    validation = Validation()
    try:
        for results, findings in _examine(_Folders(project, written), terms):
            validation.results |= results
            validation.findings += findings
    except (ContractError, SplitError) as error:
        validation.findings.append(Finding("table", "fail", str(error)))
    except TruerunError as error:
        validation.findings.append(Finding("files", "fail", str(error)))
        with suppress(TruerunError):  # on a full disk this fails too; report the first error
            validation.write(written)
        raise
    validation.write(written)
    return validation


def _examine(
    folders: _Folders, terms: ValidationTerms
) -> Iterator[tuple[dict[str, Any], list[Finding]]]:
    """Results and findings, step by step: rows, partitions, columns."""
    contract, settings = terms.contract, terms.settings
    names = tables.partition_names(folders.project / paths.PREPARED)
    for folder in (paths.VALIDATED, paths.QUARANTINE):
        tables.empty_folder(folders.written / folder)
    sizes = tables.sizes(folders.project / paths.PREPARED, names)
    verdicts = map_partitions(lambda name: _check(name, folders, contract), names, "check", sizes)
    results = data_checks.quarantine_results(verdicts)
    quarantined = data_checks.quarantined_share(results, settings.max_quarantined)
    yield results, [quarantined]
    if quarantined.status == "pass":  # else there may be no rows left
        summaries = _assign_split(verdicts, folders, terms)
        yield _partitions(summaries, folders, terms)
        yield _columns(folders, terms)
        yield _windows(summaries, terms)


def _check(name: str, folders: _Folders, contract: Contract) -> Verdict:
    """Check the rows of one partition and quarantine those that break the contract."""
    table = tables.read_table(tables.partition(folders.project / paths.PREPARED, name))
    conformance.check_table(table, contract, str(tables.partition(paths.PREPARED, name)))
    verdict = conformance.check_rows(table, contract)
    broken = table.iloc[verdict.failures["row"]].reset_index(drop=True)
    broken = pd.concat([broken, verdict.failures[list(FAILURE_COLUMNS)]], axis=1)
    tables.write_table(broken, tables.partition(folders.written / paths.QUARANTINE, name))
    return verdict


def _assign_split(
    verdicts: dict[str, Verdict], folders: _Folders, terms: ValidationTerms
) -> dict[str, PartitionSummary]:
    """Write the valid rows of every partition with their side of the split."""
    contract, split = terms.contract, terms.split
    windows = terms.limits.windows if against.usable(terms.limits, contract) else None
    prepared = folders.project / paths.PREPARED

    def valid_rows(name: str, columns: list[str] | None = None) -> pd.DataFrame:
        table = tables.read_table(tables.partition(prepared, name), columns)
        valid = verdicts[name].valid.to_numpy()
        return table if valid.all() else table[valid]

    if split.group is not None and split.group not in contract.columns:
        raise SplitError(f"split.group names {split.group}, which is not a column of schema.yaml")
    split_columns = splits.columns(split, contract.key, contract.time)
    split_rows = [
        valid_rows(name, split_columns).assign(**{splits.PARTITION: name}) for name in verdicts
    ]
    test = splits.assign(pd.concat(split_rows, ignore_index=True), split)
    borders = np.cumsum([len(rows) for rows in split_rows])[:-1]
    tests = dict(zip(verdicts, np.split(test, borders), strict=True))  # a byte a row may travel

    steady = [name for name in contract.features() if not contract.columns[name].seasonal]
    limited = [n for n, column in contract.columns.items() if column.max_missing is not None]
    has_mean = contract.task != "multiclass"
    counted = against.counted(terms.limits, contract)
    sides = pd.array([TRAIN, TEST], dtype="str")

    def write_rows(name: str) -> PartitionSummary:
        rows = valid_rows(name).assign(**{SPLIT: sides.take(tests[name].astype(np.intp))})
        tables.write_table(rows, tables.partition(folders.written / paths.VALIDATED, name))
        return PartitionSummary(
            rows=len(rows),
            quarantined=len(verdicts[name].valid) - len(rows),
            target_mean=float(rows[contract.target].mean()) if has_mean else None,
            missing={c: float(rows[c].isna().mean()) for c in limited if len(rows)},
            constants=data_checks.constants(rows, steady),
            counts=counting.count(rows, name, counted, windows) if windows else Counts(),
        )

    return map_partitions(write_rows, list(verdicts), "write", tables.sizes(prepared, [*verdicts]))


def _partitions(
    summaries: dict[str, PartitionSummary], folders: _Folders, terms: ValidationTerms
) -> tuple[dict[str, Any], list[Finding]]:
    """Checks of each partition: rows, target rate, missing and constant values; and gaps."""
    contract, settings = terms.contract, terms.settings
    max_missing = {
        name: column.max_missing
        for name, column in contract.columns.items()
        if column.max_missing is not None
    }
    means = {
        n: summary.target_mean
        for n, summary in summaries.items()
        if summary.target_mean is not None
    }
    mean = "target_rate" if contract.task == "binary" else "target_mean"
    results = {
        name: {
            "rows": summary.rows,
            "quarantined": summary.quarantined,
            **({mean: means[name]} if name in means else {}),
        }
        for name, summary in summaries.items()
    }
    missing = data_checks.most_missing(
        {name: summary.missing for name, summary in summaries.items()}
    )
    findings = [
        *data_checks.enough_rows(
            {name: summary.rows for name, summary in summaries.items()}, settings.min_rows
        ),
        *data_checks.no_gaps(list(summaries)),
        *(
            data_checks.target_means(means, settings.target_rate, contract.target)
            if settings.target_rate
            else ()
        ),
        *data_checks.missing_values(missing, max_missing),
        *data_checks.constant_columns(
            {n: summary.constants for n, summary in summaries.items() if summary.rows},
            lambda column, names: _may_be_constant(column, names, summaries, folders, terms),
        ),
    ]
    return {"partitions": results, "most_missing": missing}, findings


def _may_be_constant(
    column: str,
    names: list[str],
    summaries: dict[str, PartitionSummary],
    folders: _Folders,
    terms: ValidationTerms,
) -> bool:
    """Whether other partitions show that a column may have one value in as many rows as these.

    It has in one of their windows, or in a part of their training rows, as `ingest` asks of newer
    rows before it takes them.
    """
    others = [name for name in summaries if name not in names]
    limits = terms.limits.columns.get(column)
    if limits and limits.bins.names and any(summaries[n].counts.still(column) for n in others):
        return True
    if not others:
        return False
    train, _ = parts.sides(folders.written, terms.contract, others)
    rows = max(summaries[name].rows for name in names)
    return len(train) > 1 and bool(parts.constant_somewhere(train, rows, [column]))


def _columns(folders: _Folders, terms: ValidationTerms) -> tuple[dict[str, Any], list[Finding]]:
    """Drift and leaks of each column, and keys that occur more than once.

    A few columns are read at a time, so that memory holds only them and a thinned table.
    """
    contract, target = terms.contract, terms.contract.target
    rows = folders.valid([SPLIT, target])
    test, label = (rows[SPLIT] == TEST).to_numpy(), rows[target]
    of_train, of_test = (segments.in_a_row(np.flatnonzero(side)) for side in (~test, test))
    drifts, thin_train, thin_test = {}, {}, {}
    unlearned: list[str] = []
    for name, column in _each_column(folders, [*contract.features(), target]):
        before, after = column.iloc[of_train], column.iloc[of_test]
        drifts[name] = drift(before, after)
        if before.isna().all():
            unlearned.append(name)
        thin_train[name], thin_test[name] = leak_checks.thinned(before), leak_checks.thinned(after)
    thinned = pd.DataFrame(thin_train), pd.DataFrame(thin_test)
    suspects = [name for name in contract.features() if not contract.columns[name].known_in_time]
    rankings = leak_checks.leak_rankings(*thinned, suspects, target, contract.task)
    least = min(terms.settings.leakage_auc, leak_checks.NEARLY)
    combined = (
        leak_checks.combined_columns(*thinned, suspects, target, contract.task)
        if least <= rankings[leak_checks.COMBINATION]
        else []
    )
    results = {
        "split": {TRAIN: int((~test).sum()), TEST: int(test.sum())},
        "drift": {name: asdict(column_drift) for name, column_drift in drifts.items()},
        "leakage": rankings,
    }
    findings = [
        *data_checks.unlearned_columns(unlearned),
        *leak_checks.leak_findings(rankings, terms.settings.leakage_auc, contract.task, combined),
        *data_checks.varied_target(
            {TRAIN: label.iloc[of_train], TEST: label.iloc[of_test]}, target, contract.classes
        ),
        *data_checks.repeated_keys(folders.valid(contract.key), contract.key),
    ]
    return results, findings


def _windows(
    summaries: dict[str, PartitionSummary], terms: ValidationTerms
) -> tuple[dict[str, Any], list[Finding]]:
    """What windows of the rows show beyond the limits of limits.yaml."""
    contract, limits = terms.contract, terms.limits
    if not against.usable(limits, contract):
        return {}, against.outdated(limits, contract)
    counts = counting.together(summary.counts for summary in summaries.values())
    findings = against.outdated(limits, contract)
    findings += against.findings(counts.complete, counts.whole, limits, contract)
    findings += alignment.findings(counts.daily, limits, contract)
    counted, windows = against.counted(limits, contract), limits.windows
    findings += lasting.findings(counts.states, limits, counted, windows.length if windows else 0)
    return {"windows": len(counts.complete)}, findings


def _each_column(folders: _Folders, names: list[str]) -> Iterator[tuple[str, pd.Series]]:
    """Columns of all valid rows, one by one; opening the files for each would take longer."""
    for first in progress(range(0, len(names), AT_ONCE), doing="compare", unit="columns"):
        group = folders.valid(names[first : first + AT_ONCE])
        for name in group:
            yield str(name), group[name]
