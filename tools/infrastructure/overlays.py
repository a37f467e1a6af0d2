"""The manifests that kustomize makes of an overlay, held against schemas that know every field."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

from truerun.base.commands import run

VERSION = "1.35"  # of Kubernetes: the oldest that its maintainers still mend
ROUTE = json.loads(Path(__file__).with_name("http_route.json").read_text(encoding="utf-8"))


def built(folder: Path) -> list[dict[str, Any]]:
    """What `kubectl kustomize` prints for a folder; raise `CommandError` if it cannot build it."""
    return list(yaml.safe_load_all(run(Path(), "kubectl", "kustomize", str(folder))))


def schema_faults(manifests: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Fields that Kubernetes does not know, or whose values it refuses."""
    for each in manifests:
        name = f"{each['kind']} {each['metadata']['name']}"
        try:
            if each["kind"] == "HTTPRoute":
                jsonschema.validate(each, ROUTE)
            else:
                kubernetes_validate.validate(each, VERSION, strict=True)
        except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as error:
            yield f"{name}: {error.message}"
