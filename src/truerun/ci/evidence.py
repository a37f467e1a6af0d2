"""What a completed run left behind, as the answer to it: a text, and the state of a check.

The code of the run is not trusted: its comparison is checked and rendered by the code beside this
file. Whatever is wrong with it is an answer too: no verdict, and why.
"""

import json
import subprocess  # nosec B404
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truerun.base.commands import capture
from truerun.base.errors import CiError, listed
from truerun.ci import answers, artifact, comment, runs
from truerun.ci.answers import WorkflowRun
from truerun.ci.github import GONE, Api, GitHubError
from truerun.report.markdown import inline
from truerun.report.visible_text import short, visible_text

ARTIFACT = "comparison"
DESCRIPTION = 140  # characters of a status, which is GitHub's most
SECONDS = 120
WHY = {
    "cancelled": "the run was cancelled, or passed its time limit",
    "timed_out": "the run passed its time limit",
    "action_required": "someone with write access must approve the run first",
    "startup_failure": "GitHub could not start the run",
}


class VerdictError(CiError):
    """A run that gives no verdict; the message says why."""


@dataclass(frozen=True)
class Reply:
    """The answer to a run; the state is one that GitHub knows: success, failure or error."""

    state: str
    description: str
    text: str


def reply(api: Api, run: WorkflowRun) -> Reply:
    """The answer to a run, whatever it left behind."""
    try:
        found = judged(run, comparison(api, run))
        comment.check_length(found.text)
        others = runs.bases(api, run.commit) if run.event == "pull_request" else []
    except CiError as error:
        return none(run, str(error))
    if len(others) > 1:
        reason = f"the commit is open against {listed(others)}, and can have one status: close one"
        refused = none(run, reason)
        return Reply(refused.state, refused.description, f"{refused.text}\n{found.text}")
    return found


def none(run: WorkflowRun, reason: str) -> Reply:
    """The answer that there is no verdict."""
    seen = short(visible_text(reason), 1000)
    log = f"[The log of the run]({run.url}) may say more."
    text = f"**No verdict for {run.commit[:8]}:** {inline(seen)}. {log}\n"
    return Reply("error", short(f"No verdict: {seen}", DESCRIPTION), text)


def comparison(api: Api, run: WorkflowRun) -> bytes:
    """The comparison that a run left behind."""
    if run.conclusion not in (None, "success", "failure"):
        raise VerdictError(WHY.get(run.conclusion, f"the run ended as {run.conclusion}"))
    listing = api.items(f"actions/runs/{run.id}/artifacts?name={ARTIFACT}", "artifacts")
    artifacts = list(map(answers.artifact, listing))
    if not artifacts:
        raise VerdictError("the run left no comparison behind")
    newest = max(artifacts, key=lambda one: one.id)  # each try of a run leaves its own
    if newest.size > artifact.MOST:
        raise VerdictError(f"the artifact has more than {artifact.MOST:,} bytes")
    expired = "what the run left behind has expired: run it again"
    if newest.expired:
        raise VerdictError(expired)
    try:
        content = api.download(f"actions/artifacts/{newest.id}/zip", artifact.MOST)
    except GitHubError as error:
        if error.status == GONE:
            raise VerdictError(expired) from error
        raise
    return artifact.taken(content)


def judged(run: WorkflowRun, content: bytes) -> Reply:
    """The verdict that a comparison holds, in words and as a state."""
    text = rendered(content, run.url)
    found = json.loads(content)
    commit = found["head"]["commit"]
    if commit not in (None, run.commit):  # none, if the run changed files that are in Git
        raise VerdictError(f"the comparison is of the commit {commit}, the run of {run.commit}")
    rules = found["gate"]["rules"]
    failed, warned = (_names(rules, outcome) for outcome in ("fail", "warn"))
    if failed:
        told = f"{len(failed)} of {len(rules)} rules fail: {listed(failed)}"
    elif warned:
        told = f"{len(warned)} of {len(rules)} rules warn: {listed(warned)}"
    else:
        told = f"all {len(rules)} rules pass"
    worst = "fail" if failed else "warn" if warned else "pass"
    if found["gate"]["outcome"] != worst:
        raise VerdictError(f"the gate's outcome is not that of its rules: {told}")
    state = "failure" if failed else "success"
    return Reply(state, short(visible_text(told), DESCRIPTION), text)


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
            done = capture(Path(), *command, timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            raise VerdictError(f"the comparison takes more than {SECONDS} s to render") from error
        if done.returncode:
            said = done.stderr.strip().rpartition("\n")[2]
            reason = short(visible_text(said.removeprefix("error: ")), 300)
            raise VerdictError(f"the comparison is refused: {reason.replace(f'{folder}/', '')}")
        return target.read_text(encoding="utf-8")
