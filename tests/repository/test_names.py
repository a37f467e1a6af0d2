"""A class name is defined once."""

import ast
from collections import Counter

import pytest

from tests.conftest import ROOT

SHARED = {"Options"}  # each source has its own, as the protocol of sources asks


@pytest.mark.slow
def test_no_class_name_is_defined_twice():
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "src").rglob("*.py")]
    names = Counter(
        node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    )
    assert {name for name, times in names.items() if times > 1} <= SHARED
