"""Section `monitor`: what is watched of a model that is served; it may be left out."""

from typing import Annotated

from pydantic import Field

from truerun.base.settings import Section
from truerun.params.numbers import Count


class Monitor(Section):
    """What is watched of a model that is served.

    `groups` are columns whose values the model should treat alike. `label_days` is how many days
    after its request an outcome is known at the latest: younger rows do not count, or those whose
    outcome comes fast would stand for all. `stale_days` is how old the newest row may be that the
    model was tested on.
    """

    groups: tuple[str, ...] = ()
    label_days: Annotated[int, Field(ge=0)] = 0
    stale_days: Count | None = None
