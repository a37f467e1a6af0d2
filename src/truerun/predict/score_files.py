"""Scores as a file: Parquet, CSV or JSON lines; and, beside it, the rows that are refused."""

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from truerun.base import tables
from truerun.base.errors import PredictError
from truerun.base.files import whole_file
from truerun.base.partitions import map_partitions
from truerun.contract import conformance, contract_facts
from truerun.predict.requested_rows import RequestedRows
from truerun.predict.scorer import Scorer

WORKING = 4  # bytes of memory for a byte of a file
REFUSED = ("file", "number", "column", "check", "value")


@dataclass(frozen=True)
class ScoreCounts:
    """How many rows were scored and refused; how many rows break each check of a column.

    `ignored` names the columns that were not looked at.
    """

    scored: int
    refused: int
    checks: Counter[tuple[str, str]]
    ignored: Sequence[str]


def refused_path(output: Path) -> Path:
    """Where the refused rows go: scores.refused.csv beside scores.csv."""
    return output.with_name(f"{output.stem}.refused{output.suffix}")


def write(requested: RequestedRows, scorer: Scorer, output: Path) -> ScoreCounts:
    """Score every partition, several at once, and join them in their order.

    Raises
    ------
    TruerunError
        If a partition cannot be read, or the file cannot be written; then nothing is.
    """
    contract = contract_facts.without_target(scorer.contract)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    except OSError as error:
        raise _cannot_write(output, error) from error

    def score(name: str) -> ScoreCounts:
        rows = requested.read(name)
        table, numbers = rows.table[list(contract.columns)], rows.numbers
        conformance.check_table(table, contract, requested.called[name])
        verdict = conformance.check_rows(table, contract)
        failures = verdict.failures.assign(row=numbers[verdict.failures["row"]])
        refused = pd.concat([rows.unreadable, failures], ignore_index=True)
        refused = refused.sort_values(["row", "failed_column"], kind="stable", ignore_index=True)
        is_valid = verdict.valid.to_numpy()
        valid = table[is_valid].reset_index(drop=True)
        scores = scorer.scored(valid, numbers[is_valid])
        tables.write_table(scores, folder / f"{name}.scores.parquet")
        if len(refused):
            shown = refused.assign(file=requested.called[name], number=refused["row"]).rename(
                columns=lambda column: column.removeprefix("failed_")
            )
            tables.write_table(shown[list(REFUSED)], folder / f"{name}.refused.parquet")
        checks = Counter(zip(refused["failed_column"], refused["failed_check"], strict=True))
        return ScoreCounts(len(valid), refused["row"].nunique(), checks, tuple(rows.ignored))

    try:
        sizes = [size * WORKING for size in requested.sizes]
        parts_scored = list(map_partitions(score, requested.names, "predict", sizes).values())
        parts = [folder / f"{name}.scores.parquet" for name in requested.names]
        _join(parts, output)
        refused = [folder / f"{name}.refused.parquet" for name in requested.names]
        refused = [path for path in refused if path.exists()]
        if refused:
            _join(refused, refused_path(output))
        else:
            refused_path(output).unlink(missing_ok=True)
    except OSError as error:
        raise _cannot_write(output, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return ScoreCounts(
        sum(each.scored for each in parts_scored),
        sum(each.refused for each in parts_scored),
        sum((each.checks for each in parts_scored), Counter()),
        tuple(dict.fromkeys(name for each in parts_scored for name in each.ignored)),
    )


def _cannot_write(output: Path, error: OSError) -> PredictError:
    return PredictError(f"cannot write {output}: {error.strerror or error}")


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
            for name in frame.select_dtypes("float32"):  # as it is written: 0.1, not 0.10000000149
                frame[name] = frame[name].astype(str).astype(float)
            for row in frame.to_dict("records"):
                file.write(json.dumps(row, ensure_ascii=False, default=_isoformat) + "\n")


def _isoformat(moment: Any) -> str:
    return str(moment.isoformat())


WRITERS: dict[str, Callable[[Iterator[pa.Table], Path], None]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _jsonl,
}
