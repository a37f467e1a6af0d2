"""Small changes of a text in YAML: everything that they do not concern stays byte for byte.

Paths such as `train.lightgbm` name a key in mappings within mappings.
"""

from collections.abc import Sequence

import yaml


def renamed(text: str, path: str, name: str) -> str:
    r"""The text with another name for a key; it is the same one where there is no such key.

    >>> renamed("train:\n  rounds: 5  # enough\n", "train.rounds", "max_iter")
    'train:\n  max_iter: 5  # enough\n'
    """
    above, _, last = path.rpartition(".")
    section = _mapping(text, above)
    for key, _ in section.value if section else ():
        if key.value == last:
            return text[: key.start_mark.index] + name + text[key.end_mark.index :]
    return text


def with_key(text: str, path: str, value: str, comment: str = "") -> str:
    r"""The text with a key at the end of its section, and a comment behind it.

    It is the same one where the key is already, or where there is no such section.

    >>> with_key("train: # slow\n  seed: 1\n\ngate: {}\n", "train.rounds", "5", "trees")
    'train: # slow\n  seed: 1\n  rounds: 5  # trees\n\ngate: {}\n'
    >>> with_key("train: {seed: 1}  # slow\n", "train.rounds", "5", "trees")
    'train: {seed: 1, rounds: 5}  # slow\n'
    """
    above, _, name = path.rpartition(".")
    section = _mapping(text, above)
    if section is None or name in (key.value for key, _ in section.value):
        return text
    if section.flow_style:
        if not section.value:
            inside = section.start_mark.index + 1  # of the braces
            return f"{text[:inside]}{name}: {value}{text[inside:]}"
        end = section.value[-1][1].end_mark.index
        return f"{text[:end]}, {name}: {value}{text[end:]}"
    indent = " " * section.start_mark.column
    line = f"{indent}{name}: {value}" + (f"  # {comment}" if comment else "")
    end = _end(text, section)
    start = text[:end] if text[:end].endswith("\n") else f"{text[:end]}\n"
    return f"{start}{line}\n{text[end:]}"


def put(text: str, path: Sequence[str], value: str) -> str:
    r"""The text with a value, on one line of YAML, for a key of a mapping that is there.

    Unlike the paths of the others this one is a sequence: a name in it may have a dot.

    >>> put("columns:\n  a.b: {type: int, max: 9}  # small\n", ("columns", "a.b", "max"), "12")
    'columns:\n  a.b: {type: int, max: 12}  # small\n'
    >>> put("columns:\n  a: {type: int}\n", ("columns", "a", "seasonal"), "true")
    'columns:\n  a: {type: int, seasonal: true}\n'
    """
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    for name in path[:-1]:
        below = node.value if isinstance(node, yaml.MappingNode) else ()
        node = next((value for key, value in below if key.value == name), None)
    if not isinstance(node, yaml.MappingNode):
        raise KeyError(path)
    for key, old in node.value:
        if key.value == path[-1]:
            return text[: old.start_mark.index] + value + text[old.end_mark.index :]
    entry = f"{path[-1]}: {value}"
    if node.flow_style:
        inside = node.end_mark.index - 1  # of the braces
        comma = ", " if node.value else ""
        return f"{text[:inside]}{comma}{entry}{text[inside:]}"
    end = _end(text, node)
    start = text[:end] if text[:end].endswith("\n") else f"{text[:end]}\n"
    return f"{start}{' ' * node.start_mark.column}{entry}\n{text[end:]}"


def without_key(text: str, path: str) -> str:
    r"""The text without a key and its value; it is the same one where there is no such key.

    >>> without_key("a:\n  b: 1  # old\n  c:\n    d: 2\n  e: 3\n", "a.c")
    'a:\n  b: 1  # old\n  e: 3\n'
    >>> without_key("a: {b: 1, c: 2}\n", "a.b")
    'a: {c: 2}\n'
    """
    above, _, name = path.rpartition(".")
    section = _mapping(text, above)
    for place, (key, value) in enumerate(section.value if section else ()):
        if key.value != name:
            continue
        start = key.start_mark.index
        if section is not None and section.flow_style:
            after = section.value[place + 1 :]
            if after:
                return text[:start] + text[after[0][0].start_mark.index :]
            before = section.value[place - 1][1].end_mark.index if place else start
            return text[:before] + text[value.end_mark.index :]
        line = text.rfind("\n", 0, start) + 1
        return text[:line] + text[_end(text, value) :]
    return text


def with_section(text: str, name: str, section: str) -> str:
    r"""The text with a section at its end; it is the same one where there is such a section.

    >>> with_section("gate: {}\n", "alerts", "alerts:\n  days: 7  # without a run\n")
    'gate: {}\n\nalerts:\n  days: 7  # without a run\n'
    """
    whole = _mapping(text, "")
    if whole is not None and name in (key.value for key, _ in whole.value):
        return text
    return f"{text.rstrip()}\n\n{section}" if text.strip() else section


def _mapping(text: str, path: str) -> yaml.MappingNode | None:
    """The mapping at a path, the whole text's at an empty one; None if there is none."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for name in path.split(".") if path else ():
        values = node.value if isinstance(node, yaml.MappingNode) else ()
        node = next((value for key, value in values if key.value == name), None)
    return node if isinstance(node, yaml.MappingNode) else None


def _end(text: str, node: yaml.Node) -> int:
    """Where the line after the last one of a node begins."""
    while not getattr(node, "flow_style", True) and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end: int = node.end_mark.index
    if text[:end].endswith("\n"):  # of a text over several lines
        return end
    line_end = text.find("\n", end)
    return len(text) if line_end < 0 else line_end + 1
