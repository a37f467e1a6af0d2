"""Where a run gives something other than what Git holds, propose that in a pull request.

`propose` runs where nothing is installed.
"""

from pathlib import Path

from truerun.base.commands import run
from truerun.base.errors import CiError
from truerun.ci import proposals
from truerun.ci.github import Api
from truerun.ci.outputs import set_outputs

HERE = Path()
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
    run(HERE, "git", *proposals.AUTHOR, "commit", "--quiet", "--message", TITLE)
    proposals.push(branch)
    listed = "\n".join(f"- `{name}`" for name in files)
    pull, is_new = proposals.open_pull(
        api, branch, base, TITLE, BODY.format(commit=commit, files=listed)
    )
    print(f"{'opened' if is_new else 'already open:'} {proposals.address(pull)}")
