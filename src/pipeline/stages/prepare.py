"""Stage 1: raw partitions to one tidy table, a Parquet file a partition.

Reads data/raw through the source that `source.name` names; writes data/prepared and the counts of
what came in, what went out and what was dropped for which reason to metrics/prepare.json.
"""

from typing import Any

from pipeline import params, paths, reports, tables
from pipeline.errors import run_stage
from pipeline.sources import flights

SOURCES = {"flights": flights}


def main() -> None:
    """Prepare every partition."""
    chosen = params.load().source
    source = SOURCES[chosen.name]
    tables.empty_folder(paths.PREPARED)

    def prepare(name: str) -> dict[str, Any]:
        prepared = source.prepare(paths.RAW, name, chosen.horizon_hours)
        tables.write_table(prepared.rows, tables.partition(paths.PREPARED, name))
        return {
            "rows_in": prepared.rows_in,
            "rows_out": len(prepared.rows),
            "dropped": prepared.dropped,
        }

    counts = tables.map_partitions(prepare, source.partitions(paths.RAW), "prepare")
    reasons = sorted({reason for count in counts.values() for reason in count["dropped"]})
    total = {
        "rows_in": sum(count["rows_in"] for count in counts.values()),
        "rows_out": sum(count["rows_out"] for count in counts.values()),
        "dropped": {
            reason: sum(count["dropped"].get(reason, 0) for count in counts.values())
            for reason in reasons
        },
    }
    reports.write_json(paths.METRICS / "prepare.json", {**total, "partitions": counts})


if __name__ == "__main__":
    run_stage(main, __doc__)
