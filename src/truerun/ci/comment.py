"""Makes a verdict the one comment of a pull request, in place of the one before.

CML may have posted it already, another run may post at the same time, and a call that was cut may
have been carried out. So the comments are read again after every change, until there is one: that
of the newest run. Two runs that change one comment at the same instant are beyond this; the
workflow's concurrency group keeps them apart.
"""

import re
import sys
from collections.abc import Callable

from truerun.base.errors import CiError
from truerun.ci import answers
from truerun.ci.answers import Comment, WorkflowRun
from truerun.ci.github import NOT_FOUND, Api, GitHubError, UnsureError

TITLE = "pull-request"
BOT = "github-actions[bot]"  # who the token of a workflow is
LONGEST = 65_536  # characters of a comment
ADDED = 300  # characters at most, of the marks below
SEEN = 30  # so many comments CML looks at
ROUNDS = 6
# CML's own mark, at the end of the text: whichever of the two comes next finds the comment by it.
MARK = f'![](https://cml.dev/watermark.png#{{commit}} "CML watermark {TITLE}")'
MARKED = re.compile(
    rf'!\[\]\(https://cml\.dev/watermark\.png#[0-9a-fA-F]+ "CML watermark {TITLE}"\)'
)
SIGNED = re.compile(rf"<!-- run (\d{{1,18}}), attempt (\d{{1,9}}) -->\s*{MARKED.pattern}\s*\Z")

Age = tuple[int, int]


class CommentError(CiError):
    """A verdict that cannot be posted."""


def check_length(text: str) -> None:
    """Refuse a text that GitHub would."""
    if len(text) + ADDED > LONGEST:
        raise CommentError(f"the comment has {len(text):,} characters, {LONGEST:,} are allowed")


def signed(text: str, run: WorkflowRun) -> str:
    """A text with its run, by which the newest of several comments is found."""
    return f"{text}\n<!-- run {run.id}, attempt {run.attempt} -->"


def marked(text: str, run: WorkflowRun) -> str:
    """A signed text as CML posts it."""
    return f"{text}\n\n{MARK.format(commit=run.commit)}"


def age(comment: Comment) -> Age:
    """The run and the attempt of a comment: the larger, the newer."""
    match = SIGNED.search(comment.body)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def place(api: Api, pull: int, body: str, outdated: Callable[[], bool]) -> str:
    """Make a text the one comment, unless a newer one is there; what was done, in words.

    Anyone who may run a workflow can sign a comment with any run, so GitHub has the last word on
    whether this one is outdated.
    """
    mine = age(Comment(0, body, None))
    done, written = "it was there already", False
    for tried in range(1, ROUNDS + 1):
        ours = bots(api, pull)
        if any(age(comment) > mine for comment in ours) and outdated():
            _keep(api, ours, max(ours, key=lambda comment: (age(comment), -comment.id)))
            return "a newer verdict is there"
        # After a change, another poster of the same run may have had the last word: as good.
        here = [c for c in ours if age(c) == mine and (written or c.body.split() == body.split())]
        if here:
            _keep(api, ours, here[0])
            return done
        try:
            if ours:
                api.send("PATCH", f"issues/comments/{ours[0].id}", {"body": body})
            else:
                api.send("POST", f"issues/{pull}/comments", {"body": body})
            done, written = "posted", True
        except UnsureError as error:
            if ours:  # it was made again and again already
                raise
            print(f"{error}; looking whether it was posted", file=sys.stderr)
            api.sleep(2.0**tried)
        except GitHubError as error:
            if error.status != NOT_FOUND or not ours:  # another poster has deleted it
                raise
    raise CommentError(f"the comment does not stay as it was posted in {ROUNDS} tries")


def bots(api: Api, pull: int) -> list[Comment]:
    """The comments with our mark that a workflow wrote, the oldest first."""
    return sorted(
        (c for c in comments(api, pull) if MARKED.search(c.body) and c.author == BOT),
        key=lambda comment: comment.id,
    )


def comments(api: Api, pull: int) -> list[Comment]:
    """All comments of a pull request."""
    return list(map(answers.comment, api.items(f"issues/{pull}/comments")))


def suits_cml(api: Api, pull: int) -> bool:
    """Whether CML would change the same comment as `place`.

    It takes the last with the mark among the first comments, whoever wrote it. Its writer could
    change it afterwards.
    """
    try:
        there = comments(api, pull)
    except GitHubError as error:
        print(f"CML is left out: {error}", file=sys.stderr)
        return False
    by_cml = [c for c in there[:SEEN] if MARKED.search(c.body)][-1:]
    return by_cml == [c for c in there if MARKED.search(c.body) and c.author == BOT]


def _keep(api: Api, ours: list[Comment], kept: Comment) -> None:
    """Delete all comments but one."""
    for comment in ours:
        if comment.id != kept.id:
            api.delete(f"issues/comments/{comment.id}")
