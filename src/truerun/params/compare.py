"""Section `compare`: how two revisions are compared."""

from truerun.base.settings import Section


class Compare(Section):
    """How two revisions are compared: rows with the same value of `cluster` go together."""

    cluster: str | None = None
