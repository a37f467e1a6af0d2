"""What workflows call, a verb for each job; `truerun ci VERB --help` says what one needs.

attest, cache, renew-lock and verdict need no installed package: with PYTHONPATH=src, or with
PYTHONPATH=vendor/truerun-VERSION-py3-none-any.whl, `python3 -m truerun.ci VERB` does the same.

Examples
--------
  truerun ci remote pull
  truerun ci renew-lock diff reports/renewed.patch
  truerun ci dispatch --name lower-rate 'train.seed=7; featurize.exclude=[income, region]'
  GITHUB_REPOSITORY=me/repo GITHUB_TOKEN=... truerun ci verdict write 123456789 1 verdict.md
"""

import argparse
from pathlib import Path

STATES = ("success", "failure", "error")  # of a status at GitHub

ATTEST = """\
Keep a proved commit of main as a Git note: its comparison, and the hash of its dvc.lock.

It needs the right to push to Git's origin. The standard library is enough.

Examples
--------
  truerun ci attest comparison.json
  git fetch origin refs/notes/truerun:refs/notes/truerun
  git notes --ref truerun show COMMIT
"""
CACHE = """\
Delete from a restored cache of DVC all that main does not vouch for.

What is kept are objects that dvc.lock or a .dvc file names at the commit, or at one of the 19
before it, or that a .dvc file names here, and whose content is what their name says. The run cache
is deleted. The standard library is enough.

Examples
--------
  truerun ci cache origin/main
  PYTHONPATH=src python3 -m truerun.ci cache "$COMMIT"
"""
DISPATCH = """\
Run an experiment with parameters from outside, after checking every one of them.

A parameter is written as for `dvc exp run --set-param`, but only names and plain values are
accepted: numbers, words, true, false, null and lists of them; nothing that DVC would expand, look
up or run in several variants. params.yaml must still be valid with them.

Examples
--------
  truerun ci dispatch --name seed-7 train.seed=7
  truerun ci dispatch --name fewer 'train.seed=7; featurize.exclude=[income, region]'
"""
EVIDENCE = """\
Hand over what a run of a pull request left, to be judged where its code has never run.

`gather` copies dvc.lock, the outputs that are held against each other, and the record of the run
into a folder, if that has no more than compare.evidence_megabytes of params.yaml; --attribution
adds whose doing the difference is, which stays a claim. `fetch` takes the artifact of that folder
from GitHub, checks and bounds what it holds, and lays it down; where there is none, the reason is
written to a file errors.txt in the folder of the answer. It needs GITHUB_REPOSITORY and a
GITHUB_TOKEN that can read.

Examples
--------
  truerun ci evidence gather run.json evidence          after `truerun repro --record run.json`
  truerun ci evidence fetch 123456789 1 evidence judged    of the first attempt of a run
  truerun judge --judge own --evidence evidence --head COMMIT     by the code beside this file
"""
PROPOSE = """\
Commit, push and open as a pull request what `truerun retrain` left; close it, if it is not better.

It needs GITHUB_REPOSITORY and GITHUB_TOKEN, the right to push to Git's origin, and no package.

Examples
--------
  PYTHONPATH=src python3 -m truerun.ci propose reports/retrain
"""
REMOTE = """\
Exchange data with the DVC remote that .dvc/config names; without one, there is nothing to do.

Examples
--------
  truerun ci remote pull                      fetch what the remote has; a failure stops no run
  truerun ci remote push                      keep the data and models of this working tree
  truerun ci remote push-experiment seed-7    keep an experiment, in Git's origin too
"""
RENEW_LOCK = """\
Where a run gives something other than what Git holds, propose that in a pull request.

A second `propose` for the same commit finds the branch and the pull request of the first. It needs
GITHUB_REPOSITORY and GITHUB_TOKEN, and the right to push to Git's origin.

Examples
--------
  truerun ci renew-lock diff reports/renewed.patch       after a run: record what it changed in Git
  truerun ci renew-lock propose reports/renewed.patch    push that, and open a pull request
  PYTHONPATH=src python3 -m truerun.ci renew-lock propose FILE     in a job that installs nothing
"""
VERDICT = """\
Answer a completed run of a pull request: one comment that is updated, and the status `verdict`.

The code of that run is not trusted, so only its number and attempt are taken from the caller.
GitHub is asked for the run's commit, for its pull request, and whether it is still the newest
there: if not, nothing is done. The comparison that main's code made of its evidence is checked and
rendered by the code beside this file; where there is none, or a wrong one, the answer is that there
is no verdict, and why. The standard library is enough.

It needs GITHUB_REPOSITORY and GITHUB_TOKEN: `write` a token that can read, `post` one that may
write to pull requests, `status` one that may write statuses.

Examples
--------
  truerun ci verdict write 123456789 1 judged verdict.md     its state to GITHUB_OUTPUT
  truerun ci verdict post 123456789 1 verdict.md     the file as the one comment
  truerun ci verdict status COMMIT success 'all 16 rules pass' --run-url https://example.org/1
  PYTHONPATH=src python3 -m truerun.ci verdict write "$RUN_ID" "$ATTEMPT" judged verdict.md
"""


