"""The result as a document of the report room: the answer first, then why, then all the rest."""

from collections.abc import Sequence

from truerun.model.value import VALUE
from truerun.monitor.result import (
    CountResult,
    LabelsResult,
    MetricResult,
    MonitorResult,
)
from truerun.report.document import (
    Block,
    Document,
    Interval,
    Intervals,
    Items,
    Paragraph,
    ReportSection,
    Table,
    plain,
    signed,
)
from truerun.report.visible_text import short, visible_text

OUTCOMES = {"holds": "pass", "look": "warn", "act": "fail"}
ANSWERS = {
    "holds": "The model holds",
    "look": "Have a look at the model",
    "act": "Act: the model or what it is fed does not hold",
}
ASSUMES = (
    "This is by the scores alone. It assumes that a score means what it meant on the test rows;"
    " a change of what the outcomes hang on, it cannot see."
)
NOT_OF_NUMBERS = (
    "A score that is a number does not say how far it is off: no metric is expected without"
    " outcomes."
)
ROWS = 40  # of a table
LETTERS = 200  # of a text from elsewhere


def document(result: MonitorResult) -> Document:
    """Everything that monitor.json says, for a reader."""
    labels = result.labels
    sections = [
        _findings(result),
        *([_metrics(labels)] if labels is not None and labels.metrics else []),
        _volume(result),
        _columns(result),
        _expected(result),
        *([] if labels is None else _of_labels(labels)),
        *([_groups(result)] if result.groups or (labels and labels.groups) else []),
        *([_log(result)] if result.lost_lines or result.other_models else []),
    ]
    return Document(
        OUTCOMES[result.answer],
        f"{ANSWERS[result.answer]}, until {result.until}",
        _reasons(result),
        "",
        tuple(section for section in sections if section.blocks),
        f"Model {_text(result.model)}, for {_text(result.target)}."
        f" False alarms of all checks of inputs together:"
        f" {plain(result.false_alarms_quarter)} a quarter at most, if each day is looked at once.",
    )


def _reasons(result: MonitorResult) -> str:
    rows = sum(day.rows for day in result.days)
    refused = sum(day.refused for day in result.days)
    sentences = f"{rows:,} rows were scored in {len(result.days)} days, and {refused:,} refused."
    if result.findings:
        first = _text(result.findings[0].detail) or "a finding without words"
        more = len(result.findings) - 1
        sentences += f" {first[0].upper()}{first[1:]}." + (f" {more} more below." if more else "")
    elif result.labels is None:
        sentences += " Nothing is beyond its limits; outcomes were not given."
    else:
        sentences += " Nothing is beyond its limits, and no metric is surely worse."
    if result.age_days is not None:
        sentences += (
            f" The newest row that the model was tested on is {result.age_days:,} days old."
        )
    return sentences


def _findings(result: MonitorResult) -> ReportSection:
    items = [
        f"{each.status} ({_text(each.check)}): {_text(each.detail)}" for each in result.findings
    ]
    blocks: tuple[Block, ...] = (Items(tuple(items)),) if items else ()
    return ReportSection("Why", blocks, folded=False)


def _metrics(labels: LabelsResult) -> ReportSection:
    """Live metrics against those of the test rows."""
    rows = tuple(
        (
            _text(each.label),
            _number(each.train),
            _number(each.test),
            _number(each.live),
            _range(each.low, each.high),
            _moved(each),
            "not judged" if each.verdict == "unknown" else each.verdict,
        )
        for each in labels.metrics
    )
    columns = ("metric", "training", "test", "live", "95 % interval", "live less test", "verdict")
    days = f"{_text(labels.first)} to {_text(labels.last)}"
    caption = f"{labels.rows:,} rows of {days} with their outcome"
    drawn = tuple(
        Interval(
            _text(each.label),
            each.difference * (1 if each.higher_is_better else -1),
            *_oriented(each),
            each.verdict,
        )
        for each in labels.metrics
        if each.difference is not None and each.verdict != "unknown" and each.metric != VALUE
    )  # what rows are worth has a scale of its own
    blocks: list[Block] = [Table(caption, columns, "lrrrrrv", rows)]
    if drawn:
        title = "Live less test, to the right is better"
        blocks.append(Intervals(title, "How far each metric moved, with its interval.", drawn))
    return ReportSection("How good it is", tuple(blocks), folded=False)


def _oriented(each: MetricResult) -> tuple[float | None, float | None]:
    low, high = each.difference_low, each.difference_high
    if each.higher_is_better or low is None or high is None:
        return low, high
    return -high, -low


def _volume(result: MonitorResult) -> ReportSection:
    rows = tuple(
        (each.day, f"{each.rows:,}", f"{each.refused:,}", _number(each.mean_score))
        for each in reversed(result.days)
    )
    blocks: list[Block] = [
        Table("Rows by day", ("day", "scored", "refused", "mean score"), "lrrr", rows[:ROWS])
    ]
    for title, counted in (
        ("Refused rows by column and check", result.refusals),
        ("Categories that the contract does not have, by column", result.unknown_categories),
        ("Cells of another type", result.mistyped),
    ):
        if counted:
            blocks.append(_counts(title, counted))
    return ReportSection("What came in", tuple(blocks))


def _columns(result: MonitorResult) -> ReportSection:
    rows = tuple(
        (_text(each.column), f"{each.missing:.1%}", _number(each.stability_index))
        for each in result.columns[:ROWS]
    )
    if not rows:
        return ReportSection("Columns", ())
    caption = "Newest days against training rows (scores: test rows), the furthest first"
    table = Table(caption, ("column", "missing", "stability index"), "lrr", rows)
    return ReportSection("Columns", (table,))


