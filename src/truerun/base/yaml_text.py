"""YAML as DVC reads it, and YAML that is changed and written back with its comments and quotes."""

import io
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

WIDE = 4096  # characters of a line, for what belongs on one
DEEPEST = 100  # levels; beyond thousands the C code of the loader would overflow its stack


def safe(text: str) -> Any:
    """The content of a text as DVC reads it, where yes and no are texts.

    Raises
    ------
    YAMLError
        If it is not YAML, or nested too deeply.
    """
    depth = 0
    for event in YAML(typ="safe").parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            raise YAMLError(f"it is nested more than {DEEPEST} levels deep")
    return YAML(typ="safe").load(text)


def plain(path: Path) -> dict[str, Any]:
    """The mapping in a file, where yes and no are texts; empty if there is none to be read."""
    try:
        content = safe(path.read_text(encoding="utf-8"))
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
