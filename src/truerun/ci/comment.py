"""Answer a pull request: post a run's comparison, as one comment that is updated.

The code of the run is not trusted: its number is all that is taken from the caller, GitHub is asked
for the rest, and its comparison is checked and rendered by the code beside this file. This runs
where nothing is installed.
"""

import json
import os
import re
import shutil
import subprocess  # nosec B404
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from truerun.base.commands import CommandError, call
from truerun.base.errors import CiError
from truerun.ci import artifact
from truerun.ci.github import Api

ARTIFACT = "comparison"
TITLE = "pull-request"
BOT = "github-actions[bot]"  # who the token of a workflow is
LONGEST = 65_536  # characters of a comment
SEEN = 30  # so many comments CML looks at
SECONDS = 120
# CML's own mark, at the end of the text: whichever of the two comes next finds the comment by it.
MARK = f'![](https://cml.dev/watermark.png#{{commit}} "CML watermark {TITLE}")'
MARKED = re.compile(
    rf'!\[\]\(https://cml\.dev/watermark\.png#[0-9a-fA-F]+ "CML watermark {TITLE}"\)'
)
KEPT = ("PATH", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")  # of the environment, for CML


class CommentError(CiError):
    """A run whose comparison cannot be posted."""


def answer(api: Api, run_number: int) -> None:
    """Find the pull request of a run, render its comparison, post it."""
    run = api.get(f"actions/runs/{run_number}")
    if run["event"] != "pull_request":
        raise CommentError(f"the run is for a {run['event']}, not for a pull request")
    number = pull_request(api, run)
    if number is None:
        print(f"no open pull request has {run['head_sha']} as its newest commit: nothing is posted")
        return
    text = report(api, run)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        Path(summary).write_text(text, encoding="utf-8")
    print(post(api, number, text, run["head_sha"]))


def pull_request(api: Api, run: dict[str, Any]) -> int | None:
    """The open pull request of a run, unless its branch has moved on.

    What GitHub says of the run itself names no pull request of a fork. One commit may be the head
    of several, from other branches and repositories: only the run's own counts.
    """
    for candidate in api.items(f"commits/{run['head_sha']}/pulls"):
        head, base = candidate["head"], candidate["base"]
        if (
            candidate["state"] == "open"
            and head["sha"] == run["head_sha"]
            and head["ref"] == run["head_branch"]
            and head["repo"] is not None
            and head["repo"]["id"] == (run["head_repository"] or {}).get("id")
            and base["repo"]["full_name"] == api.repository
            and base["ref"] == base["repo"]["default_branch"]
        ):
            return int(candidate["number"])
    return None


def report(api: Api, run: dict[str, Any]) -> str:
    """The comparison as Markdown, or a few words where the run left none."""
    content = comparison(api, run["id"])
    if content is None:
        commit, log = run["head_sha"][:8], run["html_url"]
        return f"**The pipeline gave no comparison of {commit}.** [Its log]({log}) says why.\n"
    text = rendered(content, run["html_url"])
    commit = json.loads(content)["head"]["commit"]
    if commit not in (None, run["head_sha"]):  # none, if the run changed files that are in Git
        raise CommentError(
            f"the comparison is of the commit {commit}, the run of {run['head_sha']}"
        )
    return text


def comparison(api: Api, run: int) -> bytes | None:
    """The comparison that a run left behind; None if it left none."""
    artifacts = api.get(f"actions/runs/{run}/artifacts?name={ARTIFACT}")["artifacts"]
    if not artifacts:
        return None
    newest = max(artifacts, key=lambda entry: entry["id"])  # each try of a run leaves its own
    if newest["size_in_bytes"] > artifact.MOST:
        raise CommentError(f"the artifact has more than {artifact.MOST:,} bytes")
    return artifact.taken(api.download(f"actions/artifacts/{newest['id']}/zip", artifact.MOST))


def rendered(content: bytes, run_url: str) -> str:
    """A comparison as Markdown, by the program that checks it first."""
    with tempfile.TemporaryDirectory(prefix="comment-") as folder:
        source, target = Path(folder, "comparison.json"), Path(folder, "comment.md")
        source.write_bytes(content)
        command = [sys.executable, "-m", "truerun.report", str(source), "--format", "markdown"]
        command += ["--output", str(target), "--run-url", run_url]
        try:
            status = call(Path(), *command, timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            raise CommentError(f"the comparison takes more than {SECONDS} s to render") from error
        if status:
            raise CommentError("the comparison cannot be rendered: see above")
        return target.read_text(encoding="utf-8")


def post(api: Api, number: int, text: str, commit: str) -> str:
    """Post a text as the one comment, new or in place of the last; who did it, in words."""
    whole = f"{text}\n\n{MARK.format(commit=commit)}"
    if len(whole) > LONGEST:
        raise CommentError(f"the comment has {len(whole):,} characters, {LONGEST:,} are allowed")
    place = f"issues/{number}/comments"
    comments = list(api.items(place))
    # CML takes the last with the mark among the first comments, whoever wrote it. Its writer could
    # change it afterwards; so CML is asked only where it comes to the same comment as this does.
    by_cml = _last(comments[:SEEN], lambda _: True)
    if by_cml == _last(comments, _ours) and cml(api, number, text, commit):
        return f"posted to #{number} by CML"
    own = _last(list(api.items(place)), _ours)  # CML may have posted before it failed: look again
    if own is None:
        api.send("POST", place, {"body": whole})
    else:
        api.send("PATCH", f"issues/comments/{own}", {"body": whole})
    return f"posted to #{number} by GitHub's interface"


def _last(
    comments: Sequence[dict[str, Any]], wanted: Callable[[dict[str, Any]], bool]
) -> int | None:
    """The number of the last comment with the mark that is wanted."""
    numbers = [c["id"] for c in comments if MARKED.search(c["body"] or "") and wanted(c)]
    return numbers[-1] if numbers else None


def _ours(comment: dict[str, Any]) -> bool:
    """Whether a workflow wrote a comment."""
    return (comment["user"] or {}).get("login") == BOT


def cml(api: Api, number: int, text: str, commit: str) -> bool:
    """Whether CML is installed and has posted.

    It gets a home of its own, since it writes to ~/.gitconfig. Without --publish=false it would
    upload files that the text names to another host.
    """
    program = shutil.which("cml")
    if program is None:
        return False
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    with tempfile.TemporaryDirectory(prefix="cml-") as home:
        file = Path(home, "comment.md")
        file.write_text(text, encoding="utf-8")
        command = [program, "comment", "update", "--publish=false", f"--target=pr/{number}"]
        command += [f"--watermark-title={TITLE}", "--driver=github"]
        command += [f"--repo={server}/{api.repository}", str(file)]
        environment = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "HOME": home,
            "ITERATIVE_DO_NOT_TRACK": "1",
            "REPO_TOKEN": api.token,
            "GITHUB_SHA": commit,
        }
        try:
            status = call(
                Path(),
                *command,
                environment=environment,
                stdin=subprocess.DEVNULL,
                timeout=SECONDS,
            )
        except (OSError, CommandError, subprocess.TimeoutExpired) as error:
            print(f"CML: {error}", file=sys.stderr)
            return False
        return status == 0