def _expected(result: MonitorResult) -> ReportSection:
    title = "What is to be expected before outcomes are known"
    if not result.expected:
        of_numbers = result.task in ("regression", "counts")
        return ReportSection(title, (Paragraph(NOT_OF_NUMBERS),) if of_numbers else ())
    rows = tuple(
        (_text(each.label), _number(each.test), _number(each.value), _range(each.low, each.high))
        for each in result.expected
    )
    table = Table(
        "Expected of the newest days", ("metric", "test", "expected", "95 % interval"), "lrrr", rows
    )
    return ReportSection(title, (Paragraph(ASSUMES), table))


def _of_labels(labels: LabelsResult) -> list[ReportSection]:
    """Periods, calibration, slices, coverage and the shadow."""
    sections = []
    periods = ("period", "rows", "main metric", "95 % interval")
    blocks: list[Block] = [
        Table(
            title,
            periods,
            "lrrr",
            tuple(
                (_text(one.period), f"{one.rows:,}", _number(one.value), _range(one.low, one.high))
                for one in reversed(of_periods)
            )[:ROWS],
        )
        for title, of_periods in (("By week", labels.by_week), ("By day", labels.by_day))
        if of_periods
    ]
    sections.append(ReportSection("Day by day", tuple(blocks)))
    if labels.calibration:
        calibration = Table(
            "Scores and what came of them",
            ("mean score", "mean outcome", "rows"),
            "rrr",
            tuple(
                (_number(one.score), _number(one.target), f"{one.rows:,}")
                for one in labels.calibration
            ),
        )
        sections.append(ReportSection("Calibration", (calibration,)))
    if labels.slices:
        table = Table(
            f"{labels.slices_tested} slices; of those with a verdict 5 % may be false",
            ("column", "value", "rows", "test", "live", "verdict"),
            "llrrrv",
            tuple(
                (_text(one.column), _text(one.value), f"{one.rows:,}", _number(one.test),
                 _number(one.live), one.verdict)
                for one in labels.slices
            ),
        )  # fmt: skip
        sections.append(ReportSection("Slices", (table,)))
    coverage = Table(
        "Scored rows and outcomes that are known",
        ("day", "rows", "with outcome"),
        "lrr",
        tuple((one.day, f"{one.rows:,}", f"{one.known:,}") for one in reversed(labels.coverage)),
    )
    notes = [
        f"{labels.contradicting:,} keys have outcomes that contradict each other: none counts.",
        f"{labels.later:,} outcomes came after the last day, and do not count.",
    ]
    if labels.drawn < 1:
        notes.append(f"Of many keys {labels.drawn:.1%} were drawn.")
    sections.append(ReportSection("Outcomes", (Items(tuple(notes)), coverage)))
    if labels.shadow:
        rows = tuple(
            (
                _text(one.metric),
                _number(one.live),
                _number(one.shadow),
                _range(one.low, one.high),
                "not judged" if one.verdict == "unknown" else one.verdict,
            )
            for one in labels.shadow
        )
        caption = f"{labels.shadow_rows:,} rows that both scored"
        columns = ("metric", "live", "shadow", "shadow less live", "verdict")
        sections.append(ReportSection("Shadow", (Table(caption, columns, "lrrrv", rows),)))
    return sections


def _groups(result: MonitorResult) -> ReportSection:
    labels = result.labels
    of_groups = labels.groups if labels is not None and labels.groups else result.groups
    rows = tuple(
        (
            _text(one.column),
            _text(one.value),
            f"{one.rows:,}",
            *map(_number, (one.selection_rate, one.true_positive_rate, one.false_positive_rate)),
            _number(one.precision),
        )
        for one in of_groups
    )
    columns = (
        "column",
        "group",
        "rows",
        "selected",
        "true positive",
        "false positive",
        "precision",
    )
    blocks: list[Block] = [Table("Rates by group", columns, "llrrrrr", rows)]
    if labels is not None and labels.gaps:
        gaps = tuple(
            (
                _text(one.column),
                _text(one.rate),
                _number(one.test),
                _number(one.live),
                _range(one.low, one.high),
                "not judged" if one.verdict == "unknown" else one.verdict,
            )
            for one in labels.gaps
        )
        head = ("column", "rate", "test", "live", "95 % interval", "verdict")
        blocks.append(Table("Largest difference between groups", head, "llrrrv", gaps))
    return ReportSection("Groups", tuple(blocks))


def _log(result: MonitorResult) -> ReportSection:
    blocks: list[Block] = []
    if result.lost_lines:
        blocks.append(_counts("Lines that were passed over", result.lost_lines))
    if result.other_models:
        blocks.append(_counts("Rows of other models, which are not judged", result.other_models))
    return ReportSection("The log", tuple(blocks))


def _counts(title: str, counted: Sequence[CountResult]) -> Table:
    rows = tuple((_text(each.name), f"{each.count:,}") for each in counted)
    return Table(title, ("name", "count"), "lr", rows)


def _text(text: str) -> str:
    """What somebody else may have written, in one line with every character to be seen."""
    return short(visible_text(text), LETTERS)


def _number(value: float | None) -> str:
    return "" if value is None else plain(value)


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{plain(low)} to {plain(high)}"


def _moved(each: MetricResult) -> str:
    if each.difference is None:
        return ""
    low, high = each.difference_low, each.difference_high
    return f"{signed(each.difference)} ({_range(low, high)})"
