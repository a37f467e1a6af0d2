"""Six changes to the flights, and the comment that a pull request with each of them would get.

In a clone of the repository each change is made, the pipeline run, and the run judged as
verdict.yml judges it: from what it hands over. The clone shares DVC's cache, so that only what a
change touches is run, and nothing a second time. The page docs/comments.md has of each comment its
first lines and its metrics; seconds and bytes, which differ from machine to machine, are not in it.

Usage:
  python -m tools.flights.comments          what `make comments` calls; takes some minutes
"""

import argparse
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.clones import code_into
from truerun.base import paths, text_files
from truerun.base.commands import run
from truerun.base.errors import TruerunError, exit_with
from truerun.base.progress import progress

OUTPUT = Path("docs/comments.md")
PARAMS, FEATURES = "params.yaml", "src/flights/features.py"
MOST_LINES = 40  # of a diff
WHEN = "2014-01-02T08:00:00+00:00"
AUTHOR = {
    f"GIT_{role}_{fact}": value
    for role in ("AUTHOR", "COMMITTER")
    for fact, value in (("NAME", "a data scientist"), ("EMAIL", "ds@example.com"), ("DATE", WHEN))
}
INTRODUCTION = """\
# What comments look like

Made by `make comments`: six changes to the flights, each as a pull request, and what its comment
says. Above are the two lines that a reviewer reads first; below them the metrics. The rest of a
comment, [folded](pull-requests.md), is left out here."""


@dataclass(frozen=True)
class Edit:
    """A text of a file that is there once, and what stands in its place."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Trial:
    """A change: what main holds before it, unless that is this repository, and what comes after."""

    title: str
    says: str
    before: tuple[Edit, ...] = ()
    after: tuple[Edit, ...] = ()
    month: str = ""  # whose raw files are added


def exclude(names: str) -> Edit:
    """Another list of columns that the model does not see."""
    return Edit(PARAMS, "exclude: [plane]  ", f"exclude: [{names}]  ")


TRIALS = (
    Trial(
        "Weather is seen",
        "The model did not see the weather at the airport; now it does.",
        before=(exclude("plane, weather"),),
        after=(Edit(PARAMS, "[plane, weather]", "[plane]"),),
    ),
    Trial(
        "A carrier's history is lost",
        "JetBlue (B6) is kept out of the rates that the flights of an airport share.",
        after=(
            Edit(
                FEATURES,
                "pd.Series(window_sums.mean(), index=flights.index)\n",
                "pd.Series(window_sums.mean(), index=flights.index).mask(\n"
                '                (flights["carrier"] == "B6") & ("origin" in by)\n'
                "            )\n",
            ),
        ),
    ),
    Trial("A month is added", "November 2013 is added to the raw data.", month="2013-11"),
    Trial(
        "Refactoring",
        "A constant in the code that makes features gets a name of its own, and the same value.",
        after=(
            Edit(
                FEATURES,
                "OBSERVATION_STALE = 6 * 60\n",
                "HOUR = 60\nOBSERVATION_STALE = 6 * HOUR\n",
            ),
        ),
    ),
    Trial(
        "Another threshold",
        "More flights are to be called late: from a score of 0.2 instead of 0.3.",
        after=(Edit(PARAMS, "  threshold: 0.3 ", "  threshold: 0.2 "),),
    ),
    Trial(
        "Features are dropped",
        "The delays of the last hours are dropped: they are hard to get in time.",
        after=(exclude("plane, now"),),
    ),
)


def main() -> None:
    """Make each change, and write the page."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="comments-") as folder:
        clone = Path(folder) / "clone"
        code_into(clone)
        run(clone, "dvc", "cache", "dir", "--local", str(here / ".dvc/cache"))
        run(clone, "git", "switch", "--quiet", "--create", "start")
        pipeline(clone)
        commit(clone, "Main")
        parts = [
            part(trial, *comment(clone, trial))
            for trial in progress(TRIALS, doing="comments", unit="change")
        ]
    text_files.write_text(OUTPUT, "\n\n".join([INTRODUCTION, *parts]) + "\n")
    print(f"wrote {OUTPUT}")


def comment(clone: Path, trial: Trial) -> tuple[str, str]:
    """What the change is, as a diff, and the comment that it gets."""
    run(clone, "git", "switch", "--quiet", "--force-create", "main", "start")
    if trial.before:
        for edit in trial.before:
            apply(clone, edit)
        pipeline(clone)
        commit(clone, "Main, before the change")
    run(clone, "git", "switch", "--quiet", "--force-create", "change")
    for edit in trial.after:
        apply(clone, edit)
    if trial.month:
        truerun(clone, "ingest", trial.month)
    diff = run(clone, "git", "diff", "--unified=1", "main")
    pipeline(clone)
    commit(clone, trial.title)
    evidence, reports = clone.parent / "evidence", clone.parent / "reports"
    truerun(clone, "ci", "evidence", "gather", "run.json", str(evidence))
    run(clone, "git", "switch", "--quiet", "--detach", "main")
    truerun(
        clone,
        *("judge", "--judge", "own", "--base", "main", "--head", "change"),
        *("--head-name", "this pull request"),
        *("--evidence", str(evidence), "--reports", str(reports)),
    )
    shutil.rmtree(evidence)
    return diff, (reports / "comment.md").read_text(encoding="utf-8")


def apply(folder: Path, edit: Edit) -> None:
    """Put a text in another's place.

    Raises
    ------
    TruerunError
        If the text is not there once.
    """
    path = folder / edit.path
    text = path.read_text(encoding="utf-8")
    if text.count(edit.old) != 1:
        raise TruerunError(f"{edit.path} has {edit.old.strip()!r} {text.count(edit.old)} times")
    path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")


def pipeline(clone: Path) -> None:
    """Lay the raw data down, without what another change has added, and run what changed."""
    shutil.rmtree(clone / paths.RAW, ignore_errors=True)
    truerun(clone, "ingest")
    truerun(clone, "repro", "--record", "run.json")


def commit(clone: Path, message: str) -> None:
    """Commit what is changed in tracked files."""
    # A pipeline that was up to date leaves nothing to commit.
    run(clone, "git", "commit", "--quiet", "--all", "--allow-empty", "--message", message, **AUTHOR)


def truerun(clone: Path, verb: str, *arguments: str) -> None:
    """Run a command of the package that lies in the clone."""
    run(clone, sys.executable, "-m", f"truerun.{verb}", *arguments)


def part(trial: Trial, diff: str, text: str) -> str:
    """A section of the page: the change, the comment's first lines, and its metrics."""
    first, *rest = text.split("\n\n")
    second = "" if rest[0].startswith(("#", "<", "|")) else rest[0]
    quoted = "\n>\n".join(f"> {line}" for line in (first, second) if line)
    lines = [line for line in diff.splitlines() if re.match(r"[+-](?![+-]{2} )|diff", line)]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"... {len(lines) - MOST_LINES} more lines"]
    changed = "\n".join(re.sub(r"^diff --git a/(\S+) .*", r"\1", line) for line in lines)
    table = next((each for each in rest if each.startswith("| metric")), "")
    return f"## {trial.title}\n\n{trial.says}\n\n```diff\n{changed}\n```\n\n{quoted}\n\n{table}"


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    exit_with(main)
