"""What is public is on docs/api.md as it is, and changes only with a version that says so.

With RENEW_DOCS=1 the page is written again. With RECORD_RELEASE=1, which is a step of a release,
what is public now becomes what later versions are held against: tests/repository/public.json.
"""

import ast
import json
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.repository import api_page, surface
from tests.repository.surface import Entry, Parameter, Surface
from truerun.package.public import PUBLIC
from truerun.template import features_text

PAGE, RECORD = ROOT / "docs/api.md", ROOT / "tests/repository/public.json"
TEMPLATE = ROOT / "src/truerun/template/files"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def test_the_page_shows_what_is_public_as_it_is() -> None:
    if "RENEW_DOCS" in os.environ:
        PAGE.write_text(api_page.page(PUBLIC), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == api_page.page(PUBLIC)


def test_what_is_public_changes_only_with_a_version_that_says_so() -> None:
    now = surface.surface(PUBLIC)
    if "RECORD_RELEASE" in os.environ:
        RECORD.write_text(surface.as_json(VERSION, now), encoding="utf-8")
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    changes = surface.compare(surface.of_json(record), now)
    assert surface.permits(record["version"], VERSION, changes), (
        f"{VERSION} of pyproject.toml is not the version for this, after {record['version']}"
        f" (CONTRIBUTING.md, Release): {'; '.join(changes.breaking + changes.added)}"
    )


OPTION = Parameter("--fast", "option", "flag", required=False)
PLACED = Parameter("rows", "place or name", "DataFrame | None", required=True)
NAMED = Parameter("limit", "name", "int", required=False)
CHOSEN = Parameter("--by", "option", "str", required=False, choices=("day", "week"))
BEFORE: Surface = {
    "truerun run": Entry("command", (OPTION, CHOSEN)),
    "m.check": Entry("function", (PLACED, NAMED), "None"),
    "m.Rows": Entry("class", (Parameter("name", "field", "str", required=True),)),
    "m.Own": Entry("protocol"),
    "m.Own.prepare": Entry("asked", (PLACED,), "Rows"),
}


def changed(name: str, *parameters: Parameter, returns: str | None = None) -> Surface:
    """What was public, but for what one thing takes."""
    before = BEFORE[name]
    returns = before.returns if returns is None else returns
    return {**BEFORE, name: replace(before, parameters=parameters, returns=returns)}


def less(name: str) -> Surface:
    return {other: entry for other, entry in BEFORE.items() if other != name}


BREAKING = {
    "m.check is gone": less("m.check"),
    "truerun run is gone": less("truerun run"),
    "m.Own.prepare is gone": less("m.Own.prepare"),
    "truerun run needs --into": changed(
        "truerun run", OPTION, CHOSEN, Parameter("--into", "option", "str", required=True)
    ),
    "truerun run no longer takes --fast": changed("truerun run", CHOSEN),
    "--fast must be given": changed("truerun run", replace(OPTION, required=True), CHOSEN),
    "--by has other choices: day": changed(
        "truerun run", OPTION, replace(CHOSEN, choices=("day",))
    ),
    "--by has other types: int": changed("truerun run", OPTION, replace(CHOSEN, type="int")),
    "m.check no longer takes rows": changed("m.check", replace(PLACED, name="table"), NAMED),
    "m.check no longer takes limit": changed("m.check", PLACED, replace(NAMED, name="most")),
    "rows has other types: DataFrame": changed("m.check", replace(PLACED, type="DataFrame"), NAMED),
    "limit must be given": changed("m.check", PLACED, replace(NAMED, required=True)),
    "rows was given by place or name, and is by name": changed(
        "m.check", replace(PLACED, how="name"), NAMED
    ),
    "m.check takes rows in another order": changed(
        "m.check", replace(PLACED, name="first", required=False), PLACED, NAMED
    ),
    "m.check was of None, and is of bool": changed("m.check", PLACED, NAMED, returns="bool"),
    "m.Rows needs age": changed(
        "m.Rows",
        *BEFORE["m.Rows"].parameters,
        Parameter("age", "field", "int", required=True),
    ),
    "m.Rows was a class, and is a function": {**BEFORE, "m.Rows": Entry("function")},
    "m.Own.pending is asked of every source": {**BEFORE, "m.Own.pending": Entry("asked")},
    "m.Own.prepare is asked of every source, in another form": changed(
        "m.Own.prepare", PLACED, NAMED
    ),
}
ADDED = {
    "truerun run takes --slow": changed(
        "truerun run", OPTION, CHOSEN, replace(OPTION, name="--slow")
    ),
    "--by has other choices": changed(
        "truerun run", OPTION, replace(CHOSEN, choices=("day", "week", "month"))
    ),
    "rows need not be given": changed("m.check", replace(PLACED, required=False), NAMED),
    "limit has other types: None | int": changed(
        "m.check", PLACED, replace(NAMED, type="int | None")
    ),
    "m.more is new": {**BEFORE, "m.more": Entry("function")},
    "m.Other.arrive is new": {
        **BEFORE,
        "m.Other": Entry("protocol"),
        "m.Other.arrive": Entry("asked"),
    },
}


@pytest.mark.parametrize("said", BREAKING)
def test_a_break_needs_a_major_version_or_a_minor_one_before_1_0_0(said: str) -> None:
    changes = surface.compare(BEFORE, BREAKING[said])
    assert changes.verdict == "breaking"
    assert any(said in line for line in changes.breaking), changes
    assert not surface.permits("0.1.0", "0.1.1", changes)
    assert surface.permits("0.1.0", "0.2.0", changes)
    assert surface.permits("0.9.0", "1.0.0", changes)
    assert not surface.permits("1.2.0", "1.3.0", changes)
    assert surface.permits("1.2.0", "2.0.0", changes)


@pytest.mark.parametrize("said", ADDED)
def test_an_addition_needs_a_minor_version_and_breaks_nothing(said: str) -> None:
    changes = surface.compare(BEFORE, ADDED[said])
    assert changes.verdict == "added"
    assert any(said in line for line in changes.added), changes
    assert not surface.permits("1.2.0", "1.2.1", changes)
    assert surface.permits("1.2.0", "1.3.0", changes)


def test_what_is_the_same_may_have_the_same_version() -> None:
    changes = surface.compare(BEFORE, BEFORE)
    assert changes.verdict == "same"
    assert surface.permits("1.2.0", "1.2.0", changes)
    assert not surface.permits("1.2.0", "1.1.9", changes)


MODULE = '''\
"""A module."""

def check(rows: "Rows", /, *more: str, limit: int | None = 3) -> None:
    """Check rows."""

def _own(): ...

class Rows(Base):
    """Rows."""

    name: str
    size: int = 0

    @property
    def first(self) -> str:
        """The first."""

    @classmethod
    def read(cls, place: Path, **options: Any) -> Self:
        """Read them."""

class Own(Protocol):
    def prepare(self, raw: Path) -> Rows:
        """Make rows."""
'''


def parsed(folder: Path, text: str) -> Surface:
    """What is public of a module of this text."""
    (folder / "m.py").write_text(text, encoding="utf-8")
    return {
        name: entry
        for name, entry in surface.surface(("m",), folder).items()
        if entry.kind != "command"
    }


def test_a_module_is_read_with_all_that_a_caller_says(tmp_path: Path) -> None:
    assert parsed(tmp_path, MODULE) == {
        "m.check": Entry(
            "function",
            (
                Parameter("rows", "place", "Rows", required=True),
                Parameter("*more", "place", "str", required=False),
                Parameter("limit", "name", "int | None", required=False),
            ),
            "None",
        ),
        "m.Rows": Entry(
            "class",
            (
                Parameter("name", "field", "str", required=True),
                Parameter("size", "field", "int", required=False),
            ),
            "Base",
        ),
        "m.Rows.first": Entry("property", (), "str"),
        "m.Rows.read": Entry(
            "function",
            (
                Parameter("place", "place or name", "Path", required=True),
                Parameter("**options", "name", "Any", required=False),
            ),
            "Self",
        ),
        "m.Own": Entry("protocol", (), "Protocol"),
        "m.Own.prepare": Entry(
            "asked", (Parameter("raw", "place or name", "Path", required=True),), "Rows"
        ),
    }


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("def check(", "def _check(", "breaking"),
        ("limit: int", "most: int", "breaking"),
        ("place: Path", "path: Path", "breaking"),
        ("place: Path", "place: Path, strict: bool = False", "added"),
        ("raw: Path", "raw: Path, strict: bool = False", "breaking"),
        ("def _own()", "def own()", "added"),
        ('"""Check rows."""', '"""Check all rows."""', "same"),
    ],
)
def test_a_change_of_a_module_is_seen(old: str, new: str, verdict: str, tmp_path: Path) -> None:
    assert old in MODULE
    before = parsed(tmp_path, MODULE)
    assert surface.compare(before, parsed(tmp_path, MODULE.replace(old, new))).verdict == verdict


