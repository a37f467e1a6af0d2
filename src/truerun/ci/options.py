"""What workflows call, a verb for each job; `truerun ci VERB --help` says what one needs.

comment and renew-lock need no installed package: with PYTHONPATH=src, `python3 -m truerun.ci VERB`
does the same.

Examples
--------
  truerun ci remote pull
  truerun ci renew-lock diff reports/renewed.patch
  truerun ci dispatch --name lower-rate 'train.seed=7; featurize.exclude=[income, region]'
  GITHUB_REPOSITORY=me/repo GITHUB_TOKEN=... truerun ci comment 123456789
"""

import argparse
from pathlib import Path

COMMENT = """\
Answer a pull request: post the comparison that a run left behind, as one comment that is updated.

The code of that run is not trusted, so only its number is taken from the caller. GitHub is asked
for the run's commit, for the pull request that the commit belongs to, and whether it is still the
newest there. The comparison is checked and rendered by the code beside this file. The standard
library is enough; CML posts where it is installed, GitHub's interface where it is not or fails.

Needs GITHUB_REPOSITORY and GITHUB_TOKEN, a token that may write to pull requests.

Examples
--------
  GITHUB_REPOSITORY=me/repo GITHUB_TOKEN=... truerun ci comment 123456789
  PYTHONPATH=src python3 -m truerun.ci comment "$RUN_ID"         in a job that installs nothing
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

    comment = add("comment", "post a run's comparison on its pull request", COMMENT)
    comment.add_argument("run", type=int, metavar="RUN", help="the number of the workflow's run")

    dispatch = add("dispatch", "run an experiment with checked parameters", DISPATCH)
    dispatch.add_argument("--name", required=True, help="what the experiment is called")
    dispatch.add_argument(
        "overrides", metavar="PARAMETERS", help="one a line, or separated by semicolons"
    )

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
    return made
