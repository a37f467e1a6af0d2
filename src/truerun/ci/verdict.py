"""Answers a completed run of a pull request: writes the answer, posts it, sets the status.

The run's number is all that is taken from the caller, and GitHub is asked for the rest. Each of the
three is a job of its own, with a token that may do no more than it needs. Nothing is installed.
"""

import os
from pathlib import Path

from truerun.ci import comment, replies, runs
from truerun.ci.github import Api
from truerun.ci.outputs import set_outputs
from truerun.report.visible_text import short, visible_text

STATUS = "verdict"  # the name that a ruleset requires
FAILED = "the workflow Verdict failed"


def write(api: Api, number: int, attempt: int, judged: Path, file: Path) -> None:
    """Find out the answer to a run; write its text to a file, and the rest to GitHub Actions.

    Parameters
    ----------
    judged : a folder with the comparison by main's code, or with the errors that kept it from one.
    """
    try:
        run, pull = runs.asked(api, number, attempt)
    except runs.UnansweredError as reason:
        print(f"{reason}: nothing is posted")
        set_outputs(answer="no")
        return
    reply = replies.reply(api, run, judged)
    file.write_text(comment.signed(reply.text, run), encoding="utf-8")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        Path(summary).write_text(reply.text, encoding="utf-8")
    set_outputs(answer="yes", commit=run.commit, state=reply.state, description=reply.description)
    if pull is not None:
        cml = comment.suits_cml(api, pull.number)
        set_outputs(pull=str(pull.number), cml=str(cml).lower())
    print(f"{reply.state}: {reply.description}")


def post(api: Api, number: int, attempt: int, file: Path) -> None:
    """Post the text of a file as the answer to a run; without the file, that there is none."""

    def outdated() -> bool:
        try:
            runs.asked(api, number, attempt)
        except runs.UnansweredError:
            return True
        return False

    try:
        run, pull = runs.asked(api, number, attempt)
    except runs.UnansweredError as reason:
        print(f"{reason}: nothing is posted")
        return
    if pull is None:
        print("there is no pull request to post to")
        return
    if file.is_file():
        text = file.read_text(encoding="utf-8")
    else:
        text = comment.signed(replies.none(run, FAILED).text, run)
    action = comment.place(api, pull.number, comment.marked(text, run), outdated)
    print(f"#{pull.number}: {action}")


def set_status(api: Api, commit: str, state: str, description: str, run_url: str) -> None:
    """Set the status `verdict` of a commit; of several, GitHub goes by the last."""
    body = {
        "state": state,
        "context": STATUS,
        "description": short(visible_text(description), replies.DESCRIPTION),
        "target_url": run_url,
    }
    api.send("POST", f"statuses/{commit}", body, repeatable=True)
    print(f"{STATUS} of {commit}: {state}")
