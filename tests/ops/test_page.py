"""docs/deploy.md: its commands that need no cloud are run, and what the others name is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.serve.bundles import typed

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
# In place of a builder: one that says what it was told.
BUILDER = '#!/bin/sh\n[ "$1" = info ] || echo "docker $*"\n'


def blocks(language: str) -> list[str]:
    """Contents of the page's code blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A copy of what the page is about, and what its commands print there."""
    folder = tmp_path_factory.mktemp("deploy") / "delays"
    for name in ("ops", "requirements", "tools/infrastructure", "src/truerun"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("Dockerfile", "Makefile", "compose.yaml", "pyproject.toml", "tools/__init__.py"):
        shutil.copy(ROOT / name, folder / name)
    typed(folder)
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message=A")):
        own = ("-c", "user.name=T", "-c", "user.email=t@example.org")
        subprocess.run(["git", *own, *words], cwd=folder, check=True)
    # The environment is there, and so is the model: `make` has nothing to do before the image.
    (folder / ".venv").symlink_to(sys.prefix)
    tools = folder.parent / "bin"
    tools.mkdir()
    (tools / "docker").write_text(BUILDER, encoding="ascii")
    (tools / "docker").chmod(0o755)
    script = "\n".join(["set -e", *blocks("bash")])
    script = script.replace("make image", "make --assume-old=repro image")
    # That is a step of its own before the tests.
    script = script.replace("make lint-infrastructure", "true")
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
            "PATH": f"{tools}:{os.environ['PATH']}",
            "PYTHONPATH": "",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return folder, done.stdout


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_the_commands_that_need_no_cloud_do_what_it_says(printed: tuple[Path, str]) -> None:
    folder, said = printed
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=folder, text=True).strip()
    assert (
        f"docker build --file Dockerfile --tag truerun-service:local --build-arg=REVISION={commit}"
        in said
    )
    assert f"built truerun-service:local of commit {commit} by docker\n" in said
    assert list((folder / "build/image/vendor").glob("truerun-*.whl"))
    assert (folder / "secrets").stat().st_mode & 0o777 == 0o700
    assert re.fullmatch(r"[0-9a-f]{48}\n", (folder / "secrets/api-keys").read_text())
    assert re.search(r"image: ghcr\.io/me/truerun-service@sha256:[0-9a-f]{64}\n", said)
    assert "0000000" not in said
    assert "scores.my-company.example" in said
    shown = said[said.index("apiVersion: v1") :]
    manifests = list(yaml.safe_load_all(shown))
    told = {each["kind"] for each in manifests}
    assert {"Deployment", "Service", "HorizontalPodAutoscaler", "NetworkPolicy"} <= told


def test_what_the_other_commands_name_is_there() -> None:
    commands = "\n".join(blocks("sh"))
    made = [
        each
        for path in sorted((ROOT / "ops/kubernetes").rglob("*.yaml"))
        for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]
    spaces = {each["metadata"]["name"] for each in made if each["kind"] == "Namespace"}
    assert set(re.findall(r"--namespace (\S+)", commands)) == spaces
    for folder in re.findall(r"--kustomize (\S+)|cd (?:\.\./)?(\S+)", commands):
        assert any((ROOT / "ops/terraform" / name).is_dir() for name in folder) or any(
            (ROOT / name).is_dir() for name in folder if name
        ), folder
    secrets = {
        volume["secret"]["secretName"]
        for each in made
        if each["kind"] == "Deployment"
        for volume in each["spec"]["template"]["spec"]["volumes"]
    }
    assert set(re.findall(r"secret generic (\S+)", commands)) == secrets
    shared = (ROOT / "ops/terraform/shared/variables.tf").read_text(encoding="utf-8")
    for name in re.findall(r"-var (\w+)=", commands):
        assert f'variable "{name}"' in shared
    outputs = (ROOT / "ops/terraform/shared/outputs.tf").read_text(encoding="utf-8")
    own = (ROOT / "ops/terraform/service/outputs.tf").read_text(encoding="utf-8")
    for name in re.findall(r"\$([A-Z_]+)\b", commands):
        assert f'output "{name.lower()}"' in own
    section = PAGE[PAGE.index("| output | where |") : PAGE.index("## What was checked")]
    listed = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert listed == re.findall(r'^output "(\w+)"', outputs, re.MULTILINE)
