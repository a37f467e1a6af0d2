"""Looks at compose.yaml and ops/, says what is wrong, and ends with status 1 if anything is.

What a check needs and is not there (kubectl, terraform) is said, and the check left out.

Usage: python -m tools.infrastructure           what `make lint-infrastructure` calls
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.infrastructure import (
    checkov,
    compose,
    manifests,
    overlays,
    terraform,
    terraform_module,
)
from truerun.base.commands import capture

OVERLAYS = Path("ops/kubernetes/overlays")
TERRAFORM = Path("ops/terraform")
DOCKERFILE = Path("Dockerfile")


def main() -> int:
    """Make every check that can be made here."""
    messages = list(faults())
    for fault in messages:
        print(fault, file=sys.stderr)
    return 1 if messages else 0


def faults() -> Iterator[str]:
    """What is wrong, with its place."""
    yield from (f"compose.yaml: {fault}" for fault in compose.faults(Path("compose.yaml")))
    made = {}
    if shutil.which("kubectl"):
        for folder in sorted(OVERLAYS.iterdir()):
            built = made[folder.name] = overlays.built(folder)
            own = any(each["kind"] == "Namespace" for each in built)
            yield from (f"{folder}: {fault}" for fault in overlays.schema_faults(built))
            yield from (f"{folder}: {each}" for each in manifests.faults(built, owns_namespace=own))
    else:
        print("manifests: skipped, kubectl is not installed", file=sys.stderr)
    for folder in sorted(TERRAFORM.iterdir()):
        yield from (
            f"{folder}: {fault}" for fault in terraform.faults(terraform_module.read(folder))
        )
    if shutil.which("terraform"):
        done = capture(Path(), "terraform", "fmt", "-check", "-diff", "-recursive", str(TERRAFORM))
        if done.returncode:
            yield f"terraform fmt: {done.stdout}{done.stderr}"
    else:
        print("terraform fmt: skipped, terraform is not installed", file=sys.stderr)
    if report := checkov.faults(made, [DOCKERFILE, TERRAFORM]):
        yield f"checkov: {report}"


if __name__ == "__main__":
    sys.exit(main())
