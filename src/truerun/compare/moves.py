"""What moved rows from one side of the split to the other."""

from typing import Any, Literal

from truerun.base import paths
from truerun.compare.lost_rows import raw_files_are_the_same
from truerun.compare.revision import Revision
from truerun.comparison.comparison import RowChanges

SECTIONS = ("split", "source")  # of params.yaml
NAMES = ("key", "time", "target")  # of schema.yaml


def cause(
    base: Revision, head: Revision, rows: RowChanges
) -> Literal["code", "settings", "data"] | None:
    """The settings of the split or of the source, else raw files, else code; None without moves."""
    if not rows.to_test + rows.to_training:
        return None
    if _settings(base) != _settings(head):
        return "settings"
    return "code" if raw_files_are_the_same(base.folder, head.folder) else "data"


def _settings(side: Revision) -> list[Any]:
    """All that says on which side a row is."""
    chosen, contract = side.settings(paths.PARAMS), side.settings(paths.SCHEMA)
    return [*(chosen.get(name) for name in SECTIONS), *(contract.get(name) for name in NAMES)]
