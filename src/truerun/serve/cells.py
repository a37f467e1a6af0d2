"""Counts of cells by feature and bin, which all workers share, and how far they are from training.

Another bundle has other bins: a worker that takes it begins anew, and only the counts of workers
that answer by the same bundle are added up.
"""

import mmap
from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import numpy as np

from truerun.contract.row_contract import Cell
from truerun.contract.stability import Counts, stability_index
from truerun.model.predictor import Predictor
from truerun.serve.bins import CountedBins, bins_of, most_bins


class CellCounts:
    """A row of counts for each worker: which bundle they are of, then the bins of each column."""

    def __init__(self, facts: Mapping[str, Any], workers: int) -> None:
        """Make room for any bundle of these columns; to be called before workers are forked."""
        columns = facts["contract"]["columns"]
        widths = map(most_bins, columns.values())
        *starts, self._width = accumulate(widths, initial=1)
        self._starts = dict(zip(columns, starts, strict=True))
        memory = mmap.mmap(-1, workers * self._width * 8)
        self._cells = memoryview(memory).cast("q")
        self._all = np.frombuffer(memory, dtype=np.int64).reshape(workers, self._width)
        self._bins: Mapping[str, CountedBins] = {}
        self._mine = self._cells[:0]

    def begin(self, worker: int, predictor: Predictor) -> None:
        """Add to the row of a worker, by the bins of a bundle; a row of the same one goes on."""
        self._mine = self._cells[worker * self._width : (worker + 1) * self._width]
        self._bins = bins_of(predictor.facts)
        bundle = int(predictor.version, 16)
        if self._mine[0] != bundle:
            self._all[worker] = 0
            self._mine[0] = bundle
        self._numbers, self._texts = [], []
        for name, bins in self._bins.items():
            start, training = self._starts[name], bins.training
            missing = start + len(training.rows) - 1
            if bins.is_number:
                self._numbers.append((name, training.edges, start, missing))
            else:
                places: dict[Cell, int] = {
                    value: start + place for place, value in enumerate(training.values)
                }
                self._texts.append((name, {**places, None: missing}, missing - 1))

    def add(self, cells: Mapping[str, Cell]) -> None:
        """Count the cells of a row that keeps the contract."""
        mine, cell = self._mine, cells.get
        for name, edges, start, missing in self._numbers:
            number: Any = cell(name)
            mine[missing if number is None else start + bisect_left(edges, number)] += 1
        for name, places, other in self._texts:
            mine[places.get(cell(name), other)] += 1

    def totals(self) -> dict[str, tuple[CountedBins, Counts]]:
        """The bins of each feature, and their counts of all workers that answer by this bundle."""
        total = self._all[self._all[:, 0] == self._mine[0]].sum(axis=0)
        starts = self._starts
        return {
            name: (bins, total[starts[name] : starts[name] + len(bins.labels)])
            for name, bins in self._bins.items()
        }

    def stability(self) -> dict[str, float]:
        """The stability index of each feature against the training rows, as `drift` has it."""
        return {
            name: stability_index(bins.training.rows, counts)
            for name, (bins, counts) in self.totals().items()
            if counts.any() and bins.training.rows.any()
        }
