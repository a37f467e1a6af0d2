"""What it costs to profile a large table, beside reading it with pandas; for `make bench-adopt`."""

import json
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from truerun.base.commands import run

ROWS = 1_000_000
SEED = 20130101
GAPS = 0.2  # of the rows
WIDTH = 100  # of the page
TIMES = 3  # that each is measured, in turn
MOST_SECONDS, MOST_MEMORY = 60, 3.0  # of a million rows, and times the table's own
PROGRAM = """\
import json, resource, sys, time
from pathlib import Path
{imports}

def peak():
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts what the process was forked from in ru_maxrss.
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024

before, begin = peak(), time.perf_counter()
kept = {call}
print(json.dumps([time.perf_counter() - begin, peak() - before]))
"""
READ = ("import pandas", "pandas.read_csv(sys.argv[1])")
READ_ALONE = ("import pandas\npandas.set_option('mode.max_threads', 1)", READ[1])
TEXT = (
    "from truerun.adopt.reading import detect\nfrom truerun.sources.table.cells import read",
    "read(Path(sys.argv[1]), detect.detect(Path(sys.argv[1])))",
)
PROFILE = (
    (
        "from truerun.adopt.request import Request\n"
        "from truerun.adopt.table_profile import profile_table"
    ),
    'profile_table(Path(sys.argv[1]), Request(target="answer"))',
)


@dataclass(frozen=True)
class Cost:
    """Seconds, and bytes of memory beyond what the libraries take."""

    seconds: float
    peak: float


@dataclass(frozen=True)
class Costs:
    """Of a table of `rows` and `columns`, whose content takes `memory` bytes in pandas."""

    rows: int
    columns: int
    memory: float
    read: Cost
    read_alone: Cost  # with one core
    text: Cost
    profile: Cost


def measured(folder: Path, rows: int = ROWS) -> Costs:
    """Write a table of 50 columns, and let a process of its own do each of four things to it."""
    path = folder / "large.csv"
    table(rows).to_csv(path, index=False)
    frame = pd.read_csv(path)
    memory = float(frame.memory_usage(deep=True).sum())
    programs = (READ, READ_ALONE, TEXT, PROFILE)
    rounds = [[_cost(path, *each) for each in programs] for _ in range(TIMES)]
    path.unlink()
    costs = [min(each, key=lambda cost: cost.seconds) for each in zip(*rounds, strict=True)]
    return Costs(len(frame), frame.shape[1], memory, *costs)


def table(rows: int) -> pd.DataFrame:
    """Numbers, whole numbers, categories, yes and no, dates, gaps, codes, texts, and an answer."""
    drawn = np.random.default_rng(SEED)
    days = pd.Timestamp("2015-01-01") + pd.to_timedelta(drawn.integers(0, 3000, rows), unit="D")
    made = {f"number {n}": np.round(drawn.normal(size=rows) * 100, 3) for n in range(20)}
    made |= {f"count {n}": drawn.integers(0, 1000 * (n + 1), rows) for n in range(8)}
    made |= {f"kind {n}": drawn.choice(_words("kind", 5 + 20 * n), rows) for n in range(8)}
    made |= {f"is {n}": drawn.choice(["yes", "no"], rows) for n in range(4)}
    made |= {f"date {n}": days + pd.Timedelta(days=n) for n in range(4)}
    made |= {
        f"gaps {n}": np.where(drawn.random(rows) < GAPS, np.nan, made["number 0"]) for n in range(3)
    }
    made["code"] = _words("A", rows)
    made["text"] = [" ".join(words) for words in drawn.choice(_words("word", 50), (rows, 5))]
    made["answer"] = drawn.integers(0, 2, rows)
    return pd.DataFrame(made)


def problems(costs: Costs) -> list[str]:
    """The limits that are passed."""
    problems = []
    if costs.profile.seconds > MOST_SECONDS:
        problems.append(f"profiling takes {costs.profile.seconds:.0f} s, more than {MOST_SECONDS}")
    if costs.profile.peak > MOST_MEMORY * costs.memory:
        problems.append(
            f"profiling takes {costs.profile.peak / costs.memory:.1f} times the memory of the table"
        )
    return problems


def paragraph(costs: Costs) -> str:
    """What profiling costs, as a paragraph."""
    memory = f"{costs.profile.peak / costs.memory:.1f} times the memory that it has in pandas"
    times = f"{costs.profile.seconds / costs.read.seconds:.1f} times as long"
    return textwrap.fill(
        f"To profile {costs.rows:,} rows of {costs.columns} columns takes"
        f" {costs.profile.seconds:.1f} s, and {memory}: no row is left out. pandas {pd.__version__}"
        f" reads the file in {costs.read.seconds:.1f} s with all cores, and in"
        f" {costs.read_alone.seconds:.1f} s with one, without a text where a number is: profiling"
        f" takes {times}. To read every cell as text, and no more, takes"
        f" {costs.text.seconds:.1f} s.",
        WIDTH,
    )


def _words(stem: str, count: int) -> list[str]:
    """Words that are numbered."""
    return [f"{stem}{number:06}" for number in range(count)]


def _cost(path: Path, imports: str, call: str) -> Cost:
    """What a call costs in a process of its own."""
    program = PROGRAM.format(imports=imports, call=call)
    seconds, peak = json.loads(run(Path(), sys.executable, "-c", program, str(path)))
    return Cost(seconds, peak)
