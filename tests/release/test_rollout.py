"""An image and the weights of a canary reach a platform by the calls that it takes."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.release.test_versions import refused
from truerun.release import rollout
from truerun.release.__main__ import main

DIGEST = "ghcr.io/me/churn@sha256:" + "1" * 64
DEFINITION = {
    "taskDefinition": {
        "taskDefinitionArn": "arn:old",
        "revision": 7,
        "status": "ACTIVE",
        "family": "truerun-production-stable",
        "cpu": "256",
        "containerDefinitions": [
            {"name": "service", "image": "old", "command": ["--workers", "1"]},
            {"name": "beside", "image": "other"},
        ],
    }
}
# It notes each call, prints what the service would, and fails where a file says so.
PROGRAM = """\
#!{python}
import json, pathlib, sys
here = pathlib.Path({folder!r})
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
if (here / "fails").exists() and (here / "fails").read_text() in sys.argv:
    sys.exit("no pod is ready")
print((here / "said.json").read_text())
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with stand-ins for kubectl and aws, and their calls."""
    for name in ("kubectl", "aws"):
        path = tmp_path / name
        path.write_text(PROGRAM.format(python=sys.executable, folder=str(tmp_path)))
        path.chmod(0o755)
    (tmp_path / "said.json").write_text(json.dumps(DEFINITION))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv(rollout.PLATFORM, raising=False)
    for name in (rollout.LISTENER, rollout.STABLE, rollout.CANARY):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def calls(programs: Path) -> list[Any]:
    """The arguments of each call since this was asked last."""
    file = programs / "calls"
    made = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    file.unlink(missing_ok=True)
    return made


def test_kubernetes_gets_an_image_and_weights(
    programs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(rollout.PLATFORM, "kubernetes")
    main(["rollout", "staging", "--image", DIGEST])
    in_stage = ["--namespace", "truerun-staging"]
    assert calls(programs) == [
        [*in_stage, "set", "image", "deployment/service", f"service={DIGEST}"],
        [*in_stage, "rollout", "status", "deployment/service", "--timeout=10m"],
    ]
    main(["rollout", "production", "--image", DIGEST, "--canary", "5"])
    assert "5 of 100 requests by the canary" in capsys.readouterr().out
    first, _, patch = calls(programs)
    assert first[3:] == ["image", "deployment/service-canary", f"service={DIGEST}"]
    assert [each["value"] for each in json.loads(patch[-1])] == [95, 5]

    (programs / "fails").write_text("status")
    assert "no pod is ready" in refused(["rollout", "staging", "--image", DIGEST], capsys)
    assert calls(programs)[-1] == [*in_stage, "rollout", "undo", "deployment/service"]


def test_ecs_gets_a_task_definition_and_weights(
    programs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_ecs = ["--platform", "ecs"]
    main(["rollout", "production", "--image", DIGEST, *on_ecs])
    asked, registered, updated, waited = calls(programs)
    assert asked[:4] == [
        *("ecs", "describe-task-definition", "--task-definition", "truerun-production-stable"),
    ]
    made = json.loads(registered[3])
    assert [each["image"] for each in made["containerDefinitions"]] == [DIGEST, "other"]
    assert set(made) == {"family", "cpu", "containerDefinitions"}
    assert updated[2:8] == [
        *("--cluster", "truerun-production", "--service", "stable"),
        *("--task-definition", "arn:old"),
    ]
    assert waited[:3] == ["ecs", "wait", "services-stable"]

    assert "LISTENER is not set" in refused(
        ["rollout", "production", "--canary", "0", *on_ecs], capsys
    )
    calls(programs)
    for name in (rollout.LISTENER, rollout.STABLE, rollout.CANARY):
        monkeypatch.setenv(name, f"arn:{name}")
    main(["rollout", "production", "--canary", "0", *on_ecs])
    weights, ended = calls(programs)
    groups = json.loads(weights[5])[0]["ForwardConfig"]["TargetGroups"]
    assert {each["TargetGroupArn"]: each["Weight"] for each in groups} == {
        "arn:STABLE_GROUP": 100,
        "arn:CANARY_GROUP": 0,
    }
    assert ended[-4:-2] == ["--desired-count", "0"]
    (programs / "said.json").write_text("x")
    assert "prints no JSON" in refused(
        ["rollout", "production", "--image", DIGEST, *on_ecs], capsys
    )


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["staging", "--image", DIGEST], "--platform, or TRUERUN_PLATFORM, is one of"),
        (["staging", "--platform", "ecs"], "name an --image, a share for the --canary, or both"),
    ],
)
def test_what_is_missing_is_named(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused(["rollout", *arguments], capsys)


@pytest.mark.parametrize("share", ["-1", "101", "x"])
def test_a_share_is_of_100_requests(share: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rollout", "production", "--canary", share])
    assert ended.value.code == 2
