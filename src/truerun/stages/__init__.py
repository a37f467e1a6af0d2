"""The DVC stages, a program each: `python -m truerun.stages.NAME`."""

import gc
import os
from collections.abc import Callable

from truerun.base import paths

# Imported modules stay: searching them for garbage takes a tenth of a stage's start-up.
gc.set_threshold(50_000)


def by_its_code(name: str, stage: Callable[[], None]) -> Callable[[], None]:
    """A stage that refuses to run by other code than .truerun.yaml names, where there is one.

    Where the environment names an executor, that works on the partitions.
    """

    def checked() -> None:
        if paths.MARKS.exists():
            from truerun.package import marks  # what only refuses is no part of a result

            marks.check(name)
        if os.environ.get("TRUERUN_EXECUTOR"):
            from truerun.base import executor  # likewise: who works on it changes no byte

            executor.run(stage, name)
        else:
            stage()

    return checked
