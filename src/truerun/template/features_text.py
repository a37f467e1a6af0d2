"""The module of a project's own features, src/NAME/features.py."""

HEAD = '''\
"""Columns of this project's own. FEATURES maps the name of each to a function of rows.

The rows are a DataFrame: the columns of schema.yaml but for target, key and those made here. A
function returns a value for each row, made of that row alone: tests/test_features.py fails where it
looks at other rows, at their order, or at files. Declare a column in schema.yaml like any other;
delete it by taking it out here and there. `make repro` then runs all that depends on it.
{told}"""

import pandas as pd
'''
TOLD = """
For example:

    def total(rows: pd.DataFrame) -> pd.Series:
        return rows["price"] * rows["pieces"]

    FEATURES = {"total": total}
"""
EMPTY = """
FEATURES = {}
"""


def empty() -> str:
    """The text of a module without features, which tells how one is written."""
    return HEAD.format(told=TOLD).replace("\nimport pandas as pd\n", "") + EMPTY
