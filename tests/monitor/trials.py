"""What the monitor says of streams, of which some have a fault, and on which day.

`make bench-monitor` writes docs/monitor-trials.md by it.
"""

import datetime as dt
import os
import tempfile
from contextlib import chdir
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from tests.monitor import streams, town
from tests.monitor.streams import AFTER, DAY, FAULT, FIRST, QUARTER, TRIALS, WARM, Trial
from truerun.monitor import counts, inputs, performance, release
from truerun.monitor.counts import DayCounts, Layout
from truerun.monitor.labels import Coverage, JoinedRows, LabelFile
from truerun.monitor.release import Release
from truerun.requests.outcomes import OUTCOME

Alarm = tuple[int, str]  # a day, and the check that rang on it


def by_day(rows: pd.DataFrame, layout: Layout) -> dict[dt.date, DayCounts]:
    return {
        day.date(): counts.of_lines(town.lines(part, model=layout.release.version), layout)
        for day, part in rows.groupby(rows["at"].dt.floor("D"))
    }


def of_inputs(rows: pd.DataFrame, released: Release, last: int) -> list[Alarm]:
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


def of_outcomes(rows: pd.DataFrame, released: Release, trial: Trial) -> list[Alarm]:
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


def run(seed: int, trial: Trial | None) -> list[Alarm]:
    """What is said of a stream; without a trial of a quiet one."""
    released = release.load(Path("models/bundle"))
    if trial is None:
        rows = streams.quiet(seed)
        return of_inputs(rows, released, WARM + QUARTER)
    rows = streams.stream(seed, trial.change, FAULT + AFTER)
    if trial.labelled:
        return of_outcomes(rows, released, trial)
    return of_inputs(rows, released, FAULT + AFTER)


def _quiet(seed: int) -> list[Alarm]:
    return run(seed, None)


def _of_trial(task: tuple[int, int]) -> list[Alarm]:
    seed, place = task
    return run(seed, TRIALS[place])


def alarms(quarters: int) -> tuple[list[list[Alarm]], list[list[list[Alarm]]]]:
    """Of so many quiet streams, and of those of each trial; on two cores."""
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    tasks = [(seed, n) for n, each in enumerate(TRIALS) for seed in streams.seeds(each)]
    with tempfile.TemporaryDirectory() as folder:
        town.lay_down(Path(folder))
        with chdir(folder), get_context("fork").Pool(2) as pool:
            faulty = iter(pool.map(_of_trial, tasks, chunksize=1))
            quiet = pool.map(_quiet, streams.quiet_seeds(quarters), chunksize=4)
    return quiet, [[next(faulty) for _ in streams.seeds(each)] for each in TRIALS]
