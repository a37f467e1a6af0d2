"""Which changed files judge a change, or guard against one, by real changes in a repository."""

import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Project
from truerun.compare import guards, provenance
from truerun.compare.revision import Revision
from truerun.comparison.comparison import Missing

TEST = """
import pytest


def test_one() -> None:
    assert 1 + 1 == 2


class TestMore:
    async def test_two(self) -> None:
        assert 2 + 2 == 4
"""
NAMES = ("test_a.py", "with space b/test b.py", "tést.py", 'a "quoted".py', "b/skip/test_c.py")


@pytest.mark.parametrize(
    "name",
    [
        "src/truerun/compare/guards.py",
        "src/truerun/gate/rules/guards.py",
        "src/truerun/params/gate.py",
        "src/truerun/package/vendored.py",
        "vendor/truerun-0.2.0-py3-none-any.whl",
        ".truerun.yaml",
        "requirements/truerun.txt",
        "src/truerun/model/estimators/new.py",
        "src/truerun/report/charts/roc.py",
        "tools/faults.py",
        ".github/workflows/pull-request.yml",
        "requirements/run.txt",
        "conftest.py",
        "tests/conftest.py",
        "tests/deep/down/conftest.py",
        ".gitattributes",
        "data/.gitattributes",
        ".gitmodules",
        ".dvcignore",
        "src/.dvcignore",
        "pytest.ini",
        "Makefile",
        "pyproject.toml",
        ".pre-commit-config.yaml",
        ".dvc/config",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        "../.github/workflows/any.yml",
        "../../.gitattributes",
        "../conftest.py",
        "../pyproject.toml",
        "../CODEOWNERS",
    ],
)
def test_what_judges_or_guards_is_listed(name: str) -> None:
    (listed,) = guards.changed([("M", name)], lambda _: "")
    assert (listed.path, listed.change) == (name, "changed")


@pytest.mark.parametrize(
    "name",
    [
        "src/flights/features.py",
        "src/flights/model/own.py",
        "src/truerun/sources/table/typed.py",
        "src/truerun/adopt/command.py",
        "params.yaml",
        "dvc.yaml",
        "dvc.lock",
        "README.md",
        "docs/tools/page.md",
        "mytools/a.py",
        "old/Makefile",
        "src/vendor/a.py",
        "src/.truerun.yaml",
        "src/Makefile.py",
        "requirements.md",
        "data/raw.dvc",
        ".dvc/configuration",
        "xconftest.py",
        "conftest.pyc",
        "tests/test_a.py",
        "../tools/other.py",
        "../other/conftest.py",
        "../other/src/truerun/gate/x.py",
        "../README.md",
    ],
)
def test_what_does_not_is_not(name: str) -> None:
    assert guards.changed([("M", name), ("A", name)], lambda _: "") == []


@pytest.mark.parametrize(
    ("letter", "change"), [("A", "added"), ("D", "removed"), ("M", "changed"), ("T", "changed")]
)
def test_a_change_has_a_word(letter: str, change: str) -> None:
    (listed,) = guards.changed([(letter, "Makefile")], lambda _: "")
    assert listed.change == change


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A repository with tests of all kinds of names, by the base's commit."""
    made = Project(tmp_path / "project")
    made.root.mkdir()
    made.run("git", "init", "--quiet", "--initial-branch=main")
    made.run("git", "config", "user.name", "Tester")
    made.run("git", "config", "user.email", "tester@example.org")
    for name in NAMES:
        path = made.root / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEST, encoding="utf-8")
    made.commit("Base")
    made.run("git", "tag", "base")
    monkeypatch.chdir(made.root)
    return made


def listed(project: Project, *, committed: bool = True) -> list[tuple[str, str]] | Missing:
    """The guards that changed since the base."""
    if committed:
        project.commit("Head")
    numbers = [project.run("git", "rev-parse", name).strip() for name in ("base", "HEAD")]
    base = Revision("base", numbers[0], project.root)
    head = Revision("head", numbers[1] if committed else None, project.root)
    found = provenance._guards((base, head))
    return found if isinstance(found, Missing) else [(one.path, one.change) for one in found]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def test_one", "@pytest.mark.skip\ndef test_one"),
        ("def test_one", "@pytest.mark.skipif(True, reason='')\ndef test_one"),
        ("def test_one", "@unittest.skipUnless(False, '')\ndef test_one"),
        ("def test_one", "@pytest.mark.xfail\ndef test_one"),
        ("    assert 1", "    pytest.skip('later')\n    assert 1"),
        ("    assert 1", "    raise unittest.SkipTest\n    assert 1"),
        ("import pytest", "import pytest\npytest.importorskip('nothing')"),
        ("class TestMore:", "class TestMore:\n    __test__ = False\n"),
        ("import pytest", "collect_ignore = ['x']"),
        ("def test_one", "def check_one"),
        ("async def test_two", "async def _test_two"),
        ("class TestMore", "class More"),
    ],
)
def test_a_test_that_no_longer_runs_is_listed(project: Project, old: str, new: str) -> None:
    project.edit("tests/test_a.py", old, new)
    assert listed(project) == [("tests/test_a.py", "changed")]


