"""What is public, as data: each command, function and class with all that a caller says to it.

Read from parsers and from the text of modules, so that it is the same under every Python.
"""

import argparse
import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.conftest import ROOT
from truerun.cli.verbs import GROUPS

SOURCE = ROOT / "src"
FOR_WORKFLOWS = "workflows"  # the group of verbs that only generated files call
Kind = Literal["command", "function", "class", "protocol", "asked", "property"]
Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Parameter:
    """What a caller may say, or must: a parameter, a field, an option or an argument.

    `how` it is said: an option, or a parameter by its place, by its name, or by either.
    """

    name: str
    how: str
    type: str
    required: bool
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Entry:
    """Something public. What is `asked` is a member that a project's own source has to offer."""

    kind: Kind
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""


@dataclass(frozen=True)
class Changes:
    """How what is public differs from what it was."""

    breaking: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Literal["breaking", "added", "same"]:
        """The gravest of them."""
        return "breaking" if self.breaking else "added" if self.added else "same"


Surface = Mapping[str, Entry]


def surface(public: Sequence[str], source: Path = SOURCE) -> dict[str, Entry]:
    """All that is public, by name."""
    verbs = [verb for group, verbs in GROUPS.items() if group != FOR_WORKFLOWS for verb in verbs]
    found = {f"truerun {verb.name}": command(verb.parser()) for verb in verbs}
    for module, names in modules(public, source).items():
        for node in names:
            found |= dict(entries(f"{module}.{node.name}", node))
    return found


def command(parser: argparse.ArgumentParser) -> Entry:
    """A command as its parser has it."""
    return Entry("command", tuple(options(parser)))


def options(parser: argparse.ArgumentParser) -> Iterator[Parameter]:
    """What may be typed behind a command."""
    for action in parser._actions:
        convert = action.type
        choices = None if action.choices is None else tuple(map(str, action.choices))
        takes = "" if action.nargs is None else str(action.nargs)
        several = "repeated" if isinstance(action, argparse._AppendAction) else ""
        kind = "flag" if action.nargs == 0 else getattr(convert, "__name__", "str")
        for name in action.option_strings or [str(action.metavar or action.dest)]:
            yield Parameter(
                name,
                "option" if action.option_strings else "argument",
                " ".join(filter(None, [kind, "" if kind == "flag" else takes, several])),
                action.required,
                choices,
            )


def modules(public: Sequence[str], source: Path = SOURCE) -> dict[str, list[Definition]]:
    """The public classes and functions of each module, as they are written."""
    found: dict[str, list[Definition]] = {}
    for name in public:
        place = file_of(name, source)
        module, only = (name, None) if place.exists() else name.rsplit(".", 1)
        tree = ast.parse(file_of(module, source).read_text(encoding="utf-8"))
        here = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and (not node.name.startswith("_") if only is None else node.name == only)
        ]
        assert here, f"{name} is public, but is not there"
        found.setdefault(module, []).extend(here)
    return found


def file_of(module: str, source: Path = SOURCE) -> Path:
    """Where a module is."""
    return source / f"{module.replace('.', '/')}.py"


def entries(name: str, node: Definition, asked: bool = False) -> Iterator[tuple[str, Entry]]:
    """A class or function with its members."""
    if isinstance(node, ast.FunctionDef):
        yield name, function(node, asked)
        return
    bases = [ast.unparse(base) for base in node.bases]
    is_protocol = "Protocol" in bases
    fields = [
        Parameter(member.target.id, "field", type_of(member.annotation), member.value is None)
        for member in node.body
        if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name)
    ]
    yield name, Entry("protocol" if is_protocol else "class", tuple(fields), ", ".join(bases))
    for member in members(node):
        yield from entries(f"{name}.{member.name}", member, is_protocol)


def members(node: ast.ClassDef) -> list[Definition]:
    """The public methods, properties and classes of a class."""
    return [
        member
        for member in node.body
        if isinstance(member, ast.FunctionDef | ast.ClassDef) and not member.name.startswith("_")
    ]


def function(node: ast.FunctionDef, asked: bool) -> Entry:
    """A function with its parameters."""
    returns = type_of(node.returns)
    if any("property" in ast.unparse(decorator) for decorator in node.decorator_list):
        return Entry("asked" if asked else "property", returns=returns)
    return Entry("asked" if asked else "function", tuple(parameters(node.args)), returns)


def parameters(given: ast.arguments) -> Iterator[Parameter]:
    """The parameters of a function, but for the object or class that it is called on."""
    placed = [(each, "place") for each in given.posonlyargs]
    placed += [(each, "place or name") for each in given.args]
    without = len(placed) - len(given.defaults)
    for number, (each, how) in enumerate(placed):
        if number or each.arg not in ("self", "cls"):
            yield Parameter(each.arg, how, type_of(each.annotation), number < without)
    if given.vararg:
        yield Parameter(f"*{given.vararg.arg}", "place", type_of(given.vararg.annotation), False)
    for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield Parameter(each.arg, "name", type_of(each.annotation), default is None)
    if given.kwarg:
        yield Parameter(f"**{given.kwarg.arg}", "name", type_of(given.kwarg.annotation), False)


