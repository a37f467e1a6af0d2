"""Program of `truerun ingest`: lays down what data/raw.dvc lists, or adds to it."""

import difflib
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from truerun.base.commands import CommandError, run
from truerun.base.errors import IngestError, exit_with
from truerun.base.paths import PARAMS, RAW, RAW_DVC
from truerun.ingest.options import parser
from truerun.ingest.raw_files import (
    all_kept,
    extended_record,
    in_git,
    is_imported,
    lay_down,
    read_record,
    write_all,
)
from truerun.sources import protocol
from truerun.sources.protocol import (
    Arrival,
    Delivery,
    GrowingSource,
    Source,
    SuppliedSource,
    WideningSource,
)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    options = parser()
    chosen = options.parse_args(argv)
    if chosen.folder and not chosen.names:
        options.error("--from needs the names of what is to be added")
    if chosen.accept and not chosen.names:
        options.error("--accept needs the names of what is to be added")
    exit_with(lambda: ingest(sorted(set(chosen.names)), chosen.folder, accept=chosen.accept))


def ingest(names: Sequence[str], folder: Path | None, *, accept: bool = False) -> None:
    """Add what is named, from a folder if one is given; without names lay down what is listed."""
    try:
        record = read_record()
        if names:
            add(record, names, folder, accept=accept)
        else:
            lay_down(record, first_data)
            if not all_kept(record):
                commit_to_cache()  # or else `dvc push` would pass them over without an error
            print(f"{RAW}: {len(record)} files, as {RAW_DVC} lists them")
    except OSError as error:
        raise IngestError(f"{error.filename}: {error.strerror}") from error


def project_source() -> tuple[str, Source]:
    """The source that params.yaml names, and its name; only who needs it waits for it."""
    from truerun.base import settings
    from truerun.params.source import SourceSettings

    name = settings.load_section(SourceSettings, PARAMS, "source").name
    return name, protocol.named(name)


def first_data() -> Delivery | None:
    """Where the project's first raw data comes from, if its source knows."""
    source = project_source()[1]
    return source.first_data() if isinstance(source, SuppliedSource) else None


def add(
    record: Mapping[str, str], names: Sequence[str], folder: Path | None, *, accept: bool = False
) -> None:
    """Add new raw data, all or none; raise `TruerunError` for what is refused."""
    name, source = project_source()
    if not isinstance(source, GrowingSource):
        raise IngestError(
            f"source.name is {name}, which cannot check new raw data (it has no `arrive`): put new"
            f" files under {RAW}, list them in {RAW_DVC}, and run `dvc commit {RAW_DVC}`"
        )
    if is_imported():
        raise IngestError(
            f"{RAW_DVC} ties the raw data to an address: run `dvc update {RAW_DVC}` for newer rows"
        )
    if accept and not isinstance(source, WideningSource):
        raise IngestError(f"--accept: source.name is {name}, which has no limits to widen")
    take = source.accept if accept and isinstance(source, WideningSource) else source.arrive
    arrival = take(names, folder, record)
    check_leftovers(arrival)
    # The files that are there must be as listed: `dvc commit` below would accept any change.
    lay_down(record, first_data, allowed=arrival.files)
    contents = {RAW / file: content for file, content in arrival.files.items()}
    before = {path: path.read_text(encoding="utf-8") for path in arrival.settings}
    wider = {path: text.encode() for path, text in arrival.settings.items()}
    write_all({**contents, **wider, RAW_DVC: extended_record(arrival.files)})
    commit_to_cache()
    print("\n".join([*diff(before, arrival.settings), *report(arrival)]))


def check_leftovers(arrival: Arrival) -> None:
    """Files that an interrupted run left are adopted if they are what arrives, else refused."""
    for file, content in arrival.files.items():
        path = RAW / file
        if path.exists() and path.read_bytes() != content:
            raise IngestError(
                f"{path} exists, is not listed in {RAW_DVC}, and differs from {arrival.origin}:"
                " move it away first"
            )


def commit_to_cache() -> None:
    """Let DVC take the new files into its cache."""
    command = (sys.executable, "-m", "dvc", "commit", "--force", str(RAW_DVC))
    try:
        run(Path(), *command)
    except CommandError as error:
        raise IngestError(
            f"the files are in {RAW} and listed in {RAW_DVC}, but DVC could not take them into"
            f" its cache; run `dvc commit {RAW_DVC}` when this is fixed:\n{error}"
        ) from error


def kept(arrival: Arrival) -> list[Path]:
    """The new files that Git shall hold."""
    return [RAW / file for file in sorted(in_git() & set(arrival.files))]


def diff(before: Mapping[Path, str], after: Mapping[Path, str]) -> list[str]:
    """What becomes of settings, as Git would show it."""
    return [
        line.rstrip("\n")
        for path, text in after.items()
        for line in difflib.unified_diff(
            before[path].splitlines(), text.splitlines(), str(path), str(path), lineterm="", n=0
        )
    ]


def report(arrival: Arrival) -> list[str]:
    """What was added, and what remains to be done."""
    return [
        *(f"added {RAW / file}: {summary}" for file, summary in arrival.summaries.items()),
        *(f"note: {note}" for note in arrival.notes),
        *(f"warn: {warning}" for warning in arrival.warnings),
        "Next:",
        *(
            f"  git add {shlex.quote(str(path))}"
            for path in [RAW_DVC, *kept(arrival), *arrival.settings]
        ),
        f"  git commit -m {shlex.quote(arrival.subject)}",
        *(f"  {step}" for step in arrival.steps),
        "  make repro",
    ]


if __name__ == "__main__":
    main()
