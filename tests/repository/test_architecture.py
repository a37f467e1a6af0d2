"""docs/architecture.md draws the rooms as they are.

With RENEW_DOCS=1 its list of rooms is written again, from pyproject.toml and from their docstrings.
"""

import ast
import os
import re
import tomllib

from tests.conftest import ROOT

PAGE = ROOT / "docs/architecture.md"
PACKAGE = ROOT / "src/truerun"
LIST = re.compile(r"(?<=^<!-- rooms: ).*?(?=^<!-- end of rooms -->)", re.DOTALL | re.MULTILINE)
MARK = "written by RENEW_DOCS=1 pytest tests/repository/test_architecture.py -->\n"
MODULE = re.compile(r"`((?:\w+/)+\w+\.py)`")


def folders() -> set[str]:
    """The rooms in the tree."""
    return {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def floors() -> list[list[str]]:
    """The rooms of each floor, the highest first, as the import contract has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = (found["layers"] for found in contracts if found.get("containers") == ["truerun"])
    rows = [[name.strip(" ()") for name in re.split(r"[|:]", layer)] for layer in layers]
    here = [[name for name in row if name in folders()] for row in rows]
    return [row for row in here if row]


def purpose(room: str) -> str:
    """What a room says of itself: the first sentence or line of its docstring."""
    text = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text("utf-8")))
    assert text, f"{room} has no docstring"
    return " ".join(text.partition("\n\n")[0].split())


def rooms() -> str:
    """The drawing and the table of the rooms."""
    rows = floors()
    height = len(rows)
    numbered = list(zip(range(height, 0, -1), rows, strict=True))
    drawing = ['%%{init: {"flowchart": {"rankSpacing": 20, "padding": 8}}}%%', "flowchart TB"]
    drawing += [f'  floor{number}["{number}: {", ".join(row)}"]' for number, row in numbered]
    drawing += ["  " + " --> ".join(f"floor{number}" for number, _ in numbered)]
    table = ["| floor | room | what it holds |", "| ---: | --- | --- |"]
    for number, row in numbered:
        table += [f"| {number} | `{room}` | {purpose(room)} |" for room in row]
    return "\n".join([MARK, "```mermaid", *drawing, "```", "", *table, "", ""])


def test_the_page_lists_the_rooms_as_they_are() -> None:
    if "RENEW_DOCS" in os.environ:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(LIST.sub(lambda _: rooms(), page), encoding="utf-8")
    (shown,) = LIST.findall(PAGE.read_text(encoding="utf-8"))
    assert shown == rooms()


def test_every_room_is_on_one_floor() -> None:
    listed = [room for row in floors() for room in row]
    assert sorted(listed) == sorted(folders())


def test_the_package_holds_nothing_but_rooms() -> None:
    assert [path.name for path in PACKAGE.glob("*.py")] == ["__init__.py"]


def test_every_module_that_is_named_exists() -> None:
    named = MODULE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(named) > 20
    missing = [name for name in named if not (PACKAGE / name).is_file()]
    assert [name for name in missing if name != "src/NAME/source.py"] == []
