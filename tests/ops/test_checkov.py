"""checkov finds planted faults, and each check that is left out says why."""

import copy
import re
import shutil
from pathlib import Path

import pytest
from tools.infrastructure import checkov

from tests.conftest import ROOT
from tests.ops.test_kubernetes import container, made, pod

PROGRAM = ROOT / checkov.PROGRAM
SKIPPED = re.compile(r"#checkov:skip=(CKV2?_[A-Z0-9_]+)(?::(.*))?")


@pytest.mark.slow
@pytest.mark.skipif(not PROGRAM.exists(), reason="make lint-infrastructure installs checkov")
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_it_finds_a_fault_in_each_kind_of_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checkov, "PROGRAM", PROGRAM)
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("USER 65532:65532\n", "")
    Path("Dockerfile").write_text(image, encoding="utf-8")
    shutil.copytree(ROOT / "ops/terraform/shared", "shared")
    for file, old, new in (
        ("storage.tf", "block_public_acls       = true", "block_public_acls = false"),
        ("registry.tf", '"IMMUTABLE"', '"MUTABLE"'),
    ):
        text = Path("shared", file).read_text(encoding="utf-8")
        assert old in text
        Path("shared", file).write_text(text.replace(old, new), encoding="utf-8")
    manifests = copy.deepcopy(made("production"))
    del container(manifests)["resources"]
    pod(manifests)["hostPID"] = True
    said = checkov.faults({"production": manifests}, [Path("Dockerfile"), Path("shared")])
    for check in ("CKV_DOCKER_3", "CKV_AWS_53", "CKV_AWS_51", "CKV_K8S_11", "CKV_K8S_17"):
        assert f"Check: {check}:" in said


def test_what_is_left_out_has_its_reason() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "ops").rglob("*.tf")]
    left_out = [found for text in texts for found in SKIPPED.findall(text)]
    assert left_out
    assert [check for check, reason in left_out if len(reason.split()) < 3] == []
    assert all(len(reason.split()) > 3 for reason in checkov.LEFT_OUT.values())
