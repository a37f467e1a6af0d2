"""YAML that is read, changed and written back with its comments and quotes."""

import io
import re

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

WIDE = 4096  # characters of a line, for what belongs on one


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
