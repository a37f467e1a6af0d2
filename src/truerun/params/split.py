"""Section `split`: which rows test the model."""

from typing import Literal, Self

from pydantic import model_validator

from truerun.base.settings import Section
from truerun.params.numbers import Count, Seed, Share


class Split(Section):
    """Which rows test the model; exactly one of `test_partitions` and `test_share` is given."""

    by: Literal["time", "random", "stratified", "group"]
    test_partitions: Count | None = None
    test_share: Share | None = None
    group: str | None = None
    seed: Seed = 0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.test_partitions is None) == (self.test_share is None):
            raise ValueError("give either test_partitions or test_share")
        if self.test_partitions is not None and self.by != "time":
            raise ValueError(f"test_partitions goes with by: time, not with by: {self.by}")
        if self.by == "group" and self.group is None:
            raise ValueError("group names the column for by: group")
        if self.by not in ("group", "stratified") and self.group is not None:
            raise ValueError("group goes with by: group or by: stratified")
        return self
