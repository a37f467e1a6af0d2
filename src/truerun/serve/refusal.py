"""A request that is not answered with a score, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from truerun.contract.row_contract import Broken

MOST_NAMED = 200  # broken checks that an answer names


@dataclass
class Refusal(Exception):  # noqa: N818 - it is an answer
    """The status and the reason; `broken` names what rows break, each with the row's number."""

    status: HTTPStatus
    reason: str
    broken: Sequence[tuple[int, Broken]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> dict[str, object]:
        """What the body of the answer says."""
        body: dict[str, object] = {"error": self.reason}
        if self.broken:
            body["broken"] = [
                {"row": row, "column": each.column, "check": each.check, "value": each.value}
                for row, each in self.broken[:MOST_NAMED]
            ]
        return body
