"""Scores as a file: Parquet, CSV or JSON lines; and, beside it, the rows that are refused."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from truerun.base import tables
from truerun.base.errors import PredictError
from truerun.base.files import whole_file
from truerun.base.partitions import map_partitions
from truerun.contract import conformance, contract_facts
from truerun.predict.asked_rows import AskedRows
from truerun.predict.scorer import Scorer

WORKING = 4  # bytes of memory for a byte of a file
REFUSED = ("file", "row", "column", "check", "value")


@dataclass(frozen=True)
class Scored:
    """How many rows there were, were scored and refused; and the checks that most rows break."""

    rows: int
    scored: int
    refused: int
    checks: Sequence[tuple[tuple[str, str], int]]


def refused_path(output: Path) -> Path:
    """Where the refused rows go: scores.refused.csv beside scores.csv."""
    return output.with_name(f"{output.stem}.refused{output.suffix}")


def write(asked: AskedRows, scorer: Scorer, output: Path) -> Scored:
    """Score every partition, several at once, and join them in their order.

    Raises
    ------
    TruerunError
        If a partition cannot be read, or the file cannot be written; then nothing is.
    """
    contract = contract_facts.without_target(scorer.contract)
    output.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))

    def score(name: str) -> tuple[int, int, int, Counter[tuple[str, str]]]:
        rows = asked.read(name)
        table, numbers = rows.table[list(contract.columns)], rows.numbers
        conformance.check_table(table, contract, asked.called[name])
        verdict = conformance.check_rows(table, contract)
        failures = verdict.failures.assign(row=numbers[verdict.failures["row"]])
        refused = pd.concat([rows.unreadable, failures], ignore_index=True)
        refused = refused.sort_values(["row", "failed_column"], kind="stable", ignore_index=True)
        valid = table[verdict.valid.to_numpy()].reset_index(drop=True)
        tables.write_table(scorer.scored(valid), folder / f"{name}.scores.parquet")
        if len(refused):
            shown = refused.assign(file=asked.called[name]).rename(
                columns=lambda column: column.removeprefix("failed_")
            )
            tables.write_table(shown[list(REFUSED)], folder / f"{name}.refused.parquet")
        checks = Counter(zip(refused["failed_column"], refused["failed_check"], strict=True))
        return len(table) + rows.unreadable["row"].nunique(), len(valid), \
            refused["row"].nunique(), checks  # fmt: skip

    try:
        sizes = [size * WORKING for size in asked.sizes]
        counts = map_partitions(score, asked.names, "predict", sizes)
        parts = [folder / f"{name}.scores.parquet" for name in asked.names]
        _join(parts, output)
        refused = [folder / f"{name}.refused.parquet" for name in asked.names]
        refused = [path for path in refused if path.exists()]
        if refused:
            _join(refused, refused_path(output))
        else:
            refused_path(output).unlink(missing_ok=True)
    except OSError as error:
        raise PredictError(f"cannot write {output}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    total: Counter[tuple[str, str]] = Counter()
    for *_, checks in counts.values():
        total += checks
    tallies = list(counts.values())
    rows, scored, others = (sum(map(itemgetter(place), tallies)) for place in range(3))
    ordered = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    return Scored(rows, scored, others, ordered)


def _join(parts: Sequence[Path], output: Path) -> None:
    """Write tables one below the other into one file, with one of them in memory at a time."""
    with whole_file(output) as unfinished:
        WRITERS[output.suffix]((pq.read_table(part) for part in parts), unfinished)


def _parquet(parts: Iterator[pa.Table], path: Path) -> None:
    first = next(parts)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part.cast(first.schema))


def _csv(parts: Iterator[pa.Table], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for place, part in enumerate(parts):
            part.to_pandas().to_csv(file, index=False, header=not place, lineterminator="\n")


def _jsonl(parts: Iterator[pa.Table], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for part in parts:
            frame = part.to_pandas()
            with suppress(AttributeError):
                for name in frame.select_dtypes(["datetimetz", "datetime"]):
                    frame[name] = frame[name].map(lambda moment: moment.isoformat())
            file.write(frame.to_json(orient="records", lines=True, double_precision=15))


WRITERS: dict[str, Callable[[Iterator[pa.Table], Path], None]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _jsonl,
}
