"""Section `retrain`: when a model is trained anew, and how often at most; it may be left out."""

from truerun.base.settings import Section
from truerun.params.numbers import Count


class Retrain(Section):
    """When a model is trained anew: each reason with its threshold; one that is left out is none.

    `every_days` is a schedule; `labelled_rows` how many rows with an outcome the monitor must have
    seen; `stale_days` how old the newest row may be that tested the model; `on_act` whether the
    monitor's "act", or an alarm, is a reason. After a training there is none for `cooldown_days`,
    and in a quarter there are `most_in_quarter`. With `tune_trials`, so many parameters are tried
    first. `automatic` lets a better model be merged and released without anybody.
    """

    every_days: Count | None = None
    labelled_rows: Count | None = None
    stale_days: Count | None = None
    on_act: bool = True
    cooldown_days: Count = 7
    most_in_quarter: Count = 6
    tune_trials: Count | None = None
    automatic: bool = False
