"""YAML files as strict typed models: unknown keys and wrong types are refused by name.

PyYAML reads YAML 1.1 here, and DVC reads 1.2 there. What the two take for different things, such as
0123 (83 or 123), is refused.
"""

import difflib
import re
from contextlib import suppress
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from truerun.base.errors import FileError
from truerun.base.files import read_bytes

Model = TypeVar("Model", bound=BaseModel)


class SettingsError(FileError):
    """A settings file is missing, is not YAML, or holds a key or a value that is not allowed."""


class Section(BaseModel):
    """Base of every section: immutable, no unknown keys, no silent conversion."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


# Words of truth in YAML 1.1, and texts in 1.2; octal numbers and times of day in one of them alone;
# and numbers with an exponent, which 1.1 wants to have a point and a sign.
TWO_MEANINGS = re.compile(
    r"yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF"
    r"|[-+]?0[0-9_]*[1-9][0-9_]*|0o[0-7]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?[0-9]*\.[0-9]*[eE][0-9]+"
)


DEEPEST = 100  # levels; beyond thousands the loader in C would overflow its stack


class _Strict(yaml.constructor.SafeConstructor):
    """Values of YAML, but a key that occurs twice is refused, and what has two meanings."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        plain = isinstance(node, yaml.ScalarNode) and not node.style
        if plain and TWO_MEANINGS.fullmatch(node.value):
            raise yaml.constructor.ConstructorError(
                None,
                None,
                f"{node.value} is one thing in YAML 1.1 and another in YAML 1.2, by which DVC"
                ' reads: put a text in quotes ("..."), and write true, false, and numbers as 83 or'
                " 1.5e-3",
                node.start_mark,
            )
        return super().construct_object(node, deep)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} occurs twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


class _Loader(_Strict, yaml.SafeLoader):
    """Reads slowly, and says where it fails with the line itself."""


def values(text: str) -> Any:
    """The content of a text, by the loader in C where there is one: it is ten times as fast.

    What that does not read, the other one says why.
    """
    if yaml.__with_libyaml__ and "\t" not in text:  # between values, which the two take otherwise

        class Quick(_Strict, yaml.CSafeLoader):
            pass

        with suppress(yaml.YAMLError, ValueError, LookupError, AttributeError):
            if _is_flat(text):
                return Quick(text).get_single_data()
    return _Loader(text).get_single_data()


def _is_flat(text: str) -> bool:
    """Whether a text is not nested deeply."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return False
    return True


def load(model: type[Model], path: Path) -> Model:
    """Read a settings file; raise `SettingsError` that names every wrong key in it."""
    return checked(model, _content(path), path)


def of_text(model: type[Model], text: str, path: Path) -> Model:
    """What a settings file would say with a text; raise `SettingsError` as `load` does."""
    return checked(model, _immutable(values(text)), path)


def _content(path: Path) -> dict[str, Any]:
    """The keys of a settings file with their values."""
    try:
        text = read_bytes(path).decode("utf-8")
        content = _immutable(values(text))
    except FileNotFoundError as error:
        raise SettingsError(f"{path} does not exist: run from the repository's root") from error
    # The loader's own constructors raise what they like for values such as 2013-13-45.
    except (OSError, yaml.YAMLError, ValueError, LookupError, AttributeError) as error:
        raise SettingsError(f"{path} is not valid YAML: {error}") from error
    except RecursionError as error:
        raise SettingsError(
            f"{path} is not valid YAML: it contains itself, or is nested too deep"
        ) from error
    if not isinstance(content, dict):
        raise SettingsError(
            f"{path} must hold keys with their values: `git diff` shows what it lost"
        )
    return content


def load_section(model: type[Model], path: Path, name: str) -> Model:
    """Read one section of a settings file, and ignore all others.

    Raises
    ------
    SettingsError
        Names every wrong key of the section, or says that it is missing.
    """
    content = _content(path)
    if name not in content:
        raise SettingsError(f"{path}: {name} is missing")
    return checked(model, content[name], path, name)


def checked(model: type[Model], content: Any, path: Path, section: str = "") -> Model:
    """The content of a file or a section as a model; raise `SettingsError` as `load` does."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = [_problem(model, dict(problem), section) for problem in error.errors()]
        raise SettingsError(f"{path}: " + "; ".join(problems)) from error


def _immutable(content: Any) -> Any:
    """YAML's lists as tuples, which is what the immutable models hold."""
    if isinstance(content, dict):
        return {key: _immutable(value) for key, value in content.items()}
    return tuple(map(_immutable, content)) if isinstance(content, list) else content


def _problem(model: type[BaseModel], problem: dict[str, Any], section: str) -> str:
    """One line for one wrong key: its full name, what is wrong, the nearest valid name."""
    location = tuple(str(part) for part in problem["loc"])
    name = ".".join([section, *location] if section else location)
    if problem["type"] == "extra_forbidden":
        valid = sorted(_keys(model, location[:-1]))
        near = difflib.get_close_matches(location[-1], valid, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"valid here: {', '.join(valid) or 'none'}"
        return f"{name} is not a known key ({hint})"
    if problem["type"] == "missing":
        return f"{name} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    shown = "" if isinstance(problem["input"], dict) else f" (it is {problem['input']!r})"
    return f"{name}: {message}{shown}" if name else message


def _keys(model: type[BaseModel], location: tuple[str, ...]) -> list[str]:
    """The valid keys of the section at `location`."""
    section: Any = model
    for part in location:
        if isinstance(section, type) and issubclass(section, BaseModel):
            section = _fields(section)[part].annotation
            if get_origin(section) in (Union, UnionType):  # it may be left out
                section = next(kind for kind in get_args(section) if hasattr(kind, "model_fields"))
        else:  # a mapping or a list: its values are all of one model
            section = next(kind for kind in get_args(section) if hasattr(kind, "model_fields"))
    return list(_fields(section))


def _fields(section: type[BaseModel]) -> dict[str, Any]:
    """The fields of a section by the names that they have in the file."""
    return {field.alias or name: field for name, field in section.model_fields.items()}
