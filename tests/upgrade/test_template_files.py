"""What becomes of a file, by what each version gives and what the user made of it."""

import pytest

from truerun.base.errors import UpgradeError
from truerun.upgrade.template_files import FileUpdate, Sides, changes, digest

NAMES = ("yours", "old", "new")
A, B, MINE = b"1\n2\n3\n", b"1\n2\nthree\n", b"one\n2\n3\n"
BOTH, OTHER = b"one\n2\nthree\n", b"1\n2\nIII\n"


def sides(
    old: bytes | None, new: bytes | None, yours: bytes | None, written: bytes | None = None
) -> Sides:
    """A project of one file called f."""

    def named(content: bytes | None) -> dict[str, bytes]:
        return {} if content is None else {"f": content}

    written = old if written is None else written
    return Sides(
        named(old), named(new), named(yours), {"f": digest(written)} if written else {}, NAMES
    )


@pytest.mark.parametrize(
    ("old", "new", "yours", "fate", "content"),
    [
        (A, B, A, "renewed", B),
        (None, B, None, "added", B),
        (A, None, A, "removed", None),
        (A, None, MINE, "left", None),
        (A, B, MINE, "merged", BOTH),
        (A, B, None, "kept deleted", None),
        (A, A, None, "kept deleted", None),
    ],
)
def test_a_file_changes(
    old: bytes | None, new: bytes | None, yours: bytes | None, fate: str, content: bytes | None
) -> None:
    assert changes(sides(old, new, yours)) == [FileUpdate("f", fate, content)]


@pytest.mark.parametrize(
    ("old", "new", "yours"),
    [(A, A, A), (A, A, MINE), (A, B, B), (None, B, B), (A, None, None)],
)
def test_a_file_stays_as_it_is(old: bytes | None, new: bytes | None, yours: bytes | None) -> None:
    assert changes(sides(old, new, yours)) == []


def test_a_file_is_untouched_if_it_is_as_its_hash_says() -> None:
    assert changes(sides(A, B, MINE, written=MINE)) == [FileUpdate("f", "renewed", B)]


def test_a_conflict_has_the_marks_of_git() -> None:
    (change,) = changes(sides(A, B, OTHER))
    marked = b"1\n2\n<<<<<<< yours\nIII\n=======\nthree\n>>>>>>> new\n"
    assert change == FileUpdate("f", "in conflict", marked)


def test_another_file_in_the_place_of_a_new_one_is_refused() -> None:
    with pytest.raises(
        UpgradeError, match=r"^f would be overwritten by new files of truerun: move"
    ):
        changes(sides(None, B, MINE))


def test_a_file_that_cannot_be_merged_is_refused() -> None:
    with pytest.raises(UpgradeError, match=r"git merge-file failed: .*binary"):
        changes(sides(A, B, b"\0" * 9000))
