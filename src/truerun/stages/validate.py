"""Stage 2: the data contract, and checks of the data beyond single rows.

Rows of data/prepared that satisfy schema.yaml go to data/validated, with the column `split` (train
or test); the others go to data/quarantine with the column, the check and the value that they break.
Then the table is checked as a whole: rows, gaps between partitions, the target's mean, missing
values, constant columns, drift from training to test rows, leaks of the target, repeated keys. All
results are in metrics/validate.json, even if the stage fails.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from truerun.base import paths, settings, tables, text_files
from truerun.base.errors import ContractError, StageError, TruerunError, run_stage
from truerun.base.partitions import map_partitions
from truerun.base.progress import progress
from truerun.contract import conformance, data_checks
from truerun.contract import contract as contracts
from truerun.contract.conformance import Verdict
from truerun.contract.contract import FAILURE_COLUMNS, Contract
from truerun.contract.data_checks import Finding
from truerun.contract.drift import drift
from truerun.model import split as splits
from truerun.model.split import SPLIT, TEST, TRAIN, SplitError
from truerun.params.split import Split
from truerun.params.validate import Validate

RESULTS = paths.METRICS / "validate.json"
AT_ONCE = 8  # columns in memory
WARNINGS = 5  # printed; all are in RESULTS


class DataError(StageError):
    """The data breaks the limits of `validate:` in params.yaml."""


@dataclass(frozen=True)
class PartitionSummary:
    """Statistics of the valid rows of a partition.

    `target_mean` is None for a target of several classes; `missing` is the share of missing values
    of each column with a limit on it.
    """

    rows: int
    quarantined: int
    target_mean: float | None
    missing: dict[str, float]
    constants: dict[str, str]


def main() -> None:
    """Validate every partition, then all of them together; write the results in any case."""
    limits = settings.load_section(Validate, paths.PARAMS, "validate")
    split = settings.load_section(Split, paths.PARAMS, "split")
    contract = contracts.load(paths.SCHEMA)
    check_task(limits, split, contract)
    results: dict[str, Any] = {}
    findings: list[Finding] = []
    try:
        for more_results, more_findings in examine(limits, split, contract):
            results |= more_results
            findings += more_findings
    except (ContractError, SplitError) as error:
        findings.append(Finding("table", "fail", str(error)))
    except TruerunError as error:  # a file that cannot be read or written: not the rows' fault
        findings.append(Finding("files", "fail", str(error)))
        with suppress(TruerunError):  # on a full disk this fails too; report the first error
            write(results, findings)
        raise
    write(results, findings)
    report(results, findings)


def check_task(limits: Validate, split: Split, contract: Contract) -> None:
    """Refuse parameters that do not fit the task of the contract."""
    if contract.task == "multiclass" and limits.target_rate is not None:
        raise StageError(
            "params.yaml: validate.target_rate is a range of the target's mean, which the classes "
            "of task: multiclass (schema.yaml) do not have: remove it"
        )
    if split.by == "stratified" and not contract.classes:
        raise StageError(
            "params.yaml: split.by: stratified keeps the shares of classes, which a target of "
            f"task: {contract.task} (schema.yaml) does not have: use random, time or group"
        )


def write(results: dict[str, Any], findings: list[Finding]) -> None:
    """Write all results and findings."""
    text_files.write_json(
        RESULTS, {**results, "findings": [asdict(finding) for finding in findings]}
    )


def examine(
    limits: Validate, split: Split, contract: Contract
) -> Iterator[tuple[dict[str, Any], list[Finding]]]:
    """Results and findings, step by step: rows, partitions, columns."""
    names = tables.partition_names(paths.PREPARED)
    for folder in (paths.VALIDATED, paths.QUARANTINE):
        tables.empty_folder(folder)
    verdicts = map_partitions(lambda name: check(name, contract), names, "check")
    results = data_checks.quarantine_results(verdicts)
    quarantined = data_checks.quarantined_share(results, limits.max_quarantined)
    yield results, [quarantined]
    if quarantined.status == "pass":  # else there may be no rows left
        parts = assign_split(verdicts, split, contract)
        yield partitions(parts, contract, limits)
        yield columns(contract, limits, split)


def check(name: str, contract: Contract) -> Verdict:
    """Check the rows of one partition and quarantine those that break the contract."""
    table = tables.read_table(tables.partition(paths.PREPARED, name))
    conformance.check_table(table, contract, str(tables.partition(paths.PREPARED, name)))
    verdict = conformance.check_rows(table, contract)
    broken = table.iloc[verdict.failures["row"]].reset_index(drop=True)
    broken = pd.concat([broken, verdict.failures[list(FAILURE_COLUMNS)]], axis=1)
    tables.write_table(broken, tables.partition(paths.QUARANTINE, name))
    return verdict


def assign_split(
    verdicts: dict[str, Verdict], split: Split, contract: Contract
) -> dict[str, PartitionSummary]:
    """Write the valid rows of every partition with their side of the split."""

    def valid_rows(name: str, columns: list[str] | None = None) -> pd.DataFrame:
        table = tables.read_table(tables.partition(paths.PREPARED, name), columns)
        return table[verdicts[name].valid.to_numpy()]

    if split.group is not None and split.group not in contract.columns:
        raise SplitError(f"split.group names {split.group}, which is not a column of schema.yaml")
    split_columns = splits.columns(split, contract.key, contract.time, contract.target)
    split_rows = [
        valid_rows(name, split_columns).assign(**{splits.PARTITION: name}) for name in verdicts
    ]
    test = splits.assign(pd.concat(split_rows, ignore_index=True), split, contract.target)
    borders = np.cumsum([len(rows) for rows in split_rows])[:-1]
    sides = dict(zip(verdicts, np.split(np.where(test, TEST, TRAIN), borders), strict=True))

    steady = [name for name in contract.features() if not contract.columns[name].seasonal]
    limited = [n for n, column in contract.columns.items() if column.max_missing is not None]
    has_mean = contract.task != "multiclass"

    def write_rows(name: str) -> PartitionSummary:
        rows = valid_rows(name).assign(**{SPLIT: sides[name]})
        tables.write_table(rows, tables.partition(paths.VALIDATED, name))
        return PartitionSummary(
            rows=len(rows),
            quarantined=len(verdicts[name].valid) - len(rows),
            target_mean=float(rows[contract.target].mean()) if has_mean else None,
            missing={c: float(rows[c].isna().mean()) for c in limited if len(rows)},
            constants=data_checks.constants(rows, steady),
        )

    return map_partitions(write_rows, list(verdicts), "write")


def partitions(
    summaries: dict[str, PartitionSummary], contract: Contract, limits: Validate
) -> tuple[dict[str, Any], list[Finding]]:
    """Checks of each partition: rows, target rate, missing and constant values; and gaps."""
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
            {name: summary.rows for name, summary in summaries.items()}, limits.min_rows
        ),
        *data_checks.no_gaps(list(summaries)),
        *(data_checks.target_means(means, limits.target_rate) if limits.target_rate else ()),
        *data_checks.missing_values(missing, max_missing),
        *data_checks.constant_columns(
            {n: summary.constants for n, summary in summaries.items() if summary.rows}
        ),
    ]
    return {"partitions": results, "most_missing": missing}, findings


def columns(
    contract: Contract, limits: Validate, split: Split
) -> tuple[dict[str, Any], list[Finding]]:
    """Drift and leaks of each column, and keys that occur more than once.

    A few columns are read at a time, so that memory holds only them and a thinned table.
    """
    target = contract.target
    test = (tables.read_partitions(paths.VALIDATED, [SPLIT])[SPLIT] == TEST).to_numpy()
    label = tables.read_partitions(paths.VALIDATED, [target])[target]
    drifts, thin_train, thin_test = {}, {}, {}
    unlearned: list[str] = []
    for name, column in each_column([*contract.features(), target]):
        before, after = column[~test], column[test]
        drifts[name] = drift(before, after)
        if before.isna().all():
            unlearned.append(name)
        thin_train[name], thin_test[name] = data_checks.thinned(before), data_checks.thinned(after)
    statuses = {
        name: data_checks.drift_status(
            column_drift,
            limits.drift,
            # A split by group puts different groups on each side on purpose.
            seasonal=contract.columns[name].seasonal or name == split.group,
        )
        for name, column_drift in drifts.items()
    }
    thinned = pd.DataFrame(thin_train), pd.DataFrame(thin_test)
    suspects = [name for name in contract.features() if not contract.columns[name].known_in_time]
    rankings = data_checks.leak_rankings(*thinned, suspects, target, contract.task)
    results = {
        "split": {TRAIN: int((~test).sum()), TEST: int(test.sum())},
        "drift": {
            name: {**asdict(column_drift), "status": statuses[name]}
            for name, column_drift in drifts.items()
        },
        "leakage": rankings,
    }
    findings = [
        *data_checks.unlearned_columns(unlearned),
        *data_checks.drift_findings(drifts, statuses),
        *data_checks.leak_findings(rankings, limits.leakage_auc, contract.task),
        *data_checks.varied_target(
            {TRAIN: label[~test], TEST: label[test]}, target, contract.classes
        ),
        *data_checks.repeated_keys(
            tables.read_partitions(paths.VALIDATED, contract.key), contract.key
        ),
    ]
    return results, findings


def each_column(names: list[str]) -> Iterator[tuple[str, pd.Series]]:
    """Columns of all valid rows, one by one; opening the files for each would take longer."""
    for first in progress(range(0, len(names), AT_ONCE), doing="compare", unit="columns"):
        group = tables.read_partitions(paths.VALIDATED, names[first : first + AT_ONCE])
        for name in group:
            yield str(name), group[name]


def report(results: dict[str, Any], findings: list[Finding]) -> None:
    """Print warnings and failures; raise `DataError` if there are failures."""
    if "rows_in" in results:
        rows = f"{results['rows_out']:,} of {results['rows_in']:,}"
        print(f"validate: {rows} rows satisfy schema.yaml")
    warned = [f"  warn  {f.check}: {f.detail}" for f in findings if f.status == "warn"]
    print(*warned[:WARNINGS], sep="\n")
    if len(warned) > WARNINGS:
        print(f"  and {len(warned) - WARNINGS} more warnings, in {RESULTS}")
    failed = [finding for finding in findings if finding.status == "fail"]
    if not failed:
        return
    worst = [
        f"  {entry['rows']:>8,} rows  column {entry['column']}, check {entry['check']}, "
        f"such as {', '.join(entry['examples'])}"
        for entry in results.get("quarantined", {}).get("checks", [])[:10]
    ]
    raise DataError(
        "\n".join(
            [
                "the data does not satisfy params.yaml (validate:) and schema.yaml:",
                *(f"  {finding.check}: {finding.detail}" for finding in failed),
                *(["Worst checks (rows are in data/quarantine):", *worst] if worst else []),
                f"All results: {RESULTS}. Fix the data, or change the limit in review.",
            ]
        )
    )


if __name__ == "__main__":
    run_stage(main, __doc__)
