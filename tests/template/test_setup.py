"""Setting up: what is typed reaches truerun as it is, and nothing of the machine's Python does."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

MAKEFILES = (ROOT, ROOT / "src/truerun/template/files")
INSTALL = ROOT / "requirements/install.py"
SHOW = """#!/bin/sh
for word in "$@"; do printf '[%s]\\n' "$word"; done
env
"""


@pytest.fixture(params=MAKEFILES, ids=["ours", "a project's"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with a Makefile, whose environment is made already, and says what it is told."""
    shutil.copy(request.param / "Makefile", tmp_path)
    (tmp_path / "requirements").mkdir()
    for name in ("uv.txt", "run.txt", "optional.txt", "truerun.txt"):
        (tmp_path / "requirements" / name).touch()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    for name in ("uv", "run"):
        (tmp_path / f".venv/{name}.stamp").touch()
    for name in ("truerun", "python"):
        (tmp_path / ".venv/bin" / name).write_text(SHOW, encoding="utf-8")
        (tmp_path / ".venv/bin" / name).chmod(0o755)
    return tmp_path


def make(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call make there."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *words],
        cwd=folder,
        env={**plain, "GIT_CEILING_DIRECTORIES": str(folder.parent), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The words that the last program was called with."""
    assert done.returncode == 0, done.stderr
    return [line[1:-1] for line in done.stdout.splitlines() if line.startswith("[")]


NAMES = ("Annual Income (k$)", "Cost $(k", "it's", 'a "b"', "a#b", "$HOME", "`id`", "a\\b", "x y ")


@pytest.mark.parametrize("folder", [ROOT], indirect=True)
@pytest.mark.parametrize("name", NAMES)
def test_names_reach_adopt_as_they_are_typed(name: str, folder: Path) -> None:
    into = ["--target", name, "--into", name]
    typed = (f"DATA={name}", f"TARGET={name}", f"INTO={name}")
    assert told(make(folder, "adopt", *typed)) == ["adopt", name, *into]
    options = ["OPTIONS=--drop 'Cost (k$)' --drop \"b c\""]
    of_options = ["--drop", "Cost (k$)", "--drop", "b c"]
    said = make(folder, "adopt", *options, DATA=name, TARGET=name, INTO=name)
    assert told(said) == ["adopt", name, *into, *of_options]
    assert told(make(folder, "adopt", f"TARGET={name}", "INTO=x"))[:3] == ["adopt", *into[:2]]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_base_reaches_the_report_as_it_is_typed(name: str, folder: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    words = told(make(folder, "report", f"BASE={name}"))
    assert words[-2:] == ["--base", name]
    assert "--base" not in told(make(folder, "report"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_an_image_reaches_its_builder_as_it_is_typed(name: str, folder: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    words = told(make(folder, "image", f"IMAGE={name}"))
    assert "repro" in words
    assert words[-3:] == ["release", "image", name]
    assert told(make(folder, "image"))[-2:] == ["release", "image"]


def test_no_other_python_reaches_the_programs(folder: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    foreign = {"PYTHONPATH": "/theirs", "PYTHONHOME": "/theirs", "PYTHONUSERBASE": "/theirs"}
    done = make(folder, "data", **foreign)
    assert told(done) == ["ingest"]
    assert "/theirs" not in done.stdout
    assert f"PATH={folder}/.venv/bin:" in done.stdout


def test_a_folder_without_git_is_told_before_anything_runs(folder: Path) -> None:
    (folder / ".venv/run.stamp").unlink()
    done = make(folder, "repro")
    assert done.returncode != 0
    assert "error: this folder must be a Git repository, as a downloaded ZIP file is not" in (
        done.stderr
    )
    assert done.stdout == ""
    assert "Installing" not in done.stderr


@pytest.fixture(scope="module")
def install() -> ModuleType:
    """The program that installs, as a module."""
    spec = importlib.util.spec_from_file_location("install", INSTALL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_projects_install_by_the_same_program() -> None:
    project = ROOT / "src/truerun/template/files/requirements/install.py"
    assert project.read_bytes() == INSTALL.read_bytes()


CONFIG = """\
[global]
index-url = https://user:word@index.example/simple
extra-index-url =
    https://more.example/simple
    file:///not/there/simple
trusted-host = index.example
timeout = 7

[install]
cert = /company/ca.pem
user = yes
target = /elsewhere
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An environment with this one's packages, whose uv shows what it is told."""
    environment = Path(sys.prefix)
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib").symlink_to(environment / "lib")
    shutil.copy(environment / "pyvenv.cfg", tmp_path)
    (tmp_path / "bin/python").symlink_to(environment / "bin/python")
    (tmp_path / "bin/uv").write_text(SHOW, encoding="utf-8")
    (tmp_path / "bin/uv").chmod(0o755)
    (tmp_path / "pip.conf").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def installed(place: Path, **environment: str) -> tuple[list[str], dict[str, str]]:
    """What uv is called with there, and its environment."""
    done = subprocess.run(
        [place / "bin/python", "-I", INSTALL, "--require-hashes", "-r", "run.txt"],
        env={"PATH": os.defpath, "PIP_CONFIG_FILE": str(place / "pip.conf"), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    words = [line[1:-1] for line in lines if line.startswith("[")]
    return words, dict(line.split("=", 1) for line in lines if not line.startswith("["))


@pytest.mark.slow
def test_uv_gets_packages_from_where_pip_is_set_to(place: Path) -> None:
    foreign = {"PIP_USER": "1", "PIP_TARGET": "/elsewhere", "PYTHONPATH": "/elsewhere"}
    foreign |= {"UV_SYSTEM_PYTHON": "1", "PIP_NO_INDEX": "1", "PIP_PROXY": "http://proxy:1"}
    words, environment = installed(place, **foreign)
    assert words == [
        *("pip", "install", "--quiet", "--python", str(place / "bin/python"), "--no-index"),
        *("--require-hashes", "-r", "run.txt"),
    ]
    assert environment["UV_DEFAULT_INDEX"] == "https://user:word@index.example/simple"
    assert environment["UV_INDEX"] == "https://more.example/simple"
    assert environment["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert environment["UV_INSECURE_HOST"] == "index.example"
    assert environment["SSL_CERT_FILE"] == "/company/ca.pem"
    assert environment["HTTPS_PROXY"] == environment["HTTP_PROXY"] == "http://proxy:1"
    assert "/elsewhere" not in environment.values()
    assert not [name for name in environment if name.startswith("PIP_")]
    assert "UV_SYSTEM_PYTHON" not in environment


@pytest.mark.slow
def test_a_part_of_what_is_optional_is_read_as_if_it_were_a_file(place: Path) -> None:
    folder = place / "requirements"
    folder.mkdir()
    shutil.copy(INSTALL, folder)
    (folder / "optional.txt").write_text("# Of truerun.\n\n# [app]\na==1\n\n# [serve]\nb==2\n")
    (place / "bin/uv").write_text(f"{SHOW}\ncat /dev/stdin\n", encoding="utf-8")

    def asked(name: str) -> subprocess.CompletedProcess[str]:
        command = [
            place / "bin/python",
            "-I",
            folder / "install.py",
            "-r",
            "run.txt",
            "--part",
            name,
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    for name, line in (("app", "a==1"), ("serve", "b==2")):
        said = asked(name).stdout
        assert "[-r]\n[run.txt]\n[-r]\n[/dev/stdin]\n" in said
        assert said.rstrip().endswith(f"\n{line}")
    done = asked("nothing")
    assert done.returncode == 1
    assert done.stderr == f"error: {folder / 'optional.txt'} has no part [nothing]\n"


@pytest.mark.slow
def test_what_uv_is_told_itself_comes_first(place: Path) -> None:
    own = {"UV_DEFAULT_INDEX": "https://own.example/simple", "UV_SYSTEM_CERTS": "false"}
    _, environment = installed(place, **own)
    assert {name: environment[name] for name in own} == own
    assert "UV_INDEX" not in environment


def test_pip_is_told_of_the_network_and_nothing_else(install: ModuleType) -> None:
    listing = "global.index-url='https://a'\\n:env:.user='1'\\ninstall.target='/x'\\n"
    listing = listing.replace("\\n", "\n") + "global.cert='/a'\ninstall.cert='/b'\n"
    pip = install.settings(listing)
    assert pip == {"index-url": "https://a", "cert": "/b"}
    given = {"PIP_USER": "1", "PYTHONHOME": "/x", "HOME": "/h"}
    assert install.for_pip(pip, given) == {
        "HOME": "/h",
        "PIP_INDEX_URL": "https://a",
        "PIP_CERT": "/b",
        "PIP_CONFIG_FILE": os.devnull,
    }


def test_authorities_of_other_programs_count_where_pip_has_none(install: ModuleType) -> None:
    given = {"REQUESTS_CA_BUNDLE": "/company/ca.pem"}
    assert install.for_uv({}, given)["SSL_CERT_FILE"] == "/company/ca.pem"
    assert install.for_uv({"cert": "/pip.pem"}, given)["SSL_CERT_FILE"] == "/pip.pem"
    assert install.for_uv({}, {**given, "SSL_CERT_FILE": "/s"})["SSL_CERT_FILE"] == "/s"
