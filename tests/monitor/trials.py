"""Streams of a town that go on for months, some of them with a fault: what is said, and when.

python -m tests.monitor.trials          writes docs/monitor-trials.md
"""

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from tests.conftest import ROOT
from tests.limits import stations
from tests.monitor import town
from truerun.monitor import counts, inputs, performance, release
from truerun.monitor.counts import DayCounts, Layout
from truerun.monitor.labels import Coverage, JoinedRows, LabelFile
from truerun.monitor.release import Release
from truerun.requests.outcomes import OUTCOME

PAGE = ROOT / "docs/monitor-trials.md"
QUIET, FAULTY, LABELLED = 200, 10, 3  # streams
WARM, QUARTER = 28, 91  # days before the first that is judged, and of a quiet stream from then on
FAULT, AFTER = 56, 49  # the day on which a fault begins, and days from then on
DAY = pd.Timedelta(days=1)
FIRST = pd.Timestamp(town.FIRST, tz="UTC")
Change = Callable[[pd.DataFrame, "pd.Series[float]", np.random.Generator], pd.DataFrame]


@dataclass(frozen=True)
class Trial:
    """A kind of stream: what is changed of it, which checks should tell, and how soon labels are.

    `change` takes rows, weeks since the fault began (negative before it) and a generator.
    """

    name: str
    change: Change
    expected: Collection[str]
    labelled: bool = False
    biased: bool = False
    shadow: bool = False


def nothing(rows: pd.DataFrame, _weeks: "pd.Series[float]", _: np.random.Generator) -> pd.DataFrame:
    return rows


def drift(rows: pd.DataFrame, weeks: "pd.Series[float]", _: np.random.Generator) -> pd.DataFrame:
    """A column moves by half of its noise a week; scores and outcomes do not."""
    return rows.assign(load=rows["load"] + 4 * weeks.clip(lower=0))


def drift_with_loss(
    rows: pd.DataFrame, weeks: "pd.Series[float]", random: np.random.Generator
) -> pd.DataFrame:
    """The same, and week by week a tenth more of the outcomes are by chance."""
    by_chance = random.random(len(rows)) < (0.1 * weeks.clip(lower=0)).clip(upper=0.6)
    bad = np.where(by_chance, random.random(len(rows)) < 0.4, rows["bad"])
    return drift(rows, weeks, random).assign(bad=bad.astype("int8"))


def loss(
    rows: pd.DataFrame, weeks: "pd.Series[float]", random: np.random.Generator
) -> pd.DataFrame:
    """From one day on half of the outcomes are by chance."""
    by_chance = (random.random(len(rows)) < 0.5) & (weeks >= 0)
    bad = np.where(by_chance, random.random(len(rows)) < 0.4, rows["bad"])
    return rows.assign(bad=bad.astype("int8"))


def empty(rows: pd.DataFrame, weeks: "pd.Series[float]", _: np.random.Generator) -> pd.DataFrame:
    return rows.assign(heat=rows["heat"].where(weeks < 0))


def units(rows: pd.DataFrame, weeks: "pd.Series[float]", _: np.random.Generator) -> pd.DataFrame:
    return rows.assign(heat=np.where(weeks < 0, rows["heat"], rows["heat"] * 1.8 + 32))


def halved(
    rows: pd.DataFrame, weeks: "pd.Series[float]", random: np.random.Generator
) -> pd.DataFrame:
    return rows[(weeks < 0) | (random.random(len(rows)) < 0.5)]


INPUTS = {"drift", "range", "missing", "relation", "volume", "refused"}
TRIALS = (
    Trial("a column drifts, the model does not lose", drift, INPUTS),
    Trial("a column drifts, and the model loses", drift_with_loss, INPUTS),
    Trial("the same, by outcomes", drift_with_loss, {"performance"}, labelled=True),
    Trial("half of the outcomes are by chance", loss, {"performance"}, labelled=True),
    Trial("the same, without outcomes", loss, INPUTS),
    Trial("a column is empty", empty, {"missing"}),
    Trial("a column changes its unit", units, INPUTS),
    Trial("half of the rows come", halved, {"volume"}),
    Trial("bad outcomes come at once, good ones after ten days", nothing, {"labels"},
          labelled=True, biased=True),
    Trial("a shadow is better", nothing, {"shadow"}, labelled=True, shadow=True),
)  # fmt: skip


def stream(seed: int, change: Change, days: int) -> pd.DataFrame:
    """Rows of so many days after the training rows, at the same time of the year as they were."""
    random = np.random.default_rng(seed + 10_000)
    rows = town.rows(seed)
    rows = rows[rows["at"] < stations.FIRST + days * DAY].reset_index(drop=True)
    rows["at"] += FIRST - stations.FIRST
    weeks = (rows["at"] - FIRST) / DAY // 1 - FAULT
    return change(rows, weeks / 7, random)


def by_day(rows: pd.DataFrame, layout: Layout) -> dict[dt.date, DayCounts]:
    return {
        day.date(): counts.of_lines(town.lines(part, model=layout.release.version), layout)
        for day, part in rows.groupby(rows["at"].dt.floor("D"))
    }


def of_inputs(rows: pd.DataFrame, released: Release, last: int) -> list[tuple[int, str]]:
    """The days on which something is said of what came in, and by which check; once a check."""
    days, said = by_day(rows, Layout(released)), []
    for number in range(WARM, last):
        until = town.FIRST + dt.timedelta(days=number)
        known = {day: each for day, each in days.items() if day <= until}
        found = inputs.of_day(known, released, until)
        if (number + 1) % 7 == 0:  # a window is whole
            found += inputs.of_windows(known, released, until)
        said += [(number, each.check) for each in found]
    return said


