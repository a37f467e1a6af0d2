"""Program of `truerun retrain`."""

import argparse
import datetime as dt
import re
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from truerun.base import commands, text_files
from truerun.base.commands import run
from truerun.base.errors import CompareError, RetrainError, exit_with
from truerun.ci import proposals, renew_lock
from truerun.ci.github import from_environment
from truerun.ci.outputs import set_outputs
from truerun.compare.summary import summary
from truerun.comparison import reading
from truerun.comparison.comparison import Comparison
from truerun.ingest import raw_files
from truerun.monitor.result import MonitorResult
from truerun.params.retrain import Retrain
from truerun.project import params
from truerun.report.visible_text import short, visible_text
from truerun.retrain.decision import ChallengerOutcome, Situation, TrainingDecision, decide, judged
from truerun.retrain.options import parser

HERE = Path()
COMPARISON, HANDED = Path("comparison.json"), Path("reports/retrain")
RECORD = Path("run.json")
BRANCH = re.compile(r"refs/heads/retrain-(\d{4}-\d{2}-\d{2})-[a-z]+$")
LETTERS = 300  # of a line


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: retrain(chosen))


def retrain(chosen: argparse.Namespace) -> None:
    """Decide, train, compare, and hand over or propose."""
    result = monitored(chosen.monitor)
    today = chosen.today or dt.datetime.now(dt.UTC).date()
    settings = params.load().retrain
    decision = decide(situation(chosen, result, today), settings)
    for reason in decision.reasons:
        print(f"reason ({reason.name}): {reason.detail}")
    outcome = None
    if not decision.trains:
        print(f"nothing is trained: {decision.held_back or 'there is no reason to'}")
    elif chosen.decide:
        print("a model is to be trained")
    else:
        outcome = trained(chosen, decision, settings)
        if outcome is None:
            print("the pipeline gives the model that is there: nothing is proposed")
    set_outputs(train=str(decision.trains).lower(), made=str(outcome is not None).lower())
    if outcome is None:
        return
    branch = f"retrain-{today}-{decision.reasons[0].name}"
    title = f"Train anew ({branch.removeprefix('retrain-')}): {short(outcome.why, 60)}"
    text_files.write_text(HANDED / proposals.BODY, body(decision, result, outcome))
    answer = {
        "branch": branch,
        "title": title,
        "close": not outcome.proposed,
        "automatic": settings.automatic and outcome.wins,
    }
    text_files.write_json(HANDED / proposals.ANSWER, answer)
    print(f"\n{'to be proposed' if outcome.proposed else 'not to be proposed'}: {outcome.why}")
    if not chosen.propose:
        print(f"{HANDED} has what a pull request says; the working tree has the new model")
        return
    base = run(HERE, "git", "branch", "--show-current").strip()
    run(HERE, "git", "add", "--all")  # or new files would stay, and be in the way of the change
    run(HERE, "git", "reset", "--quiet", "--hard")
    try:
        print(proposals.propose(from_environment(), HANDED))
    finally:
        run(HERE, "git", "switch", "--quiet", base)
        commands.call(HERE, sys.executable, "-m", "dvc", "checkout", "--quiet", "--force")


def monitored(path: Path) -> MonitorResult | None:
    """What the monitor wrote last; None if there is nothing."""
    if not path.exists():
        return None
    return reading.read(MonitorResult, path, "what `truerun monitor` writes", RetrainError)


def situation(
    chosen: argparse.Namespace, result: MonitorResult | None, today: dt.date
) -> Situation:
    """What is known, by the options, the monitor and Git."""
    changed = run(HERE, "git", "log", "-1", "--format=%cs", "--", "dvc.lock", check=False).strip()
    heads = run(HERE, "git", "for-each-ref", "--format=%(refname)", "refs/heads/retrain-*")
    if run(HERE, "git", "remote").split().count("origin"):
        heads += run(HERE, "git", "ls-remote", "--heads", "origin", "retrain-*", check=False)
    attempts = set()
    for branch in filter(None, map(BRANCH.search, heads.splitlines())):
        with suppress(ValueError):
            attempts.add(dt.date.fromisoformat(branch[1]))
    labels = None if result is None else result.labels
    return Situation(
        today,
        dt.date.fromisoformat(changed) if changed else None,
        sorted(attempts),
        None if result is None else result.answer,
        None if result is None else result.age_days,
        None if labels is None else labels.rows,
        chosen.now,
        short(visible_text(chosen.alarm), 60) if chosen.alarm else None,
    )


