"""Modules of the project's own, which are in the folder src beside params.yaml."""

import importlib
import sys
from types import ModuleType

from truerun.base.paths import SOURCE


def imported(name: str) -> ModuleType:
    """Import a module of the project's own, also where PYTHONPATH does not name its folder.

    Raises
    ------
    ModuleNotFoundError
        If there is no such module, or one that it needs is not installed.
    """
    folder = str(SOURCE.resolve())
    if SOURCE.is_dir() and folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name)
