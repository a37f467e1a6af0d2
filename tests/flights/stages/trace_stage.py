"""Run a stage and tell which parameters, and which files outside the repository it reads.

Usage, in a repository: python trace_stage.py truerun.stages.train TRACE.json
"""

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

read: set[str] = set()
opened: set[str] = set()


def note_file(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: every file that Python opens."""
    if event == "open" and isinstance(arguments[0], str | bytes):
        opened.add(os.path.realpath(os.fsdecode(arguments[0])))


class Recorder:
    """A section of the parameters that notes the full name of each that is asked for."""

    def __init__(self, section: Any, prefix: str = "") -> None:
        self._section, self._prefix = section, prefix

    def __getattr__(self, attribute: str) -> Any:
        fields = type(self._section).model_fields
        if attribute == "model_dump":
            for name in fields:  # noted here, those of a section within by its own `model_dump`
                getattr(getattr(self, name), attribute, None)
        value = getattr(self._section, attribute)
        if attribute not in fields:
            return value
        name = self._prefix + (fields[attribute].alias or attribute)
        if hasattr(type(value), "model_fields"):
            return Recorder(value, f"{name}.")
        read.add(name)
        return value


def main(stage: str, output: str) -> None:
    """Trace the stage, and write what was found even where it fails."""
    sys.addaudithook(note_file)
    from truerun.base import settings  # noqa: PLC0415 - it is a part of what is traced

    load = settings.load_section
    settings.load_section = lambda model, path, name: Recorder(load(model, path, name), f"{name}.")
    sys.argv = [stage]
    os.environ["TRUERUN_WORKERS"] = "1"  # what a process of its own reads would not be seen
    os._exit = sys.exit  # a stage ends at once, and the trace would not be written
    try:
        runpy.run_module(stage, run_name="__main__", alter_sys=True)
    finally:
        known = [Path.cwd(), Path(sys.prefix), Path(sys.base_prefix), Path("/proc"), Path("/sys")]
        outside = [p for p in sorted(opened) if not any(Path(p).is_relative_to(k) for k in known)]
        trace = {"parameters": sorted(read), "outside": outside}
        Path(output).write_text(json.dumps(trace), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
