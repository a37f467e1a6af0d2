"""What the first run says of leaks: a test score that is too good to be true."""

import json
from pathlib import Path

import pandas as pd

from truerun.base import paths
from truerun.base.tasks import Task
from truerun.model import disbelief

RESULTS, IMPORTANCE = paths.METRICS / "evaluate.json", paths.PLOTS / "importance.csv"


def doubts(project: Path, task: Task) -> list[str]:
    """A warning of a score that is hard to believe, and what to do about it; none if it is not."""
    results = json.loads((project / RESULTS).read_text(encoding="utf-8"))
    importance = pd.read_csv(project / IMPORTANCE, dtype={"column": str}, keep_default_na=False)
    doubt = disbelief.warning(results, importance, task)
    return [f"! {doubt} If not, adopt the table again, with --drop NAME.", ""] if doubt else []
