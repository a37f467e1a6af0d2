"""The DVC stages, a program each: `python -m truerun.stages.NAME`."""

import gc
from collections.abc import Callable

from truerun.base import paths

# Imported modules stay: searching them for garbage takes a tenth of a stage's start-up.
gc.set_threshold(50_000)


def by_its_code(name: str, stage: Callable[[], None]) -> Callable[[], None]:
    """A stage that refuses to run by other code than .truerun.yaml names, where there is one."""

    def checked() -> None:
        if paths.MARKS.exists():
            from truerun.package import marks  # what only refuses is no part of a result

            marks.check(name)
        stage()

    return checked
