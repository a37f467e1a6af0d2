"""What changed of the stages that dvc.yaml defines, if it can hide something from DVC."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from truerun.comparison.comparison import Change

SWITCHES = ("frozen", "always_changed", "wdir", "cmd")
OUTPUTS = ("outs", "metrics", "plots")


def changes(
    base: Mapping[str, Any], head: Mapping[str, Any], exists: Callable[[str], bool]
) -> list[Change]:
    """Definitions of stages that differ, beside dependencies that were added.

    Parameters
    ----------
    base, head : the content of dvc.yaml.
    exists : whether a file is still there at head; one that is gone need not be a dependency.
    """
    sides = [content.get("stages") or {} for content in (base, head)]
    found = [
        Change(name=f"variable {name}", base=_text(before), head=_text(after))
        for name, before, after in _differing(*(_variables(content) for content in (base, head)))
    ]
    for stage in dict.fromkeys([*sides[0], *sides[1]]):
        before, after = (side.get(stage) for side in sides)
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            found.append(Change(name=stage, base=_whether(before), head=_whether(after)))
            continue
        found += [
            Change(name=f"{stage}: {key}", base=_text(before.get(key)), head=_text(after.get(key)))
            for key in SWITCHES
            if before.get(key) != after.get(key)
        ]
        found += [
            Change(name=f"{stage}: {kind} {name}", base="listed", head=None)
            for kind in ("deps", "params")
            for name in map(str, before.get(kind) or ())
            if name not in map(str, after.get(kind) or ()) and (kind == "params" or exists(name))
        ]
        outputs = [_outputs(stage_of) for stage_of in (before, after)]
        found += [
            Change(name=f"{stage}: output {name}", base=_text(old), head=_text(new))
            for name, old, new in _differing(*outputs)
        ]
    return found


def _differing(base: Mapping[str, Any], head: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in dict.fromkeys([*base, *head]):
        if base.get(name) != head.get(name):
            yield name, base.get(name), head.get(name)


def _variables(content: Mapping[str, Any]) -> dict[str, Any]:
    """What dvc.yaml puts in place of `${name}`."""
    listed = content.get("vars") or ()
    return {
        str(name): value
        for entry in listed
        for name, value in (entry if isinstance(entry, Mapping) else {entry: "a file"}).items()
    }


def _outputs(stage: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of a stage with what is said of each, such as `cache: false`."""
    return {
        str(name): settings or {}
        for kind in OUTPUTS
        for entry in stage.get(kind) or ()
        for name, settings in (entry if isinstance(entry, Mapping) else {entry: {}}).items()
    }


def _whether(stage: Any) -> str | None:
    return None if stage is None else "a stage"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
