"""The partition map: in order, one partition at a time, and the only loop over partitions."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from truerun.base.partitions import each_partition, map_partitions


def test_a_function_is_mapped_over_partitions_in_their_order() -> None:
    mapped = map_partitions(str.upper, ["b", "a", "c"], "test")
    assert list(mapped.items()) == [("b", "B"), ("a", "A"), ("c", "C")]
    with pytest.raises(ZeroDivisionError):
        map_partitions(lambda _: 1 // 0, ["a"], "test")


def test_results_come_one_at_a_time() -> None:
    called: list[str] = []
    results = each_partition(lambda name: called.append(name) or name, ["a", "b"], "test")
    assert next(results) == "a"
    assert called == ["a"]


@pytest.mark.slow
def test_no_other_loop_goes_over_partitions() -> None:
    modules = sorted((ROOT / "src").rglob("*.py"))
    assert [loop for module in modules for loop in over_partitions(module)] == []


def test_a_loop_over_partitions_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "planted.py"
    path.write_text(
        "for name in tables.partition_names(folder):\n    pass\n"
        "sizes = [size(name) for name in progress(source.partitions(raw))]\n",
        encoding="utf-8",
    )
    assert len(list(over_partitions(path))) == 2


def over_partitions(path: Path) -> Iterator[str]:
    """Loops of a module whose iterable names the partitions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.For | ast.comprehension):
            called = {ast.unparse(c.func) for c in ast.walk(node.iter) if isinstance(c, ast.Call)}
            if called & {"partition_names", "tables.partition_names", "source.partitions"}:
                yield f"{path.name}: {ast.unparse(node.iter)}"
