"""A run that is completed: whether it is the newest of its kind, and whom to tell.

The run's number is all that comes from the event; GitHub is asked for the rest.
"""

from urllib.parse import quote

from truerun.base.errors import CiError
from truerun.ci import answers
from truerun.ci.answers import Pull, WorkflowRun
from truerun.ci.github import Api

FLOW = "pull-request.yml"
FILE = f".github/workflows/{FLOW}"
QUEUE = "gh-readonly-queue"  # where GitHub makes the commits of a merge queue


class UnansweredError(CiError):
    """A run that nobody waits for an answer to; the message says why."""


def asked(api: Api, number: int, attempt: int) -> tuple[WorkflowRun, Pull | None]:
    """The newest run for a commit, and its pull request; none if it is for a merge queue.

    Raises
    ------
    UnansweredError
        If the run is of another workflow, or something newer takes its place.
    """
    run = answers.run(api.get(f"actions/runs/{number}"))
    if run.file != FILE:
        raise UnansweredError(f"the run is of {run.file!r}, not of {FILE}")
    if run.event not in ("pull_request", "merge_group"):
        raise UnansweredError(f"the run is for a {run.event}, not for a pull request")
    if run.attempt > attempt:
        raise UnansweredError(f"run {run.id} was started again: its next attempt is answered")
    if newer := _newer(api, run):
        raise UnansweredError(f"run {newer} is newer, and is answered")
    if run.event == "merge_group":
        branch = answers.part(api.get(""), str, "default_branch")
        if not run.branch.startswith(f"{QUEUE}/{branch}/"):
            raise UnansweredError(f"{run.branch!r} is not of the merge queue of {branch}")
        return run, None
    pull = pull_request(api, run)
    if pull is None:
        raise UnansweredError(f"no open pull request has {run.commit} as its newest commit")
    return run, pull


def pull_request(api: Api, run: WorkflowRun) -> Pull | None:
    """The open pull request of a run, unless its branch has moved on.

    What GitHub says of the run itself names no pull request of a fork, and neither does what it
    says of the commit: only the name of the branch leads there.
    """
    if run.repository is None:
        return None
    head = quote(f"{run.repository.owner}:{run.branch}", safe="")
    for answer in api.items(f"pulls?state=open&head={head}"):
        pull = answers.pull(answer)
        if (
            pull.state == "open"
            and pull.commit == run.commit
            and pull.branch == run.branch
            and pull.repository is not None
            and pull.repository.id == run.repository.id
            and pull.base_repository == api.repository
            and pull.base == pull.default_branch
        ):
            return pull
    return None


def bases(api: Api, commit: str) -> list[str]:
    """The branches that open pull requests with a commit at their head are for."""
    pulls = (answers.pull(answer) for answer in api.items("pulls?state=open"))
    return sorted({pull.base for pull in pulls if pull.commit == commit})


def _newer(api: Api, run: WorkflowRun) -> int | None:
    """The number of a newer run of the same workflow for the same commit of the same branch."""
    commit, event = quote(run.commit, safe=""), quote(run.event, safe="")
    path = f"actions/workflows/{FLOW}/runs?head_sha={commit}&event={event}"
    others = map(answers.run, api.items(path, "workflow_runs"))
    newer = [
        other.id
        for other in others
        if other.id > run.id
        and (other.commit, other.branch, other.repository)
        == (run.commit, run.branch, run.repository)
    ]
    return max(newer, default=None)
