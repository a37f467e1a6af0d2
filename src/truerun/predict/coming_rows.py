"""Raw rows whose outcome is open at a moment, of a source that can tell."""

from pathlib import Path
from typing import Any

import pandas as pd

from truerun.base.errors import PredictError
from truerun.base.partitions import each_partition
from truerun.sources.protocol import PendingSource, Source


def of(source: Source, options: Any, raw: Path, at: str) -> pd.DataFrame:
    """The rows of all partitions from the newest back, until one has none that is open.

    Parameters
    ----------
    raw : a folder of raw data, as data/raw is laid out.
    at : a moment as ISO 8601 has it, in UTC if it names no zone.

    Raises
    ------
    PredictError
        If it is no moment, no row is open then, or the source cannot tell.
    """
    try:
        moment = pd.Timestamp(at)
    except ValueError as error:
        raise PredictError(f"--at {at} is not a moment such as 2013-10-31T12:00Z") from error
    if pd.isna(moment):
        raise PredictError(f"--at {at} is not a moment such as 2013-10-31T12:00Z")
    now = moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")
    if not isinstance(source, PendingSource):
        raise PredictError(
            "--at goes with a source of one's own that offers `pending`"
            " (`python -m pydoc truerun.sources`): name a file instead"
        )
    parts: list[pd.DataFrame] = []
    newest_first = list(reversed(source.partitions(raw)))

    def pending(name: str) -> pd.DataFrame:
        return source.pending(raw, name, options, now)

    for rows in each_partition(pending, newest_first, "read"):
        if not len(rows):
            break
        parts.insert(0, rows)
    if not parts:
        raise PredictError(f"--at {at}: {raw} has no row whose outcome is open then")
    return pd.concat(parts, ignore_index=True)
