"""Section `evaluate`: what is reported of the model on test rows."""

from truerun.base.settings import Section
from truerun.params.numbers import Count, Seed, Share
from truerun.params.value import PriceList


class Evaluate(Section):
    """What is reported of the model on test rows; the `threshold` is that of a binary task.

    `value` says what comes of the decisions or predictions is worth; without it nothing is said.
    """

    threshold: Share | None = None
    value: PriceList | None = None
    slices: tuple[str, ...]
    min_slice_rows: Count
    importance_rows: Count
    importance_repeats: Count
    seed: Seed
