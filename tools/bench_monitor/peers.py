"""Other monitors, each in an environment of its own, which are played the same streams as ours.

Their packages are those of requirements/NAME.txt, by their hashes, and lie in .venv/NAME. Each gets
the rows that the monitor has of the model, those of training and test, and rows of streams.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from tests.monitor import streams, town

from tools.bench_monitor.page import Alarm, Alarms
from tools.environments import environment
from truerun.base import text_files
from truerun.base.commands import ONE_THREAD, run

CODE = Path(__file__).with_name("peer_code")
PEERS = {"NannyML": "nannyml", "evidently": "evidently"}  # and their environments
QUARTERS = {"NannyML": 10, "evidently": 3}  # quiet ones: evidently takes long for each day
NO_REPORTS = {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1"}  # to their makers
COLUMNS = ["station", "street", "heat", "load", "dust", "score"]  # features, and the score
Stream = tuple[str, int]  # the name of a change, and a seed


def alarms(name: str) -> Alarms:
    """What a library says of some quiet streams, and of those of each trial.

    A shadow, and outcomes that come sooner if they are bad, are no subject of theirs.

    Raises
    ------
    CommandError
        If it cannot be installed, or fails.
    """
    faulty = {
        (trial.change.__name__, seed): streams.FAULT
        for trial in streams.TRIALS
        if trial.change is not streams.nothing
        for seed in streams.seeds(trial)
    }
    quiet = [(streams.nothing.__name__, seed) for seed in streams.quiet_seeds(QUARTERS[name])]
    with tempfile.TemporaryDirectory(prefix="bench-monitor-") as folder:
        played = play(name, Path(folder), {**faulty, **dict.fromkeys(quiet)})
    return Alarms(
        [played[each] for each in quiet],
        [
            None
            if trial.change is streams.nothing
            else [played[trial.change.__name__, seed] for seed in streams.seeds(trial)]
            for trial in streams.TRIALS
        ],
    )


def play(name: str, folder: Path, played: Mapping[Stream, int | None]) -> dict[Stream, list[Alarm]]:
    """What a library says of streams, from the first day that is judged to the last of a stream.

    Parameters
    ----------
    folder : an empty one, for the rows.
    played : the streams, and the day of the fault of each; None for a quiet one.

    Raises
    ------
    CommandError
        If it cannot be installed, or fails.
    """
    programs = environment(PEERS[name])
    changes = {each.change.__name__: each.change for each in streams.TRIALS}
    days = {
        (change, seed): streams.WARM + streams.QUARTER if fault is None else fault + streams.AFTER
        for (change, seed), fault in played.items()
    }
    _write(town.rows(1), folder / "reference.parquet")
    for change, seed in played:
        rows = streams.stream(seed, changes[change], days[change, seed])
        _write(rows, folder / f"{change}-{seed}.parquet")
    plan = {
        "columns": COLUMNS,
        "first": streams.WARM,
        "label_days": town.SECTIONS["monitor"]["label_days"],
        "streams": {f"{change}-{seed}": fault for (change, seed), fault in played.items()},
    }
    text_files.write_json(folder / "plan.json", plan)
    script = str(CODE / f"of_{PEERS[name]}.py")
    home = {"HOME": str(programs.parent)}
    run(folder, str(programs / "python"), "-I", script, ".", **NO_REPORTS, **ONE_THREAD, **home)
    content = json.loads((folder / "alarms.json").read_text(encoding="utf-8"))
    return {
        (change, seed): [
            (day, kind)
            for day, kind in content[f"{change}-{seed}"]
            if streams.WARM <= day < days[change, seed]
        ]
        for change, seed in played
    }


def _write(rows: pd.DataFrame, path: Path) -> None:
    """Rows with their day, which is negative before the first, and the decision on each."""
    table = rows[["at", "bad", *COLUMNS]].assign(
        at=rows["at"].dt.tz_localize(None),
        day=(rows["at"] - streams.FIRST) // streams.DAY,
        decision=(rows["score"] >= town.THRESHOLD).astype("int8"),
    )
    table.to_parquet(path, index=False)
