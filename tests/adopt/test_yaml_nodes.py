"""Whatever a table's names and words are, each reader of YAML takes them as they were written."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from dvc.utils.serialize import dumps_yaml, parse_yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml.comments import CommentedMap

from tests.variants import nightly_after
from truerun.adopt import command
from truerun.adopt.request import Request
from truerun.adopt.table_profile import profile_table
from truerun.adopt.writing import partition_statistics, project, yaml_nodes
from truerun.base import paths, yaml_text
from truerun.contract import contract as contracts
from truerun.project import params

pytestmark = pytest.mark.slow

# Marks of YAML, numbers and words of one of its versions only, templates, and ends of lines.
MARKS = ": # ' \" \\ , [ ] { } & * ! | > % @ ` - ? = ~ << $ ${x} {{ }} é 数 \U0001f600"
LIKE_OTHERS = "0123 0o17 1:30 1_000 1e3 .inf 2024-01-01 no Yes null on a b see note"
ENDS = ("\n", "\t", "\r", "\u2028", "\ufeff", "\xa0", "\x7f", " ")
PIECES = (*MARKS.split(), *LIKE_OTHERS.split(), *ENDS)
WORDS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
READERS = (yaml.safe_load, yaml_text.safe, yaml_text.loaded)


@settings(max_examples=100, deadline=None)
@given(name=WORDS, word=WORDS)
@example(name="see:note", word="a, b: [c]")
@example(name="n", word="1:30")
@example(name="a" * 900, word="b " * 4000)
def test_names_and_words_are_read_as_they_were(name: str, word: str) -> None:
    value = {name: {"as": word, "missing": [word, name], word: 1}}
    block = CommentedMap({yaml_nodes.quoted(name): yaml_nodes.line(value[name])})
    for text in (yaml_text.dumped(block), yaml_nodes.entry(name, value[name])):
        for read in READERS:
            assert read(text) == value
        assert yaml_text.safe(yaml_text.dumped(yaml_text.loaded(text))) == value  # edited later
        assert parse_yaml(dumps_yaml(parse_yaml(text, "")), "") == value  # in dvc.lock


NASTY = (
    "see:note",
    "# of rooms",
    'it\'s "it"',
    "Annual Income (k$)",
    "${run}",
    "no",
    "1:30",
    "0123",
    "- x",
    "{a: b}, [c",
    "back\\slash",
    "{{ x }}",
    "&a *b !c",
)


@pytest.mark.parametrize("target", nightly_after(5, reversed(NASTY)))
def test_the_files_of_a_table_hold_its_names(target: str, tmp_path: Path) -> None:
    others = [name for name in NASTY if name != target]
    rows = {name: [f"{n % 3} {name}" for n in range(60)] for name in others}
    dose = [str(n) if n % 20 else f"{target}:" for n in range(60)]
    classes = [others[n % 7 % 2] for n in range(60)]
    table = pd.DataFrame({**rows, "dose": dose, target: classes})
    table.to_parquet(tmp_path / "nasty.parquet")
    profile = profile_table(tmp_path / "nasty.parquet", Request(target, keep=frozenset(others)))
    statistics = partition_statistics.measure(profile)
    adopted = command.AdoptedTable(profile, statistics, "nasty", f"nasty-{target}")
    (tmp_path / "src/nasty").mkdir(parents=True)

    command.write_settings(tmp_path, adopted, command.example_feature.none())
    text = (tmp_path / paths.PARAMS).read_text(encoding="utf-8")
    for edited in (text, project.with_parameters(text, {"lightgbm": {"n_estimators": 5}})):
        (tmp_path / paths.PARAMS).write_text(edited, encoding="utf-8")
        chosen = params.load(tmp_path / paths.PARAMS)
        assert chosen.source.options["columns"]["dose"]["missing"] == (f"{target}:",)
        assert list(chosen.source.options["columns"]) == [*others, "dose", target]
        assert yaml_text.safe(edited) == yaml.safe_load(edited)
    contract = contracts.load(tmp_path / paths.SCHEMA)
    assert contract.target == target
    assert {*others, "dose", target} <= set(contract.columns)
    pipeline = yaml_text.safe((tmp_path / "dvc.yaml").read_text(encoding="utf-8"))
    [artifact] = pipeline["artifacts"].values()
    assert artifact["desc"] == project.predicts(profile).replace("${", "\\${")
