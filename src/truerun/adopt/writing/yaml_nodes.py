"""Values as YAML that every reader takes alike: PyYAML of our settings, and ruamel.yaml of DVC.

PyYAML reads YAML 1.1 and DVC reads 1.2. So a text stands in quotes, but for the plainest of words.
"""

import math
import re
from typing import Any

import yaml
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:[ .][A-Za-z0-9_-]+)*")
# What a plain word would be to a reader of YAML 1.1.
WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])


def is_plain(text: str) -> bool:
    """Whether a text needs no quotes, in either version of YAML and wherever it stands.

    >>> is_plain("Created Date"), is_plain("see:note"), is_plain("No")
    (True, False, False)
    """
    return bool(PLAIN.fullmatch(text)) and text.lower() not in WORDS


def line(value: Any) -> Any:
    """A list or mapping, and those in it, for ruamel.yaml to write on one line."""
    node: CommentedMap | CommentedSeq
    if isinstance(value, dict):
        node = CommentedMap({quoted(name): line(each) for name, each in value.items()})
    elif isinstance(value, list | tuple):
        node = CommentedSeq([line(each) for each in value])
    else:
        return quoted(value)
    node.fa.set_flow_style()
    return node


def quoted(value: Any) -> Any:
    """A text in quotes, if it needs them, for ruamel.yaml; any other value as it is."""
    needs = isinstance(value, str) and not is_plain(value)
    return DoubleQuotedScalarString(value) if needs else value


def entry(name: str, value: Any) -> str:
    """A key and its value as the text of one line."""
    return f"{_flow(name)}: {_flow(value)}"


def _flow(value: Any) -> str:
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=math.inf,
        default_flow_style=True,
    )
    return text.removesuffix("\n").removesuffix("...").rstrip("\n")


class _Dumper(yaml.SafeDumper):
    """Writes a tuple as a list, and a text in quotes if it needs them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = None if is_plain(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(tuple, yaml.SafeDumper.represent_list)
_Dumper.add_representer(str, _text)
