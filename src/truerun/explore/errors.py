"""Which test rows the model is most wrong about, and in which groups of rows they heap up."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from truerun.base.errors import ModelError
from truerun.contract.contract import NUMBERS, Contract
from truerun.model import targets, value
from truerun.model.metrics.metric import EPSILON
from truerun.model.split import PARTITION
from truerun.params.evaluate import Evaluate

BINS = 5  # groups of a column of numbers
WORST = 0.05  # share of the rows that are looked at


def decisions(rows: pd.DataFrame, contract: Contract, chosen: Evaluate) -> pd.Series:
    """What is decided of each row, as schema.yaml names the classes; a number is its own decision.

    Parameters
    ----------
    rows : with scores, as `LastRun.scored` gives them.
    """
    decided = targets.decisions(targets.scores(rows, contract), chosen.threshold)
    if contract.task == "multiclass":
        decided = np.array(targets.labels(contract))[decided]
    return pd.Series(decided, index=rows.index, name="decision")


def losses(rows: pd.DataFrame, contract: Contract) -> pd.Series:
    """How wrong the score of each row is, at least 0; its name says by what.

    The log loss of classes, the Poisson deviance of counts, the squared error of other numbers: the
    mean over rows is the metric of that name, and the root of the last the RMSE.

    Parameters
    ----------
    rows : with target and scores.
    """
    target = targets.numbers(rows[contract.target], contract)
    score = targets.scores(rows, contract)
    if contract.task == "regression":
        return pd.Series((score - target) ** 2, index=rows.index, name="squared error")
    if contract.task == "counts":
        mean = np.maximum(score, EPSILON)
        logs = np.where(target > 0, target * np.log(np.maximum(target, 1) / mean), 0)
        return pd.Series(2 * (logs - target + mean), index=rows.index, name="Poisson deviance")
    right = (
        score[np.arange(len(score)), target]
        if contract.task == "multiclass"
        else np.where(target == 1, score, 1 - score)
    )
    return pd.Series(-np.log(np.clip(right, EPSILON, 1)), index=rows.index, name="log loss")


def costs(rows: pd.DataFrame, contract: Contract, chosen: Evaluate) -> pd.Series:
    """What each row lost, by the price list `evaluate.value`: 0 where the best was decided.

    That is what the best decision, or the exact prediction, would have been worth, less what that
    of the model is worth. Its name is that of the price list, with the unit.

    Parameters
    ----------
    rows : with target, scores, and the columns that have prices.

    Raises
    ------
    ModelError
        If params.yaml has no price list, or it does not fit the rows.
    """
    prices = chosen.value
    if prices is None:
        raise ModelError(f"{value.KEY} is not set: say there what outcomes are worth")
    value.check(prices, contract)
    target = targets.numbers(rows[contract.target], contract)
    score = targets.scores(rows, contract)
    labels = targets.labels(contract)

    def worth(scored: np.ndarray, decided: np.ndarray) -> np.ndarray:
        return value.of_rows(prices, contract.task, rows, target, scored, decided, labels)

    made = worth(score, targets.decisions(score, chosen.threshold))
    if contract.classes:
        every = [np.full(len(rows), number) for number in range(len(labels))]
        best = np.max([worth(score, each) for each in every], axis=0)
    else:
        best = worth(target, target)
    lost = np.asarray(best - made, dtype=np.float64)
    return pd.Series(lost, index=rows.index, name=f"{prices.name} lost ({prices.unit})")


def worst(errors: pd.Series, share: float = WORST) -> pd.Series:
    """Tell for each row whether it is among the worst, in which a share of the rows is.

    They are more where errors are equal, and fewer where others have no error.

    >>> worst(pd.Series([0.0, 30.0, 10.0, 30.0]), share=0.25).tolist()
    [False, True, False, True]
    """
    if errors.empty:
        return errors.astype("bool")
    least = errors.nlargest(max(1, round(share * len(errors)))).min()
    among: pd.Series = (errors >= least) & (errors > 0)
    return among


def heaps(
    rows: pd.DataFrame, among_worst: pd.Series, contract: Contract, chosen: Evaluate
) -> pd.DataFrame:
    """The groups in which more of the worst rows are than in other groups of their size.

    Groups are the values of each column of texts, five bins of each column of numbers, partitions,
    and rows where a column is missing; at least `evaluate.min_slice_rows` rows each. `times` is how
    many times more there are than expected, `extra` how many rows that is: the first has the most.
    Of many groups some have more by chance, so this is where to look, and no proof.

    Parameters
    ----------
    rows : with the columns of schema.yaml, and `partition`.
    among_worst : which of the rows are among the worst, as `worst` tells it.
    """
    overall = among_worst.mean()
    groups = []
    for column, group in _groups(rows, contract, chosen):
        counted = among_worst.groupby(group).agg(["size", "sum"])
        for name, (size, bad) in zip(counted.index, counted.to_numpy(), strict=True):
            if size >= chosen.min_slice_rows and bad > size * overall:
                extra = bad - size * overall
                groups.append((column, name, int(size), int(bad), bad / size / overall, extra))
    table = pd.DataFrame(groups, columns=["column", "group", "rows", "worst", "times", "extra"])
    return table.sort_values("extra", ascending=False, kind="stable", ignore_index=True)


def _groups(
    rows: pd.DataFrame, contract: Contract, chosen: Evaluate
) -> Iterator[tuple[str, pd.Series]]:
    """Columns, and for each the group of each row, as text."""
    if len(rows[PARTITION].unique()) > 1:
        yield PARTITION, rows[PARTITION]
    for name, column in contract.columns.items():
        sliced = name in chosen.slices
        if name == contract.target or column.type == "time" or column.words:
            continue
        if name in contract.key and not sliced:
            continue
        if column.type in NUMBERS and not sliced and rows[name].nunique() > BINS:
            groups = pd.qcut(rows[name], BINS, duplicates="drop").astype("str")
        else:
            groups = rows[name].astype("str")
        yield name, groups.where(rows[name].notna(), "missing")