def of_outcomes(rows: pd.DataFrame, released: Release, trial: Trial) -> list[tuple[int, str]]:
    """The days on which something is said of outcomes; a look a week."""
    said = []
    for number in range(WARM + 3, FAULT + AFTER, 7):
        day = rows["at"].dt.floor("D")
        until = FIRST + number * DAY
        first, last = until - 29 * DAY, until - 2 * DAY
        some = rows[(day >= first) & (day <= last)]
        known = np.ones(len(some), bool)
        if trial.biased and number >= FAULT:
            waits = np.where(some["bad"] == 1, 0.1, 10.0)
            known = (some["at"] + pd.to_timedelta(waits, unit="D") < until + DAY).to_numpy()
        table = _joined(some[known], trial, number)
        coverage = tuple(
            Coverage(each.date(), int((some["at"].dt.floor("D") == each).sum()),
                     int((some["at"].dt.floor("D") == each)[known].sum()))
            for each in sorted(set(some["at"].dt.floor("D")))
        )  # fmt: skip
        joined = JoinedRows(table, coverage, first.date(), last.date())
        _, found = performance.of_labels(joined, LabelFile({}, 0, 0, 1.0), released)
        said += [(number, each.check) for each in found]
    return said


def _joined(some: pd.DataFrame, trial: Trial, number: int) -> pd.DataFrame:
    """Rows as `requests.outcomes.joined` has them."""
    table = pd.DataFrame(
        {
            "number": some["number"],
            "time": some["at"],
            "role": "live",
            "model": "m",
            "score": some["score"].astype(float),
            "decision": (some["score"] >= town.THRESHOLD).astype(int),
            "seconds": 0.0,
            OUTCOME: some["bad"],
            "cell:station": some["station"],
            "cell:street": some["street"],
        }
    )
    if not (trial.shadow and number >= FAULT):
        return table
    score = 0.9 * table["score"] + 0.1 * table[OUTCOME]
    shadow = table.assign(
        role="shadow", score=score, decision=(score >= town.THRESHOLD).astype(int)
    )
    return pd.concat([table, shadow], ignore_index=True)


def run(seed: int, trial: Trial | None) -> list[tuple[int, str]]:
    """What is said of a stream; without a trial of a quiet one."""
    released = release.load(Path("models/bundle"))
    if trial is None:
        rows = stream(seed, nothing, WARM + QUARTER)
        return of_inputs(rows, released, WARM + QUARTER)
    rows = stream(seed, trial.change, FAULT + AFTER)
    if trial.labelled:
        return of_outcomes(rows, released, trial)
    return of_inputs(rows, released, FAULT + AFTER)


def seeds(trial: Trial) -> range:
    """Those of the streams of a kind."""
    return range(3, 3 + (LABELLED if trial.labelled else FAULTY))


def _quiet(seed: int) -> list[tuple[int, str]]:
    return run(seed, None)


def _of_trial(task: tuple[int, int]) -> list[tuple[int, str]]:
    seed, place = task
    return run(seed, TRIALS[place])


def table(quiet: list[list[tuple[int, str]]], said: list[list[list[tuple[int, str]]]]) -> str:
    """The page."""
    alarms = [len({day for day, _ in each}) for each in quiet]
    stated = 1 + inputs.LEVEL * inputs.QUARTER / 7
    text = f"""# What the monitor says of streams with faults

Written by `python -m tests.monitor.trials`. A town's air is foretold, 48 rows a day; outcomes are
known after two days ([monitoring.md](monitoring.md)).

Of {len(quiet)} quiet quarters, {sum(map(bool, alarms))} have a false alarm of what comes in;
{np.mean(alarms):.2f} days a quarter have one, where {stated:.2f} are stated at most.

A fault begins on day {FAULT}, and {AFTER} days are watched from then on. What comes in is looked at
each day, outcomes once a week. The town has a season of eight weeks, and metrics of four weeks are
held against those of test rows of eight: so some of the alarms before a fault are none of chance.
"""
    lines = [
        *text.splitlines(),
        "",
        "| stream | seen | days until then, median (most) | false alarms a stream before it |",
        "| --- | ---: | ---: | ---: |",
    ]
    for trial, streams in zip(TRIALS, said, strict=True):
        first = [
            min((day for day, check in each if day >= FAULT and check in trial.expected),
                default=None)
            for each in streams
        ]  # fmt: skip
        seen = [day - FAULT for day in first if day is not None]
        before = np.mean([len({day for day, _ in each if day < FAULT}) for each in streams])
        when = f"{np.median(seen):.0f} ({max(seen)})" if seen else ""
        lines.append(f"| {trial.name} | {len(seen)} of {len(streams)} | {when} | {before:.2f} |")
    end = """
Without outcomes nothing shows a change of what they hang on: what is seen there, is seen by chance.
Day 0 is the first that has the fault, which is told on the morning after.
"""
    lines += end.splitlines()
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run all streams, on as many cores as there are, and write the page."""
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        town.lay_down(Path(folder))
        os.chdir(folder)
        with get_context("fork").Pool(2) as pool:
            said = pool.map(
                _of_trial, [(seed, n) for n in range(len(TRIALS)) for seed in seeds(TRIALS[n])]
            )  # fmt: skip
            quiet = pool.map(_quiet, range(1000, 1000 + QUIET), chunksize=4)
    streams = iter(said)
    parts = [[next(streams) for _ in seeds(trial)] for trial in TRIALS]
    PAGE.write_text(table(quiet, parts), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
