"""Whether an image is of a version, by its labels; and what is in it, as CycloneDX 1.6 has it."""

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from truerun.base.errors import ReleaseError
from truerun.base.files import read_bytes
from truerun.model.scoring import bundle
from truerun.release.revisions import Released

PACKAGE = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)
REVISION = "org.opencontainers.image.revision"
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def check(inspected: Path, of: Released) -> str:
    """Refuse an image whose label names another commit; a line that says it is the one.

    Parameters
    ----------
    inspected : what `docker inspect`, `skopeo inspect` or `buildah inspect` says of it, as JSON.

    Raises
    ------
    ReleaseError
        If it names another, or none.
    """
    try:
        content = json.loads(read_bytes(inspected))
    except OSError as error:
        raise ReleaseError(f"{inspected} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ReleaseError(f"{inspected} is not JSON: {error}") from error
    named = {str(value) for value in _labels(content)}
    if not named:
        raise ReleaseError(
            f"{inspected} names no label {REVISION}: `make image` builds an image that has it"
        )
    if named != {of.commit}:
        raise ReleaseError(
            f"the image is of the commit {', '.join(sorted(named))}, by its label {REVISION}, and"
            f" the version of {of.commit}: build it from the tag"
        )
    return f"release: the image is of commit {of.commit[:12]}, by its label"


def bill(requirements: Mapping[str, str], model: str, version: str, commit: str) -> dict[str, Any]:
    """The bill of materials of a version's image.

    Its number is made of what is in it, so that the same image has the same bill.

    Parameters
    ----------
    requirements : texts in which each package has its version and hashes, by what they are called.

    Raises
    ------
    ReleaseError
        If one has a package without a hash.
    """
    packages = [each for name, text in requirements.items() for each in _packages(name, text)]
    components = list({each["bom-ref"]: each for each in packages}.values())
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
        "properties": [{"name": REVISION, "value": commit}],
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


def _packages(where: str, text: str) -> Iterator[dict[str, Any]]:
    """The packages of requirements."""
    places = [*PACKAGE.finditer(text)]
    for place, following in zip(places, [*places[1:], None], strict=True):
        name, version = place.groups()
        rest = text[place.end() : following.start() if following else None]
        hashes = HASH.findall(rest)
        if not hashes:
            raise ReleaseError(f"{where}: {name} has no hash")
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


def _labels(content: Any) -> Iterator[Any]:
    """The values of the label, wherever a program that inspects images puts labels."""
    if isinstance(content, list):
        for each in content:
            yield from _labels(each)
    elif isinstance(content, dict):
        for key, value in content.items():
            if key == REVISION:
                yield value
            else:
                yield from _labels(value)
