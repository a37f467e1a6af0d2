"""Stages are defined as at the base, or somebody has looked at the change."""

from collections.abc import Iterator

from truerun.comparison.comparison import Change, RuleResult
from truerun.gate import outcomes
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate

EFFECTS = {
    "frozen": "DVC no longer runs the stage, or does again",
    "always_changed": "DVC runs the stage always, or no longer",
    "cmd": "the stage runs another command",
    "wdir": "the stage runs in another folder",
    "deps": "a change of it no longer runs the stage",
    "params": "a change of it no longer runs the stage",
    "output": "DVC keeps it in another way, or no longer",
}


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Warns of a definition that changed, with its effect."""
    yield outcomes.reviewed(
        "definitions of stages",
        "dvc.yaml defines the stages as at the base",
        [_shown(change) for change in evidence.provenance.definitions],
        "a reviewer who agrees to the change of dvc.yaml",
    )


def _shown(change: Change) -> str:
    """A change with both sides, and what it does."""
    kind = change.name.partition(": ")[2].partition(" ")[0]
    effect = EFFECTS.get(kind, "what the stages run is another")
    sides = " → ".join(side or "nothing" for side in (change.base, change.head))
    return f"{change.name}, {sides}: {effect}"
