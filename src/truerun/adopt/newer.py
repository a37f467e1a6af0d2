"""Newer rows of an adopted table: each file is held against the contract before it is taken."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pandas as pd

from truerun.adopt.reading import detect, encoding
from truerun.base import paths, settings, tables
from truerun.base.errors import AdoptError, listed
from truerun.base.progress import progress
from truerun.contract import conformance, data_checks
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.contract.data_checks import Finding
from truerun.params import params
from truerun.params.params import Params
from truerun.sources import Prepared
from truerun.sources.table.cells import read
from truerun.sources.table.files import stem
from truerun.sources.table.options import Options
from truerun.sources.table.rows import make

WORST = 5  # broken checks that are told


def checked(files: Sequence[Path], known: Sequence[str]) -> dict[Path, str]:
    """Files that can become parts of the table, each with what is to be said of its rows.

    Parameters
    ----------
    known : names of the files that are parts already.

    Raises
    ------
    TruerunError
        Names the file, and what of params.yaml or schema.yaml it does not hold.
    """
    chosen, contract = params.load(), contracts.load(paths.SCHEMA)
    options = settings.checked(Options, chosen.source.options, paths.PARAMS, "source.options")
    parts = {stem(Path(name)): name for name in known}
    keys = _keys(contract, parts)
    told = {}
    for file in progress(files, doing="check", unit="file"):
        if file.is_dir():
            raise AdoptError(f"{file} is a folder: name its files")
        (name,) = detect.files(file)
        if name in parts:
            raise AdoptError(f"{file}: {parts[name]} is a part already: give it another name")
        parts[name] = file.name
        _check_encoding(file, options)
        made = make(read(file, options.format), options, file, name)
        usable = _usable(made, file, chosen)
        valid, rows = _valid(made, file, name, chosen, contract)
        keys = pd.concat([keys, rows[list(contract.key)]], ignore_index=True)
        _refuse(file, data_checks.repeated_keys(keys, contract.key))
        told[file] = f"{usable}; {valid}"
    return told


def _keys(contract: Contract, parts: Collection[str]) -> pd.DataFrame:
    """The keys of the parts that are there, as far as the last run has prepared them."""
    files = [tables.partition(paths.PREPARED, name) for name in parts]
    prepared = [tables.read_table(file, contract.key) for file in files if file.is_file()]
    return pd.concat([pd.DataFrame(columns=list(contract.key)), *prepared], ignore_index=True)


def _check_encoding(file: Path, options: Options) -> None:
    """Refuse UTF-8 where the table is in an encoding in which it reads as other letters."""
    encoded = options.format.encoding
    if options.format.kind != "csv" or encoded.lower().startswith("utf"):
        return
    found = encoding.scan(file)
    if found.utf8 and found.awkward:
        raise AdoptError(
            f"{file} is UTF-8, and the table is {encoded} (source.options.format of"
            f" {paths.PARAMS}): save it as {encoded}"
        )


def _usable(made: Prepared, file: Path, chosen: Params) -> str:
    """How many rows there are; refuse a file of which too many cannot be used."""
    dropped, limit = sum(made.dropped.values()), chosen.source.max_dropped
    reasons = listed([f"{count:,}: {reason}" for reason, count in made.dropped.items()])
    if dropped > limit * made.rows_in:
        raise AdoptError(
            f"{file}: of {made.rows_in:,} rows {dropped:,} cannot be used, more than"
            f" source.max_dropped allows ({limit:.1%}): {reasons}"
        )
    return f"{made.rows_in:,} rows" + (f", {dropped:,} dropped ({reasons})" if dropped else "")


def _valid(
    made: Prepared, file: Path, name: str, chosen: Params, contract: Contract
) -> tuple[str, pd.DataFrame]:
    """How many rows hold the contract, and these; refuse a file that the pipeline would refuse."""
    conformance.check_table(made.rows, contract, str(file))
    verdict = conformance.check_rows(made.rows, contract)
    results = data_checks.quarantine_results({name: verdict})
    rows, limits = made.rows[verdict.valid.to_numpy()], chosen.validate_
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
    return f"{len(rows):,} hold {paths.SCHEMA}", rows


def _refuse(file: Path, findings: Iterable[Finding], broken: Sequence[str] = ()) -> None:
    """Refuse a file if a check of it fails."""
    failed = [finding.detail for finding in findings if finding.status == "fail"]
    if failed:
        raise AdoptError("\n  ".join([f"{file}: {'; '.join(failed)}", *broken]))
