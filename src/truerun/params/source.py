"""Section `source`: where raw data comes from."""

from typing import Annotated, Any

from pydantic import Field

from truerun.base.settings import Section
from truerun.params.numbers import Rate


class SourceSettings(Section):
    """Where raw data comes from; the source itself says which `options` it takes."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    max_dropped: Rate
    options: dict[str, Any]
