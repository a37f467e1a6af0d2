"""The lines of a log, read one after the other."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from truerun.base.errors import ServeError
from truerun.serve import request_log


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """The lines of all files, the oldest file first.

    The last line of a file may be half a line, of a process that was killed: it is passed over.

    Raises
    ------
    ServeError
        If there is no log, or another line is none of one.
    """
    paths = request_log.files(folder)
    if not paths:
        raise ServeError(f"{folder} holds no log: `truerun serve --log {folder}` keeps one there")
    for path in paths:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, start=1):
                try:
                    line = json.loads(text)
                    _ = line["key"], line["role"], line["time"]
                except (ValueError, KeyError, TypeError) as error:
                    if not text.endswith("\n"):
                        break
                    raise ServeError(f"{path}: line {number} is none of a log") from error
                yield line
