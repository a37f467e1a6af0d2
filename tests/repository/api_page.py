"""docs/api.md: the commands with their options, and what a project's own code may import."""

import argparse
import ast
import re
from collections.abc import Sequence

from tests.repository import surface
from tests.repository.surface import Definition
from truerun.cli.verbs import GROUPS, Verb

NOTE = re.compile(r"  # noqa: .*")  # to a linter
INTRODUCTION = """\
# What is public

What a project of its own may rely on: the commands that people type, and what its code in `src`,
`tests` and `notebooks` may import. Everything else in the package may change with any version. How
versions tell of changes is written in [CONTRIBUTING.md](../CONTRIBUTING.md#release).

This page is written by `RENEW_DOCS=1 pytest tests/repository/test_public.py`.

"""
OF_WORKFLOWS = """\
### truerun ci

What the workflows of a project call; `truerun ci --help` lists its verbs. They fit the version that
wrote the workflows, and are not public.
"""
PYTHON = """\
## What a project's code may import

A source of the project's own is a module that offers what the Protocols of
`truerun.sources.protocol` name: [own-source.md](own-source.md) shows how. The functions of
`truerun.testing` are what the tests of a project call; each raises an `AssertionError` that names
the column, the row or the figure that is wrong. Those of `truerun.explore` are what its notebook
calls.
"""


def page(public: Sequence[str]) -> str:
    """The whole page."""
    parts = [INTRODUCTION + "## Commands\n"]
    for group, verbs in GROUPS.items():
        of_workflows = group == surface.FOR_WORKFLOWS
        parts += [OF_WORKFLOWS] if of_workflows else [section(verb) for verb in verbs]
    parts.append(PYTHON)
    for module, nodes in surface.modules(public).items():
        parts.append(module_section(module, nodes, public))
    return "\n".join(parts)


def section(verb: Verb) -> str:
    """A command: what it does, examples, and its options."""
    parser = verb.parser()
    text, _, more = str(parser.description).strip().partition("\n\nExamples\n--------\n")
    examples, _, rest = more.partition("\n\n")
    lines = [f"### truerun {verb.name}", "", text, ""]
    lines += [*(f"  {line}" for line in examples.splitlines()), ""]
    lines += [rest, ""] if rest else []
    lines += ["| option | what it is |", "| --- | --- |"]
    lines += [row(action) for action in parser._actions if "--help" not in action.option_strings]
    return "\n".join([*lines, ""])


def row(action: argparse.Action) -> str:
    """An option or argument in a table."""
    value = str(action.metavar or "|".join(map(str, action.choices or [])) or action.dest.upper())
    if action.option_strings:
        name = action.option_strings[-1] + ("" if action.nargs == 0 else f" {value}")
    else:
        name = value
    needed = ", needed" if action.required and action.option_strings else ""
    several = ", may be repeated" if isinstance(action, argparse._AppendAction) else ""
    cells = f"`{name}`{needed}{several}", str(action.help)
    told, about = (cell.replace("|", "\\|") for cell in cells)
    return f"| {told} | {about} |"


def module_section(module: str, nodes: Sequence[Definition], public: Sequence[str]) -> str:
    """A module: its public classes and functions without their bodies; if it is whole, of what."""
    text = surface.file_of(module).read_text(encoding="utf-8")
    about = f"{ast.get_docstring(ast.parse(text))}\n\n" if module in public else ""
    lines = [NOTE.sub("", line) for line in text.splitlines()]
    code = "\n\n\n".join(outline(node, lines) for node in nodes)
    return f"### {module}\n\n{about}```python\n{code}\n```\n"


def outline(node: Definition, lines: Sequence[str]) -> str:
    """A class or function as it is written, without what it does."""
    start = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
    first = node.body[0]
    is_told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    end = first.end_lineno if is_told else first.lineno - 1
    parts = ["\n".join(lines[start:end])]
    if isinstance(node, ast.ClassDef):
        fields = [
            "\n".join(lines[each.lineno - 1 : each.end_lineno])
            for each in node.body
            if isinstance(each, ast.AnnAssign)
        ]
        parts += ["\n".join(fields)] if fields else []
        parts += [outline(member, lines) for member in surface.members(node)]
    return "\n\n".join(parts)