def parser() -> argparse.ArgumentParser:
    """The verbs of `truerun ci`, and their options."""
    made = argparse.ArgumentParser(
        prog="truerun ci",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = made.add_subparsers(dest="verb", required=True, metavar="VERB")

    def add(name: str, summary: str, description: str) -> argparse.ArgumentParser:
        return verbs.add_parser(
            name,
            help=summary,
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    attest = add("attest", "keep a proved commit's comparison as a Git note", ATTEST)
    attest.add_argument("comparison", type=Path, metavar="FILE", help="with the commit before")

    cache = add("cache", "delete what main does not vouch for from a restored cache", CACHE)
    cache.add_argument("main", metavar="COMMIT", help="of the main branch")

    dispatch = add("dispatch", "run an experiment with checked parameters", DISPATCH)
    dispatch.add_argument("--name", required=True, help="what the experiment is called")
    dispatch.add_argument(
        "overrides", metavar="PARAMETERS", help="one a line, or separated by semicolons"
    )

    evidence = add("evidence", "hand over what a run left, to be judged elsewhere", EVIDENCE)
    actions = evidence.add_subparsers(dest="action", required=True, metavar="ACTION")
    gather = actions.add_parser("gather", help="copy what a run left into a folder")
    gather.add_argument("run", type=Path, metavar="FILE", help="the record of the run")
    gather.add_argument("folder", type=Path, metavar="FOLDER", help="which is made")
    gather.add_argument(
        "--attribution",
        type=Path,
        metavar="COMPARISON",
        help="what `truerun compare --attribute` wrote: hand its shares over, as a claim",
    )
    fetch = actions.add_parser("fetch", help="lay down what a run of the workflow handed over")
    _add_run(fetch)
    fetch.add_argument("folder", type=Path, metavar="FOLDER", help="for the evidence")
    fetch.add_argument("judged", type=Path, metavar="ANSWER", help="a folder for the reason")

    propose = add("propose", "open a pull request with what `truerun retrain` left", PROPOSE)
    propose.add_argument("folder", type=Path, metavar="FOLDER", help="reports/retrain")

    remote = add("remote", "exchange data with the DVC remote, if there is one", REMOTE)
    actions = remote.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("pull", help="fetch what the remote has")
    actions.add_parser("push", help="keep the data and models of this working tree")
    keep = actions.add_parser("push-experiment", help="keep an experiment")
    keep.add_argument("name", metavar="NAME", help="what the experiment is called")

    renew = add("renew-lock", "propose what a run changed in Git", RENEW_LOCK)
    actions = renew.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, summary in (
        ("diff", "write what a run changed in Git to a file"),
        ("propose", "open a pull request with what a file says"),
    ):
        step = actions.add_parser(action, help=summary)
        step.add_argument("file", type=Path, metavar="FILE", help="the changes, as `git diff` has")

    verdict = add("verdict", "answer a completed run of a pull request", VERDICT)
    actions = verdict.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, summary in (
        ("write", "write the answer to a file"),
        ("post", "post a file as the one comment"),
    ):
        step = actions.add_parser(action, help=summary)
        _add_run(step)
        if action == "write":
            step.add_argument(
                "judged", type=Path, metavar="FOLDER", help="with comparison.json or errors.txt"
            )
        step.add_argument("file", type=Path, metavar="FILE", help="the answer, in Markdown")
    status = actions.add_parser("status", help="set the status of a commit")
    status.add_argument("commit", metavar="COMMIT", help="its whole SHA")
    status.add_argument("state", choices=STATES, help="as GitHub has it")
    status.add_argument("description", metavar="TEXT", help="the answer in a few words")
    status.add_argument("--run-url", required=True, metavar="URL", help="where a click leads")
    return made


def _add_run(made: argparse.ArgumentParser) -> None:
    made.add_argument("run", type=int, metavar="RUN", help="the number of the workflow's run")
    made.add_argument("attempt", type=int, metavar="ATTEMPT", help="which try of it")
