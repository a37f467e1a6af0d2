"""Parameters by names with dots: `lightgbm.learning_rate` lies in the section `lightgbm`."""

from collections.abc import Mapping, MutableMapping
from typing import Any


def flat(section: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a section and of those within it, by their names.

    >>> flat({"seed": 1, "lightgbm": {"num_leaves": 31}})
    {'seed': 1, 'lightgbm.num_leaves': 31}
    """
    values: dict[str, Any] = {}
    for name, value in section.items():
        if isinstance(value, Mapping):
            values |= {f"{name}.{below}": each for below, each in flat(value).items()}
        else:
            values[name] = value
    return values


def put(section: MutableMapping[str, Any], values: Mapping[str, Any]) -> None:
    """Set values, by their names, in a section and in those within it."""
    for name, value in values.items():
        *above, last = name.split(".")
        place = section
        for key in above:
            place = place[key]
        place[last] = value