def trained(
    chosen: argparse.Namespace, decision: TrainingDecision, settings: Retrain
) -> ChallengerOutcome | None:
    """Ingest what arrived, run the pipeline, compare; None if nothing changed."""
    changed = ("git", "status", "--porcelain")  # what is new afterwards is of the run
    if not run(HERE, "git", "branch", "--show-current").strip() or run(HERE, *changed).strip():
        raise RetrainError("check out the branch that the model is for, with nothing uncommitted")
    if names := [*chosen.names, *unlisted(chosen.new)]:
        start("ingest", *(["--from", chosen.folder] if chosen.folder else []), "--", *names)
    if settings.tune_trials is not None:
        start("repro")  # a search goes by the features of all rows
        with tempfile.TemporaryDirectory() as folder:  # other rows are another search
            study = ("--study", f"{folder}/study.db")
            start("tune", "--trials", str(settings.tune_trials), *study, "--write")
    start("repro", "--record", str(RECORD))
    renew_lock.diff(HANDED / proposals.PATCH)
    if not (HANDED / proposals.PATCH).stat().st_size:
        return None
    start("compare", "--base", "HEAD", "--run", str(RECORD), "--output", str(COMPARISON))
    return judged(reading.read(Comparison, COMPARISON, "a comparison", CompareError), decision)


def unlisted(folder: Path | None) -> list[str]:
    """The files in a folder that data/raw.dvc does not list; none without a folder.

    Raises
    ------
    RetrainError
        If there is no such folder.
    """
    if folder is None:
        return []
    if not folder.is_dir():
        raise RetrainError(f"--new {folder}: there is no such folder")
    listed = raw_files.read_record()
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    return [str(path) for path in files if path.name not in listed]


def start(verb: str, *arguments: str) -> None:
    """Run a verb, which prints here.

    Raises
    ------
    RetrainError
        If it fails.
    """
    environment = commands.variables(HERE, PYTHONPATH=commands.import_path(HERE))
    command = (sys.executable, "-m", f"truerun.{verb}", *arguments)
    if status := commands.call(HERE, *command, environment=environment):
        raise RetrainError(f"`truerun {verb}` ended with exit status {status}: see above")


def body(
    decision: TrainingDecision, result: MonitorResult | None, outcome: ChallengerOutcome
) -> str:
    """The text of the pull request; what is quoted stands in blocks of code, as it is."""
    reasons = [each.detail for each in decision.reasons]
    findings = [] if result is None else [f"{one.status}: {one.detail}" for one in result.findings]
    comparison = reading.read(Comparison, COMPARISON, "a comparison", CompareError)
    figures = summary(comparison).splitlines()
    parts = ["## Why", _quoted(reasons), "## What came of it", _quoted([outcome.why, *figures])]
    if findings:
        parts[2:2] = [f"## What the monitor saw until {result.until if result else ''}",
                      _quoted(findings)]  # fmt: skip
    parts.append(
        "GitHub starts no checks for a pull request that a workflow opened, unless it has an App to"
        " do so: close it and open it again."
    )
    return "\n\n".join(parts) + "\n"


def _quoted(lines: Sequence[str]) -> str:
    """Lines as a block of code, so that nothing in them is a link or a mention."""
    shown = (" ".join(visible_text(line).splitlines())[:LETTERS] for line in lines)
    return "\n".join(f"    {line}".rstrip() for line in shown)


if __name__ == "__main__":
    main()
