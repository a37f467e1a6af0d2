"""Lists are cut to what a comparison holds, and only if they are longer."""

from truerun.compare.shorten import Shortener


def test_a_list_that_just_fits_is_whole_and_nothing_is_said() -> None:
    shortener = Shortener()
    assert shortener.first(["a", "b"], 2, "columns") == ("a", "b")
    assert shortener.lists(1) == ()


def test_as_many_cut_lists_as_may_be_told_are_told() -> None:
    shortener = Shortener()
    for name in ("rows", "columns", "files"):
        shortener.first("ab", 1, name)
    told = tuple(f"{name}: 1 of 2 are listed" for name in ("rows", "columns", "files"))
    assert shortener.lists(3) == told
    assert shortener.lists(2) == (told[0], "2 more lists")