def type_of(annotation: ast.expr | None) -> str:
    """A type as it is written, with or without quotes."""
    if annotation is None:
        return "Any"
    quoted = isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)
    return annotation.value if quoted else ast.unparse(annotation)


def compare(before: Surface, now: Surface) -> Changes:
    """How what is public differs from what it was."""
    changes = Changes()
    for name in before.keys() - now.keys():
        changes.breaking.append(f"{name} is gone")
    for name in now.keys() - before.keys():
        if now[name].kind == "asked" and name.rpartition(".")[0] in before:
            changes.breaking.append(f"{name} is asked of every source")
        else:
            changes.added.append(f"{name} is new")
    for name in before.keys() & now.keys():
        compare_entries(name, before[name], now[name], changes)
    for said in (changes.breaking, changes.added):
        said.sort()
    return changes


def compare_entries(name: str, before: Entry, now: Entry, changes: Changes) -> None:
    """Add how one thing differs from what it was."""
    if before.kind != now.kind:
        changes.breaking.append(f"{name} was a {before.kind}, and is a {now.kind}")
    elif before.kind == "asked" and before != now:
        changes.breaking.append(f"{name} is asked of every source, in another form")
    else:
        if before.returns != now.returns:
            changes.breaking.append(f"{name} was of {before.returns}, and is of {now.returns}")
        old, new = ({each.name: each for each in entry.parameters} for entry in (before, now))
        for gone in old.keys() - new.keys():
            changes.breaking.append(f"{name} no longer takes {gone}")
        for more in new.keys() - old.keys():
            said = changes.breaking if new[more].required else changes.added
            said.append(f"{name} {'needs' if new[more].required else 'takes'} {more}")
        for kept in old.keys() & new.keys():
            compare_parameters(f"{name}: {kept}", old[kept], new[kept], changes)
        places = [
            [each.name for each in entry.parameters if each.how in ("argument", "field")]
            + [each.name for each in entry.parameters if each.how.startswith("place")]
            for entry in (before, now)
        ]
        if places[1][: len(places[0])] != places[0] and set(places[0]) <= set(places[1]):
            changes.breaking.append(f"{name} takes {', '.join(places[0])} in another order")


def compare_parameters(name: str, before: Parameter, now: Parameter, changes: Changes) -> None:
    """Add how a parameter or an option differs from what it was."""
    if before.how != now.how:
        changes.breaking.append(f"{name} was given by {before.how}, and is by {now.how}")
    if before.required != now.required:
        said = changes.breaking if now.required else changes.added
        said.append(f"{name} {'must' if now.required else 'need not'} be given")
    for what, old, new in (
        ("types", kinds(before.type), kinds(now.type)),
        ("choices", before.choices, now.choices),
    ):
        if old == new:
            continue
        wider = new is None or (old is not None and set(old) <= set(new))
        said = changes.added if wider else changes.breaking
        said.append(f"{name} has other {what}: {' | '.join(new or ['any'])}")


def kinds(text: str) -> tuple[str, ...]:
    """The types that one of several is.

    >>> kinds("dict[str, int | None] | None")
    ('None', 'dict[str, int | None]')
    """
    parts, depth = [""], 0
    for letter in text:
        depth += {"[": 1, "]": -1}.get(letter, 0)
        if letter == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return tuple(sorted(part.strip() for part in parts))


def permits(released: str, version: str, changes: Changes) -> bool:
    """Whether a version may differ so from the one that was released.

    Before 1.0.0 a minor version may change anything, and after it a major one.
    """
    old, new = (tuple(map(int, re.findall(r"\d+", text)[:3])) for text in (released, version))
    if changes.verdict == "same":
        return new >= old
    if changes.verdict == "added" or old[0] == 0:
        return new[:2] > old[:2]
    return new[0] > old[0]


def as_json(version: str, entries: Surface) -> str:
    """What is public in a version, to be recorded: a line for each thing."""
    lines = [f"{json.dumps(name)}: {json.dumps(asdict(entries[name]))}" for name in sorted(entries)]
    return f'{{"version": {json.dumps(version)}, "public": {{\n' + ",\n".join(lines) + "\n}}\n"


def of_json(record: Mapping[str, Any]) -> dict[str, Entry]:
    """What was public in a version that was recorded."""
    return {
        name: Entry(
            entry["kind"],
            tuple(
                Parameter(**{**each, "choices": each["choices"] and tuple(each["choices"])})
                for each in entry["parameters"]
            ),
            entry["returns"],
        )
        for name, entry in record["public"].items()
    }
