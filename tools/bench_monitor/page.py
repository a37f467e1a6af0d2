"""The page of what monitors say of streams: which faults are seen, how soon, what is false."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tests.monitor.streams import AFTER, FAULT, TRIALS, WARM

from truerun.monitor import inputs

Alarm = tuple[int, str]  # a day, and what rang on it
OURS = "truerun"
INPUTS, OUTCOMES = False, True
# The rows of the tables: a tool, what rings, and whether it needs outcomes.
ROWS = (
    ("NannyML", "drift, days", INPUTS),
    ("NannyML", "drift, weeks", INPUTS),
    ("NannyML", "missing cells, days", INPUTS),
    ("NannyML", "missing cells, weeks", INPUTS),
    ("NannyML", "estimate, days", INPUTS),
    ("NannyML", "estimate, weeks", INPUTS),
    ("evidently", "dataset, a day", INPUTS),
    ("evidently", "dataset, seven days", INPUTS),
    ("evidently", "any column, a day", INPUTS),
    ("evidently", "any column, seven days", INPUTS),
    ("NannyML", "performance, days", OUTCOMES),
    ("NannyML", "performance, weeks", OUTCOMES),
)
SHOWN = 300  # letters of why a library is missing
NONE = "—"


@dataclass(frozen=True)
class Alarms:
    """The alarms of quiet streams, and of each trial's; None if a tool is not made for it."""

    quiet: list[list[Alarm]]
    faulty: list[list[list[Alarm]] | None]

    def only(self, kind: str) -> "Alarms":
        """Those of one kind."""
        return Alarms(
            [_of_kind(each, kind) for each in self.quiet],
            [part and [_of_kind(each, kind) for each in part] for part in self.faulty],
        )


def _of_kind(alarms: Sequence[Alarm], kind: str) -> list[Alarm]:
    return [(day, each) for day, each in alarms if each == kind]


@dataclass(frozen=True)
class Seen:
    """What was seen of the faults of some streams.

    `days` are those from the fault to the first alarm that should tell, of the streams that have
    one; `before` is the mean number of days with an alarm before the fault.
    """

    streams: int
    days: list[int]
    before: float

    @property
    def share(self) -> str:
        """How many of the streams."""
        return f"{len(self.days)} of {self.streams}"

    @property
    def when(self) -> str:
        """Median and most of the days."""
        return f"{np.median(self.days):.0f} ({max(self.days)})" if self.days else ""


def seen(streams: Sequence[Sequence[Alarm]], expected: Collection[str]) -> Seen:
    """What alarms of these kinds show of the faults."""
    first = [
        min((day for day, kind in each if day >= FAULT and kind in expected), default=None)
        for each in streams
    ]
    before = [len({day for day, _ in each if day < FAULT}) for each in streams]
    days = [day - FAULT for day in first if day is not None]
    return Seen(len(streams), days, float(np.mean(before)))


def page(alarms_of: Mapping[str, Alarms], missing: Mapping[str, str]) -> str:
    """The page.

    Parameters
    ----------
    alarms_of : of our monitor and of each library, by its name.
    missing : why a library is not there, by its name.
    """
    lacking = [f"\n{name} is missing: {' '.join(why.split())[-SHOWN:]}"
               for name, why in missing.items()]  # fmt: skip
    return "\n".join([*_ours(alarms_of[OURS]), *_beside(alarms_of), *lacking, ""])


def _ours(alarms: Alarms) -> list[str]:
    days = [len({day for day, _ in each}) for each in alarms.quiet]
    stated = 1 + inputs.LEVEL * inputs.QUARTER / 7
    table = []
    for trial, streams in zip(TRIALS, alarms.faulty, strict=True):
        each = seen(streams or [[]], trial.expected)
        table.append(f"| {trial.name} | {each.share} | {each.when} | {each.before:.2f} |")
    return [
        "# What the monitor says of streams with faults",
        "",
        "Made by `make bench-monitor`. A town's air is foretold, 48 rows a day; outcomes are",
        "known after two days ([monitoring.md](monitoring.md)).",
        "",
        f"Of {len(days)} quiet quarters, {sum(map(bool, days))} have a false alarm of what",
        f"comes in; {np.mean(days):.2f} days a quarter have one; {stated:.2f} are stated at most.",
        "",
        f"A fault begins on day {FAULT}, and {AFTER} days are watched from then on. What comes in",
        "is looked at each day, outcomes once a week. The town has a season of eight weeks, and",
        "metrics of four weeks are held against those of test rows of eight: so some of the alarms",
        "before a fault are none of chance.",
        "",
        "| stream | seen | days until then, median (most) | false alarms a stream before it |",
        "| --- | ---: | ---: | ---: |",
        *table,
        "",
        "Without outcomes nothing shows a change of what they hang on: what is seen there, is seen",
        "by chance. Day 0 is the first that has the fault, which is told on the morning after.",
        "",
    ]


