"""compose.yaml holds to the Compose specification, and to the project's own rules."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from truerun.base.commands import capture

PINNED = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")
OURS = re.compile(r"truerun-service:\w+")  # built here, by `make image`


def faults(file: Path) -> Iterator[str]:
    """What is wrong with a file."""
    command = ["check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    done = capture(Path(), sys.executable, "-m", *command)
    if done.returncode:
        yield done.stdout + done.stderr
        return
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    for name, service in content["services"].items():
        yield from (f"{name}: {fault}" for fault in of_service(service))
    for name, volume in content.get("secrets", {}).items():
        if set(volume) != {"file"}:
            yield f"secret {name} is not taken from a file"


def of_service(service: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a service."""
    image = service.get("image", "")
    if not (PINNED.fullmatch(image) or OURS.fullmatch(image)):
        yield f"an image without digest: {image}"
    for port in service.get("ports", ()):
        if not str(port).startswith("127.0.0.1:"):
            yield f"port {port} is open to other machines"
    if service.get("privileged") or service.get("network_mode") == "host":
        yield "it has rights of the host"
    if "no-new-privileges:true" not in service.get("security_opt", ()):
        yield "it may gain privileges"
    if "mem_limit" not in service:
        yield "its memory has no limit"
    for name, value in dict(service.get("environment", {})).items():
        if re.search("PASSWORD|SECRET|KEY|TOKEN", name) and not re.match(
            r"\$\{|/run/secrets/", value
        ):
            yield f"{name} is written out"
    if OURS.fullmatch(image) and not (
        service.get("read_only") and service.get("cap_drop") == ["ALL"]
    ):
        yield "the service may write, or keeps capabilities"
