"""Every entry of docs/extending.md works: it is applied to a clone, and its command run there."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT, Project, clone
from tests.variants import nightly_after

PAGE = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
LONGEST = 15  # lines of code of an entry, blank ones aside
OFTEN = 2  # entries that are tried by all runs of the tests
ENTRY = re.compile(
    r"`(?P<file>[^`]+)`:\n\n```python\n(?P<code>.*?)```\n\n"
    r"In `(?P<list>[^`]+)`, (?P<how>below|in place of) `(?P<anchor>[^`]+)`:\n\n"
    r"```\w+\n(?P<line>[^\n]+\n)```\n\n"
    r"This prints `(?P<printed>[^`]+)`:\n\n```sh\n(?P<command>.*?)```\n",
    re.DOTALL,
)


@dataclass(frozen=True)
class Entry:
    """A file, a line of a list, and a command with what it prints."""

    file: str
    code: str
    list: str
    how: str
    anchor: str
    line: str
    printed: str
    command: str

    @property
    def length(self) -> int:
        """How many lines of code it has."""
        return sum(map(bool, map(str.strip, (self.code + self.line + self.command).splitlines())))

    def apply(self, project: Project) -> None:
        """Write the file, which must be new, and the line, where one like the anchor stands."""
        path = project.root / self.file
        assert not path.exists()
        path.parent.mkdir(exist_ok=True)
        path.write_text(self.code, encoding="utf-8")
        kept = f"{self.anchor}\n" if self.how == "below" else ""
        text = f"\n{project.read(self.list)}"
        assert text.count(f"\n{self.anchor}\n") == 1, f"{self.list}: {self.anchor}"
        text = text.replace(f"\n{self.anchor}\n", f"\n{kept}{self.line}")
        (project.root / self.list).write_text(text[1:], encoding="utf-8")


def entry(section: str) -> Entry:
    """The entry of a section of the page; all of its code must belong to it."""
    found = ENTRY.search(section)
    assert found, f"no entry: {section}"
    assert section.count("\n```") == found[0].count("\n```"), f"more than an entry: {section}"
    return Entry(**found.groupdict())


SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))


@pytest.fixture(scope="module")
def cloned(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture
def project(cloned: Project) -> Project:
    """A clone as it was before another entry was applied."""
    cloned.run("git", "reset", "--quiet", "--hard")
    cloned.run("git", "clean", "--quiet", "--force", "-d")
    return cloned


@pytest.mark.parametrize("title", SECTIONS)
def test_an_entry_is_short(title: str) -> None:
    assert entry(SECTIONS[title]).length <= LONGEST


@pytest.mark.slow
@pytest.mark.parametrize("title", nightly_after(OFTEN, SECTIONS))
def test_an_entry_works(project: Project, title: str) -> None:
    shown = entry(SECTIONS[title])
    if shown.list == "params.yaml" and not (project.root / shown.list).exists():
        pytest.skip("this clone has no project of its own")
    assert project.run("sh", "-c", shown.command, check=False).strip() != shown.printed
    shown.apply(project)
    assert project.run("sh", "-c", shown.command).strip() == shown.printed
    # A source may do without an `__init__.py`.
    project.run("ruff", "check", "--quiet", "--ignore=INP001", shown.file)
    project.run("ruff", "format", "--check", "--quiet", shown.file)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("In `", "```sh\ntrue\n```\nIn `"),  # code that belongs to nothing
        ("below `", "near `"),
        ("This prints", "Some"),
    ],
)
def test_what_cannot_be_applied_is_no_entry(old: str, new: str) -> None:
    section = SECTIONS["A metric"]
    assert old in section
    with pytest.raises(AssertionError, match="entry"):
        entry(section.replace(old, new))


def test_a_line_has_one_place(tmp_path: Path) -> None:
    shown = entry(SECTIONS["A metric"])
    target = tmp_path / shown.list
    target.parent.mkdir(parents=True)
    target.write_text("NAMES = (\n)\n", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"__init__\.py"):
        shown.apply(Project(tmp_path))
