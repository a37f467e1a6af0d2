"""Stage 2: the data contract, and checks of the data beyond single rows.

Rows of data/prepared that satisfy schema.yaml go to data/validated, with the column `split` (train
or test); the others go to data/quarantine with the column, the check and the value that they break.
Then the table is checked as a whole: rows, gaps between partitions, the target's mean, missing
values, constant columns, leaks of the target, repeated keys, and what windows of the rows show
beyond limits.yaml. All results are in metrics/validate.json, even if the stage fails.
"""

from pathlib import Path

from truerun.base import paths, settings
from truerun.base.errors import StageError, run_stage
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.limits import limits_file
from truerun.params.split import Split
from truerun.params.validate import Validate
from truerun.stages import by_its_code
from truerun.validation import validation
from truerun.validation.validation import RESULTS, Validation, ValidationTerms

WARNINGS = 5  # printed; all are in RESULTS


class DataError(StageError):
    """The data breaks the limits of `validate:` in params.yaml."""


def main() -> None:
    """Validate the prepared rows, and say what was found."""
    settings_ = settings.load_section(Validate, paths.PARAMS, "validate")
    split = settings.load_section(Split, paths.PARAMS, "split")
    contract = contracts.load(paths.SCHEMA)
    check_task(settings_, split, contract)
    terms = ValidationTerms(contract, settings_, split, limits_file.load(paths.LIMITS))
    report(validation.validate(Path(), terms, Path()))


def check_task(limits: Validate, split: Split, contract: Contract) -> None:
    """Refuse parameters that do not fit the task of the contract."""
    if contract.task == "multiclass" and limits.target_rate is not None:
        raise StageError(
            "params.yaml: validate.target_rate is a range of the target's mean, which the classes "
            "of task: multiclass (schema.yaml) do not have: remove it"
        )
    if split.group == contract.target:
        raise StageError(
            f"params.yaml: split.group names the target, {contract.target}: each side of the split"
            " would lack what the other has"
        )
    if split.by == "stratified" and not contract.classes:
        raise StageError(
            "params.yaml: split.by: stratified keeps the shares of classes, which a target of "
            f"task: {contract.task} (schema.yaml) does not have: use random, time or group"
        )


def report(done: Validation) -> None:
    """Print warnings and failures; raise `DataError` if there are failures."""
    results, findings = done.results, done.findings
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
    run_stage(by_its_code("validate", main), __doc__)
