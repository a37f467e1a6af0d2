"""Sources of raw data: a folder each, which `source.name` of params.yaml names.

Its module `source` offers

- `Options`, the keys that `source.options` of params.yaml may have, as a `settings.Section`;
- `partitions(raw)`, the names of the partitions in the folder of raw data, in order;
- `prepare(raw, name, options)`, the `Prepared` rows of one of them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # whoever checks raw files needs no pandas
    import pandas as pd


@dataclass(frozen=True)
class Prepared:
    """The labelled rows of a partition, and how many raw rows were dropped for each reason."""

    rows: "pd.DataFrame"
    rows_in: int
    dropped: dict[str, int]
