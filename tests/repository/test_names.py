"""A class name is defined once, and a name says what it holds."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

SHARED = {"Options"}  # each source has its own, as the protocol of sources asks
SAY_NOTHING = frozenset({"found", "told", "known", "said", "gone", "cut"})


@pytest.mark.slow
def test_no_class_name_is_defined_twice():
    names = Counter(
        node.name
        for path in files("src")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, times in names.items() if times > 1} <= SHARED


@pytest.mark.slow
def test_names_say_what_they_hold():
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in files("src", "tools")
        for line, name in saying_nothing(tree(path))
    ]
    assert not faults, "\n".join(faults)


def test_a_name_that_says_nothing_is_named():
    planted = """
from dataclasses import dataclass
import elsewhere as gone


@dataclass
class Finding:
    known: int  # a key of a file
    told = 1

    def said(self, cut, *found):
        self.known = use(found=known)
        for told, _ in cut:
            if told := f"{[known for known in told]}":
                return lambda *, cut, **said: None


async def found(all_found):
    try:
        with open("x") as said:
            match said.read():
                case {"a": [told, *known], **gone}:
                    pass
    except ValueError as cut:
        found_one = 1
"""
    assert sorted(saying_nothing(ast.parse(planted))) == [
        (3, "gone"),
        (11, "cut"),
        (11, "found"),
        (11, "said"),
        (13, "told"),
        (14, "known"),
        (14, "told"),
        (15, "cut"),
        (15, "said"),
        (18, "found"),
        (20, "said"),
        (22, "gone"),
        (22, "known"),
        (22, "told"),
        (24, "cut"),
    ]


def files(*folders: str) -> Iterator[Path]:
    """The Python files of folders of the repository."""
    return (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))


def tree(path: Path) -> ast.Module:
    """A file as Python reads it."""
    return ast.parse(path.read_text("utf-8"))


def saying_nothing(module: ast.Module) -> Iterator[tuple[int, str]]:
    """The lines and names of variables, parameters and functions that say nothing.

    The fields of a class are none of these: they are keys of files.
    """
    fields = {
        id(target)
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for target in ast.walk(statement)
    }
    for node in ast.walk(module):
        if id(node) not in fields and (name := defined(node)) in SAY_NOTHING:
            yield node.lineno, name


def defined(node: ast.AST) -> str | None:
    """The name that a node gives to something, if it gives one."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            return name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name
        case ast.ExceptHandler(name=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name):
            return name
        case ast.MatchMapping(rest=name) | ast.alias(asname=name):
            return name
    return None
