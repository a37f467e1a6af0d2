"""What was changed, and what came of it for better and for worse: the second line of a report."""

import math
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from truerun.report.verdict import main_pairing
from truerun.report.visible_text import short
from truerun.report.words import NAME, Json, capital, counted, joined, label, present

NAMED = 2  # parameters, partitions or packages; more are counted
EXCLUDED = "featurize.exclude"
DIGITS = 2  # of a difference
VALUE = 30  # characters of a setting
SIDES = ("base", "head")


def change_line(comparison: Json) -> str:
    """One sentence; where the models were not compared, only what was changed.

    "Threshold 0.3 → 0.2: recall +0.18, F1 +0.06; precision -0.15."
    """
    # Two models may have a parameter of one name, and both may change in the same way.
    changed = joined(list(dict.fromkeys(_changes(comparison))))
    effect = _effect(comparison)
    if not changed and not effect:
        return ""
    if not changed:
        changed = "Nothing that a stage reads is changed"
    return capital(f"{changed}: {effect}." if effect else f"{changed}.")


def _changes(comparison: Json) -> Iterator[str]:
    """What differs between the sides, each kind in a few words."""
    causes = comparison["causes"]
    yield from _parameters(causes["parameters"])
    yield from _rows(comparison["data"])
    if code := causes["code"]:
        name = short(PurePosixPath(code[0]["path"]).name, NAME)
        what = f"code of {name}" if len(code) == 1 else counted(len(code), "code file")
        yield f"{what} changed" if causes["stages"] else f"{what} changed, outputs the same"
    if packages := causes["packages"]:
        names = [f"package {_setting(one['name'], one)}" for one in packages]
        yield joined(names) if len(names) <= NAMED else f"{counted(len(names), 'package')} changed"
    if contract := comparison["data"]["contract"]:
        yield f"{counted(len(contract), 'line')} of schema.yaml changed"


def _parameters(changes: list[Json]) -> Iterator[str]:
    if len(changes) > NAMED:
        yield f"{counted(len(changes), 'parameter')} changed"
        return
    for one in changes:
        if one["name"] == EXCLUDED:
            base, head = (_listed(one[side]) for side in SIDES)
            yield from (f"{name} dropped" for name in head if name not in base)
            yield from (f"{name} back in" for name in base if name not in head)
        else:
            yield _setting(one["name"].rpartition(".")[2].replace("_", " "), one)


def _listed(value: str | None) -> list[str]:
    """The names in a list as settings are written."""
    return [short(name, NAME) for name in re.findall(r"[^\[\]',\s]+", value or "")]


def _setting(name: str, change: Json) -> str:
    base, head = (None if (text := change[side]) is None else short(text, VALUE) for side in SIDES)
    if base is None:
        return f"{short(name, NAME)} {head} new"
    return f"{short(name, NAME)} {base} {'removed' if head is None else f'→ {head}'}"


def _rows(data: Json) -> Iterator[str]:
    """Rows by key; of those that are new, which partitions they make up."""
    rows = present(data["rows"])
    if not rows:
        return
    new = [short(one["name"], NAME) for one in data["partitions"] if not one["base_rows"]]
    where = f" of {joined(new)}" if 0 < len(new) <= NAMED else ""
    words = (("added", f"{where} added"), ("removed", " removed"), ("edited", " edited"))
    yield from (f"{counted(rows[key], 'row')}{word}" for key, word in words if rows[key])


def _effect(comparison: Json) -> str:
    """The metrics with a verdict, gains before losses."""
    pairing = main_pairing(comparison)
    if not pairing:
        return ""
    differences = sorted(
        pairing["differences"], key=lambda one: one["metric"] != comparison["main_metric"]
    )
    sides = [
        ", ".join(
            f"{label(one)} {_moved(one['difference'])}"
            for one in differences
            if one["verdict"] == verdict
        )
        for verdict in ("better", "worse")
    ]
    if any(sides):
        return "; ".join(filter(None, sides))
    if all(one["verdict"] == "the same" for one in differences):
        return "every metric is the same"
    return "no metric moves beyond chance"


def _moved(difference: float) -> str:
    """A difference in two digits."""
    if not difference:
        return "0"
    decimals = max(0, DIGITS - 1 - math.floor(math.log10(abs(difference))))
    return f"{difference:+,.{decimals}f}"
