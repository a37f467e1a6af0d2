"""Newer rows of a table: each file is checked against the contract before it is taken."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from truerun.base import paths, settings, tables
from truerun.base.errors import SourceError, listed
from truerun.base.progress import progress
from truerun.contract import conformance, data_checks
from truerun.contract.contract import Contract
from truerun.contract.data_checks import Finding
from truerun.limits import delivery
from truerun.sources.protocol import Arrival, Prepared
from truerun.sources.table import widening
from truerun.sources.table.cells import read
from truerun.sources.table.files import part_name, stem
from truerun.sources.table.options import Options
from truerun.sources.table.rows import make
from truerun.sources.table.scan import scan
from truerun.sources.table.widening import TableTerms

WORST = 5  # broken checks that a message shows
ACCEPT = "fix it, or look at the rows and take them with --accept, which widens these limits"


def arrival(
    files: Sequence[Path], folder: Path | None, parts: Sequence[str], *, accept: bool = False
) -> Arrival:
    """Files that can become parts of the table.

    Parameters
    ----------
    parts : names of the files that are parts already.
    accept : widen what params.yaml and schema.yaml allow, where that is all that is against them.

    Raises
    ------
    TruerunError
        Names the file, and what of params.yaml or schema.yaml it does not satisfy.
    """
    if folder:
        raise SourceError("--from is not for a table: name the files themselves")
    terms = widening.present()
    texts = wider = widening.texts()
    if accept:
        wider = _widened(files, terms, texts)
        terms = widening.of_texts(wider)
    summaries = checked(files, parts, terms)
    warnings = [each for checked_ in summaries.values() for each in checked_.warnings]
    share = _quarantined(list(summaries.values()))
    if share > terms.settings.validate_.max_quarantined:
        wider = widening.quarantining(share, wider)
        warnings.append(
            f"quarantine: {share:.2%} of all rows break {paths.SCHEMA} with these; parts of the"
            " training rows would, too, so validate.max_quarantined becomes what they need"
        )
    return Arrival(
        files={file.name: file.read_bytes() for file in files},
        summaries={file.name: checked_.summary for file, checked_ in summaries.items()},
        origin="what is to be added",
        subject="Newer rows",
        warnings=warnings,
        steps=["dvc push"],
        settings={path: text for path, text in wider.items() if text != texts[path]},
    )


@dataclass(frozen=True)
class Checked:
    """What is to be said of the rows of a file, and what is beyond what training rows show.

    Of `rows`, which can be used, `valid` satisfy the contract.
    """

    summary: str
    warnings: list[str]
    rows: int
    valid: int


def checked(files: Sequence[Path], parts: Sequence[str], terms: TableTerms) -> dict[Path, Checked]:
    """What is to be said of the rows of each file; raise as `arrival` does."""
    contract = terms.contract
    options = _options(terms)
    names = {stem(Path(part)): part for part in parts}
    keys = _keys(contract, names)
    summaries = {}
    learned = delivery.learned(Path(), contract)
    for file in progress(files, doing="check", unit="file"):
        if file.is_dir():
            raise SourceError(f"{file} is a folder: name its files")
        name = part_name(file)
        if name in names:
            raise SourceError(f"{file}: {names[name]} is a part already: give it another name")
        names[name] = file.name
        _check_encoding(file, options)
        prepared = make(read(file, options.format), options, file, name)
        usable = _usable(prepared, file, terms.settings.source.max_dropped)
        rows = _valid(prepared, file, name, terms, learned)
        keys = pd.concat([keys, rows[list(contract.key)]], ignore_index=True)
        _refuse(file, data_checks.repeated_keys(keys, contract.key))
        summaries[file] = Checked(
            summary=f"{usable}; {len(rows):,} satisfy {paths.SCHEMA}",
            warnings=delivery.warnings(rows, name, learned),
            rows=len(prepared.rows),
            valid=len(rows),
        )
    return summaries


def _options(terms: TableTerms) -> Options:
    """How the table is read."""
    return settings.checked(Options, terms.settings.source.options, paths.PARAMS, "source.options")


def _widened(files: Sequence[Path], terms: TableTerms, texts: dict[Path, str]) -> dict[Path, str]:
    """What params.yaml and schema.yaml would be if the rows of the files were allowed."""
    wider = dict(texts)
    options = _options(terms)
    for file in files:
        if file.is_file():
            name = part_name(file)
            prepared = make(read(file, options.format), options, file, name)
            conformance.check_table(prepared.rows, terms.contract, str(file))
            wider = widening.allowing(prepared, terms, wider)
            terms = widening.of_texts(wider)
    return wider


def _quarantined(checked_: Sequence[Checked]) -> float:
    """The share of the rows that break the contract, of the last run and of newer files."""
    rows, valid = sum(each.rows for each in checked_), sum(each.valid for each in checked_)
    for file in paths.PREPARED.glob("*.parquet"):
        of_validated = paths.VALIDATED / file.name
        if of_validated.is_file():
            rows += tables.row_count(file)
            valid += tables.row_count(of_validated)
    return 1 - valid / rows if rows else 0.0


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
        helps = dropped <= widening.MOST * prepared.rows_in
        raise SourceError(
            f"{file}: of {prepared.rows_in:,} rows {dropped:,} cannot be used, more than"
            f" source.max_dropped allows ({limit:.1%}): {reasons}"
            + (f"\n  {ACCEPT}" if helps else "")
        )
    return f"{prepared.rows_in:,} rows" + (f", {dropped:,} dropped ({reasons})" if dropped else "")


def _valid(
    prepared: Prepared,
    file: Path,
    name: str,
    terms: TableTerms,
    learned: delivery.LearnedRows | None,
) -> pd.DataFrame:
    """The rows that satisfy the contract; refuse what the pipeline would refuse."""
    contract, limits = terms.contract, terms.settings.validate_
    conformance.check_table(prepared.rows, contract, str(file))
    verdict = conformance.check_rows(prepared.rows, contract)
    results = data_checks.quarantine_results({name: verdict})
    rows = prepared.rows[verdict.valid.to_numpy()]
    broken = [
        f"column {entry['column']}, check {entry['check']}: {entry['rows']:,} rows, such as"
        f" {', '.join(entry['examples'])}"
        for entry in results["quarantined"]["checks"][:WORST]
    ]
    allowed = limits.max_quarantined
    if results["quarantined"]["share"] > allowed:
        allowed = max(allowed, delivery.most_broken(len(prepared.rows), learned))
    findings = [
        data_checks.quarantined_share(results, allowed),
        *data_checks.enough_rows({name: len(rows)}, limits.min_rows),
    ]
    _refuse(file, findings, [*broken, ACCEPT])
    most = {n: c.max_missing for n, c in contract.columns.items() if c.max_missing is not None}
    missing = {column: float(rows[column].isna().mean()) for column in most if len(rows)}
    steady = [each for each in contract.features() if not contract.columns[each].seasonal]
    constants = data_checks.constants(rows, steady)
    usual = delivery.constant_in_parts(list(constants), len(rows), learned) if constants else []
    still = data_checks.constant_columns(
        {name: {column: value for column, value in constants.items() if column not in usual}}
    )
    findings = [
        *data_checks.missing_values(data_checks.most_missing({name: missing}), most),
        *still,
    ]
    if limits.target_rate and len(rows):
        mean = float(rows[contract.target].mean())
        findings += data_checks.target_means({name: mean}, limits.target_rate, contract.target)
    hint = f"if a column may have one value, say seasonal: true of it in {paths.SCHEMA}"
    _refuse(file, findings, [*([hint] if still else ()), ACCEPT])
    return rows


def _refuse(file: Path, findings: Iterable[Finding], more: Sequence[str] = ()) -> None:
    """Refuse a file if a check of it fails, and say more of it."""
    failed = [finding.detail for finding in findings if finding.status == "fail"]
    if failed:
        raise SourceError("\n  ".join([f"{file}: {'; '.join(failed)}", *more]))
