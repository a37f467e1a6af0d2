"""YAML that is read, changed and written with its comments and quotes."""

import io
import re

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

WIDE = 4096  # characters of a line, for what belongs on one


def loaded(text: str) -> CommentedMap:
    """The mapping that a text holds, with its comments."""
    held: CommentedMap = _yaml().load(text)
    return held


def dumped(held: CommentedMap) -> str:
    """The text of a mapping, with an empty line between its sections."""
    text = io.StringIO()
    _yaml().dump(held, text)
    # What was said anew has lost the empty lines.
    return re.sub(r"(?<!\n)\n(?=\w+:)", "\n\n", text.getvalue())


def _yaml() -> YAML:
    made = YAML()
    made.preserve_quotes = True
    made.width = WIDE
    made.indent(mapping=2, sequence=4, offset=2)
    return made
