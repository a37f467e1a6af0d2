"""Python files without what only a reader of the source needs: docstrings that nothing shows.

They are a sixth of the package as a project keeps it. Those of modules stay where the module uses
its own, as commands do for their help; those of classes, which schemas hold; those of functions
whose decorator may show them; and all of what a project's own code may import. Lines keep their
numbers.
"""

import ast
from functools import cache
from typing import TypeGuard

from truerun.package.public import PUBLIC

# Decorators that show no docstring.
SILENT = frozenset({"cache", "cached_property", "classmethod", "contextmanager", "property"})


@cache
def without(source: str, place: str) -> str:
    r"""A file without its docstring and those of its functions, unless they are of use there.

    Parameters
    ----------
    place : in the package, such as `base/paths.py`.

    >>> without("def f():\n    'Say 1.'\n    return 1\n", "a.py")
    'def f():\n\n    return 1\n'
    """
    if _is_public(place):
        return source
    lines = source.split("\n")
    for node in ast.walk(ast.parse(source)):
        if _may_lose_its_docstring(node, source) and ast.get_docstring(node) is not None:
            first = node.body[0]
            last = first.end_lineno or first.lineno
            lines[first.lineno - 1 : last] = [""] * (last - first.lineno + 1)
    return "\n".join(lines)


def _may_lose_its_docstring(
    node: ast.AST, source: str
) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef | ast.Module]:
    """Whether a docstring of this node would be shown nowhere, and is not all that it holds."""
    if isinstance(node, ast.Module):
        return len(node.body) > 1 and "__doc__" not in source
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        silent = all(ast.unparse(each) in SILENT for each in node.decorator_list)
        return len(node.body) > 1 and silent
    return False


def _is_public(place: str) -> bool:
    """Whether a module has names that a project's own code may import."""
    module = f"truerun.{place.removesuffix('.py').replace('/', '.')}."
    return any(f"{name}.".startswith(module) for name in PUBLIC)
