"""The experiments of `dvc exp` that a repository holds, which are commits with names."""

import re
from dataclasses import dataclass
from pathlib import Path

from truerun.base import commands

# DVC keeps the commit of an experiment under that of the commit that it starts from.
REFERENCE = re.compile(r"(\S+) refs/exps/([0-9a-f]{2})/([0-9a-f]{38}|[0-9a-f]{62})/(.+)")


@dataclass(frozen=True)
class KeptExperiment:
    """What it is called, its commit, and the commit that it starts from."""

    name: str
    commit: str
    starts_from: str


def kept() -> list[KeptExperiment]:
    """The experiments of this repository, the newest first."""
    listing = ("for-each-ref", "--sort=-committerdate", "--format=%(objectname) %(refname)")
    lines = commands.run(Path(), "git", *listing, "refs/exps/").splitlines()
    references = filter(
        None, map(REFERENCE.fullmatch, lines)
    )  # DVC's queue has references of its own
    return [KeptExperiment(one[4], one[1], one[2] + one[3]) for one in references]
