"""Newer rows of an adopted table: each file is held against the contract before it is taken."""

from collections.abc import Sequence
from pathlib import Path

from pipeline import checks, conformance, params, paths, settings
from pipeline import contract as contracts
from pipeline.adopt import detect
from pipeline.adopt.infer import AdoptError
from pipeline.contract import Contract
from pipeline.errors import listed
from pipeline.params import Params
from pipeline.progress import progress
from pipeline.sources import Prepared
from pipeline.sources.table.cells import read
from pipeline.sources.table.files import stem
from pipeline.sources.table.options import Options
from pipeline.sources.table.rows import make

WORST = 5  # broken checks that are told


def checked(files: Sequence[Path], known: Sequence[str]) -> dict[Path, str]:
    """Files that can become parts of the table, each with what is to be said of its rows.

    Parameters
    ----------
    known : names of the files that are parts already.

    Raises
    ------
    PipelineError
        Names the file, and what of params.yaml or schema.yaml it does not hold.
    """
    chosen, contract = params.load(), contracts.load(paths.SCHEMA)
    options = settings.checked(Options, chosen.source.options, paths.PARAMS, "source.options")
    parts = {stem(Path(name)): name for name in known}
    told = {}
    for file in progress(files, doing="check", unit="file"):
        (name,) = detect.files(file)
        if not file.is_file():
            raise AdoptError(f"{file} is a folder: name its files")
        if name in parts:
            raise AdoptError(f"{file}: {parts[name]} is a part already: give it another name")
        parts[name] = file.name
        made = make(read(file, options.format), options, file, name)
        told[file] = f"{_usable(made, file, chosen)}; {_valid(made, file, name, chosen, contract)}"
    return told


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


def _valid(made: Prepared, file: Path, name: str, chosen: Params, contract: Contract) -> str:
    """How many rows hold the contract; refuse a file of which too few do."""
    conformance.check_table(made.rows, contract, str(file))
    results = checks.quarantine_results({name: conformance.check_rows(made.rows, contract)})
    findings = [
        checks.quarantined_share(results, chosen.validate_.max_quarantined),
        *checks.enough_rows({name: results["rows_out"]}, chosen.validate_.min_rows),
    ]
    failed = [finding.detail for finding in findings if finding.status == "fail"]
    if not failed:
        return f"{results['rows_out']:,} hold {paths.SCHEMA}"
    broken = [
        f"column {entry['column']}, check {entry['check']}: {entry['rows']:,} rows, such as"
        f" {', '.join(entry['examples'])}"
        for entry in results["quarantined"]["checks"][:WORST]
    ]
    raise AdoptError("\n  ".join([f"{file}: {'; '.join(failed)}", *broken]))
