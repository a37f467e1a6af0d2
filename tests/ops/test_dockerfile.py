"""The Dockerfiles hold to their rules and to hadolint's; a builder is found, and told all."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools import project_lock

from tests.conftest import ROOT
from tests.ops import dockerfile
from tests.serve.bundles import retold, typed
from truerun.base.errors import ReleaseError
from truerun.package import locked
from truerun.release import image_build

pytestmark = pytest.mark.slow
TEMPLATE = ROOT / "src/truerun/template/files"
OURS, THEIRS = (folder / "Dockerfile" for folder in (ROOT, TEMPLATE))
BOTH = pytest.mark.parametrize("file", [OURS, THEIRS], ids=["ours", "a project's"])
PINNED = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}( AS \w+)?")
LABELS = {f"org.opencontainers.image.{name}" for name in ("revision", "version", "source")}


def faults(text: str) -> Iterator[str]:
    """What is wrong with a Dockerfile by the project's own rules."""
    found = dockerfile.instructions(text)
    for name, rest in found:
        if name == "FROM" and not PINNED.fullmatch(rest):
            yield f"a base without digest: {rest}"
        if name == "RUN" and "pip install" in rest:
            for option in ("--require-hashes", "--only-binary :all:", "--no-deps"):
                if option not in rest:
                    yield f"an installation without {option}"
        if name == "ADD":
            yield "ADD, which fetches and unpacks"
    yield from of_last(found[[name for name, _ in found].index("FROM", 1) :])


def of_last(last: list[tuple[str, str]]) -> Iterator[str]:
    """What is wrong with the stage that runs."""
    for name, rest in last:
        if name in ("RUN", "ENTRYPOINT", "CMD", "HEALTHCHECK") and not rest.endswith("]"):
            yield f"{name} needs a shell"
    users = [rest for name, rest in last if name == "USER"]
    if not users or not re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1]):
        yield "the user is root, or has no number"
    named = {rest for name, rest in last if name == "LABEL"}
    if not all(any(label in rest for rest in named) for label in LABELS):
        yield "a label is lacking"
    if not any(name == "HEALTHCHECK" for name, _ in last):
        yield "no health check"


@BOTH
def test_it_holds_to_the_rules(file: Path) -> None:
    assert list(faults(file.read_text(encoding="utf-8"))) == []


