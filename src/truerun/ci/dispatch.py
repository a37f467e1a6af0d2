"""Run an experiment with parameters that come from outside, after checking every one of them.

Only names and plain values are accepted: nothing that DVC would expand, look up or run in several
variants. params.yaml must still be valid with them.
"""

import contextlib
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from truerun.base import paths
from truerun.base.commands import call
from truerun.base.errors import CiError
from truerun.base.settings import SettingsError
from truerun.project import params

MOST, LONGEST = 30, 200  # parameters, characters of one
SCALAR = r"-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z_][A-Za-z0-9_-]*)"
LIST = rf"\[(?:{SCALAR}(?:, ?{SCALAR})*)?\]"
KEY = r"[a-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*"
OVERRIDE = re.compile(rf"({KEY})=({SCALAR}|{LIST})", re.ASCII)
NAME = re.compile(r"[a-z][a-z0-9-]{0,60}")


class OverrideError(CiError):
    """Parameters that are not accepted; the message says which and why."""


def run(name: str, text: str) -> None:
    """Check the name and the parameters of an experiment, then run it."""
    if not NAME.fullmatch(name):
        raise OverrideError(
            f"{name[:LONGEST]!r} is not a name for an experiment: use lower-case letters, digits, -"
        )
    overrides = checked(text)
    command = [sys.executable, "-m", "dvc", "exp", "run", "--name", name]
    command += [part for override in overrides for part in ("--set-param", override)]
    if status := call(Path(), *command):
        raise CiError(f"dvc exp run ended with exit status {status}: see above")


def checked(text: str) -> list[str]:
    """The parameters of a text, each in the form of `--set-param`.

    Raises
    ------
    OverrideError
        If one is written in another way, or if params.yaml with them would not be valid.
    SettingsError
        If params.yaml is missing, or not valid without them.
    """
    written = [part.strip() for part in re.split(r"[\n;]", text) if part.strip()]
    if not 0 < len(written) <= MOST:
        raise OverrideError(
            f"give 1 to {MOST} parameters, such as train.seed=7; there are {len(written)}"
        )
    matches = [OVERRIDE.fullmatch(override) for override in written]
    for override, match in zip(written, matches, strict=True):
        if match is None or len(override) > LONGEST:
            raise OverrideError(
                f"{override[:LONGEST]!r} is not accepted: write NAME=VALUE, with a number, a "
                "word or a list of them"
            )
    params.load(paths.PARAMS)  # its own faults are not those of the overrides
    content = yaml.safe_load(paths.PARAMS.read_text(encoding="utf-8"))
    for match in filter(None, matches):
        _set(content, match[1].split("."), _value(match[2]))
    _validate(content)
    return written


def _value(text: str) -> Any:
    """A value as DVC reads it."""
    if text.startswith("["):
        return [_value(part.strip()) for part in text[1:-1].split(",") if part]
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return {"true": True, "false": False, "null": None}.get(text, text)


def _set(content: Any, keys: Sequence[str], value: Any) -> None:
    """Set a key of nested mappings; what is on the way must be there."""
    section = content
    for key in keys[:-1]:
        section = section.get(key) if isinstance(section, dict) else None
    if not isinstance(section, dict) or keys[-1] not in section:
        raise OverrideError(f"{'.'.join(keys)} is not a parameter of {paths.PARAMS}")
    section[keys[-1]] = value


def _validate(content: Any) -> None:
    """Check parameters by the rules of params.yaml."""
    with tempfile.TemporaryDirectory(prefix="parameters-") as folder:
        file = Path(folder) / paths.PARAMS
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        try:
            params.load(file)
        except SettingsError as error:
            raise OverrideError(str(error).removeprefix(f"{folder}/")) from error
