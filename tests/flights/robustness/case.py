"""A case: what is wrong, and what must come of it."""

from dataclasses import dataclass
from typing import Literal

from tests.flights.robustness.damage import Damage


@dataclass(frozen=True)
class Case:
    """One kind of damage.

    `told` is what a message says or, of quarantined rows, how many there are of which column and
    check; `run` are the stages to run in the damaged folder, or a command.
    """

    what: str
    damage: Damage
    told: str = ""
    run: str = "prepare"
    outcome: Literal["error", "quarantined", "harmless"] = "error"
