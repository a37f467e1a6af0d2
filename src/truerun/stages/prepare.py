"""Stage 1: raw partitions to one tidy table, one Parquet file per partition.

Reads data/raw through the source that `source.name` names; writes data/prepared and the counts of
rows in, rows out and rows dropped for each reason to metrics/prepare.json.
"""

from typing import Any

from truerun.base import files, paths, settings, tables, text_files
from truerun.base.errors import SourceError, StageError, run_stage
from truerun.base.partitions import map_partitions
from truerun.params.source import SourceSettings
from truerun.sources import protocol
from truerun.sources.protocol import Source
from truerun.stages import by_its_code

READ = 4  # bytes of memory for a byte of a raw file


def main() -> None:
    """Prepare every partition, or say what to do about the raw data."""
    section = settings.load_section(SourceSettings, paths.PARAMS, "source")
    source = protocol.named(section.name)
    options = settings.checked(source.Options, section.options, paths.PARAMS, "source.options")
    try:
        prepare_all(source, options, section.max_dropped)
    except SourceError as error:
        hint = f"Fix it, or delete it: `make data` restores it as {paths.RAW_DVC} lists it."
        raise SourceError(f"{error}\n{hint}") from error


def prepare_all(source: Source, options: Any, max_dropped: float) -> None:
    """Prepare every partition, and write the counts."""
    tables.empty_folder(paths.PREPARED)

    def prepare(name: str) -> dict[str, Any]:
        prepared = source.prepare(paths.RAW, name, options)
        check_dropped(name, prepared.rows_in, prepared.dropped, max_dropped)
        tables.write_table(prepared.rows, tables.partition(paths.PREPARED, name))
        return {
            "rows_in": prepared.rows_in,
            "rows_out": len(prepared.rows),
            "dropped": prepared.dropped,
        }

    names = source.partitions(paths.RAW)
    sizes = [files.largest(paths.RAW) * READ] * len(names)
    counts = map_partitions(prepare, names, "prepare", sizes)
    reasons = sorted({reason for count in counts.values() for reason in count["dropped"]})
    total = {
        "rows_in": sum(count["rows_in"] for count in counts.values()),
        "rows_out": sum(count["rows_out"] for count in counts.values()),
        "dropped": {
            reason: sum(count["dropped"].get(reason, 0) for count in counts.values())
            for reason in reasons
        },
    }
    text_files.write_json(paths.METRICS / "prepare.json", {**total, "partitions": counts})


def check_dropped(name: str, rows: int, dropped: dict[str, int], limit: float) -> None:
    """Refuse a partition in which too many rows are dropped: are their outcomes missing?"""
    total = sum(dropped.values())
    if total > limit * rows:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in dropped.items() if count)
        raise StageError(
            f"partition {name}: {total:,} of {rows:,} rows are dropped ({reasons}), more than "
            f"source.max_dropped allows ({limit:.0%}): are their outcomes not known yet?"
        )


if __name__ == "__main__":
    run_stage(by_its_code("prepare", main), __doc__)
