"""A search kept in a file: what was tried, how it scored, and on what."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import optuna
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from truerun.base.errors import TuneError
from truerun.base.progress import progress
from truerun.model.estimators.ranges import Range, Value, Values
from truerun.tune.folds import Rows
from truerun.tune.gain import TriedParameters

NAME = "tune"  # of the one study in the file
MADE_WITH = "made with"

Objective = Callable[[Values, int], float]


class Search:
    """Trials of parameters in some ranges, judged by the mean of a metric over folds.

    What is tried next depends only on the seed and on the trials that have ended:
    an interrupted search goes on as if it had not been interrupted.
    """

    def __init__(
        self, study: optuna.Study, ranges: Mapping[str, Range], folds: int, seed: int
    ) -> None:
        self._study = study
        self._ranges = ranges
        self._folds = folds
        self._seed = seed

    @property
    def tried(self) -> list[TriedParameters]:
        """The trials that have ended, in order."""
        ended = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return [self._tried(trial) for trial in ended]

    def run(self, objective: Objective, trials: int, minutes: float | None) -> bool:
        """Try until there are so many trials or time is up; return whether it was not interrupted.

        Trials that have ended are kept in any case.

        Parameters
        ----------
        objective : the figure of a fold (higher or lower is better, as the study was opened).
        """
        until = time.monotonic() + 60 * minutes if minutes else float("inf")
        done = len(self.tried)
        with progress(doing="tune", unit="trial", total=trials) as bar:
            bar.update(done)
            try:
                while done < trials and self._try(objective, done, until):
                    done += 1
                    bar.set_postfix(best=f"{self._study.best_value:.5g}", refresh=False)
                    bar.update()
            except KeyboardInterrupt:
                return False
        return True

    def _try(self, objective: Objective, done: int, until: float) -> bool:
        """One trial; False if it did not end in time."""
        self._study.sampler = optuna.samplers.TPESampler(seed=self._seed + done)
        trial = self._study.ask()
        try:
            values = {name: _suggest(trial, name, where) for name, where in self._ranges.items()}
            figures = []
            for fold in range(self._folds):
                if time.monotonic() > until:
                    self._study.tell(trial, state=TrialState.FAIL)
                    return False
                figures.append(objective(values, fold))
                trial.report(figures[-1], fold)
        except BaseException:
            self._study.tell(trial, state=TrialState.FAIL)
            raise
        self._study.tell(trial, sum(figures) / len(figures))
        return True

    def _tried(self, trial: FrozenTrial) -> TriedParameters:
        values = {name: where.rounded(trial.params[name]) for name, where in self._ranges.items()}
        return TriedParameters(
            values, tuple(trial.intermediate_values[fold] for fold in range(self._folds))
        )


def open_search(
    path: Path, made_with: Mapping[str, str], ranges: Mapping[str, Range], rows: Rows, seed: int
) -> Search:
    """The search kept in a file, or a new one.

    Raises
    ------
    TruerunError
        If the file does not hold a search, or one under other conditions.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        address = URL.create("sqlite", database=str(path)).render_as_string()
        study = optuna.create_study(
            storage=RDBStorage(address, {"poolclass": NullPool}),  # which leaves no file open
            study_name=NAME,
            direction="maximize" if rows.higher_is_better else "minimize",
            load_if_exists=True,
        )
        recorded = study.user_attrs.get(MADE_WITH)
        if recorded is None:
            study.set_user_attr(MADE_WITH, dict(made_with))
    except (OSError, SQLAlchemyError, optuna.exceptions.OptunaError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise TuneError(
            f"{path} cannot keep a search ({reason}): name another file with --study, or delete it"
        ) from error
    if recorded is not None:
        _refuse_others(path, recorded, made_with)
    return Search(study, ranges, rows.folds, seed)


def _refuse_others(path: Path, recorded: Mapping[str, str], current: Mapping[str, str]) -> None:
    """Refuse to go on with a search whose trials were made under other conditions."""
    for name in dict.fromkeys([*recorded, *current]):
        old, new = recorded.get(name, "nothing"), current.get(name, "nothing")
        if old != new:
            raise TuneError(
                f"{path} keeps a search that was made with other {name}: {old}, now {new}; "
                "name another file with --study, or delete it to start over"
            )


def _suggest(trial: Trial, name: str, search_range: Range) -> Value:
    """The value of a parameter that a trial is to try."""
    if search_range.whole:
        return trial.suggest_int(
            name, int(search_range.low), int(search_range.high), log=not search_range.even
        )
    return search_range.rounded(
        trial.suggest_float(name, search_range.low, search_range.high, log=not search_range.even)
    )
