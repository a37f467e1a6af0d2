"""A folder of Terraform files, read as HCL: what a run would know, as a variable, stays text."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2

Block = Mapping[str, Any]


@dataclass(frozen=True)
class Module:
    """The blocks of a folder: resources and data by type and name, and what else has a name."""

    resources: Mapping[tuple[str, str], Block]
    data: Mapping[tuple[str, str], Block]
    variables: frozenset[str]
    locals: frozenset[str]
    text: str

    def of_type(self, kind: str) -> Mapping[str, Block]:
        """The resources of a type by their name."""
        return {name: block for (each, name), block in self.resources.items() if each == kind}


def read(folder: Path) -> Module:
    """The Terraform files of a folder."""
    resources: dict[tuple[str, str], Block] = {}
    data: dict[tuple[str, str], Block] = {}
    variables: set[str] = set()
    constants: set[str] = set()
    text = ""
    for path in sorted(folder.glob("*.tf")):
        own = path.read_text(encoding="utf-8")
        text += own
        content = parsed(own)
        for declared, named in ((resources, "resource"), (data, "data")):
            for entry in content.get(named, ()):
                for kind, blocks in entry.items():
                    declared |= {(kind, name): block for name, block in blocks.items()}
        variables |= {name for entry in content.get("variable", ()) for name in entry}
        constants |= {name for entry in content.get("locals", ()) for name in entry}
    return Module(resources, data, frozenset(variables), frozenset(constants), text)


@functools.cache
def parsed(text: str) -> Any:
    """The content of a file, which nobody may change."""
    return plain(hcl2.loads(text))


def plain(value: Any) -> Any:
    """Values of HCL without the quotes and marks that the parser keeps."""
    if isinstance(value, dict):
        return {
            plain(name): plain(each)
            for name, each in value.items()
            if not str(name).startswith("__")
        }
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1]
    return value
