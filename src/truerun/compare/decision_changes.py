"""Which decisions change, from which class to which, for better or worse."""

from collections.abc import Iterable, Sequence

import numpy as np

from truerun.compare.pairs import Scored
from truerun.compare.shorten import Shortener
from truerun.compare.slices import MOST as MOST_SLICES
from truerun.compare.slices import SliceRows
from truerun.comparison.comparison import ClassDecisions, Decisions, DecisionSlice, Transition

MOST = 100  # changes from one class to another, and classes


def changed_decisions(
    rows: Scored,
    sliced: Iterable[SliceRows],
    labels: Sequence[str],
    thresholds: tuple[float | None, float | None],
    shortener: Shortener,
) -> Decisions:
    """Count the decisions that changed, in all and slice by slice, the most changed first.

    Parameters
    ----------
    labels : what the numbers of the decisions stand for; those of the target come first.
    """
    changed = rows.base_decision != rows.head_decision
    improved = changed & (rows.head_decision == rows.target)
    worsened = changed & (rows.base_decision == rows.target)
    parts = [
        DecisionSlice(
            column=part.column,
            value=part.value,
            count=int(part.rows.sum()),
            changed=int(changed[part.rows].sum()),
            improved=int(improved[part.rows].sum()),
            worsened=int(worsened[part.rows].sum()),
        )
        for part in sliced
        if changed[part.rows].any()
    ]
    parts.sort(key=lambda part: (-part.changed / part.count, part.column, part.value))
    return Decisions(
        count=len(rows),
        base_threshold=thresholds[0],
        head_threshold=thresholds[1],
        changed=int(changed.sum()),
        improved=int(improved.sum()),
        worsened=int(worsened.sum()),
        transitions=shortener.first(
            _transitions(rows.where(changed), labels), MOST, "changes from one class to another"
        ),
        classes=shortener.first(_classes(rows, labels), MOST, "classes"),
        slices=shortener.first(parts, MOST_SLICES, "slices whose decisions changed"),
    )


def _transitions(changed: Scored, labels: Sequence[str]) -> list[Transition]:
    """How often each class became which, most common first."""
    moves = np.stack([changed.base_decision, changed.head_decision], axis=1)
    kinds, codes, counts = np.unique(moves, axis=0, return_inverse=True, return_counts=True)
    right = [
        np.bincount(codes[decision == changed.target], minlength=len(kinds))
        for decision in (changed.base_decision, changed.head_decision)
    ]
    return [
        Transition(
            base=labels[kinds[number][0]],
            head=labels[kinds[number][1]],
            count=int(counts[number]),
            improved=int(right[1][number]),
            worsened=int(right[0][number]),
        )
        for number in np.argsort(-counts, kind="stable")
    ]


def _classes(rows: Scored, labels: Sequence[str]) -> list[ClassDecisions]:
    """How many rows of each class are decided correctly, in the order of the classes."""
    return [
        ClassDecisions(
            name=labels[number],
            count=int(member.sum()),
            base_right=int((rows.base_decision[member] == number).sum()),
            head_right=int((rows.head_decision[member] == number).sum()),
        )
        for number in np.unique(rows.target)
        for member in [rows.target == number]
    ]
