"""Newer rows of a table: each file is checked against the contract before it is taken."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pandas as pd

from truerun.base import paths, settings, tables
from truerun.base.errors import SourceError, listed
from truerun.base.progress import progress
from truerun.contract import conformance, data_checks
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.contract.data_checks import Finding
from truerun.params.validate import Validate
from truerun.project import params
from truerun.sources.protocol import Arrival, Prepared
from truerun.sources.table.cells import read
from truerun.sources.table.files import part_name, stem
from truerun.sources.table.options import Options
from truerun.sources.table.rows import make
from truerun.sources.table.scan import scan

WORST = 5  # broken checks that a message shows


def arrival(files: Sequence[Path], folder: Path | None, parts: Sequence[str]) -> Arrival:
    """Files that can become parts of the table.

    Parameters
    ----------
    parts : names of the files that are parts already.

    Raises
    ------
    TruerunError
        Names the file, and what of params.yaml or schema.yaml it does not satisfy.
    """
    if folder:
        raise SourceError("--from is not for a table: name the files themselves")
    summaries = checked(files, parts)
    return Arrival(
        files={file.name: file.read_bytes() for file in files},
        summaries={file.name: summary for file, summary in summaries.items()},
        origin="what is to be added",
        subject="Newer rows",
        steps=["dvc push"],
    )


def checked(files: Sequence[Path], parts: Sequence[str]) -> dict[Path, str]:
    """What is to be said of the rows of each file; raise as `arrival` does."""
    settings_, contract = params.load(), contracts.load(paths.SCHEMA)
    options = settings.checked(Options, settings_.source.options, paths.PARAMS, "source.options")
    names = {stem(Path(part)): part for part in parts}
    keys = _keys(contract, names)
    summaries = {}
    for file in progress(files, doing="check", unit="file"):
        if file.is_dir():
            raise SourceError(f"{file} is a folder: name its files")
        name = part_name(file)
        if name in names:
            raise SourceError(f"{file}: {names[name]} is a part already: give it another name")
        names[name] = file.name
        _check_encoding(file, options)
        prepared = make(read(file, options.format), options, file, name)
        usable = _usable(prepared, file, settings_.source.max_dropped)
        valid, rows = _valid(prepared, file, name, settings_.validate_, contract)
        keys = pd.concat([keys, rows[list(contract.key)]], ignore_index=True)
        _refuse(file, data_checks.repeated_keys(keys, contract.key))
        summaries[file] = f"{usable}; {valid}"
    return summaries


def _keys(contract: Contract, names: Collection[str]) -> pd.DataFrame:
    """The keys of the parts that are there, as far as the last run has prepared them."""
    files = [tables.partition(paths.PREPARED, name) for name in names]
    prepared = [tables.read_table(file, contract.key) for file in files if file.is_file()]
    return pd.concat([pd.DataFrame(columns=list(contract.key)), *prepared], ignore_index=True)


def _check_encoding(file: Path, options: Options) -> None:
    """Refuse UTF-8 where the table is in an encoding in which it reads as other letters."""
    encoded = options.format.encoding
    if options.format.kind != "csv" or encoded.lower().startswith("utf"):
        return
    scanned = scan(file)
    if scanned.utf8 and scanned.awkward:
        raise SourceError(
            f"{file} is UTF-8, and the table is {encoded} (source.options.format of"
            f" {paths.PARAMS}): save it as {encoded}"
        )


def _usable(prepared: Prepared, file: Path, limit: float) -> str:
    """How many rows there are; refuse a file of which too many cannot be used."""
    dropped = sum(prepared.dropped.values())
    reasons = listed([f"{count:,}: {reason}" for reason, count in prepared.dropped.items()])
    if dropped > limit * prepared.rows_in:
        raise SourceError(
            f"{file}: of {prepared.rows_in:,} rows {dropped:,} cannot be used, more than"
            f" source.max_dropped allows ({limit:.1%}): {reasons}"
        )
    return f"{prepared.rows_in:,} rows" + (f", {dropped:,} dropped ({reasons})" if dropped else "")


def _valid(
    prepared: Prepared, file: Path, name: str, limits: Validate, contract: Contract
) -> tuple[str, pd.DataFrame]:
    """How many rows satisfy the contract, and these; refuse what the pipeline would refuse."""
    conformance.check_table(prepared.rows, contract, str(file))
    verdict = conformance.check_rows(prepared.rows, contract)
    results = data_checks.quarantine_results({name: verdict})
    rows = prepared.rows[verdict.valid.to_numpy()]
    broken = [
        f"column {entry['column']}, check {entry['check']}: {entry['rows']:,} rows, such as"
        f" {', '.join(entry['examples'])}"
        for entry in results["quarantined"]["checks"][:WORST]
    ]
    findings = [
        data_checks.quarantined_share(results, limits.max_quarantined),
        *data_checks.enough_rows({name: len(rows)}, limits.min_rows),
    ]
    _refuse(file, findings, broken)
    most = {n: c.max_missing for n, c in contract.columns.items() if c.max_missing is not None}
    missing = {column: float(rows[column].isna().mean()) for column in most if len(rows)}
    steady = [each for each in contract.features() if not contract.columns[each].seasonal]
    still = data_checks.constant_columns({name: data_checks.constants(rows, steady)})
    findings = [
        *data_checks.missing_values(data_checks.most_missing({name: missing}), most),
        *still,
    ]
    if limits.target_rate and len(rows):
        mean = float(rows[contract.target].mean())
        findings += data_checks.target_means({name: mean}, limits.target_rate)
    hint = f"if a column may have one value, say seasonal: true of it in {paths.SCHEMA}"
    _refuse(file, findings, [hint] if still else ())
    return f"{len(rows):,} satisfy {paths.SCHEMA}", rows


def _refuse(file: Path, findings: Iterable[Finding], broken: Sequence[str] = ()) -> None:
    """Refuse a file if a check of it fails."""
    failed = [finding.detail for finding in findings if finding.status == "fail"]
    if failed:
        raise SourceError("\n  ".join([f"{file}: {'; '.join(failed)}", *broken]))
