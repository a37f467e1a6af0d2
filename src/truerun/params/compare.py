"""Section `compare`: how two revisions are compared."""

from typing import Annotated

from pydantic import Field

from truerun.base.settings import Section


class Compare(Section):
    """How two revisions are compared: rows with the same value of `cluster` go together.

    `evidence_megabytes` is how much a pull request's run hands over to be judged, at most.
    """

    cluster: str | None = None
    evidence_megabytes: Annotated[int, Field(gt=0, le=10_000)] = 64
