"""What a version asks to be changed in the settings of a project: a module for each such version.

A module says which version it leads to, and what becomes of the texts of the two files:

    TO = "0.2.0"

    def params(text: str) -> str:
        return renamed(text, "train.rounds", "max_iter")

    def schema(text: str) -> str: ...

Either function may be left out. `truerun.base.yaml_edit` has what renames a key, adds one, and adds
a section, so that all else stays as its author wrote it.
"""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from truerun.package.versions import lies_between, order

Migrate = Callable[[str], str]


@dataclass(frozen=True)
class Migration:
    """What a version asks to be changed in `params.yaml` and in `schema.yaml`."""

    to: str
    params: Migrate | None
    schema: Migrate | None


def between(old: str, new: str) -> list[Migration]:
    """The migrations of the versions newer than the old one, and no newer than the new one."""
    return [migration for migration in in_order() if lies_between(migration.to, old, new)]


def in_order() -> list[Migration]:
    """All migrations, by their version."""
    modules = [import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    migrations = [
        Migration(module.TO, getattr(module, "params", None), getattr(module, "schema", None))
        for module in modules
    ]
    return sorted(migrations, key=lambda migration: order(migration.to))
