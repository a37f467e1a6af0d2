"""What became of the tables that are done: an interrupted run goes on, if the code is the same."""

import json
from dataclasses import asdict
from pathlib import Path

from tools.trial import choice
from tools.trial.whole_way import Outcome
from truerun.base.commands import capture

FOLDER = Path(".dvc/tmp/trial-tables")


def place(seed: int) -> Path:
    """The file of the outcomes that the code of this commit has, for a seed."""
    commit = capture(Path(), "git", "rev-parse", "HEAD").stdout.strip()
    return FOLDER / f"{commit}-{seed}.jsonl"


def add(outcome: Outcome, path: Path) -> None:
    """Write down what became of a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({**asdict(outcome), "trial": outcome.trial.name})
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def load(path: Path, seed: int) -> dict[str, Outcome]:
    """The outcomes that were written down, by the names of their tables."""
    if not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {
        line["trial"]: Outcome(
            **{
                **line,
                "trial": choice.trial(line["trial"], seed),
                "columns": tuple(line["columns"]),
                "faults": tuple((fault, printed) for fault, printed in line["faults"]),
            }
        )
        for line in lines
    }
