"""One raw row of a table, its cells as text, read as `unlabelled` reads a file; each text once.

Reading a text as a file's takes milliseconds, whether it is one or a million. So what a text stands
for in its column is kept, up to a bound: a row of texts that were met before takes microseconds.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from truerun.base.errors import SourceError
from truerun.contract.row_contract import Broken, Cell
from truerun.sources.table import own_features, rows, unlabelled
from truerun.sources.table.cells import cells
from truerun.sources.table.options import Options

KEPT = 10_000  # texts of a column
Text = str | None


@dataclass(frozen=True)
class RawCells:
    """Cells by the columns of schema.yaml; which texts cannot be read; a hash of the texts.

    Where a text cannot be read, columns that are made of several are not there.
    """

    cells: Mapping[str, Cell]
    broken: tuple[Broken, ...] = ()
    hash: int = 0


class RawRowReader:
    """Reads raw rows of a table, whose target is not looked at."""

    def __init__(self, options: Options) -> None:
        """Take `source.options` of params.yaml."""
        self._options = options
        self._needed = unlabelled.needed(options)
        self._readings: dict[str, dict[Text, RawCells]] = {name: {} for name in options.columns}
        plain = options.model_copy(update={"features": None})
        nothing = pa.table({name: pa.array([], pa.string()) for name in self._needed})
        self._types = unlabelled.read(nothing, plain, Path(), "").table.dtypes

    def read(self, row: Mapping[str, Text]) -> RawCells:
        """Read a row.

        Parameters
        ----------
        row : the text of each cell by its column in params.yaml; None where there is no cell.
        """
        missing = [name for name in self._needed if name not in row]
        unknown = [name for name in row if name not in self._options.columns]
        broken = [Broken(name, "missing column", "") for name in missing]
        broken += [Broken(name, "unknown", str(row[name])) for name in unknown]
        whole: dict[str, Cell] = {}
        hashed = 0
        for name, text in row.items():
            if name != self._options.target and name in self._readings:
                read = self._cell(name, text)
                whole |= read.cells
                broken += read.broken
                hashed += read.hash
        if broken:
            return RawCells(whole, tuple(broken))
        if self._options.features:
            whole |= self._own(whole)
        if not self._options.key:
            whole |= {rows.ROW: f"{hashed % 2**64:016x}", rows.COPY: "0"}
        return RawCells(whole)

    def learn(self, some: Sequence[Mapping[str, Text]]) -> None:
        """Read the texts of rows that were not met before, those of a column together.

        They cost as much as one of them, and `read` is quick then.
        """
        for name, readings in self._readings.items():
            texts = (row[name] for row in some if name in row)
            new = [text for text in dict.fromkeys(texts) if text not in readings][:KEPT]
            if new and name != self._options.target:
                with suppress(SourceError):  # a text that is none; `read` says of which row
                    self._keep(name, new)

    def _cell(self, name: str, text: Text) -> RawCells:
        """What a text stands for in a column."""
        if text not in self._readings[name]:
            self._keep(name, [text])
        return self._readings[name][text]

    def _keep(self, name: str, texts: Sequence[Text]) -> None:
        """Read some texts of a column, and keep what they stand for."""
        read = self._first_time(name, texts)
        readings = self._readings[name]
        if len(readings) + len(texts) > KEPT:
            readings.clear()
        readings.update(zip(texts, read, strict=True))

    def _first_time(self, name: str, texts: Sequence[Text]) -> list[RawCells]:
        column_options = self._options.columns[name]
        column_cells = cells(pa.chunked_array([pa.array(texts, pa.string())]), f"column {name}")
        hashes = (
            [0] * len(texts)
            if column_options.numbers_rows
            else rows.row_hashes(column_cells, name).tolist()
        )
        if column_options.as_ == "drop":
            return [RawCells({}, hash=hashed) for hashed in hashes]
        read = rows.read_column(column_cells, name, self._options)
        unreadable = read.unreadable[column_cells.codes]
        made = rows.with_parts(column_cells, read, name, self._options)
        parts = [(part, _plain(values)) for part, values in made.items()]
        reason = rows.reason(name, self._options) if unreadable.any() else ""
        return [
            RawCells({}, (Broken(name, reason, str(text)[: unlabelled.SHOWN]),))
            if unreadable[place]
            else RawCells({part: values[place] for part, values in parts}, hash=hashed)
            for place, (text, hashed) in enumerate(zip(texts, hashes, strict=True))
        ]

    def _own(self, whole: Mapping[str, Cell]) -> dict[str, Cell]:
        """The project's own columns, made of a table of one row."""
        given = {
            name: pd.Series([whole.get(str(name))], dtype=kind)
            for name, kind in self._types.items()
        }
        options = self._options
        hidden = rows.key_columns(options)
        module, taken = str(options.features), options.columns
        made = own_features.added(pd.DataFrame(given), module, hidden, taken)
        return {str(name): _plain(made[name])[0] for name in made if name not in self._types}


def _plain(values: pd.Series) -> list[Cell]:
    """The values of a series as Python has them; None for those that are missing."""
    return [
        None if missing else value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
        for value, missing in zip(values.tolist(), values.isna().tolist(), strict=True)
    ]
