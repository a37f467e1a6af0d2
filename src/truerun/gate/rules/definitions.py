"""Stages are defined as at the base, or somebody has looked at the change."""

from collections.abc import Iterator

from truerun.comparison.comparison import RuleResult
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
    changes = evidence.provenance.definitions
    shown = []
    for change in changes[:2]:
        kind = change.name.partition(": ")[2].partition(" ")[0]
        effect = EFFECTS.get(kind, "what the stages run is another")
        sides = " → ".join(side or "nothing" for side in (change.base, change.head))
        shown.append(f"{change.name}, {sides}: {effect}")
    more = f"; and {len(changes) - len(shown):,} more" if len(changes) > len(shown) else ""
    yield RuleResult(
        rule="definitions of stages",
        outcome="warn" if changes else "pass",
        unknown=False,
        asks="dvc.yaml defines the stages as at the base",
        found=f"{'; '.join(shown)}{more}" if changes else "the same",
        needed="a reviewer who agrees to the change of dvc.yaml" if changes else None,
    )