@pytest.mark.parametrize("committed", [True, False])
def test_a_test_is_listed_whatever_its_name_committed_or_not(
    project: Project, committed: bool
) -> None:
    for name in NAMES:
        project.edit(f"tests/{name}", "def test_one", "@pytest.mark.skip\ndef test_one")
    names = sorted(f"tests/{name}" for name in NAMES)
    assert listed(project, committed=committed) == [(name, "changed") for name in names]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1 + 1 == 2", "1 + 2 == 3"),
        ("def test_one", "def test_none() -> None:\n    pass\n\n\ndef test_one"),
        ("def test_one() -> None", "def test_one(tmp_path: Path) -> None"),
        ("async def test_two", "def test_two"),
        ("import pytest", ""),
        ("import pytest", "import skipper"),
    ],
)
def test_an_ordinary_edit_of_a_test_is_not(project: Project, old: str, new: str) -> None:
    for name in NAMES:
        project.edit(f"tests/{name}", old, new)
    assert listed(project) == []


def test_a_skip_that_goes_is_no_skip_and_one_that_moves_is(project: Project) -> None:
    project.edit("tests/test_a.py", "def test_one", "@pytest.mark.skip\ndef test_one")
    project.commit("A skip at the base")
    project.run("git", "tag", "--force", "base")
    project.edit("tests/test_a.py", "    assert 1", "    assert 0 or 1")
    assert listed(project) == []
    project.edit("tests/test_a.py", "@pytest.mark.skip\n", "")
    assert listed(project) == []
    project.edit("tests/test_a.py", "    async def", "    @pytest.mark.skip\n    async def")
    assert listed(project) == [("tests/test_a.py", "changed")]


def test_tests_that_are_removed_or_moved_are_listed_and_new_ones_are_not(project: Project) -> None:
    (project.root / "tests/test_a.py").rename(project.root / "tests/check_a.py")
    (project.root / "tests/tést.py").unlink()
    (project.root / "tests/test_new.py").write_text(TEST, encoding="utf-8")
    assert listed(project) == [("tests/test_a.py", "removed"), ("tests/tést.py", "removed")]


def test_a_new_test_that_skips_is_listed(project: Project) -> None:
    (project.root / "tests/test_new.py").write_text("pytest.skip()", encoding="utf-8")
    assert listed(project) == [("tests/test_new.py", "added")]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("color.ui", "always"),
        ("core.quotePath", "false"),
        ("diff.renames", "copies"),
        ("diff.relative", "true"),
        ("diff.external", "true"),
    ],
)
def test_settings_of_git_hide_nothing(project: Project, key: str, value: str) -> None:
    project.run("git", "config", key, value)
    project.edit("tests/tést.py", "def test_one", "@pytest.mark.skip\ndef test_one")
    (project.root / "Makefile").touch()
    assert listed(project) == [("Makefile", "added"), ("tests/tést.py", "changed")]


@pytest.mark.parametrize("attribute", ["-diff", "binary", "diff=odd"])
def test_attributes_of_a_file_hide_nothing(project: Project, attribute: str) -> None:
    project.run("git", "config", "diff.odd.textconv", "true")
    (project.root / ".gitattributes").write_text(f"*.py {attribute}\n", encoding="utf-8")
    project.edit("tests/test_a.py", "def test_one", "@pytest.mark.skip\ndef test_one")
    assert listed(project) == [(".gitattributes", "added"), ("tests/test_a.py", "changed")]


def test_links_submodules_and_files_that_are_no_text_are_no_crash(project: Project) -> None:
    (project.root / "tests/test_a.py").unlink()
    (project.root / "tests/test_a.py").symlink_to("tést.py")
    (project.root / "tests/data.bin").write_bytes(bytes(range(256)))
    inner = Project(project.root / "tests/inner")
    inner.root.mkdir()
    inner.run("git", "init", "--quiet")
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
    inner.run("git", *identity, "commit", "--quiet", "--allow-empty", "--message", "Inner")
    assert listed(project) == [("tests/test_a.py", "changed")]


def test_of_a_project_in_a_folder_its_own_files_count_and_the_repositorys_workflows(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    within = project.root / "a folder"
    for name in ("tests/test_x.py", "Makefile", "src/truerun/gate/a.py", "src/mine.py"):
        (within / name).parent.mkdir(parents=True, exist_ok=True)
        (within / name).write_text(TEST, encoding="utf-8")
    project.commit("A project in a folder")
    project.run("git", "tag", "--force", "base")
    for path in within.rglob("*.py"):
        path.write_text(TEST.replace("def test_one", "def check_one"), encoding="utf-8")
    for name in (".github/workflows/x.yml", "Makefile", "src/truerun/gate/a.py"):
        (project.root / name).parent.mkdir(parents=True, exist_ok=True)
        (project.root / name).touch()
    project.edit("tests/test_a.py", "def test_one", "def check_one")
    monkeypatch.chdir(within)
    assert listed(project) == [
        ("../.github/workflows/x.yml", "added"),
        ("src/truerun/gate/a.py", "changed"),
        ("tests/test_x.py", "changed"),
    ]


def test_changes_that_git_cannot_list_are_missing(project: Project) -> None:
    head = Revision("head", None, project.root)
    nowhere = provenance._guards((Revision("base", None, project.root), head))
    assert nowhere == Missing(missing="base has no commit, so Git lists no changed files")
    gone = provenance._guards((Revision("base", "0" * 40, project.root), head))
    assert isinstance(gone, Missing)
    assert "bad object" in gone.missing


@pytest.mark.slow
def test_all_code_that_the_verdict_imports_judges() -> None:
    script = (
        "import sys, truerun.compare.__main__, truerun.gate.__main__, truerun.report.__main__;"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('truerun.')))"
    )
    files = Project(ROOT).run(sys.executable, "-c", script).split()
    names = [file.partition("/src/")[2] for file in files]
    code = [f"src/{name}" for name in names if name.count("/") > 1]
    assert len(code) > 50
    assert [file.path for file in guards.changed([("M", n) for n in code], lambda _: "")] == code
