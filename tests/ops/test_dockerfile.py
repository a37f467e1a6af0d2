"""The Dockerfiles hold to their rules and to hadolint's, and the script finds a builder."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools import image_lock, project_lock

from tests.conftest import ROOT
from tests.ops import dockerfile
from truerun.package import locked

TEMPLATE = ROOT / "src/truerun/template/files"
OURS, THEIRS = (folder / "Dockerfile" for folder in (ROOT, TEMPLATE))
BOTH = pytest.mark.parametrize("file", [OURS, THEIRS], ids=["ours", "a project's"])
PINNED = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}( AS \w+)?")
LABELS = {f"org.opencontainers.image.{name}" for name in ("revision", "version", "source")}
SCRIPT = ROOT / "requirements/image.sh"


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


def test_what_the_images_install_is_taken_from_the_lock_of_the_service() -> None:
    ours = image_lock.texts(ROOT / "requirements", ROOT / "pyproject.toml")
    for name, text in ours.items():
        assert (ROOT / "requirements" / name).read_text(encoding="utf-8") == text
    small, libraries = (set(project_lock.entries(text)) for text in ours.values())
    assert {"numpy", "pydantic", "uvicorn"} <= small
    assert not {"pandas", "pyarrow", "dvc", "matplotlib"} & small
    assert {"scikit-learn", "lightgbm", "pandas"} <= libraries
    theirs = [set(project_lock.entries(locked.texts()[name])) for name in ours]
    assert theirs[0] == small | {"pandas", "pyarrow", "pyyaml", "python-dateutil", "six"}
    assert theirs[1] == libraries - theirs[0]
    assert not small & libraries


# The script: which builder, and what it is told.

SAYS = """#!/bin/sh
[ "$1" != info ] || exit {status}
for word in "$@"; do echo "[$word]"; done
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a bundle, of a name that is none for an image."""
    folder = tmp_path / "My_Churn 2"
    (folder / "models/bundle").mkdir(parents=True)
    (folder / "models/bundle/bundle.json").touch()
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
    """Exit status and output of the script, where these builders answer `info` so."""
    folder = project.parent / "bin"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("git", "sh", "sed", "tr", "basename"):
        (folder / name).symlink_to(str(shutil.which(name)))
    for name, status in tools.items():
        (folder / name).write_text(SAYS.format(status=status), encoding="utf-8")
        (folder / name).chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", str(SCRIPT), *arguments],
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
        f"[REVISION={commit}]",
        "[VERSION=churn@v1.2.0]",
        "[SOURCE=https://example.org/me/churn.git]",
    ]
    status, said = build(project, {"docker": 1, "podman": 0, "buildah": 0}, "registry.org/a:1.0")
    assert status == 0
    assert said.splitlines()[:3] == ["[build]", "[--tag]", "[registry.org/a:1.0]"]
    assert [line for line in said.splitlines() if line in labels] == labels
    assert "[--format]\n[docker]\n[.]\n" in said
    assert said.endswith(f"built registry.org/a:1.0 of commit {commit} by podman\n")
    status, said = build(project, {"docker": 0, "buildah": 0}, "")
    assert f"[--tag]\n[my-churn-2:{commit[:7]}" in said
    assert "[--format]" not in said


def test_files_that_are_of_no_commit_are_said_in_the_label(project: Path) -> None:
    (project / "models/bundle/bundle.json").write_text("{}")
    _, said = build(project, {"docker": 0})
    assert re.search(r"\[REVISION=[0-9a-f]{40}-dirty\]", said)
    assert "[VERSION=churn@v1.2.0-dirty]" in said


def test_what_is_lacking_is_said(project: Path) -> None:
    status, said = build(project, {"docker": 1})
    assert status == 1
    assert "error: no docker, podman or buildah works here" in said
    shutil.rmtree(project / "models")
    status, said = build(project, {"docker": 0})
    assert status == 1
    assert "error: there is no models/bundle to serve: make repro, or dvc pull" in said


def test_commands_of_the_image_are_words_of_json() -> None:
    for name, rest in dockerfile.instructions(OURS.read_text(encoding="utf-8")):
        if name in ("ENTRYPOINT", "CMD"):
            assert all(isinstance(word, str) for word in json.loads(rest))
