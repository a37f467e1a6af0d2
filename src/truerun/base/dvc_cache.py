"""Where DVC keeps the data of a project."""

import sys
from functools import cache
from pathlib import Path

from truerun.base.commands import run


@cache
def cache_folder(project: Path) -> Path:
    """The cache of a project, by its absolute path: DVC takes a while to tell, and is asked once.

    Raises
    ------
    CommandError
        If DVC cannot tell.
    """
    return Path(run(project, sys.executable, "-m", "dvc", "cache", "dir").strip())
