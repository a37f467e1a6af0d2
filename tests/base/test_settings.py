"""Settings mean the same to us and to DVC, or they are refused by their place."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import settings as runs
from hypothesis import strategies as st
from ruamel.yaml.error import YAMLError

from truerun.base import settings, yaml_text
from truerun.base.settings import Section, SettingsError


class Dial(Section):
    """A section with a number."""

    value: float


def refused(folder: Path, text: str) -> str:
    """What is said of a file."""
    (folder / "dial.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        settings.load(Dial, folder / "dial.yaml")
    return str(error.value)


def both(text: str) -> tuple[object, object]:
    """What the two readers take a value for."""
    read = []
    for reader in (yaml.safe_load, yaml_text.safe):
        try:
            read.append(reader(f"value: {text}\n")["value"])
        except (ValueError, yaml.YAMLError, YAMLError):
            read.append(None)
    return read[0], read[1]


NUMBERS = st.from_regex(r"[-+]?[0-9]{1,3}([.:_eE][-+]?[0-9]{0,2}){0,2}", fullmatch=True)
WORDS = st.sampled_from(["yes", "NO", "on", "OFF", "y", "n", "TRUE", "~", ".inf", "0o17", "0x1f"])


@pytest.mark.slow
@runs(max_examples=300, deadline=None)
@given(text=st.one_of(NUMBERS, WORDS))
@example(text="0123")
@example(text="08")
@example(text="1:30")
@example(text="1e3")
@example(text="1.5e3")
def test_what_two_readers_take_for_different_things_is_known(text: str) -> None:
    ours, theirs = both(text)
    if (type(ours), ours) != (type(theirs), theirs) and None not in (ours, theirs):
        assert settings.TWO_MEANINGS.fullmatch(text)


@pytest.mark.parametrize("text", ["0123", "yes", "1:30", "1e-3", "0o17", "[3, off]", "{a: 1e5}"])
def test_a_value_of_two_meanings_is_refused_with_its_line(text: str, tmp_path: Path) -> None:
    said = refused(tmp_path, f"# a dial\nvalue: {text}\n")
    assert "is one thing in YAML 1.1 and another in YAML 1.2" in said
    assert "line 2" in said


@pytest.mark.parametrize("text", ["0", "0.5", "-3", "1.5e-3", "1_000.0", "83"])
def test_numbers_of_one_meaning_are_taken(text: str, tmp_path: Path) -> None:
    (tmp_path / "dial.yaml").write_text(f"value: {text}\n", encoding="utf-8")
    assert settings.load(Dial, tmp_path / "dial.yaml").value == yaml.safe_load(text)


@pytest.mark.parametrize("text", [".inf", "-.inf", ".nan"])
def test_a_number_is_finite(text: str, tmp_path: Path) -> None:
    assert "value: Input should be a finite number" in refused(tmp_path, f"value: {text}\n")


@pytest.mark.parametrize("text", ["!!int", "!!float", "!!int ''", "2013-13-45", "!!timestamp x"])
def test_a_value_that_is_not_what_its_tag_says_is_refused(text: str, tmp_path: Path) -> None:
    assert "is not valid YAML" in refused(tmp_path, f"value: {text}\n")


def test_a_text_in_quotes_is_a_text(tmp_path: Path) -> None:
    assert "(it is 'yes')" in refused(tmp_path, 'value: "yes"\n')


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "dial.yaml")
    with pytest.raises(SettingsError, match="it is no ordinary file, but a pipe"):
        settings.load(Dial, tmp_path / "dial.yaml")


# Pieces of YAML, whole and broken, in whatever order.
PLAIN = ["a: ", "b: ", "- ", "  ", "[", "]", "{", "}", ", ", "1", "x", "'it''s'", '"y"', "~"]
ODD = ["\n", "\n  ", "\t", "# c", "|\n", ">\n", "&n ", "*n", "? ", ": ", "!!int ", "---\n", "..."]
PIECES = st.sampled_from([*PLAIN, *ODD])


@pytest.mark.slow
@runs(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
@example("a: 1\na: 2")
@example("a: &n [*n]")
@example("[" * 5000)
@example("- " * 5000)
def test_what_is_read_quickly_is_read_alike(text: str) -> None:
    def read(quickly: bool) -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml, "__with_libyaml__", quickly)
            try:
                return repr(settings.values(text))
            except (yaml.YAMLError, ValueError, LookupError, AttributeError) as error:
                return str(error)
            except RecursionError:
                return "too deep"

    assert read(quickly=True) == read(quickly=False)
