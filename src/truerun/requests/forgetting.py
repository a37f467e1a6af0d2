"""Lines of a key, deleted from a log."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from truerun.base.errors import ServeError
from truerun.base.files import whole_file
from truerun.serve import request_log


def parts_of(given: Sequence[str]) -> dict[str, str]:
    """The parts of a key, as NAME=VALUE each; raise `ServeError` if one is not."""
    parts = dict(each.partition("=")[::2] for each in given)
    wrong = [each for each in given if "=" not in each or each.startswith("=")]
    if wrong or len(parts) < len(given):
        raise ServeError(f"--key {(wrong or given)[0]}: each part is NAME=VALUE, and given once")
    return parts


def forget(folder: Path, parts: Mapping[str, str]) -> int:
    """Delete the lines whose key is this one; how many they were.

    Workers wait meanwhile, a file at a time, and then go on with the new one.

    Raises
    ------
    ServeError
        If there is no log, its key has other parts, or a file cannot be written.
    """
    paths = request_log.files(folder)
    if not paths:
        raise ServeError(f"{folder} holds no log")
    deleted = 0
    for path in paths:
        try:
            with request_log.locked(folder):
                deleted += _forget(path, parts)
        except FileNotFoundError:  # its days are over
            continue
        except OSError as error:
            raise ServeError(f"cannot write {path}: {error.strerror or error}") from error
    return deleted


def _forget(path: Path, parts: Mapping[str, str]) -> int:
    """Write a file anew without the lines of a key, if it has any."""
    kept, deleted = [], 0
    with path.open(encoding="utf-8") as file:
        for line in file:
            key = _key(line)
            if key is not None and key.keys() != parts.keys():
                raise ServeError(f"the key of {path} is {', '.join(key) or 'not kept'}: name all")
            if key == parts:
                deleted += 1
            else:
                kept.append(line)
    if deleted:
        with whole_file(path) as unfinished:
            unfinished.write_text("".join(kept), encoding="utf-8")
    return deleted


def _key(line: str) -> dict[str, str] | None:
    """The key of a line as texts; None if it is no whole line, or was refused for its key."""
    try:
        key = json.loads(line)["key"]
    except (ValueError, KeyError, TypeError):
        return None
    return None if None in key.values() else {name: str(value) for name, value in key.items()}
