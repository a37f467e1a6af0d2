"""A source is a module that params.yaml names; what it lacks is said at once."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from truerun.base.errors import SourceError
from truerun.sources import protocol
from truerun.sources.protocol import GrowingSource, PendingSource, SuppliedSource
from truerun.sources.table import source as table
from truerun.sources.table.options import Options


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Write the module `source` of a package on the search path."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, text: str) -> None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "source.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, f"{name}.source", raising=False)

    return write


def test_table_is_the_source_of_any_table() -> None:
    assert protocol.named("table") is table
    assert isinstance(table, GrowingSource)
    assert not isinstance(table, SuppliedSource)


def test_any_other_name_is_a_package_of_the_project(written: Callable[[str, str], None]) -> None:
    written("lagoon", "Options = partitions = prepare = 1\n")
    source = protocol.named("lagoon")
    assert source.Options == 1
    assert not isinstance(source, GrowingSource | PendingSource | SuppliedSource)


def test_a_source_that_is_not_there_is_named() -> None:
    with pytest.raises(SourceError, match=r"source\.name is nowhere, but there is no src/nowhere"):
        protocol.named("nowhere")


def test_what_a_source_lacks_is_named(written: Callable[[str, str], None]) -> None:
    written("bare", "Options = 1\n")
    with pytest.raises(SourceError, match=r"src/bare/source\.py lacks partitions and prepare: `py"):
        protocol.named("bare")


def test_a_library_that_a_source_needs_is_not_taken_for_the_source(
    written: Callable[[str, str], None],
) -> None:
    written("needy", "import no_such_library\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        protocol.named("needy")


def test_a_table_has_no_rows_that_wait_for_their_outcome() -> None:
    options = Options.model_validate(
        {
            "format": {"kind": "csv"},
            "missing": (),
            "target": "price",
            "task": "regression",
            "columns": {"price": {"as": "number"}},
        }
    )
    with pytest.raises(SourceError, match=r"raw/may: rows of a table are read with their price"):
        table.pending(Path("raw"), "may", options, "2024-05-01")


def test_looking_for_a_source_needs_no_heavy_library() -> None:
    heavy = "{'pandas', 'numpy', 'pydantic', 'dvc'} & set(sys.modules)"
    program = f"import sys, truerun.sources.protocol; print({heavy})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
