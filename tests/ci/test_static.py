"""The workflow files hold to their rules, and each check finds the fault that it is there for."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci import runner
from tests.conftest import ROOT
from truerun.ci import artifact, comment

FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\b")


def faults(text: str) -> Iterator[str]:
    """What is wrong with a workflow by the project's own rules."""
    for line in re.findall(r"uses: .*", text):
        if not PINNED.match(line):
            yield f"not pinned by commit and version: {line}"
    content = yaml.safe_load(text)
    if content.get("permissions") != {}:
        yield "permissions at the top are not empty"
    if "concurrency" not in content:
        yield "no concurrency group"
    if "pull_request_target" in text:
        yield "pull_request_target"
    for name, job in content["jobs"].items():
        if "timeout-minutes" not in job:
            yield f"{name}: no time limit"
        if not isinstance(job.get("permissions"), dict):
            yield f"{name}: no permissions of its own"
        yield from (f"{name}: {fault}" for step in job["steps"] for fault in of_step(step))


def of_step(step: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a step."""
    if "${{" in step.get("run", ""):
        yield f"an expression in a script: {step['run']}"
    if "secrets." in str(step):
        yield "a secret"
    kept = step.get("with", {}).get("persist-credentials") is not False
    if step.get("uses", "").startswith("actions/checkout@") and kept:
        yield "the checkout keeps the token"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_files_hold_to_the_rules(file: Path) -> None:
    assert list(faults(file.read_text(encoding="utf-8"))) == []


PLANTED = {
    "not pinned by commit": (r"@[0-9a-f]{40} # v7\.0\.1", "@v7"),
    "by commit and version": (r" # v7\.0\.1", ""),
    "permissions at the top": (r"permissions: \{\}\n", ""),
    "no permissions of its own": (r"    permissions:\n      contents: read .*\n", ""),
    "no time limit": (r"    timeout-minutes: \d+\n", ""),
    "no concurrency": (r"concurrency:\n(  .*\n)+", ""),
    "an expression in a script": (r"run: make lint\b", "run: make ${{ github.head_ref }}"),
    "keeps the token": (r"persist-credentials: false", "persist-credentials: true"),
    "a secret": (r"run: make lint\b", "env: {KEY: '${{ secrets.KEY }}'}\n        run: make lint"),
    "pull_request_target": (r"pull_request:", "pull_request_target:"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_every_rule_finds_its_fault(fault: str) -> None:
    text = (ROOT / ".github/workflows/pull-request.yml").read_text(encoding="utf-8")
    changed = re.sub(*PLANTED[fault], text)
    assert changed != text
    assert any(fault in found for found in faults(changed))


def linters() -> list[str]:
    """The commands of `make lint-workflows`."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^lint-workflows:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe is not None
    binaries = f"{Path(sys.executable).parent}/"
    return [line.strip().replace("$(BIN)/", binaries) for line in recipe[1].splitlines()]


def complaints(command: str, folder: Path) -> str:
    """What a linter says of the files below a folder; empty if nothing is wrong."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A repository with nothing in it but .github."""
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    (tmp_path / ".git").mkdir()  # by which actionlint finds the root
    return tmp_path


def test_linters_have_nothing_to_say_and_each_finds_a_fault(copied: Path) -> None:
    zizmor, actionlint, workflows, dependabot = linters()
    for command in linters():
        assert complaints(command, copied) == ""

    def plant(file: str, pattern: str, new: str, *commands: str) -> None:
        path = copied / ".github" / file
        text = path.read_text(encoding="utf-8")
        changed = re.sub(pattern, new, text, count=1)
        assert changed != text
        path.write_text(changed, encoding="utf-8")
        for command in commands:
            assert complaints(command, copied) != "", command
        path.write_text(text, encoding="utf-8")

    flow = "workflows/pull-request.yml"
    plant(flow, r"@[0-9a-f]{40} # v7\.0\.1", "@v7", zizmor)
    plant(flow, r"run: make lint\b", "run: make ${{ github.head_ref }}", zizmor, actionlint)
    plant(flow, r"permissions: \{\}\n", "permissions: write-all\n", zizmor)
    plant(flow, r"        with:\n          persist-credentials: false\n", "", zizmor)
    plant(flow, r"run: make lint\b", "run: cd $GITHUB_WORKSPACE", actionlint)  # shellcheck
    plant(flow, r"matrix\.python", "matrix.pyhton", actionlint)
    plant(flow, r"timeout-minutes: \d+", "timeout-minutes: soon", workflows)
    plant("workflows/comment.yml", r"zizmor: ignore.*", "", zizmor)
    plant("dependabot.yml", r"interval: weekly", "interval: always", dependabot)


def test_every_action_has_a_stand_in() -> None:
    for uses in runner.used(ROOT / ".github"):
        _, name, *path = uses.split("@")[0].split("/")
        assert (runner.HERE / "actions" / name / Path(*path) / "action.yml").is_file(), uses


def test_what_may_write_is_known() -> None:
    """Which jobs have a token that may write, and what: a new one wants a second look."""
    found = {}
    for file in FILES:
        for name, job in yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].items():
            writes = [what for what, right in job["permissions"].items() if right == "write"]
            if writes:
                found[f"{file.stem}/{name}"] = writes
    assert found == {
        "comment/comment": ["pull-requests"],
        "experiments/experiment": ["contents", "id-token"],
        "main/pipeline": ["id-token"],
        "main/renew": ["contents", "pull-requests"],
        "main/page": ["pages", "id-token"],
    }


def flow(name: str) -> dict[Any, Any]:
    """A workflow; its key `on` is read as true, as YAML has it."""
    content = (ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8")
    return yaml.safe_load(content)


def test_the_comment_waits_for_the_checks_and_takes_what_they_leave() -> None:
    """What GitHub goes by, and act does not: names."""
    checks, answer = flow("pull-request"), flow("comment")
    assert answer[True]["workflow_run"]["workflows"] == [checks["name"]]
    assert answer["jobs"]["comment"]["steps"][0]["with"] == {"persist-credentials": False}  # main
    steps = checks["jobs"]["pipeline"]["steps"]
    (upload,) = (step["with"] for step in steps if "/upload-artifact@" in step.get("uses", ""))
    assert upload["name"] == comment.ARTIFACT
    assert set(upload["path"].split()) == artifact.ALLOWED
    for name in ("pull-request", "main"):
        branches = next(iter(flow(name)[True].values()))["branches"]
        assert branches == ["main"]


def test_docs_name_checks_variables_and_workflows_as_they_are() -> None:
    page = (ROOT / "docs/pull-requests.md").read_text(encoding="utf-8")
    section = re.search(r"^## Switch it on\n(.*?)^## ", page, re.MULTILINE | re.DOTALL)
    assert section is not None
    assert len(section[1].splitlines()) <= 40
    texts = "".join(file.read_text(encoding="utf-8") for file in FILES)
    assert set(re.findall(r"vars\.(\w+)", texts)) == set(
        re.findall(r"`([A-Z]+(?:_[A-Z]+)?)`", section[1])
    )
    assert {file.name for file in FILES} == set(
        re.findall(r"^\| `(.+?)`", section[1], re.MULTILINE)
    )
    for job in flow("pull-request")["jobs"].values():
        assert f"`{job['name'].split(',')[0]}`" in section[1]
