"""Pull requests that a program opens: of one branch one, however often it is tried."""

import json
import re
import sys
from pathlib import Path
from typing import Any

from truerun.base.commands import run
from truerun.base.errors import CiError
from truerun.base.nested import value_at
from truerun.ci import answers
from truerun.ci.answers import part
from truerun.ci.github import TRIES, Api, UnsureError
from truerun.ci.outputs import set_outputs
from truerun.ci.verdict import STATUS

HERE = Path()
AUTHOR = (
    *("-c", "user.name=github-actions[bot]"),
    *("-c", "user.email=41898282+github-actions[bot]@users.noreply.github.com"),
)


PATCH, BODY, ANSWER = "change.patch", "body.md", "answer.json"
AUTOMATIC = "Retrained: automatic"  # a trailer, by which main makes a version of it
BRANCH = re.compile(r"retrain-\d{4}-\d{2}-\d{2}-[a-z]{1,20}")
MOST = 300  # letters of a title


def propose(api: Api, folder: Path) -> str:
    """Commit, push and open what `truerun retrain` left in a folder; what was done.

    A model that is not better is closed at once: its branch tells that it was tried. The address of
    one that may be merged by itself is the output `merge`.

    Raises
    ------
    CiError
        If the folder holds something else, or GitHub refuses.
    """
    try:
        answer = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
        branch, title, closes = answer["branch"], answer["title"], answer["close"]
        automatic = answer["automatic"]
        body = (folder / BODY).read_text(encoding="utf-8")
        good = bool(BRANCH.fullmatch(branch)) and isinstance(title, str)
        good = good and type(closes) is type(automatic) is bool and not (closes and automatic)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        good = False
    if not good:
        raise CiError(f"{folder} is not what `truerun retrain` leaves")
    base = run(HERE, "git", "branch", "--show-current").strip()
    run(HERE, "git", "checkout", "--quiet", "-B", branch)
    run(HERE, "git", "apply", "--index", str(folder / PATCH))
    message = ("--message", title[:MOST], *(("--message", AUTOMATIC) if automatic else ()))
    run(HERE, "git", *AUTHOR, "commit", "--quiet", *message)
    if not push(branch):
        return f"{branch} is there already: it was tried today"
    pull, _ = open_pull(api, branch, base, title[:MOST], body)
    if closes:
        api.send("PATCH", f"pulls/{part(pull, int, 'number')}", {"state": "closed"})
    opened = f"{'opened and closed' if closes else 'opened'} {address(pull)}"
    if not automatic:
        return opened
    if not requires_verdict(api, base):
        return f"{opened}; it is left to people: {base} does not require the status {STATUS}"
    set_outputs(merge=address(pull))
    return f"{opened}; `gh pr merge --auto --merge {address(pull)}` merges it once its checks pass"


def requires_verdict(api: Api, branch: str) -> bool:
    """Whether nothing is merged into a branch without the status of a verdict."""
    protected = ("protection", "required_status_checks", "contexts")
    required = _list(value_at(api.get(f"branches/{branch}"), *protected))
    for rule in api.items(f"rules/branches/{branch}"):
        checks = _list(value_at(rule, "parameters", "required_status_checks"))
        required += [value_at(check, "context") for check in checks]
    return STATUS in required


def _list(content: Any) -> list[Any]:
    return list(content) if isinstance(content, list) else []


def push(branch: str) -> bool:
    """Push the commit that is checked out; False if a branch of this name is there already."""
    if run(HERE, "git", "ls-remote", "--heads", "origin", f"refs/heads/{branch}").strip():
        return False
    run(HERE, "git", "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
    return True


def open_pull(api: Api, branch: str, base: str, title: str, body: str) -> tuple[Any, bool]:
    """The open pull request of our branch, as GitHub tells of it, and whether it is new.

    Raises
    ------
    GitHubError
        If it cannot be opened.
    """
    request = {"head": branch, "base": base, "title": title, "body": body}
    for tried in range(1, TRIES + 1):
        if (there := _open(api, branch)) is not None:
            return there, False
        try:
            return api.send("POST", "pulls", request), True
        except UnsureError as error:  # it may have been carried out
            if tried == TRIES:
                raise
            print(f"{error}; looking whether it was opened", file=sys.stderr)
            api.sleep(2.0**tried)
    raise AssertionError  # the last try returns or raises


def address(pull: Any) -> str:
    """Where a pull request can be read."""
    return part(pull, str, "html_url")


def _open(api: Api, branch: str) -> Any:
    """The open pull request of our branch of this name; a fork may have one too."""
    for answer in api.items("pulls"):
        pull = answers.pull(answer)
        here = pull.repository is not None and pull.repository.full_name == api.repository
        if here and pull.branch == branch:
            return answer
    return None
