"""What was changed, and what came of it for better and for worse: the second line of a report."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from truerun.report.verdict import failed_stage, main_pairing, outputs_same
from truerun.report.visible_text import short
from truerun.report.words import (
    NAME,
    Json,
    capital,
    change,
    counted,
    joined,
    label,
    listed,
    places,
    present,
)

NAMED = 2  # parameters, partitions or packages; more are counted
EXCLUDED = "featurize.exclude"
GATE = "gate."
BEHIND = 1  # digits of a difference behind its first
VALUE = 30  # characters of a setting
SIDES = ("base", "head")
NOTHING = "Nothing that a stage reads is changed"
UNCHANGED = {  # of a run that gave something else nobody knows what made it so
    "differs": "The run gives other results than Git holds",
    "uncommitted": "Results that are not committed",
}


def change_line(comparison: Json) -> str:
    """One sentence; where the models were not compared, only what was changed.

    Empty where a stage failed: what Git holds is then of before the change.

    "Threshold 0.3 → 0.2: recall +0.18, F1 +0.06; precision -0.15."
    """
    if failed_stage(comparison):
        return ""
    # Two models may have a parameter of one name, and both may change in the same way.
    changed = joined(list(dict.fromkeys(_changes(comparison))))
    effect = _effect(comparison)
    if not changed and not effect:
        return ""
    if not changed:
        changed = UNCHANGED.get(comparison["reproduction"]["state"], NOTHING)
    return capital(f"{changed}: {effect}." if effect else f"{changed}.")


def _changes(comparison: Json) -> Iterator[str]:
    """What differs between the sides, each kind in a few words."""
    causes = comparison["causes"]
    yield from _parameters(causes["parameters"])
    rows = list(_rows(comparison["data"]))
    by_code = bool(causes["code"] and rows and not comparison["data"]["files"])
    if not by_code:
        yield from rows
    if code := causes["code"]:
        name = short(PurePosixPath(code[0]["path"]).name, NAME)
        what = f"code of {name}" if len(code) == 1 else counted(len(code), "code file")
        if by_code:
            yield f"{what} changed ({joined(rows)})"
        else:
            same = ", outputs the same" if outputs_same(comparison) else ""
            yield f"{what} changed{same}"
    if packages := causes["packages"]:
        names = [f"package {_setting(one['name'], one)}" for one in packages]
        yield joined(names) if len(names) <= NAMED else f"{counted(len(names), 'package')} changed"
    if contract := comparison["data"]["contract"]:
        yield f"{counted(len(contract), 'line')} of schema.yaml changed"


def _parameters(parameters: list[Json]) -> Iterator[str]:
    """Each by its last name; rules of the gate, whose last names say little, all in one."""
    changes = [one for one in parameters if not one["name"].startswith(GATE)]
    if len(changes) < len(parameters):
        yield "rules of the gate changed"
    if len(changes) > NAMED:
        yield f"{counted(len(changes), 'parameter')} changed"
        return
    for one in changes:
        if one["name"] == EXCLUDED:
            base, head = (_names(one[side]) for side in SIDES)
            if dropped := [name for name in head if name not in base]:
                yield f"{listed(dropped)} dropped"
            if restored := [name for name in base if name not in head]:
                yield f"{listed(restored)} back in"
        else:
            yield _setting(one["name"].rpartition(".")[2].replace("_", " "), one)


def _names(value: str | None) -> list[str]:
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
    if not pairing or not pairing["differences"]:
        return ""
    differences = sorted(
        pairing["differences"], key=lambda one: one["metric"] != comparison["main_metric"]
    )
    sides = [
        ", ".join(_moved(one) for one in differences if one["verdict"] == verdict)
        for verdict in ("better", "worse")
    ]
    if any(sides):
        return "; ".join(filter(None, sides))
    if all(one["verdict"] == "the same" for one in differences):
        return "every metric is the same"
    return "no metric moves beyond chance"


def _moved(difference: Json) -> str:
    """A metric and how it moved; of one that should be low, whether that is good."""
    moved = difference["difference"]
    movement = f"{label(difference)} {change(moved, places(moved, behind=BEHIND))}"
    return movement if difference["higher_is_better"] else f"{movement} ({difference['verdict']})"
