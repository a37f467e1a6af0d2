"""The package truerun declares what it imports, and stands on its own."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_every_package_that_the_code_imports_is_a_dependency_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [
        project["optional-dependencies"][name] for name in ("app", "cluster", "extras", "serve")
    ]
    entries = [*project["dependencies"], *(entry for extra in extras for entry in extra)]
    declared = {re.split(r"[\[<>=]", entry)[0] for entry in entries}
    owners = packages_distributions()
    imported = {
        name.partition(".")[0]
        for path in (ROOT / "src").rglob("*.py")
        if "template" not in path.parts  # files of a user's project
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else _names(node))
    }
    others = (
        imported - set(sys.stdlib_module_names) - {path.name for path in (ROOT / "src").iterdir()}
    )
    assert {"pandas", "sklearn", "skops", "yaml"} <= others
    undeclared = {name for name in others if not declared & set(map(_locked_name, owners[name]))}
    assert undeclared == set()


def _locked_name(distribution: str) -> str:
    """The name of a package as pyproject.toml has it."""
    return distribution.lower().replace("_", "-")


def _names(node: ast.Import) -> list[str]:
    """Names of the modules that a statement imports."""
    return [alias.name for alias in node.names]
