"""Which decisions change, counted by hand."""

import numpy as np

from truerun.compare.decision_changes import changed_decisions
from truerun.compare.pairs import Scored
from truerun.compare.shorten import Shortener
from truerun.compare.slices import SliceRows
from truerun.comparison.comparison import Decisions

LABELS = ("bike", "bus", "car", "tram")
TARGET = [0, 0, 1, 1, 2, 2, 0]
BASE = [0, 1, 1, 0, 2, 3, 1]  # only the base knows trams
HEAD = [0, 0, 1, 1, 1, 2, 0]
UNLIKE = {"near": [0, 1], "far": [2, 3, 4, 5], "calm": [0, 2], "even": [2, 6], "odd": [1, 2]}


def decided(slices: dict[str, list[int]] = UNLIKE) -> Decisions:
    target, base, head = (np.array(side) for side in (TARGET, BASE, HEAD))
    nothing = np.zeros((7, 3))
    rows = Scored("multiclass", target, nothing, nothing, base, head, np.arange(7))
    masks = [
        SliceRows("place", name, np.isin(np.arange(7), members)) for name, members in slices.items()
    ]
    return changed_decisions(rows, masks, LABELS, (0.2, 0.4), Shortener())


def test_a_change_is_better_if_the_head_is_right_and_worse_if_the_base_was() -> None:
    found = decided()
    assert (found.count, found.changed, found.improved, found.worsened) == (7, 5, 4, 1)
    assert (found.base_threshold, found.head_threshold) == (0.2, 0.4)


def test_changes_are_counted_from_class_to_class_the_commonest_first() -> None:
    moves = [
        (one.base, one.head, one.count, one.improved, one.worsened) for one in decided().transitions
    ]
    assert moves == [
        ("bus", "bike", 2, 2, 0),
        ("bike", "bus", 1, 1, 0),
        ("car", "bus", 1, 0, 1),
        ("tram", "car", 1, 1, 0),
    ]


def test_what_is_decided_rightly_is_counted_for_each_class_that_has_rows() -> None:
    classes = [(one.name, one.count, one.base_right, one.head_right) for one in decided().classes]
    assert classes == [("bike", 3, 1, 3), ("bus", 2, 1, 2), ("car", 2, 1, 1)]


def test_slices_come_by_the_share_that_changed_then_by_name_and_calm_ones_not_at_all() -> None:
    parts = [
        (one.value, one.count, one.changed, one.improved, one.worsened) for one in decided().slices
    ]
    assert parts == [
        ("far", 4, 3, 2, 1),
        ("even", 2, 1, 1, 0),
        ("near", 2, 1, 1, 0),
        ("odd", 2, 1, 1, 0),
    ]
    few = decided({"many": [0, 1, 2, 3, 4, 5, 6], "one": [1]})
    assert [one.value for one in few.slices] == ["one", "many"]
