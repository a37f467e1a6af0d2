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
from truerun.ci import artifact, comment, evidence, runs, verdict

FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
# Of a client of the service, for its smoke test. It can ask for scores, and for nothing else.
# Secrets of environments that our own commands take: a key of a client, a login of a mail server.
KNOWN = re.compile(r"\$\{\{ secrets\.(?:SERVICE_KEY|TRUERUN_SMTP_(?:USER|PASSWORD)) \}\}")
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\b")


def faults(text: str) -> Iterator[str]:
    """What is wrong with a workflow by the project's own rules."""
    for line in re.findall(r"\buses: .*", text):
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
        if "secrets." in str(job) and "environment" not in job:
            yield f"{name}: a secret outside an environment"
        if "timeout-minutes" not in job:
            yield f"{name}: no time limit"
        if not isinstance(job.get("permissions"), dict):
            yield f"{name}: no permissions of its own"
        yield from (f"{name}: {fault}" for step in job["steps"] for fault in of_step(step))


def of_step(step: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a step."""
    if "${{" in step.get("run", ""):
        yield f"an expression in a script: {step['run']}"
    seen = str(step.get("run", "")) + KNOWN.sub("", str(step.get("env", "")))
    if "secrets." in seen:
        yield "a secret that a script can see"
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
    "a secret that a script": (
        r"run: make lint\b",
        "env: {KEY: '${{ secrets.KEY }}'}\n        run: make lint",
    ),
    "a secret outside": (r"( +)(persist-.*\n)", r"\1\2\1token: ${{ secrets.KEY }}\n"),
    "pull_request_target": (r"pull_request:", "pull_request_target:"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_every_rule_finds_its_fault(fault: str) -> None:
    text = (ROOT / ".github/workflows/quality.yml").read_text(encoding="utf-8")
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


@pytest.mark.slow
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

    flow = "workflows/quality.yml"
    plant(flow, r"@[0-9a-f]{40} # v7\.0\.1", "@v7", zizmor)
    plant(flow, r"run: make lint\b", "run: make ${{ github.head_ref }}", zizmor, actionlint)
    plant(flow, r"permissions: \{\}\n", "permissions: write-all\n", zizmor)
    plant(flow, r"        with:\n          persist-credentials: false\n", "", zizmor)
    plant(flow, r"run: make lint\b", "run: cd $GITHUB_WORKSPACE", actionlint)  # shellcheck
    plant(flow, r"matrix\.python", "matrix.pyhton", actionlint)
    plant(flow, r"timeout-minutes: \d+", "timeout-minutes: soon", workflows)
    plant("workflows/verdict.yml", r"zizmor: ignore.*", "", zizmor)
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
        "deploy/staging": ["contents", "id-token"],
        "deploy/production": ["contents", "id-token"],
        "publish/build": ["attestations", "id-token"],
        "publish/publish": ["id-token"],
        "publish/notes": ["contents"],
        "release/image": ["attestations", "id-token", "packages"],
        "release/deploy": ["actions"],
        "experiments/experiment": ["contents", "id-token"],
        "daily/morning": ["id-token"],
        "daily/page": ["pages", "id-token"],
        "main/pipeline": ["id-token"],
        "main/note": ["contents"],
        "main/release": ["id-token"],
        "main/renew": ["contents", "pull-requests"],
        "main/page": ["pages", "id-token"],
        "retrain/train": ["id-token"],
        "retrain/propose": ["contents", "pull-requests"],
        "verdict/status": ["statuses"],
        "verdict/cml": ["pull-requests"],
        "verdict/comment": ["pull-requests"],
    }


def flow(name: str) -> dict[Any, Any]:
    """A workflow; its key `on` is read as true, as YAML has it."""
    content = (ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8")
    return yaml.safe_load(content)


def test_the_verdict_waits_for_the_pipeline_and_takes_what_it_leaves() -> None:
    """What GitHub goes by, and act does not: names."""
    checks, answer = flow("pull-request"), flow("verdict")
    assert answer[True]["workflow_run"] == {"workflows": [checks["name"]], "types": ["completed"]}
    assert runs.FILE == ".github/workflows/pull-request.yml"
    condition = answer["jobs"]["judge"]["if"]
    assert f"'{runs.FILE}@'" in condition
    assert "conclusion" not in condition  # for GitHub, a job that ran too long is cancelled
    steps = checks["jobs"]["pipeline"]["steps"]
    uploads = [step["with"] for step in steps if "/upload-artifact@" in step.get("uses", "")]
    assert [one["name"] for one in uploads] == [evidence.ARTIFACT, evidence.INFORMATION]
    assert uploads[0]["path"] == "evidence"
    assert set(uploads[1]["path"].split()) == artifact.ALLOWED
    for name in ("pull-request", "quality", "main"):
        assert [event["branches"] for event in flow(name)[True].values()] in (
            [["main"]],
            [["main"], ["main"]],
        )


def test_a_merge_queue_starts_what_a_pull_request_does() -> None:
    for name in ("pull-request", "quality"):
        assert set(flow(name)[True]) == {"pull_request", "merge_group"}
        assert flow(name)[True]["merge_group"]["types"] == ["checks_requested"]
        group = flow(name)["concurrency"]["group"]
        assert group == f"{name}-${{{{ github.event.pull_request.number || github.ref }}}}"
    assert "merge_group" in flow("verdict")["jobs"]["judge"]["if"]


def test_the_verdict_waits_for_the_pipeline_alone() -> None:
    assert set(flow("pull-request")["jobs"]) == {"pipeline"}
    assert "needs" not in flow("pull-request")["jobs"]["pipeline"]


def test_each_job_of_the_verdict_may_do_what_it_needs_and_no_more() -> None:
    jobs = flow("verdict")["jobs"]
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "judge": {"actions": "read", "contents": "read", "pull-requests": "read"},
        "write": {"actions": "read", "contents": "read", "pull-requests": "read"},
        "status": {"contents": "read", "statuses": "write"},
        "get-cml": {},
        "cml": {"pull-requests": "write"},
        "comment": {"actions": "read", "contents": "read", "pull-requests": "write"},
    }
    for name, job in jobs.items():
        checkouts = [s for s in job["steps"] if s.get("uses", "").startswith("actions/checkout@")]
        depth = {"fetch-depth": 0} if name == "judge" else {}
        assert [step["with"] for step in checkouts] in (
            [{"persist-credentials": False} | depth],  # which is main
            [],
        )
        programs = [step["run"] for step in job["steps"] if "run" in step]
        ours = [program for program in programs if "truerun" in program]
        assert bool(ours) == bool(checkouts) == (name not in ("get-cml", "cml"))
    for name in ("write", "status", "comment"):  # though one before it broke down
        assert jobs[name]["if"].startswith("always() && ")


def test_what_a_run_left_is_judged_without_token_by_code_that_it_never_ran_beside() -> None:
    steps = flow("verdict")["jobs"]["judge"]["steps"]
    (judge,) = (step for step in steps if step.get("name") == "Judge")
    assert "--judge own --evidence evidence" in judge["run"]
    assert "TOKEN" not in str(judge)
    assert judge["env"]["GIT_CONFIG_GLOBAL"] == "/dev/null"
    for step in steps:  # nothing of the commit is checked out, and what it names is fetched only
        assert "checkout" not in step.get("run", "")
    restored = [n for n, step in enumerate(steps) if "/cache/restore@" in step.get("uses", "")]
    (checked,) = (n for n, step in enumerate(steps) if "ci cache HEAD" in step.get("run", ""))
    assert restored == [checked - 1]
    assert not any("/cache/save@" in step.get("uses", "") for step in steps)


def test_an_experiment_on_a_branch_runs_the_same_without_a_right() -> None:
    jobs = flow("experiments")["jobs"]
    on_main, on_branch = jobs["experiment"], jobs["on-a-branch"]
    assert on_main["if"] == "github.ref == 'refs/heads/main'"
    assert on_branch["if"] == "github.ref != 'refs/heads/main'"
    assert on_branch["permissions"] == {"contents": "read"}
    assert "aws-actions" not in str(on_branch)
    assert "github.token" not in str(on_branch)
    (role,) = (s for s in on_main["steps"] if "aws-actions" in s.get("uses", ""))
    same = [step for step in on_main["steps"][:-1] if step is not role]
    assert on_branch["steps"][: len(same)] == same


def test_one_branch_is_answered_one_run_at_a_time() -> None:
    """Two runs that change one comment at the same instant are kept apart by this alone."""
    concurrency = flow("verdict")["concurrency"]
    assert concurrency["cancel-in-progress"] is False
    run = "github.event.workflow_run"
    for part in (f"{run}.path", f"{run}.head_repository.id", f"{run}.head_branch"):
        assert f"${{{{ {part} }}}}" in concurrency["group"]


def test_cml_has_more_time_than_it_waits_for_a_rate_limit() -> None:
    job = flow("verdict")["jobs"]["cml"]
    (seconds,) = map(int, re.findall(r"\btimeout (\d+) ", job["steps"][-1]["run"]))
    assert 125 < seconds < 60 * job["timeout-minutes"]
    assert f"--watermark-title={comment.TITLE} " in job["steps"][-1]["run"]


def test_docs_name_checks_variables_and_workflows_as_they_are() -> None:
    page = (ROOT / "docs/pull-requests.md").read_text(encoding="utf-8")
    section = re.search(r"^## Switch it on\n(.*?)^## ", page, re.MULTILINE | re.DOTALL)
    assert section is not None
    assert len(section[1].splitlines()) <= 40
    release = (ROOT / "docs/release.md").read_text(encoding="utf-8").partition("## On GitHub\n")[2]
    monitoring = (ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
    morning = monitoring.partition("## Every morning\n")[2].partition("\n## ")[0]
    retraining = (ROOT / "docs/retraining.md").read_text(encoding="utf-8").partition("## On G")[2]
    sections = section[1] + release + morning + retraining.partition("\n## ")[0]
    texts = "".join(file.read_text(encoding="utf-8") for file in FILES)
    used = set(re.findall(r"(?:vars|secrets)\.(\w+)", texts))
    assert used == set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", sections))
    named = set(re.findall(r"^\| `(.+?\.yml)`", sections, re.MULTILINE))
    assert {file.name for file in FILES} - {"publish.yml"} == named
    assert "publish.yml" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name in ("pull-request", "quality"):
        for job in flow(name)["jobs"].values():
            assert f"`{job['name'].split(',')[0]}`" in section[1]
    assert f"`{verdict.STATUS}`" in section[1]


def test_a_retraining_starts_no_other_and_two_at_once_wait_for_each_other() -> None:
    retrain = flow("retrain")
    assert set(retrain[True]) == {"schedule", "workflow_dispatch", "repository_dispatch"}
    assert retrain["concurrency"] == {"group": "retrain", "cancel-in-progress": False}
    for file in FILES:  # nor does a branch that it pushes start anything
        push = flow(file.stem)[True].get("push")
        assert push is None or push.get("branches") == ["main"] or set(push) == {"tags"}, file


def test_what_is_merged_by_itself_needs_an_app_a_trailer_and_a_canary() -> None:
    propose = flow("retrain")["jobs"]["propose"]["steps"]
    (merge,) = (step for step in propose if "gh pr merge" in step.get("run", ""))
    assert "vars.RETRAIN_APP != ''" in merge["if"]
    assert "steps.app.outputs.token }}" in merge["env"]["GH_TOKEN"]
    release = flow("main")["jobs"]["release"]
    assert release["needs"] == "note"
    assert release["steps"][-1]["run"].splitlines()[-1].endswith("release create --retrained")
    deploy = flow("release")["jobs"]["deploy"]
    assert deploy["if"] == "needs.image.outputs.automatic == 'true'"
    assert "--field automatic=true" in deploy["steps"][0]["run"]
    first = flow("deploy")["jobs"]["production"]["steps"][0]
    assert first["if"] == "inputs.automatic && vars.CANARY_METRICS == ''"
    assert first["run"].splitlines()[-1] == "exit 1"
