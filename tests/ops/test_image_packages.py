"""The images hold every package that the modules of a service import, whatever its bundle."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.conftest import ROOT
from truerun.package import locked

SOURCE = ROOT / "src"
SERVING = ("truerun.cli.__main__", "truerun.serve.settings", "truerun.serve.supervisor")
TABLES, FALLBACK = "truerun.predict.raw_rows", "truerun.model.scoring.fallback"


def file_of(module: str) -> Path | None:
    """The file of a module of ours."""
    place = SOURCE / module.replace(".", "/")
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def named(body: list[ast.stmt]) -> Iterator[str]:
    """What statements import when a module is, not when a function is called."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported(*modules: str) -> set[str]:
    """Names of the packages of others that modules of ours import, those that they import too."""
    others, seen, waiting = set(), set(), list(modules)
    while waiting:
        module = waiting.pop()
        top = module.partition(".")[0]
        if top != "truerun":
            others.add(top)
            continue
        parents = [module[: place.start()] for place in re.finditer(r"\.", module)]
        for each in {module, *parents} - seen:
            seen.add(each)
            if file := file_of(each):
                waiting += named(ast.parse(file.read_text(encoding="utf-8")).body)
    return others - set(sys.stdlib_module_names)


def lacking(modules: tuple[str, ...], *, is_table: bool, with_libraries: bool) -> set[str]:
    """Packages that modules import and that the image of such a bundle lacks."""
    installed = set(locked.image_packages(is_table=is_table, with_libraries=with_libraries))
    owners = packages_distributions()
    found = set()
    for name in imported(*modules):
        owned = {re.sub(r"[._]", "-", each).lower() for each in owners.get(name, [name])}
        if not owned & installed:
            found.add(name)
    return found


@pytest.mark.slow
def test_what_a_service_imports_is_in_its_image() -> None:
    assert {"numpy", "starlette", "pydantic"} <= imported(*SERVING)
    for is_table, own in ((False, SERVING), (True, (*SERVING, TABLES))):
        assert lacking(own, is_table=is_table, with_libraries=False) == set()
        needs = (*own, FALLBACK)
        assert lacking(needs, is_table=is_table, with_libraries=True) == set()


@pytest.mark.slow
def test_what_is_not_is_named() -> None:
    small = {"is_table": False, "with_libraries": False}
    assert {"pandas", "pyarrow", "yaml"} <= lacking((TABLES,), **small)
    assert "yaml" in lacking((FALLBACK,), **small)
