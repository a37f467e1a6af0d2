"""What is in an image of the service, as CycloneDX 1.6 has it: packages, and the bundle."""

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from truerun.base.errors import ReleaseError
from truerun.base.files import read_bytes
from truerun.model.scoring import bundle

PACKAGE = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def made(requirements: list[Path], model: str, version: str, commit: str) -> dict[str, Any]:
    """The bill of materials of a version's image.

    Its number is made of what is in it, so that the same image has the same bill.

    Parameters
    ----------
    requirements : files in which each package has its version and hashes.

    Raises
    ------
    ReleaseError
        If one cannot be read, or has a package without a hash.
    """
    found = [each for path in requirements for each in _packages(path)]
    components = list({each["bom-ref"]: each for each in found}.values())
    _, files, digest = bundle.checked(bundle.FOLDER)
    weights = {
        "type": "machine-learning-model",
        "bom-ref": f"bundle:{digest}",
        "name": model,
        "version": version,
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "properties": [{"name": "truerun:files", "value": str(len(files))}],
    }
    components.append(weights)
    number = uuid.UUID(bytes=hashlib.sha256(json.dumps(components).encode()).digest()[:16])
    image = {
        "type": "container",
        "bom-ref": f"image:{model}@{version}",
        "name": model,
        "version": version,
        "properties": [{"name": "org.opencontainers.image.revision", "value": commit}],
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {"component": image},
        "components": components,
        "dependencies": [
            {"ref": image["bom-ref"], "dependsOn": [each["bom-ref"] for each in components]}
        ],
    }


def _packages(path: Path) -> Iterator[dict[str, Any]]:
    """The packages of a file of requirements."""
    try:
        text = read_bytes(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{path} cannot be read: {error}") from error
    places = [*PACKAGE.finditer(text)]
    for place, following in zip(places, [*places[1:], None], strict=True):
        name, version = place.groups()
        rest = text[place.end() : following.start() if following else None]
        hashes = HASH.findall(rest)
        if not hashes:
            raise ReleaseError(f"{path}: {name} has no hash")
        plain = re.sub(r"[-_.]+", "-", name).lower()
        address = f"pkg:pypi/{plain}@{version}"
        yield {
            "type": "library",
            "bom-ref": address,
            "name": plain,
            "version": version,
            "purl": address,
            # A package has a file for each platform, and one of these is installed.
            "properties": [{"name": "truerun:sha256", "value": each} for each in hashes],
        }
