"""Counts that all workers share: each adds to its own row of a piece of memory, and all read it.

What is counted is fixed when the service starts, so that no request adds a name: the statuses of
each path, columns of the contract, bins of a column. A row is one worker's, so none waits for
another, and a worker that dies takes no count with it.
"""

import mmap
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truerun.contract.row_contract import Broken
from truerun.model.predictor import Prediction, Predictor
from truerun.serve.answering import Answerer, RowAnswer
from truerun.serve.bins import score_edges
from truerun.serve.cells import CellCounts

PATHS = ("/v1/predict", "/v1/predictions", "/v1/model", "/metrics", "/healthz", "/readyz", "other")
STATUSES = (200, 400, 401, 404, 405, 408, 413, 415, 421, 422, 429, 500, 503)
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
OTHER = "other"


@dataclass(frozen=True)
class Block:
    """A run of counts beside each other: where it begins, and the labels of each."""

    start: int
    labels: Sequence[tuple[str, ...]]


class Counters:
    """The counts of a service: `blocks` says what stands where."""

    def __init__(self, answerer: Answerer, workers: int) -> None:
        """Make room for the counts of so many workers; to be called before they are forked."""
        facts = answerer.predictor.facts
        self._size = 0
        names = dict.fromkeys([*answerer.reader.names, *facts["contract"]["columns"]])
        self._columns = {name: place for place, name in enumerate([*names, OTHER])}
        self.edges = score_edges(facts["task"])
        self._classes = list(map(str, facts["classes"])) if len(facts["classes"]) > 2 else [""]  # noqa: PLR2004
        self.requests = self._block(
            [(path, str(status)) for path in PATHS for status in (*STATUSES, OTHER)]
        )
        self.latency = self._block([(str(edge),) for edge in (*SECONDS, "+Inf")])
        self.latency_sum = self._block([()])
        self.rows = self._block([("scored",), ("refused",)])
        self.log = self._block([("written",), ("dropped",)])
        self.refusals = self._block([(name,) for name in self._columns])
        self.scores = self._block(
            [(each, str(edge)) for each in self._classes for edge in (*self.edges, "+Inf")]
        )
        self.score_sum = self._block([(each,) for each in self._classes])
        self.cells = CellCounts(facts, workers)
        self._memory = mmap.mmap(-1, max(1, workers * self._size * 8))
        self._all = np.frombuffer(self._memory, dtype=np.float64).reshape(workers, self._size)
        self._mine = self._all[0]

    def begin(self, worker: int, predictor: Predictor) -> None:
        """Add to the row of a worker from now on, for as long as the bundle answers."""
        self._mine = self._all[worker]
        self.cells.begin(worker, predictor)

    def total(self, block: Block) -> npt.NDArray[np.float64]:
        """The counts of a block, of all workers."""
        whole = self._all[:, block.start : block.start + len(block.labels)]
        return np.asarray(whole.sum(axis=0))

    def request(self, path: str, status: int, seconds: float) -> None:
        """Count a request that is answered; how long it took, if it was for scores."""
        place = PATHS.index(path if path in PATHS else OTHER) * (len(STATUSES) + 1)
        place += STATUSES.index(status) if status in STATUSES else len(STATUSES)
        self._mine[self.requests.start + place] += 1
        if path == PATHS[0]:
            self._mine[self.latency.start + bisect_left(SECONDS, seconds)] += 1
            self._mine[self.latency_sum.start] += seconds

    def answers(self, answers: Sequence[RowAnswer]) -> None:
        """Count rows that are scored: their scores, and the bin of each cell."""
        for answer in answers:
            self.cells.add(answer.cells)
            self._score(answer.prediction)
        self._mine[self.rows.start] += len(answers)

    def refused(self, broken: Sequence[tuple[int, Broken]]) -> None:
        """Count rows that are refused, and the columns that they break, each once a row."""
        mine = self._mine
        mine[self.rows.start + 1] += len({row for row, _ in broken})
        other = self._columns[OTHER]
        for place in {(row, self._columns.get(each.column, other)) for row, each in broken}:
            mine[self.refusals.start + place[1]] += 1

    def logged(self, outcome: str, rows: int) -> None:
        """Count rows that the log has `written` or `dropped`."""
        self._mine[self.log.start + [label for (label,) in self.log.labels].index(outcome)] += rows

    def _score(self, prediction: Prediction) -> None:
        score = prediction.score
        if score is None:
            return
        values = list(score.values()) if isinstance(score, Mapping) else [score]
        width = len(self.edges) + 1
        for number, value in enumerate(values):
            place = self.scores.start + number * width + bisect_left(self.edges, value)
            self._mine[place] += 1
            self._mine[self.score_sum.start + number] += value

    def _block(self, labels: Sequence[tuple[str, ...]]) -> Block:
        block = Block(self._size, labels)
        self._size += len(labels)
        return block
