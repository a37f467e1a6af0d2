"""The answer to a completed run: a text, and the state of a check.

What main's code made of the run's evidence, in a job of its own, is checked and rendered by the
code beside this file. Whatever is wrong with it is an answer too: no verdict, and why.
"""

import json
import subprocess  # nosec B404
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truerun.base.commands import capture, import_path
from truerun.base.errors import CiError, listed
from truerun.ci import comment, runs
from truerun.ci.answers import WorkflowRun
from truerun.ci.github import Api
from truerun.report.markdown import inline
from truerun.report.schema import LARGEST
from truerun.report.visible_text import short, visible_text

COMPARISON, ERRORS = "comparison.json", "errors.txt"  # what the job `judge` writes
UNJUDGED = "the workflow Verdict failed before it judged"
DESCRIPTION = 140  # characters of a status, which is GitHub's most
SECONDS = 120
ENOUGH = 20_000  # bytes of errors


class VerdictError(CiError):
    """A run that gives no verdict; the message says why."""


@dataclass(frozen=True)
class Reply:
    """The answer to a run; the state is one that GitHub knows: success, failure or error."""

    state: str
    description: str
    text: str


def reply(api: Api, run: WorkflowRun, judged: Path) -> Reply:
    """The answer to a run.

    Parameters
    ----------
    judged : a folder with the comparison, or with the errors for which there is none to go by; a
        comparison beside errors is shown for information.
    """
    try:
        reason = errors(judged / ERRORS)
        content = _content(judged / COMPARISON)
        if content is None:
            raise VerdictError(reason or UNJUDGED)
        verdict = verdict_of(run, content)
        comment.check_length(verdict.text)
        if reason is None:
            others = runs.bases(api, run.commit) if run.event == "pull_request" else []
            if len(others) <= 1:
                return verdict
            reason = f"the commit is open against {listed(others)}, and can have one status:"
            reason += " close one"
    except CiError as error:
        return none(run, str(error))
    refused = none(run, reason)
    return Reply(refused.state, refused.description, f"{refused.text}\n{verdict.text}")


def errors(path: Path) -> str | None:
    """What the commands that failed said of the reason; None without such a file."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        lines = file.read(ENOUGH).decode(errors="replace").splitlines()
    reasons = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return "; ".join(reasons) or UNJUDGED


def _content(path: Path) -> bytes | None:
    """A comparison, if there is one; at most a byte more than may be."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def none(run: WorkflowRun, reason: str) -> Reply:
    """The answer that there is no verdict."""
    seen = short(visible_text(reason), 1000)
    log = f"[The log of the run]({run.url}) may say more."
    text = f"**No verdict for {run.commit[:8]}:** {inline(seen)}. {log}\n"
    return Reply("error", short(f"No verdict: {seen}", DESCRIPTION), text)


def verdict_of(run: WorkflowRun, content: bytes) -> Reply:
    """The verdict that a comparison holds, in words and as a state."""
    text = rendered(content, run.url)
    comparison = json.loads(content)
    commit = comparison["head"]["commit"]
    if commit not in (None, run.commit):  # none, if the run changed files that are in Git
        raise VerdictError(f"the comparison is of the commit {commit}, the run of {run.commit}")
    rules = comparison["gate"]["rules"]
    failed, warned = (_names(rules, outcome) for outcome in ("fail", "warn"))
    if failed:
        summary = f"{len(failed)} of {len(rules)} rules fail: {listed(failed)}"
    elif warned:
        summary = f"{len(warned)} of {len(rules)} rules warn: {listed(warned)}"
    else:
        summary = f"all {len(rules)} rules pass"
    worst = "fail" if failed else "warn" if warned else "pass"
    if comparison["gate"]["outcome"] != worst:
        raise VerdictError(f"the gate's outcome is not that of its rules: {summary}")
    state = "failure" if failed else "success"
    return Reply(state, short(visible_text(summary), DESCRIPTION), text)


def _names(rules: Sequence[dict[str, Any]], outcome: str) -> list[str]:
    """The names of the rules with an outcome."""
    return [rule["rule"] for rule in rules if rule["outcome"] == outcome]


def rendered(content: bytes, run_url: str) -> str:
    """A comparison as Markdown, by the program that checks it first."""
    with tempfile.TemporaryDirectory(prefix="verdict-") as folder:
        source, target = Path(folder, "comparison.json"), Path(folder, "verdict.md")
        source.write_bytes(content)
        command = [sys.executable, "-m", "truerun.report", str(source), "--format", "markdown"]
        command += ["--output", str(target), "--run-url", run_url]
        try:
            done = capture(Path(), *command, timeout=SECONDS, PYTHONPATH=import_path(Path()))
        except subprocess.TimeoutExpired as error:
            raise VerdictError(f"the comparison takes more than {SECONDS} s to render") from error
        if done.returncode:
            last_line = done.stderr.strip().rpartition("\n")[2]
            reason = short(visible_text(last_line.removeprefix("error: ")), 300)
            raise VerdictError(f"the comparison is refused: {reason.replace(f'{folder}/', '')}")
        return target.read_text(encoding="utf-8")
