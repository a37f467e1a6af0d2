"""What a project is told of a source of its own is a source."""

import ast
import textwrap
from pathlib import Path

import pytest

from truerun.sources import protocol
from truerun.template import texts

PACKAGE = "warehouse"
TOLD = texts.texts(PACKAGE, "")[f"src/{PACKAGE}/__init__.py"]
CUSTOMERS = "customer,age\nC2,31\nC1,54\n"
CALLS = "customer,minutes\n" + "C1,5\n" * 3 + "C2,1\n"


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data of a project, the current folder, whose source is the example that it is given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    own, raw = tmp_path / "src" / PACKAGE, tmp_path / "data/raw"
    for folder in (own, raw):
        folder.mkdir(parents=True)
    lines = (ast.get_docstring(ast.parse(TOLD)) or "").splitlines()
    code = "\n".join(line for line in lines if line.startswith("    ") or not line)
    (own / "__init__.py").write_text(TOLD, encoding="utf-8")
    (own / "source.py").write_text(textwrap.dedent(code), encoding="utf-8")
    (raw / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (raw / "calls.csv").write_text(CALLS, encoding="utf-8")
    return raw


def test_the_example_makes_rows_of_two_files(raw: Path) -> None:
    source = protocol.named(PACKAGE)
    assert source.partitions(raw) == ["all"]
    prepared = source.prepare(raw, "all", source.Options.model_validate({"calls": 3}))
    assert prepared.rows.to_dict("list") == {
        "customer": ["C1", "C2"],
        "age": [54, 31],
        "frequent": [1, 0],
    }
    assert (prepared.rows_in, prepared.dropped) == (2, {})


def test_it_says_under_which_name_the_source_is_set() -> None:
    assert f"`name: {PACKAGE}`" in TOLD
    assert "PROJECT" not in TOLD
