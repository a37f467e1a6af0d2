"""What the monitor says: findings, and all that monitor.json holds, strictly typed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from truerun.model.uncertainty import Verdict

Status = Literal["holds", "look", "act"]
ORDER: tuple[Status, ...] = ("holds", "look", "act")  # the exit status of each is its place
Number = float | None


@dataclass(frozen=True)
class MonitorFinding:
    """One thing that does not hold, and why; `check` is a name out of a few, for an alarm."""

    check: str
    status: Status
    detail: str


def worst(findings: Iterable[MonitorFinding]) -> Status:
    """The answer to all of them.

    >>> worst([])
    'holds'
    """
    return max((each.status for each in findings), key=ORDER.index, default="holds")


class ResultPart(BaseModel):
    """A part of the result."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class FindingResult(ResultPart):
    """One thing that does not hold."""

    check: str
    status: Status
    detail: str


class DayResult(ResultPart):
    """A day: rows that were scored, those that were refused, and the mean score of a class."""

    day: str
    rows: int
    refused: int
    mean_score: Number


class CountResult(ResultPart):
    """How often something came: a refusal, a category that the contract has not, a lost line."""

    name: str
    count: int


class ColumnResult(ResultPart):
    """A column in the newest days: cells that are missing, and how far it is from training rows."""

    column: str
    missing: float
    stability_index: Number


class ExpectedResult(ResultPart):
    """A metric that scores alone let one expect, and the same of the test rows."""

    metric: str
    label: str
    test: Number
    value: float
    low: float
    high: float
    surely_worse: bool


class MetricResult(ResultPart):
    """A live metric, that of the test rows, and the difference."""

    metric: str
    label: str
    higher_is_better: bool
    live: Number
    low: Number
    high: Number
    test: Number
    train: Number
    difference: Number
    difference_low: Number
    difference_high: Number
    verdict: Verdict | Literal["unknown"]


class PeriodResult(ResultPart):
    """The main metric of a day or of a week, with its interval."""

    period: str
    rows: int
    value: Number
    low: Number
    high: Number


class SliceResult(ResultPart):
    """The main metric of a slice: live, on its test rows, and whether it surely differs."""

    column: str
    value: str
    rows: int
    live: float
    test: float
    difference: float
    p_value: float
    verdict: Verdict


class CalibrationResult(ResultPart):
    """Rows with scores that are alike: their mean score, and what came of them."""

    rows: int
    score: float
    target: float


class CoverageResult(ResultPart):
    """Rows of a day, and those whose outcome is known."""

    day: str
    age_days: int
    rows: int
    known: int


class GapResult(ResultPart):
    """The largest difference of a rate between groups, live and on the test rows."""

    column: str
    rate: str
    live: Number
    low: Number
    high: Number
    test: Number
    verdict: Verdict | Literal["unknown"]


class GroupResult(ResultPart):
    """A group: its rows, and its rates where outcomes are known."""

    column: str
    value: str
    rows: int
    selection_rate: Number
    true_positive_rate: Number
    false_positive_rate: Number
    precision: Number


class ShadowResult(ResultPart):
    """A metric of the model and of its shadow on the same rows, as `compare` judges it."""

    metric: str
    live: Number
    shadow: Number
    difference: Number
    low: Number
    high: Number
    verdict: Verdict | Literal["unknown"]


class LabelsResult(ResultPart):
    """What outcomes say; of which days, and what of their file does not count."""

    first: str
    last: str
    rows: int
    contradicting: int
    later: int
    drawn: float
    metrics: tuple[MetricResult, ...]
    by_day: tuple[PeriodResult, ...]
    by_week: tuple[PeriodResult, ...]
    calibration: tuple[CalibrationResult, ...]
    slices: tuple[SliceResult, ...]
    slices_tested: int
    coverage: tuple[CoverageResult, ...]
    gaps: tuple[GapResult, ...]
    groups: tuple[GroupResult, ...]
    shadow_rows: int
    shadow: tuple[ShadowResult, ...]


class MonitorResult(ResultPart):
    """All of monitor.json."""

    format: Literal[1] = 1
    model: str
    task: str
    target: str
    until: str
    answer: Status
    findings: tuple[FindingResult, ...]
    false_alarms_quarter: float
    age_days: int | None
    days: tuple[DayResult, ...]
    lost_lines: tuple[CountResult, ...]
    other_models: tuple[CountResult, ...]
    refusals: tuple[CountResult, ...]
    unknown_categories: tuple[CountResult, ...]
    mistyped: tuple[CountResult, ...]
    columns: tuple[ColumnResult, ...]
    expected: tuple[ExpectedResult, ...]
    groups: tuple[GroupResult, ...]
    labels: LabelsResult | None
