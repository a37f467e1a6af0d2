"""Section `train`: which estimator is fitted, and with what parameters."""

from truerun.base.settings import Section
from truerun.params.numbers import Seed


class Train(Section):
    """Which estimator is fitted, and from which seed.

    This floor does not know which estimators there are: `truerun.model.estimators.SECTION` adds
    their names, and the parameters of each under its name.
    """

    model: str
    seed: Seed
