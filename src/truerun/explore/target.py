"""How the target is spread, and how it moves from one part of the rows to the next."""

import pandas as pd

from truerun.contract.contract import Contract
from truerun.model import targets
from truerun.model.split import PARTITION, SPLIT

MOST = 40  # periods that a chart can show
UNITS = ("D", "W", "M", "Q", "Y")  # of a period, the shortest first


def parts(rows: pd.DataFrame, contract: Contract) -> pd.Series:
    """The part that each row is in, in order: its partition, its period, or its side of the split.

    Rows of one partition are cut by the time column, into days, weeks, months, quarters or years,
    whichever are the shortest of which there are at most 40. Without a time they are cut by the
    split.

    Parameters
    ----------
    rows : with `partition`, `split`, and the time column, if schema.yaml names one.

    >>> contract = Contract(task="counts", predicts="", not_for="", target="n", key=("day",),
    ...                     time="day", columns={"day": {"type": "time", "feature": False},
    ...                                          "n": {"type": "int", "min": 0}})
    >>> days = pd.date_range("2024-01-30", periods=50)
    >>> rows = pd.DataFrame({"day": days, "partition": "all", "split": "train"})
    >>> list(parts(rows, contract).unique())[:2]
    ['2024-01-29/2024-02-04', '2024-02-05/2024-02-11']
    """
    if len(rows[PARTITION].unique()) > 1:
        return rows[PARTITION]
    if contract.time is None:
        return rows[SPLIT]
    moments = rows[contract.time].dt.tz_localize(None)
    periods = [moments.dt.to_period(unit) for unit in UNITS]
    fitting = [each for each in periods if each.nunique() <= MOST]
    texts: pd.Series = (fitting or periods)[0 if fitting else -1].astype("str")
    return texts.where(moments.notna())


def by_part(rows: pd.DataFrame, of_part: pd.Series, contract: Contract) -> pd.DataFrame:
    """Of each part its rows, and the target: the share of each class, or mean and quantiles.

    Parameters
    ----------
    rows : with the target.
    of_part : the part of each row, as `parts` tells it.
    """
    target, groups = rows[contract.target], of_part.rename("part")
    counts = target.groupby(groups).size().rename("rows")
    if contract.classes:
        shares = pd.crosstab(groups, target, normalize="index")
        named = dict(zip(contract.classes, contract.class_names, strict=True))
        return pd.concat([counts, shares.rename(columns=named)], axis=1)
    figures = target.groupby(groups).describe(percentiles=[0.1, 0.5, 0.9])
    return pd.concat([counts, figures[["mean", "std", "min", "10%", "50%", "90%", "max"]]], axis=1)


def mean_by_part(rows: pd.DataFrame, of_part: pd.Series, contract: Contract) -> pd.DataFrame:
    """What a chart shows of `by_part`: the rate of 1, the share of each class, or the mean."""
    table = by_part(rows, of_part, contract)
    if contract.task == "multiclass":
        return table[[name for name in targets.labels(contract) if name in table]]
    return table[[contract.class_names[1]]] if contract.task == "binary" else table[["mean"]]
