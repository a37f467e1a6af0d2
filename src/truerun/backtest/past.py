"""The past of a table in time: what a model of each age said of each period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from truerun.base.partitions import map_partitions
from truerun.contract import drift
from truerun.model import targets, value
from truerun.monitor.estimates import Outcomes
from truerun.project.params import Params
from truerun.tune import rounds
from truerun.tune.rounds import Array, History

ENOUGH = 20_000  # rows of which shares in ten bins are known well


@dataclass(frozen=True)
class Past:
    """The periods that are scored, and the scores of each by the models of that age and older.

    `scores` has those of a period, the second number, by a model of all rows before another, the
    first. `drift` is, by the same numbers, how far the columns of a period are from those rows, and
    `usual` how far any of the periods before was from the others, the farthest of them.
    """

    history: History
    params: Params
    scores: Mapping[tuple[int, int], Array]
    drift: Mapping[tuple[int, int], float]
    usual: Mapping[int, float]

    @property
    def periods(self) -> Sequence[int]:
        """The periods that are scored, from the oldest."""
        return self.history.scored

    def outcomes(self, models: Mapping[int, int]) -> Outcomes:
        """Rows of periods as the model of each scored them: by period, before which it learned."""
        history = self.history
        places = np.concatenate([np.flatnonzero(history.period == each) for each in models])
        score = np.concatenate([self.scores[model, each] for each, model in models.items()])
        decision = targets.decisions(score, self.params.evaluate.threshold)
        rows, target = history.rows.iloc[places], history.target[places]
        prices, worth = self.params.evaluate.value, None
        if prices is not None:
            classes = list(map(str, history.contract.classes))
            worth = value.of_rows(
                prices, history.contract.task, rows, target, score, decision, classes
            )
        return Outcomes(
            history.contract.task,
            target,
            score,
            decision,
            np.unique(history.cluster[places], return_inverse=True)[1],
            worth,
            pd.DataFrame(index=range(len(places))),
        )


def played(history: History, params: Params) -> Past:
    """Fit a model before each period, and score that and all later ones; measure their drift."""
    scored = list(history.scored)

    def of_age(number: str) -> tuple[dict[int, Array], dict[int, float], float]:
        first = int(number)
        model = rounds.fitted(history, params, first)
        later = [period for period in scored if period >= first]
        scores = {period: rounds.scores_of(model, history, period) for period in later}
        columns = list(history.contract.features(params.featurize.exclude))
        far = {each: moved(history, columns, history.period < first, each) for each in scores}
        before = np.unique(history.period[history.period < first])
        usual = max(
            moved(history, columns, (history.period < first) & (history.period != each), each)
            for each in before
        )
        return scores, far, usual

    numbers = [str(each) for each in scored]
    sizes = [int(history.rows.memory_usage().sum())] * len(numbers)
    made = map_partitions(of_age, numbers, "fit", sizes, unit="period")
    return Past(
        history,
        params,
        {
            (int(age), each): scores
            for age, (by, _, _) in made.items()
            for each, scores in by.items()
        },
        {(int(age), each): far for age, (_, by, _) in made.items() for each, far in by.items()},
        {int(age): usual for age, (_, _, usual) in made.items()},
    )


def moved(history: History, columns: Sequence[str], before: Array, period: int) -> float:
    """The mean of the columns' stability indices between some rows and those of a period."""
    then, now = (_some(history.rows[columns][mask]) for mask in (before, history.period == period))
    return float(np.mean([drift.stability(then[name], now[name]) for name in columns]))


def _some(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that are evenly spaced, if there are more than are needed."""
    return rows.iloc[:: max(1, len(rows) // ENOUGH)]
