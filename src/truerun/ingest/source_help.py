"""What the project's source says of new raw data, from its text: to import it takes a second."""

import ast
from importlib import resources
from pathlib import Path

import yaml

from truerun.base.paths import PARAMS

FUNCTION = "arrive"


def source_help() -> str | None:
    """What the docstring of the source's `arrive` says; nothing where there is no such project."""
    try:
        name = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))["source"]["name"]
        core = resources.files("truerun") / "sources/table/source.py"
        place = core if name == "table" else Path("src") / name / "source.py"
        tree = ast.parse(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, LookupError, TypeError, SyntaxError, yaml.YAMLError):
        return None
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return next(
        (ast.get_docstring(node) for node in functions if node.name == FUNCTION),
        None,
    )
