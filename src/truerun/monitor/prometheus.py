"""The result as metrics in a file, for the textfile collector of Prometheus' node exporter.

No name comes from the log: labels are checks, metrics of the task, and columns of schema.yaml.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping

from truerun.monitor.result import ORDER, MonitorResult

CHECKS = ("volume", "refused", "missing", "range", "drift", "relation", "score", "expected",
          "performance", "calibration", "slices", "groups", "shadow", "labels", "stale",
          "log")  # fmt: skip


def text(result: MonitorResult) -> str:
    """The page, in the text format of version 0.0.4."""
    lines: list[str] = []
    for name, what, samples in _families(result):
        lines += [f"# HELP truerun_monitor_{name} {what}", f"# TYPE truerun_monitor_{name} gauge"]
        lines += [f"truerun_monitor_{name}{_labels(labels)} {value!r}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _families(
    result: MonitorResult,
) -> Iterator[tuple[str, str, list[tuple[Mapping[str, str], float]]]]:
    until = dt.datetime.fromisoformat(result.until).replace(tzinfo=dt.UTC)
    newest = result.days[-1]
    yield "status", "0 holds, 1 look, 2 act.", [({}, float(ORDER.index(result.answer)))]
    yield ("day_timestamp_seconds", "The last day that is judged.",
           [({}, until.timestamp())])  # fmt: skip
    yield "model_info", "The model that is judged.", [({"version": result.model}, 1.0)]
    yield (
        "rows",
        "Rows of the last day.",
        [
            ({"outcome": "scored"}, float(newest.rows)),
            ({"outcome": "refused"}, float(newest.refused)),
        ],
    )
    counted = Counter(each.check for each in result.findings)
    yield (
        "findings",
        "What does not hold, by check.",
        [({"check": check}, float(counted[check])) for check in CHECKS],
    )
    if result.age_days is not None:
        yield ("model_age_days", "Age of the newest row that the model was tested on.",
               [({}, float(result.age_days))])  # fmt: skip
    yield (
        "missing_share",
        "Cells that are missing in the newest days, by column.",
        [({"column": each.column}, each.missing) for each in result.columns],
    )
    yield (
        "stability_index",
        "Distance of the newest days from training rows, by column.",
        [
            ({"column": each.column}, each.stability_index)
            for each in result.columns
            if each.stability_index is not None
        ],
    )
    yield (
        "expected",
        "Metrics that are to be expected by the scores alone.",
        [({"metric": each.metric}, each.value) for each in result.expected],
    )
    if result.labels is None:
        return
    yield (
        "metric",
        "Metrics of rows whose outcome is known, and of the test rows.",
        [
            ({"metric": each.metric, "of": of}, value)
            for each in result.labels.metrics
            for of, value in (("live", each.live), ("test", each.test))
            if value is not None
        ],
    )
    rows = sum(each.rows for each in result.labels.coverage)
    labelled = sum(each.known for each in result.labels.coverage)
    share = labelled / rows if rows else 0.0
    yield "label_coverage", "Share of the rows that count whose outcome is known.", [({}, share)]


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
