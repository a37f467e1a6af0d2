"""YAML as DVC reads it, and YAML that is changed and written back with its comments and quotes."""

import io
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

WIDE = 4096  # characters of a line, for what belongs on one


def plain(path: Path) -> dict[str, Any]:
    """The mapping in a file, where yes and no are texts; empty if there is none to be read."""
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def loaded(text: str) -> CommentedMap:
    """The mapping in a text, with its comments."""
    content: CommentedMap = _yaml().load(text)
    return content


def dumped(content: CommentedMap) -> str:
    """The text of a mapping, with an empty line between its sections."""
    text = io.StringIO()
    _yaml().dump(content, text)
    # Replaced sections have lost the empty lines.
    return re.sub(r"(?<!\n)\n(?=\w+:)", "\n\n", text.getvalue())


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = WIDE
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
