"""Words by their fingerprints: none is lost, and few others pass."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tools import name_lists

from truerun.adopt.columns.personal import fingerprints, given_names


@given(st.sets(st.text()))
def test_each_word_of_a_set_is_in_what_is_unpacked(words: set[str]) -> None:
    unpacked = fingerprints.unpacked(fingerprints.packed(words))
    assert all(word in unpacked for word in words)


def test_other_words_pass_as_rarely_as_is_said() -> None:
    names = name_lists.listed("first_names")
    unpacked = fingerprints.unpacked(fingerprints.packed(names))
    others = [f"{number}" for number in range(20_000)]
    passed = sum(word in unpacked for word in others) / len(others)
    assert 0.5 * len(names) / fingerprints.RANGE < passed < 2 * len(names) / fingerprints.RANGE


def test_the_files_of_the_package_are_those_of_the_lists() -> None:
    for name in name_lists.LISTS:
        content = (Path(given_names.HERE) / f"{name}.bin").read_bytes()
        assert content == fingerprints.packed(name_lists.listed(name)), "python -m tools.name_lists"
