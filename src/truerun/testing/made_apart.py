"""The columns that a project's own code makes of rows, in a process of its own.

Usage: python -m truerun.testing.made_apart MODULE ROWS.parquet WRITTEN.parquet
"""

import sys
from pathlib import Path

from truerun.base import tables
from truerun.base.errors import exit_with
from truerun.sources.table import own_features


def main() -> None:
    """Write the columns that the module has for these rows."""
    module, given, made = sys.argv[1:]
    rows = tables.read_table(Path(given))
    columns = own_features.added(rows, module, (), ()).drop(columns=list(rows))
    tables.write_table(columns, Path(made))


if __name__ == "__main__":
    exit_with(main)
