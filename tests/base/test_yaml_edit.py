"""A key gets another name, or is added, and all else stays byte for byte."""

import pytest
import yaml

from truerun.base.yaml_edit import renamed, with_key, with_section

TEXT = """\
# Ours, in our own layout.
train:
    model:   ridge     # for now
    ridge: { "alpha": 1.0,   l1: [1,
             2] }    # two lines

    # Not used.
    deep:
      rounds: 5      # a few

text: |
  rounds: 5

gate: {}   # none yet
"""


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("train.model", "    model:   ridge", "    estimator:   ridge"),
        ("train.ridge.alpha", '{ "alpha": 1.0', "{ estimator: 1.0"),
        ("train.ridge.l1", "l1: [1,", "estimator: [1,"),
        ("train.deep.rounds", "      rounds: 5      #", "      estimator: 5      #"),
        ("gate", "gate: {}   #", "estimator: {}   #"),
    ],
)
def test_a_key_gets_another_name(path: str, old: str, new: str) -> None:
    assert old in TEXT
    assert renamed(TEXT, path, "estimator") == TEXT.replace(old, new)


@pytest.mark.parametrize("path", ["train.rounds", "text.rounds", "train.model.name", "no.where"])
def test_a_key_that_is_not_there_changes_nothing(path: str) -> None:
    assert renamed(TEXT, path, "estimator") == TEXT


@pytest.mark.parametrize(
    ("path", "after", "line"),
    [
        ("train.deep.seed", "      rounds: 5      # a few\n", "      seed: 7  # why\n"),
        ("train.seed", "      rounds: 5      # a few\n", "    seed: 7  # why\n"),
        ("seed", "gate: {}   # none yet\n", "seed: 7  # why\n"),
    ],
)
def test_a_key_is_added_to_the_end_of_its_section(path: str, after: str, line: str) -> None:
    text = with_key(TEXT, path, "7", "why")
    assert text == TEXT.replace(after, after + line)
    assert with_key(text, path, "8", "why") == text


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("gate.seed", "gate: {}   #", "gate: {seed: 7}   #"),
        ("train.ridge.seed", "2] }    #", "2], seed: 7 }    #"),
    ],
)
def test_a_key_is_added_within_the_braces_of_its_section(path: str, old: str, new: str) -> None:
    assert with_key(TEXT, path, "7", "why") == TEXT.replace(old, new)


@pytest.mark.parametrize("path", ["no.seed", "text.seed", "train.model.seed"])
def test_a_key_of_a_section_that_is_none_is_not_added(path: str) -> None:
    assert with_key(TEXT, path, "7") == TEXT


@pytest.mark.parametrize(
    "text", ["a: |\n  x\n", "a: |\n  x\n\n\nb:\n  c: 1\n", "a:\n  b: 1", "a:\n"]
)
def test_what_was_there_means_the_same_after_an_addition(text: str) -> None:
    added = with_key(text, "seed", "7", "why")
    assert yaml.safe_load(added) == {**yaml.safe_load(text), "seed": 7}
    assert added.replace("seed: 7  # why\n", "").rstrip("\n") == text.rstrip("\n")


def test_a_section_is_added_to_the_end_once() -> None:
    section = "alerts:\n  days: 7  # without a run\n"
    text = with_section(TEXT, "alerts", section)
    assert text == f"{TEXT}\n{section}"
    assert with_section(text, "alerts", section) == text
    assert with_section("", "alerts", section) == section
