"""The counts of the service as Prometheus reads them."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from truerun.serve.counters import SECONDS, Block, Counters
from truerun.serve.state import State

INFINITE = "+Inf"


def text(counters: Counters, state: State) -> bytes:
    """The page; what each worker counted is added up."""
    registry = CollectorRegistry()
    registry.register(_Collector(counters, state))
    return generate_latest(registry)


class _Collector:
    """What the library asks for its families."""

    def __init__(self, counters: Counters, state: State) -> None:
        self._counters, self._state = counters, state

    def collect(self) -> Iterator[Metric]:
        counters, state = self._counters, self._state
        yield self._counter(
            "requests", "Requests by path and status.", ["path", "status"], counters.requests
        )
        latency = HistogramMetricFamily(
            "truerun_predict_seconds", "Time from a request for scores to its answer."
        )
        latency.add_metric([], *self._histogram(counters.latency, counters.latency_sum, SECONDS))
        yield latency
        yield self._counter("rows", "Rows by what became of them.", ["outcome"], counters.rows)
        yield self._counter(
            "refusals",
            "Refused rows by a column that they break.",
            ["column"],
            counters.refusals,
        )
        yield self._counter(
            "logged_rows", "Rows of the log by what became of them.", ["outcome"], counters.log
        )
        scores = HistogramMetricFamily(
            "truerun_score", "Scores, of several classes each one's.", labels=["class"]
        )
        width = len(counters.edges) + 1
        for place, (name,) in enumerate(counters.score_sum.labels):
            part = Block(counters.scores.start + place * width, [()] * width)
            total = Block(counters.score_sum.start + place, [()])
            scores.add_metric([name], *self._histogram(part, total, counters.edges))
        yield scores
        cells = CounterMetricFamily(
            "truerun_cells", "Cells of scored rows by column and bin.", labels=["column", "bin"]
        )
        for column, (bins, of_bins) in counters.cells.totals().items():
            for label, count in bins.by_label(of_bins).items():
                cells.add_metric([column, label], count)
        yield cells
        moved = GaugeMetricFamily(
            "truerun_stability_index",
            "How far the cells that this model scored are from its training rows, by column.",
            labels=["column"],
        )
        for column, value in counters.cells.stability().items():
            moved.add_metric([column], value)
        yield moved
        model = GaugeMetricFamily(
            "truerun_model_info", "The model that answers.", labels=["version"]
        )
        model.add_metric([state.answerer.predictor.version], 1)
        yield model
        yield GaugeMetricFamily(
            "truerun_model_made_timestamp_seconds", "When the bundle was written.", state.made
        )
        yield GaugeMetricFamily(
            "truerun_model_read_timestamp_seconds", "When this worker read it.", state.read
        )

    def _counter(
        self, name: str, what: str, labels: Sequence[str], block: Block
    ) -> CounterMetricFamily:
        family = CounterMetricFamily(f"truerun_{name}", what, labels=labels)
        for values, count in zip(block.labels, self._counters.total(block).tolist(), strict=True):
            if count or name in ("rows", "logged_rows"):
                family.add_metric(values, count)
        return family

    def _histogram(
        self, block: Block, total: Block, edges: Sequence[float]
    ) -> tuple[list[tuple[str, float]], float]:
        """Counts of all that is at most each edge, and the sum."""
        counts = accumulate(self._counters.total(block).tolist())
        names = [*map(str, edges), INFINITE]
        return list(zip(names, counts, strict=True)), float(self._counters.total(total)[0])
