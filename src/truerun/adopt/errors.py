"""What goes wrong when a table is adopted."""

from truerun.base.errors import PipelineError


class AdoptError(PipelineError):
    """A table, or a wish about it, of which no pipeline can be made."""
