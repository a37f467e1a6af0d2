"""The Terraform files hold to our rules, each of which finds its fault, and to the usual form."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tools.infrastructure import terraform, terraform_module
from tools.infrastructure.terraform_module import Module

from tests.conftest import ROOT

FOLDER = ROOT / "ops/terraform"
MODULES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
pytestmark = pytest.mark.slow


def of(name: str) -> Module:
    return terraform_module.read(FOLDER / name)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_holds_to_the_rules(name: str) -> None:
    assert list(terraform.faults(of(name))) == []


SUB = "repo:${var.repository}"
MAIN = re.escape(f"{SUB}:ref:refs/heads/main")
EQUAL = r'"StringEquals"(\n      variable = "token.actions.githubusercontent.com:sub")'
# What is said of it, in which module, and what is written instead of what.
PLANTED = {
    # names
    "there is no variable enviroment": ("service", r"var\.environment", "var.enviroment"),
    "variable clients is not used": ("service", r"toset\(var\.clients\)", "toset([])"),
    "there is no local ports": ("service", r"local\.port\n", "local.ports\n"),
    "there is no aws_lb.servce": ("service", r"aws_lb\.service\.arn", "aws_lb.servce.arn"),
    "there is no data.aws_iam_policy_document.mian": (
        "shared",
        r"data\.aws_iam_policy_document\.main",
        "data.aws_iam_policy_document.mian",
    ),
    # arguments
    "there is no argument bucket_name": ("shared", r"  bucket( = .*-data)", r"  bucket_name\1"),
    "there is no argument weigth": ("service", r"weight( = var.canary)", r"weigth\1"),
    "container_name is lacking": ("service", r"    container_name +=.*\n", ""),
    "does not know aws_ecs_servise": ("service", '"aws_ecs_service"', '"aws_ecs_servise"'),
    # buckets
    "may become public": ("shared", r"(restrict_public_buckets *=) true", r"\1 false"),
    "keeps no versions": ("shared", r'(_configuration \{\n    status =) "Enabled"', r'\1 "Off"'),
    "not encrypted": ("shared", '"aws:kms"', '"AES256"'),
    "without TLS": ("shared", '"aws:SecureTransport"', '"aws:SourceVpc"'),
    "is read without TLS": ("shared", r'(effect *=) "Deny"', r'\1 "Allow"'),
    # the registry
    "lets a tag move": ("shared", '"IMMUTABLE"', '"MUTABLE"'),
    "does not scan": ("shared", r"(scan_on_push =) true", r"\1 false"),
    # who may take a role
    "is no equality": ("shared", EQUAL, r'"StringLike"\1'),
    "is of any audience": ("shared", r'\["sts.amazonaws.com"\](\n    \})', r'["*"]\1'),
    "is of any repository": ("shared", r"(githubusercontent.com):sub", r"\1:actor"),
    f"{SUB}:* is not of one": ("shared", MAIN, f"{SUB}:*"),
    f"{SUB}:pull_request is not of one": ("shared", MAIN, f"{SUB}:pull_request"),
    # what a role may do
    "allows s3:Get*": ("shared", '"s3:GetObject", ', '"s3:Get*", '),
    "on everything": ("shared", r"\[aws_ecr_repository.service.arn\]", '["*"]'),
    "hands roles to any service": ("shared", "iam:PassedToService", "aws:ResourceTag/x"),
    # the service
    "runs as root": ("service", r"user +=.*\n", ""),
    "may write to its root": ("service", r"(readonlyRootFilesystem =) true", r"\1 false"),
    "keeps capabilities": ("service", r'\{ drop = \["ALL"\] \}', "{}"),
    "has no health check": ("service", r"healthCheck = \{", "dependsOn = {"),
    "is not by TLS": ("service", r'(protocol *=) "HTTPS"', r'\1 "HTTP"'),
    "no weights for a canary": ("service", r"        weight = var.canary_weight\n", ""),
    "does not go back by itself": ("service", r"(rollback =) true", r"\1 false"),
    "has a public address": ("service", r"(assign_public_ip =) false", r"\1 true"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_every_rule_finds_its_fault(fault: str, tmp_path: Path) -> None:
    name, pattern, new = PLANTED[fault]
    changes = 0
    for path in (FOLDER / name).glob("*.tf"):
        text, times = re.subn(pattern, new, path.read_text(encoding="utf-8"), count=1)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
        changes += times
    assert changes
    assert any(fault in said for said in terraform.faults(terraform_module.read(tmp_path)))


def test_the_roles_are_those_that_the_service_is_given_and_its_tasks_take() -> None:
    """What one module allows by name is what the other makes."""
    allowed = (FOLDER / "shared/roles.tf").read_text(encoding="utf-8")
    assert '[for role in ["start", "task"]' in allowed
    made = of("service").of_type("aws_iam_role")
    assert sorted(str(block["name"]) for block in made.values()) == [
        "${local.name}-start",
        "${local.name}-task",
    ]
    assert of("service").of_type("aws_ecs_cluster")["main"]["name"] == "${local.name}"
    assert '"${var.name}-${var.environment}"' in (FOLDER / "service/main.tf").read_text()


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_terraform_would_format_nothing_anew(tmp_path: Path) -> None:
    def said(folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", "fmt", "-check", "-recursive", str(folder)],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    assert said(FOLDER).returncode == 0, said(FOLDER).stdout
    (tmp_path / "a.tf").write_text('variable "x" {\ntype=string\n}\n', encoding="utf-8")
    assert said(tmp_path).returncode != 0
