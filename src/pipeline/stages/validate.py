"""Stage 2: the data contract, and what data must hold beyond single rows.

Rows of data/prepared that hold schema.yaml go to data/validated, with the column `split` (train or
test); the others go to data/quarantine with the column, the check and the value that they break.
Then the table is checked as a whole: rows, gaps between partitions, the target's rate, drift from
training to test rows, leaks of the target, keys on both sides. All results stand in
metrics/validate.json, also where the stage fails.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline import checks, conformance, params, paths, reports, split, tables
from pipeline import contract as contracts
from pipeline.checks import Finding
from pipeline.contract import FAILURE_COLUMNS, Contract
from pipeline.errors import PipelineError, run_stage
from pipeline.params import Params
from pipeline.split import SPLIT, TEST, TRAIN

EXAMPLES = 3


class DataError(PipelineError):
    """The data breaks what `validate:` of params.yaml asks for."""


@dataclass(frozen=True)
class Checked:
    """One partition against the contract: which rows hold it, and what the others break."""

    valid: npt.NDArray[np.bool_]
    failures: pd.DataFrame


def main() -> None:
    """Validate every partition, then all of them together."""
    chosen = params.load()
    contract = contracts.load(paths.SCHEMA)
    names = tables.partition_names(paths.PREPARED)
    for folder in (paths.VALIDATED, paths.QUARANTINE):
        tables.empty_folder(folder)

    checked = dict(
        zip(names, tables.map_partitions(lambda n: check(n, contract), names, "check"), strict=True)
    )
    results, findings = quarantined(checked, chosen.validate_.max_quarantined)
    if findings[0].status == "pass":  # else there may be no rows to go on with
        assign_split(checked, chosen, contract)
        for more_results, more_findings in (
            partitions(checked, contract, chosen),
            columns(contract, chosen),
        ):
            results |= more_results
            findings += more_findings
    results["findings"] = [asdict(finding) for finding in findings]
    reports.write_json(paths.METRICS / "validate.json", results)
    report(results, findings)


def check(name: str, contract: Contract) -> Checked:
    """Check the rows of one partition and put aside those that break the contract."""
    table = tables.read_table(tables.partition(paths.PREPARED, name))
    conformance.check_table(table, contract, str(tables.partition(paths.PREPARED, name)))
    verdict = conformance.check_rows(table, contract)
    broken = table.iloc[verdict.failures["row"]].reset_index(drop=True)
    broken = pd.concat([broken, verdict.failures[list(FAILURE_COLUMNS)]], axis=1)
    tables.write_table(broken, tables.partition(paths.QUARANTINE, name))
    return Checked(verdict.valid.to_numpy(), verdict.failures)


def quarantined(checked: dict[str, Checked], limit: float) -> tuple[dict[str, Any], list[Finding]]:
    """How many rows break the contract, by check, the worst first, with examples."""
    failures = pd.concat([part.failures for part in checked.values()], ignore_index=True)
    rows = sum(len(part.valid) for part in checked.values())
    broken = sum(int((~part.valid).sum()) for part in checked.values())
    worst: list[dict[str, Any]] = [
        {
            "column": column,
            "check": check,
            "rows": len(group),
            "examples": list(group["failed_value"].unique()[:EXAMPLES]),
        }
        for (column, check), group in failures.groupby(["failed_column", "failed_check"])
    ]
    worst.sort(key=lambda entry: (-entry["rows"], entry["column"], entry["check"]))
    results = {
        "rows_in": rows,
        "rows_out": rows - broken,
        "quarantined": {"rows": broken, "share": broken / rows if rows else 0.0, "checks": worst},
    }
    return results, [checks.quarantined_share(broken, rows, limit)]


def assign_split(checked: dict[str, Checked], chosen: Params, contract: Contract) -> None:
    """Write the valid rows of every partition with the side of the split that they are on."""
    looked_at = split.columns(chosen.split, contract.key, contract.time, contract.target)
    narrow = []
    for name, part in checked.items():
        rows = tables.read_table(tables.partition(paths.PREPARED, name), looked_at)[part.valid]
        narrow.append(rows.assign(**{split.PARTITION: name}))
    test = split.assign(pd.concat(narrow, ignore_index=True), chosen.split, contract.target)
    first_rows = np.cumsum([0, *(len(rows) for rows in narrow)])
    first_row = dict(zip(checked, first_rows[:-1], strict=True))

    def write(name: str) -> None:
        table = tables.read_table(tables.partition(paths.PREPARED, name))[checked[name].valid]
        sides = test[first_row[name] : first_row[name] + len(table)]
        table[SPLIT] = np.where(sides, TEST, TRAIN)
        tables.write_table(table, tables.partition(paths.VALIDATED, name))

    tables.map_partitions(write, list(checked), "write")


def partitions(
    checked: dict[str, Checked], contract: Contract, chosen: Params
) -> tuple[dict[str, Any], list[Finding]]:
    """Rows, target's rate and quarantined rows of each partition, and gaps between them."""
    limits = chosen.validate_
    targets = {
        name: tables.read_table(tables.partition(paths.VALIDATED, name), [contract.target])
        for name in checked
    }
    rows = {name: len(target) for name, target in targets.items()}
    rates = {name: float(target[contract.target].mean()) for name, target in targets.items()}
    results = {
        name: {
            "rows": rows[name],
            "quarantined": int((~checked[name].valid).sum()),
            "target_rate": rates[name],
        }
        for name in checked
    }
    findings = [
        *checks.enough_rows(rows, limits.min_rows),
        *checks.no_gaps(list(checked)),
        *checks.target_rates(rates, limits.target_rate),
    ]
    return {"partitions": results}, findings


