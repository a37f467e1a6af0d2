"""What is wrong with a Terraform module by the project's own rules.

They are about what is written: that a name is there, that each argument is one that the provider
has, that a bucket is shut, that a statement names no wildcard.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.infrastructure.terraform_module import Block, Module

ARGUMENTS = Path(__file__).with_name("aws_arguments.json")
META = {"count", "for_each", "depends_on", "lifecycle", "provider"}
# Actions that know no resource, or whose resource cannot be named: with "*" they change nothing.
WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition"}
SUBJECT = re.compile(
    r"repo:\$\{var\.repository\}:(?:ref:refs/heads/main|environment:\$\{each\}|environment:[\w-]+)"
)
REFERENCE = re.compile(r"(?<![\w.\"])(data\.)?(aws_\w+)\.(\w+)")
AUDIENCE = "token.actions.githubusercontent.com"


def faults(module: Module) -> Iterator[str]:
    """What is wrong with a module."""
    yield from of_references(module)
    yield from of_arguments(module)
    yield from of_buckets(module)
    yield from of_registries(module)
    yield from of_trust(module)
    yield from of_rights(module)
    yield from of_service(module)


def of_references(module: Module) -> Iterator[str]:
    """Names that are used and that nothing has, and variables that nothing uses."""
    code = re.sub(r"^\s*#.*$", "", module.text, flags=re.MULTILINE)
    used = set(re.findall(r"\bvar\.(\w+)", code))
    yield from (f"there is no variable {name}" for name in sorted(used - module.variables))
    yield from (f"variable {name} is not used" for name in sorted(module.variables - used))
    named = set(re.findall(r"\blocal\.(\w+)", code))
    yield from (f"there is no local {name}" for name in sorted(named - module.locals))
    for source, kind, name in sorted(set(REFERENCE.findall(code))):
        if (kind, name) not in (module.data if source else module.resources):
            yield f"there is no {source}{kind}.{name}"


def of_arguments(module: Module) -> Iterator[str]:
    """Arguments that the provider does not have, and required ones that are not there."""
    schemas = json.loads(ARGUMENTS.read_text(encoding="utf-8"))
    for kind, (type_, name), block in (
        *(("resource", place, block) for place, block in module.resources.items()),
        *(("data", place, block) for place, block in module.data.items()),
    ):
        schema = schemas[kind].get(type_)
        if schema is None:
            yield f"{type_}.{name}: {ARGUMENTS.name} does not know {type_}: renew it"
        else:
            yield from _compared(block, schema, f"{type_}.{name}")


def _compared(block: Block, schema: Mapping[str, Any], place: str) -> Iterator[str]:
    for name, value in block.items():
        if name == "dynamic":
            continue
        if name not in schema and name not in META:
            yield f"{place}: there is no argument {name}"
        elif isinstance(schema.get(name), dict) and "of" in schema[name]:
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    yield from _compared(each, schema[name]["of"], f"{place}.{name}")
    for name, facts in schema.items():
        if facts.get("required") and name not in block:
            yield f"{place}: {name} is lacking"


def of_buckets(module: Module) -> Iterator[str]:
    """Buckets that are open, of which a version may be lost, or that are read in the clear."""
    shut = (
        "block_public_acls",
        "block_public_policy",
        "ignore_public_acls",
        "restrict_public_buckets",
    )
    for name in module.of_type("aws_s3_bucket"):
        mine = f"aws_s3_bucket.{name}."

        def of(kind: str, mine: str = mine) -> Block:
            blocks = module.of_type(f"aws_s3_bucket_{kind}").values()
            return next((each for each in blocks if mine in str(each.get("bucket"))), {})

        if not all(of("public_access_block").get(each) is True for each in shut):
            yield f"bucket {name} may become public"
        if "Enabled" not in str(of("versioning")):
            yield f"bucket {name} keeps no versions"
        if "aws:kms" not in str(of("server_side_encryption_configuration")):
            yield f"bucket {name} is not encrypted by a key of its own"
        policies = [
            block
            for (kind, document), block in module.data.items()
            if kind == "aws_iam_policy_document" and f".{document}." in str(of("policy"))
        ]
        if not any(_only_by_tls(each, mine) for each in policies):
            yield f"bucket {name} is read without TLS"


def _only_by_tls(document: Block, mine: str) -> bool:
    """Whether a policy denies everyone everything of a bucket that comes without TLS."""
    return any(
        each.get("effect") == "Deny"
        and each.get("actions") == ["s3:*"]
        and sum(mine in str(resource) for resource in each.get("resources", ())) == 2  # noqa: PLR2004
        and any(
            condition.get("variable") == "aws:SecureTransport"
            and condition.get("values") == ["false"]
            for condition in each.get("condition", ())
        )
        for each in document.get("statement", ())
    )


def of_registries(module: Module) -> Iterator[str]:
    """Registries whose tags may move, or that look at nothing."""
    for name, block in module.of_type("aws_ecr_repository").items():
        if block.get("image_tag_mutability") != "IMMUTABLE":
            yield f"registry {name} lets a tag move"
        if "'scan_on_push': True" not in str(block.get("image_scanning_configuration")):
            yield f"registry {name} does not scan"


def of_trust(module: Module) -> Iterator[str]:
    """Roles that others than one branch or environment of the repository may take."""
    for (kind, name), document in module.data.items():
        if kind != "aws_iam_policy_document":
            continue
        for statement in document.get("statement", ()):
            if "sts:AssumeRoleWithWebIdentity" not in statement.get("actions", ()):
                continue
            conditions = {
                str(each.get("variable")): each for each in statement.get("condition", ())
            }
            if {each.get("test") for each in conditions.values()} != {"StringEquals"}:
                yield f"trust {name} is no equality"
            if conditions.get(f"{AUDIENCE}:aud", {}).get("values") != ["sts.amazonaws.com"]:
                yield f"trust {name} is of any audience"
            if f"{AUDIENCE}:sub" not in conditions:
                yield f"trust {name} is of any repository"
    for subject in re.findall(r'"(repo:[^"]*)"', module.text):
        if not SUBJECT.fullmatch(subject):
            yield f"the subject {subject} is not of one branch or environment"


def of_rights(module: Module) -> Iterator[str]:
    """Statements of roles that allow more than they name."""
    documents = {
        name: block
        for (kind, name), block in module.data.items()
        if kind == "aws_iam_policy_document"
    }
    used = {
        name
        for block in module.of_type("aws_iam_role_policy").values()
        for name in documents
        if re.search(rf"aws_iam_policy_document\.{name}[.\[]", str(block.get("policy")))
    }
    for name in sorted(used):
        for statement in documents[name].get("statement", ()):
            actions: Sequence[str] = statement.get("actions", ())
            resources: Sequence[str] | str = statement.get("resources", ())
            is_everything = "*" in ([resources] if isinstance(resources, str) else resources)
            if any("*" in action for action in actions):
                yield f"policy {name} allows {', '.join(actions)}"
            if is_everything and not set(actions) <= WITHOUT_RESOURCE:
                yield f"policy {name} allows {', '.join(actions)} on everything"
            if "iam:PassRole" in actions and "iam:PassedToService" not in str(statement):
                yield f"policy {name} hands roles to any service"


def of_service(module: Module) -> Iterator[str]:
    """Tasks with rights of root, balancers without TLS, and a canary without weights."""
    for name, block in module.of_type("aws_ecs_task_definition").items():
        text = re.sub(r"[\s\"']", "", str(block.get("container_definitions")))
        for wanted, fault in (
            (r"user[=:]65532:65532", "runs as root"),
            (r"readonlyRootFilesystem[=:]true", "may write to its root"),
            (r"drop[=:]\[ALL\]", "keeps capabilities"),
            (r"healthCheck[=:]", "has no health check"),
        ):
            if not re.search(wanted, text, re.IGNORECASE):
                yield f"task {name} {fault}"
    for name, block in module.of_type("aws_lb_listener").items():
        if block.get("protocol") != "HTTPS":
            yield f"listener {name} is not by TLS"
        if str(block).count("'weight'") != 2:  # noqa: PLR2004
            yield f"listener {name} has no weights for a canary"
    for name, block in module.of_type("aws_ecs_service").items():
        if "'rollback': True" not in str(block.get("deployment_circuit_breaker")):
            yield f"service {name} does not go back by itself"
        if "'assign_public_ip': False" not in str(block.get("network_configuration")):
            yield f"service {name} has a public address"