PLANTED = {
    "a base without digest": (r"@sha256:[0-9a-f]{64}( AS build)", r"\1"),
    "a base without digest: gcr": (r"(nonroot)@sha256:[0-9a-f]{64}", r"\1"),
    "ENTRYPOINT needs": (r"ENTRYPOINT \[.*\]", "ENTRYPOINT python3 -m truerun.cli serve"),
    "CMD needs": (r"\nCMD \[.*\]", "\nCMD --workers 1"),
    "without --require-hashes": (r"--require-hashes", ""),
    "without --only-binary": (r"--only-binary :all:", ""),
    "without --no-deps": (r"--no-deps", ""),
    "ADD": (r"COPY models", "ADD models"),
    "RUN needs": (r"USER 65532", "RUN id\nUSER 65532"),
    "the user is root": (r"USER .*", "USER 0:0"),
    "the user is root, or has": (r"USER .*", "USER nonroot"),
    "a label is lacking": (r"org.opencontainers.image.revision", "revision"),
    "no health check": (r"HEALTHCHECK .*\n.*\n", ""),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_every_rule_finds_its_fault(fault: str) -> None:
    text = OURS.read_text(encoding="utf-8")
    changed = re.sub(*PLANTED[fault], text, count=1)
    assert changed != text
    assert any(found.startswith(fault) or fault in found for found in faults(changed))


def lint(folder: Path) -> str:
    """What `make lint-image` says of the Dockerfiles of a folder; empty if nothing is wrong."""
    recipe = re.search(
        r"^lint-image:.*\n\t(.*)\n", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert recipe is not None
    done = subprocess.run(
        recipe[1].replace("$(BIN)", str(Path(sys.executable).parent)).split(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.slow
def test_hadolint_has_nothing_to_say_and_finds_a_fault(tmp_path: Path) -> None:
    for file in (OURS, THEIRS):
        place = tmp_path / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    assert lint(tmp_path) == ""
    for file in (OURS, THEIRS):
        place = tmp_path / file.relative_to(ROOT)
        text = place.read_text(encoding="utf-8")
        place.write_text(f"{text}RUN cd /srv && apt-get install curl\n", encoding="utf-8")
        assert "DL3008" in lint(tmp_path)
        place.write_text(text, encoding="utf-8")


def test_what_the_images_hold_is_taken_from_the_lock_of_the_service() -> None:
    made = project_lock.images(ROOT / "requirements", ROOT / "pyproject.toml")
    assert made == json.loads((ROOT / "src/truerun/package/image.json").read_text("utf-8"))
    small, tables, libraries = (set(made[name]) for name in ("service", "tables", "libraries"))
    assert {"numpy", "pydantic", "uvicorn"} <= small
    assert tables == {"pandas", "pyarrow", "pyyaml", "python-dateutil", "six"}
    assert not {"dvc", "matplotlib"} & (small | libraries)
    assert {"scikit-learn", "lightgbm", "pandas"} <= libraries
    assert not small & (tables | libraries)


@pytest.mark.parametrize("source", ["own", "table"])
def test_an_image_installs_what_the_project_has_locked(source: str, tmp_path: Path) -> None:
    typed(tmp_path)
    retold(tmp_path / "models/bundle", lambda facts: facts["source"].update(name=source))
    place = tmp_path / "requirements"
    place.mkdir()
    shutil.copy(ROOT / "requirements/serve.txt", place)
    ours = image_build.packages(tmp_path)
    for name, text in locked.texts().items():
        (place / name).write_text(text, encoding="utf-8")
    assert image_build.packages(tmp_path) == ours
    of_packages = locked.entries(ours)
    assert list(of_packages) == locked.image_packages(
        is_table=source == "table", with_libraries=False
    )
    assert all("--hash=sha256:" in block for block in of_packages.values())
    lock = place / "run.txt"
    lock.write_text(re.sub(r"^numpy==", "humpy==", lock.read_text("utf-8"), flags=re.MULTILINE))
    with pytest.raises(ReleaseError, match=r"the image needs numpy, which .* does not lock"):
        image_build.packages(tmp_path)


# Which builder, and what it is told.

SAYS = """#!/bin/sh
[ "$1" != info ] || exit {status}
for word in "$@"; do echo "[$word]"; done
"""


@pytest.fixture
def project(first: Path, tmp_path: Path) -> Path:
    """A repository of each test's own."""
    return Path(shutil.copytree(first, tmp_path / first.name))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a bundle, of a name that is none for an image."""
    folder = tmp_path_factory.mktemp("first") / "My_Churn 2"
    folder.mkdir()
    typed(folder)
    (folder / "requirements").mkdir()
    shutil.copy(ROOT / "requirements/serve.txt", folder / "requirements")
    for command in (
        ("init", "--quiet"),
        ("add", "."),
        ("-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "--quiet", "-mA"),
        ("tag", "churn@v1.2.0"),
        ("remote", "add", "origin", "https://me:word@example.org/me/churn.git"),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def build(project: Path, tools: dict[str, int], *arguments: str) -> tuple[int, str]:
    """Exit status and output of the command, where these builders answer `info` so."""
    folder = project.parent / "bin"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "git").symlink_to(str(shutil.which("git")))
    for name, status in tools.items():
        (folder / name).write_text(SAYS.format(status=status), encoding="utf-8")
        (folder / name).chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "truerun.release", "image", *arguments],
        cwd=project,
        env={**os.environ, "PATH": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_the_first_builder_that_works_is_told_name_and_labels(project: Path) -> None:
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=project, text=True).strip()
    labels = [
        f"[--build-arg=REVISION={commit}]",
        "[--build-arg=VERSION=churn@v1.2.0]",
        "[--build-arg=SOURCE=https://example.org/me/churn.git]",
    ]
    status, said = build(project, {"docker": 1, "podman": 0, "buildah": 0}, "registry.org/a:1.0")
    assert status == 0
    told = ["[build]", "[--file]", "[Dockerfile]", "[--tag]", "[registry.org/a:1.0]"]
    assert said.splitlines()[:5] == told
    assert [line for line in said.splitlines() if line in labels] == labels
    assert "[--format=docker]\n[build/image]\n" in said
    laid_down = {path.name for path in (project / "build/image").iterdir()}
    assert laid_down == {"models", "requirements.txt", "src", "vendor"}
    assert said.endswith(f"built registry.org/a:1.0 of commit {commit} by podman\n")
    status, said = build(project, {"docker": 0, "buildah": 0})
    assert f"[--tag]\n[my-churn-2:{commit[:7]}" in said
    assert "[--format" not in said


def test_files_that_are_of_no_commit_are_said_in_the_label(project: Path) -> None:
    with (project / "requirements/serve.txt").open("a", encoding="utf-8") as file:
        file.write("# more\n")
    _, said = build(project, {"docker": 0})
    assert re.search(r"REVISION=[0-9a-f]{40}-dirty\]", said)
    assert "VERSION=churn@v1.2.0-dirty]" in said


def test_what_is_lacking_is_said(project: Path) -> None:
    status, said = build(project, {"docker": 1})
    assert status == 1
    assert "no docker, podman or buildah works here" in said
    shutil.rmtree(project / "models")
    status, said = build(project, {"docker": 0})
    assert status == 1
    assert "there is no models/bundle to serve: `make repro`, or `dvc pull`" in said


def test_commands_of_the_image_are_words_of_json() -> None:
    for name, rest in dockerfile.instructions(OURS.read_text(encoding="utf-8")):
        if name in ("ENTRYPOINT", "CMD"):
            assert all(isinstance(word, str) for word in json.loads(rest))
