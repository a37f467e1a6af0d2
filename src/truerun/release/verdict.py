"""Whether main has proved a commit, and whether the verdict on its model passed."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from truerun.base.commands import run
from truerun.base.errors import ReleaseError, listed
from truerun.base.nested import value_at
from truerun.base.notes import NOTES
from truerun.release import revisions
from truerun.release.revisions import LOCK, Proof, Released

PARTS = ("base", "head", "difference", "low", "high", "verdict")  # of a metric's difference
PROVE = (
    "push it to main, whose workflow main.yml proves each commit; where no workflow runs, `make"
    " attest`, `truerun compare --base HEAD^` and `truerun ci attest comparison.json` do it"
)


def check(folder: Path, of: Released) -> Proof:
    """Refuse a commit that main has not proved, or whose verdict failed.

    A commit may change nothing of the model. So the verdict on the commit that made the bundle
    counts, too, if main has kept it.

    Raises
    ------
    ReleaseError
        Says which commit, and what to do.
    """
    proof = revisions.proof(folder, of.commit)
    if proof is None:
        raise ReleaseError(
            f"the commit {of.commit[:12]} is not attested: {NOTES} has no note of it. {PROVE}"
        )
    if proof.lock_sha256 != of.lock_sha256:
        raise ReleaseError(
            f"the {LOCK} of {of.commit[:12]} is not the one that was attested: its sha256 is"
            f" {of.lock_sha256}, and the note in {NOTES} has {proof.lock_sha256}. {PROVE}"
        )
    _check_rules(of.commit, proof, "")
    first = revisions.first_with_bundle(folder, of)
    if first != of.commit and (judged := revisions.proof(folder, first)):
        _check_rules(first, judged, ", which made this bundle,")
    return proof


def failed_since(folder: Path, earlier: str, commit: str) -> list[str]:
    """The commits of main between two, whose verdict failed, as far as main has kept it."""
    log = ("git", "log", "--first-parent", f"--max-count={revisions.OLDER}", "--format=%H")
    failed = []
    for each in run(folder, *log, f"{earlier}..{commit}", "--").split():
        with suppress(ReleaseError):
            if (proof := revisions.proof(folder, each)) and proof.failed:
                failed.append(each[:12])
    return failed


def score_shift(folder: Path, of: Released) -> float:
    """How far the verdict saw the scores shift, on rows that both models scored; 0 if not at all.

    It is the distance of Kolmogorov and Smirnov, by the histograms that main has kept. Of several
    classes they are those of each row's own class, which no row without an outcome has.
    """
    commits = {of.commit, revisions.first_with_bundle(folder, of)}
    return max(_score_shift(revisions.proof(folder, each)) for each in commits)


def _score_shift(proof: Proof | None) -> float:
    if proof is None or proof.comparison.get("task") == "multiclass":
        return 0.0
    scores = proof.comparison.get("scores")
    try:
        base, head = (
            np.cumsum(np.array(value_at(scores, side, "counts"), np.float64))
            for side in ("base", "head")
        )
        distance = float(np.abs(base / base[-1] - head / head[-1]).max())
    except (TypeError, ValueError, IndexError):
        return 0.0
    return distance if 0 <= distance <= 1 else 0.0


def summary(proof: Proof) -> dict[str, Any]:
    """What of a comparison goes into a tag: what was compared, the gate, and the main metric."""
    whole, name = proof.comparison, str(proof.comparison.get("main_metric"))
    outcomes = [rule["outcome"] for rule in proof.rules]
    made: dict[str, Any] = {
        "base": value_at(whole, "base", "commit"),
        "rules": len(outcomes),
        "warned": outcomes.count("warn"),
    }
    for paired in _items(value_at(whole, "metrics", "paired"))[:1]:
        for each in _items(value_at(paired, "differences")):
            if value_at(each, "metric") == name:
                return {**made, name: {part: value_at(each, part) for part in PARTS}}
    own = [
        side
        for side in _items(value_at(whole, "metrics", "own"))
        if value_at(side, "side") == "head"
    ]
    return {**made, name: {"head": value_at(own[0], "values", name) if own else None}}


def _check_rules(commit: str, proof: Proof, more: str) -> None:
    if proof.failed:
        raise ReleaseError(
            f"the verdict on {commit[:12]}{more} did not pass: {listed(proof.failed)} failed. What"
            f" it found: `git notes --ref {NOTES} show {commit} > note.json`; release a commit"
            " whose gate holds"
        )


def _items(content: Any) -> Sequence[Any]:
    """The items of a list; none of anything else."""
    return content if isinstance(content, list) else ()
