"""Section `featurize`: how columns become features."""

from truerun.base.settings import Section
from truerun.params.numbers import Count, Seed


class Featurize(Section):
    """How columns become features."""

    exclude: tuple[str, ...]
    max_one_hot: Count
    max_words: Count
    seed: Seed