def test_a_record_gives_back_what_was_recorded() -> None:
    now = surface.surface(PUBLIC)
    assert surface.of_json(json.loads(surface.as_json("1.0.0", now))) == now
    assert "truerun adopt" in now
    assert "truerun ci" not in now


def imported(text: str) -> Iterator[str]:
    """What Python code uses of truerun, by its full names."""
    tree = ast.parse(text)
    names = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("truerun")
        for alias in node.names
    }
    modules = {short for short, name in names.items() if surface.file_of(name).exists()}
    yield from (names[short] for short in names.keys() - modules)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in modules:
                yield f"{names[node.value.id]}.{node.attr}"
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name.startswith("truerun"))


def code_of_projects() -> dict[str, str]:
    """Python code that a project is given, or that the pages for projects show."""
    code = {
        path.relative_to(TEMPLATE).as_posix(): path.read_text(encoding="utf-8")
        for path in TEMPLATE.rglob("*.py")
    }
    page = (ROOT / "docs/own-source.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return code | {f"docs/own-source.md, {number}": text for number, text in enumerate(blocks)}


def test_a_project_is_given_nothing_that_is_not_public() -> None:
    public = set(surface.surface(PUBLIC))
    used = {(place, name) for place, text in code_of_projects().items() for name in imported(text)}
    assert {(place, name) for place, name in used if name not in public} == set()
    assert len(used) > 10
    assert "truerun" not in features_text.HEAD


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("from truerun.base import tables\ntables.read_table(1)", "truerun.base.tables.read_table"),
        ("from truerun.base.paths import RAW", "truerun.base.paths.RAW"),
        ("import truerun.stages", "truerun.stages"),
    ],
)
def test_what_is_not_public_is_seen_where_it_is_used(code: str, name: str) -> None:
    assert list(imported(code)) == [name]
    assert name not in surface.surface(PUBLIC)
