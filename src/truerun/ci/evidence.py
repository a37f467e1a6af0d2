"""The evidence of a run, between GitHub and the folder in which main's code judges it.

Nothing in it is trusted. It is bounded, its names are checked, and it stays data.
"""

from pathlib import Path

from truerun.base import paths, settings
from truerun.base.errors import CiError
from truerun.ci import answers, artifact, runs
from truerun.ci.answers import WorkflowRun
from truerun.ci.github import GONE, Api, GitHubError
from truerun.ci.outputs import set_outputs
from truerun.ci.replies import COMPARISON, ERRORS, VerdictError
from truerun.compare import evidence
from truerun.params.compare import Compare

ARTIFACT, INFORMATION = "evidence", "comparison"  # what pull-request.yml leaves behind
WHY = {
    "cancelled": "the run was cancelled, or passed its time limit",
    "timed_out": "the run passed its time limit",
    "action_required": "someone with write access must approve the run first",
    "startup_failure": "GitHub could not start the run",
}
EXPIRED = "what the run left behind has expired: run it again"


class NothingLeftError(VerdictError):
    """A run that left no artifact of a name."""


def gather(run: Path, folder: Path, compared: Path | None) -> None:
    """Gather what a run of the last commit left, to be judged elsewhere."""
    size = evidence.gather(run, folder, most(), compared)
    print(f"{folder}: {size / evidence.MEGABYTE:,.1f} MB to be judged")


def most() -> int:
    """The bytes that evidence may have, by params.yaml."""
    section = settings.load_section(Compare, paths.PARAMS, "compare")
    return section.evidence_megabytes * evidence.MEGABYTE


def fetch(api: Api, number: int, attempt: int, folder: Path, judged: Path) -> None:
    """Lay down the evidence of a run in a folder, and tell GitHub Actions of which commit it is.

    Where there is none, the reason is written to the folder `judged`, and with it the comparison
    that the run made itself, if it did.
    """
    try:
        run, _ = runs.asked(api, number, attempt)
    except runs.UnansweredError as unanswered:
        print(f"{unanswered}: nothing is judged")
        return
    try:
        left = most()
        artifact.unpack(left_behind(api, run, ARTIFACT, left), folder, left)
    except CiError as error:
        judged.mkdir(parents=True, exist_ok=True)
        reason = str(error)
        if isinstance(error, NothingLeftError):
            reason = _too_large(api, run, judged) or reason
        (judged / ERRORS).write_text(f"error: {reason}\n", encoding="utf-8")
        print(f"no evidence: {reason}")
        return
    set_outputs(commit=run.commit)


def left_behind(api: Api, run: WorkflowRun, name: str, most_bytes: int) -> bytes:
    """The archive that a run left behind under a name."""
    if run.conclusion not in (None, "success", "failure"):
        raise VerdictError(WHY.get(run.conclusion, f"the run ended as {run.conclusion}"))
    listing = api.items(f"actions/runs/{run.id}/artifacts?name={name}", "artifacts")
    artifacts = list(map(answers.artifact, listing))
    if not artifacts:
        raise NothingLeftError("the run left no evidence behind")
    newest = max(artifacts, key=lambda one: one.id)  # each try of a run leaves its own
    if newest.size > most_bytes:
        raise VerdictError(f"the artifact {name} has more than {most_bytes:,} bytes")
    if newest.expired:
        raise VerdictError(EXPIRED)
    try:
        return api.download(f"actions/artifacts/{newest.id}/zip", most_bytes)
    except GitHubError as error:
        if error.status == GONE:
            raise VerdictError(EXPIRED) from error
        raise


def _too_large(api: Api, run: WorkflowRun, judged: Path) -> str | None:
    """Lay down the run's own comparison, which it makes of what it cannot hand over, and say so."""
    try:
        content = artifact.taken(left_behind(api, run, INFORMATION, artifact.MOST))
    except CiError:
        return None
    (judged / COMPARISON).write_bytes(content)
    return (
        f"evidence too large: the run handed over nothing, as it does above"
        f" {most() / evidence.MEGABYTE:,.0f} MB ({evidence.REMEDY}); what follows is by the run"
        " itself, for information"
    )
