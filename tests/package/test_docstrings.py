"""A wheel has no docstrings that nothing shows, and is the same program all the same."""

import ast

import pytest

from tests.conftest import ROOT
from truerun.package import contents, docstrings

PLACE = "base/made_up.py"
SOURCE = '''"""The module."""

class Kept:
    """The class."""

    def said(self):
        """Go.

        Over several lines.
        """
        return 1

    @property
    def plain(self):
        """Go."""
        return 2

    @computed
    @property
    def shown(self):
        """Stay, because a decorator may show it."""
        return 3


async def alone():
    """Stay, because nothing else is here."""


def nested():
    "Go."
    def inner():
        """Go, too."""
        text = """Stay"""
        return text
    return inner
'''
WITHOUT = '''

class Kept:
    """The class."""

    def said(self):




        return 1

    @property
    def plain(self):

        return 2

    @computed
    @property
    def shown(self):
        """Stay, because a decorator may show it."""
        return 3


async def alone():
    """Stay, because nothing else is here."""


def nested():

    def inner():

        text = """Stay"""
        return text
    return inner
'''


def test_docstrings_that_nothing_shows_go_and_lines_keep_their_numbers() -> None:
    assert docstrings.without(SOURCE, PLACE) == WITHOUT
    assert docstrings.without(WITHOUT, PLACE) == WITHOUT


@pytest.mark.parametrize("source", ['"""Help."""\n\nprint(__doc__)\n', '"""A room."""\n'])
def test_a_docstring_that_its_module_shows_or_is_all_of_it_stays(source: str) -> None:
    assert docstrings.without(source, PLACE) == source


@pytest.mark.parametrize("place", ["sources/protocol.py", "explore/drift.py", "testing/project.py"])
def test_what_a_project_may_import_keeps_all(place: str) -> None:
    assert docstrings.without(SOURCE, place) == SOURCE


@pytest.mark.slow
def test_every_file_of_the_package_is_the_same_code() -> None:
    def plain(source: str) -> str:
        tree = ast.parse(source)
        for node in ast.walk(tree):
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)
            if isinstance(node, kinds) and ast.get_docstring(node):
                node.body = node.body[1:] or [ast.Pass()]
        return ast.dump(tree)

    changed = 0
    for place, content in contents.files().items():
        source = (ROOT / "src/truerun" / place).read_bytes()
        changed += content != source
        if content != source:
            assert plain(content.decode()) == plain(source.decode()), place
    assert changed > 300
