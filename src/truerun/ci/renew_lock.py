"""Where a run gives something other than what Git holds, propose that in a pull request.

`propose` runs where nothing is installed.
"""

import sys
from pathlib import Path

from truerun.base.commands import run
from truerun.base.errors import CiError
from truerun.ci import answers
from truerun.ci.answers import part
from truerun.ci.github import TRIES, Api, UnsureError
from truerun.ci.outputs import set_outputs

HERE = Path()
AUTHOR = (
    *("-c", "user.name=github-actions[bot]"),
    *("-c", "user.email=41898282+github-actions[bot]@users.noreply.github.com"),
)
TITLE = "dvc.lock as the pipeline gives it"
BODY = """\
`dvc repro` on {commit} gave something other than what Git holds, in:

{files}

Merge this to have it recorded, or find out why the commit was made without a run.

GitHub starts no checks for a pull request that a workflow opened: close it and open it again.
"""


def diff(file: Path) -> None:
    """Write what a run changed in Git to a file, if anything, and tell GitHub Actions of it."""
    run(HERE, "git", "add", "--intent-to-add", "--all")  # new files count
    file.parent.mkdir(parents=True, exist_ok=True)
    run(HERE, "git", "diff", "--binary", f"--output={file}", "HEAD")
    changed = file.stat().st_size > 0
    set_outputs(stale=str(changed).lower())
    print(run(HERE, "git", "diff", "--stat", "HEAD") or "Git holds what the run gives")


def propose(api: Api, file: Path) -> None:
    """Commit the changes on a branch of their own, push it, open a pull request."""
    commit = run(HERE, "git", "rev-parse", "HEAD").strip()
    base = run(HERE, "git", "branch", "--show-current").strip()
    if not base:
        raise CiError("check out the branch that the pull request is for")
    branch = f"{base}-renewed-lock-{commit[:8]}"
    run(HERE, "git", "checkout", "--quiet", "-B", branch)
    run(HERE, "git", "apply", "--index", str(file))
    files = run(HERE, "git", "diff", "--cached", "--name-only").splitlines()
    run(HERE, "git", *AUTHOR, "commit", "--quiet", "--message", TITLE)
    if not run(HERE, "git", "ls-remote", "--heads", "origin", f"refs/heads/{branch}").strip():
        run(HERE, "git", "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
    listed = "\n".join(f"- `{name}`" for name in files)
    body = BODY.format(commit=commit, files=listed)
    request = {"head": branch, "base": base, "title": TITLE, "body": body}
    for tried in range(1, TRIES + 1):
        if address := _open(api, branch):
            print(f"already open: {address}")
            return
        try:
            opened = api.send("POST", "pulls", request)
        except UnsureError as error:  # it may have been carried out
            if tried == TRIES:
                raise
            print(f"{error}; looking whether it was opened", file=sys.stderr)
            api.sleep(2.0**tried)
        else:
            print(f"opened {part(opened, str, 'html_url')}")
            return


def _open(api: Api, branch: str) -> str | None:
    """The address of the open pull request of our branch of this name; a fork may have one too."""
    for answer in api.items("pulls"):
        pull = answers.pull(answer)
        here = pull.repository is not None and pull.repository.full_name == api.repository
        if here and pull.branch == branch:
            return part(answer, str, "html_url")
    return None