def columns(contract: Contract, chosen: Params) -> tuple[dict[str, Any], list[Finding]]:
    """Drift and leaks of each column, and keys that are on both sides of the split."""
    table = tables.read_partitions(paths.VALIDATED)
    train, test = (table[table[SPLIT] == side] for side in (TRAIN, TEST))
    limits = chosen.validate_
    moved = checks.drifts(train, test, [*contract.features(), contract.target])
    statuses = {
        name: checks.drift_status(drift, limits.drift, seasonal=contract.columns[name].seasonal)
        for name, drift in moved.items()
    }
    rankings = checks.leak_rankings(train, test, contract.features(), contract.target)
    results = {
        "split": {"train": len(train), "test": len(test)},
        "drift": {
            name: {**asdict(drift), "status": statuses[name]} for name, drift in moved.items()
        },
        "leakage": rankings,
    }
    findings = [
        *checks.drift_findings(moved, statuses),
        *checks.leak_findings(rankings, limits.leakage_auc),
        *checks.both_classes({TRAIN: train, TEST: test}, contract.target),
        *checks.shared_keys(train, test, contract.key),
    ]
    return results, findings


def report(results: dict[str, Any], findings: list[Finding]) -> None:
    """Print what is not as it should be; raise `DataError` if any of it fails the stage."""
    print(f"validate: {results['rows_out']:,} of {results['rows_in']:,} rows hold schema.yaml")
    lines = [f"  {f.status}  {f.check}: {f.detail}" for f in findings if f.status != "pass"]
    print(*lines, sep="\n")
    failed = [finding for finding in findings if finding.status == "fail"]
    if not failed:
        return
    worst = [
        f"  {entry['rows']:>8,} rows  column {entry['column']}, check {entry['check']}, "
        f"such as {', '.join(entry['examples'])}"
        for entry in results["quarantined"]["checks"][:10]
    ]
    raise DataError(
        "\n".join(
            [
                "the data does not hold what params.yaml (validate:) and schema.yaml ask for:",
                *(f"  {finding.check}: {finding.detail}" for finding in failed),
                *(["Worst checks (rows are in data/quarantine):", *worst] if worst else []),
                "All results: metrics/validate.json. Mend the data, or change the limit in review.",
            ]
        )
    )


if __name__ == "__main__":
    run_stage(main, __doc__)