def _beside(alarms_of: Mapping[str, Alarms]) -> list[str]:
    """The libraries' tables, with our monitor in the first row of each."""
    if len(alarms_of) == 1:
        return []
    quarters = ", ".join(f"{len(each.quiet)} by {name}" for name, each in alarms_of.items())
    return [
        "## Beside NannyML and evidently",
        "",
        "The same streams, with the same rows as a reference: those of training and test, and for",
        "performance and its estimate those of the test, as NannyML asks for. Each library has",
        "its own defaults, and an environment of its own. NannyML has chunks of a day or of a",
        "week, and an alarm is any of any column or the score (univariate drift, missing cells),",
        "or one of ROC AUC (CBPE without outcomes, realized performance with them). evidently has",
        "the last day, or the last seven, asked each day; an alarm is its dataset drift, or any",
        "column that has drifted; that it refuses an empty column with an error is counted as one.",
        "With more than 1,000 rows of a reference its default is a fixed limit of a distance, 0.1,",
        "however few rows a day has, and whatever the season: others can be set.",
        "NannyML's count of rows is left out: days of the reference have 48 rows each, so that its",
        "limits are no interval, and it would ring always. evidently can compare metrics by",
        "tolerances, which is not tried here.",
        "",
        f"The columns: days with a false alarm before the fault, of {FAULT - WARM}; days with one",
        f"in a quiet quarter ({quarters}); and of each kind of stream how many are seen, with days",
        "until then, median (most). **What rings on most days before a fault sees it at once, and",
        f"by chance.** `{NONE}`: it is not made for this.",
        "",
        *_table(alarms_of, INPUTS),
        "",
        "With outcomes:",
        "",
        *_table(alarms_of, OUTCOMES),
        "",
        f"Better than `{OURS}`, by more streams or by the median of days, are of those that do not",
        f"ring on half of the days before a fault ({OURS} in brackets, and of both the days with a",
        "false alarm before it; what is seen of outcomes by chance without them, is no merit):",
        "",
        *(better(alarms_of) or ["- none"]),
    ]


def better(alarms_of: Mapping[str, Alarms]) -> list[str]:
    """A line for each tool and trial in which it sees more than our monitor, or sooner."""
    lines = []
    for place, trial in enumerate(TRIALS):
        ours = seen(alarms_of[OURS].faulty[place] or [[]], trial.expected)
        for tool, kind, needs in ROWS:
            streams = alarms_of[tool].only(kind).faulty[place] if tool in alarms_of else None
            if streams is None or needs != trial.labelled:
                continue
            other = seen(streams, {kind})
            if other.before < (FAULT - WARM) / 2 and _rank(other) > _rank(ours):
                lines.append(
                    f"- {trial.name}: {tool}, {kind}: {_words(other)} [{_words(ours)}];"
                    f" {other.before:.1f} [{ours.before:.1f}]"
                )
    return lines


def _rank(each: Seen) -> tuple[int, float]:
    return len(each.days), -float(np.median(each.days)) if each.days else 0.0


def _words(each: Seen) -> str:
    return f"{each.share}, {each.when}".removesuffix(", ")


def _table(alarms_of: Mapping[str, Alarms], outcomes: bool) -> list[str]:
    places = [n for n, trial in enumerate(TRIALS) if trial.labelled == outcomes]
    heads = ["tool", "before", "quiet quarter", *(TRIALS[place].name for place in places)]
    rows = [_row(OURS, alarms_of[OURS], [TRIALS[place].expected for place in places], places)]
    rows += [
        _row(f"{tool}: {kind}", alarms_of[tool].only(kind), [{kind}] * len(places), places)
        for tool, kind, needs in ROWS
        if needs == outcomes and tool in alarms_of
    ]
    if outcomes and "evidently" in alarms_of:
        rows.append(["evidently", *[NONE] * (len(heads) - 1)])
    if outcomes:  # our monitor was not asked for outcomes there
        rows[0][2] = ""
    return [
        f"| {' | '.join(heads)} |",
        f"| --- |{' ---: |' * (len(heads) - 1)}",
        *(f"| {' | '.join(each)} |" for each in rows),
    ]


def _row(
    name: str, alarms: Alarms, expected: Sequence[Collection[str]], places: Sequence[int]
) -> list[str]:
    """The cells of a row."""
    cells, before = [], NONE
    for place, kinds in zip(places, expected, strict=True):
        streams = alarms.faulty[place]
        if streams is None:
            cells.append(NONE)
            continue
        each = seen(streams, kinds)
        before = f"{each.before:.1f}" if before == NONE else before
        cells.append(_words(each))
    quiet = np.mean([len({day for day, _ in each}) for each in alarms.quiet])
    return [name, before, f"{quiet:.1f}", *cells]
