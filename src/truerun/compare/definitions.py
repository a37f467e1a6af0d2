"""What changed of the stages that dvc.yaml defines, if it can hide something from DVC."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from truerun.comparison.comparison import Change

SWITCHES = ("frozen", "always_changed", "wdir", "cmd", "foreach", "matrix")
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
    sides = [_mapping(content.get("stages")) for content in (base, head)]
    changed = [
        Change(name=f"variable {name}", base=_text(before), head=_text(after))
        for name, before, after in _differing(*(_variables(content) for content in (base, head)))
    ]
    for stage in dict.fromkeys([*sides[0], *sides[1]]):
        before, after = (side.get(stage) for side in sides)
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            if before != after:
                changed.append(Change(name=stage, base=_whether(before), head=_whether(after)))
            continue
        before, after = (_definition(side) for side in (before, after))
        changed += [
            Change(name=f"{stage}: {key}", base=_text(before.get(key)), head=_text(after.get(key)))
            for key in SWITCHES
            if before.get(key) != after.get(key)
        ]
        changed += [
            Change(name=f"{stage}: {kind} {name}", base="listed", head=None)
            for kind in ("deps", "params")
            for name in _names(before.get(kind))
            if name not in _names(after.get(kind)) and (kind == "params" or exists(name))
        ]
        outputs = [_outputs(stage_of) for stage_of in (before, after)]
        changed += [
            Change(name=f"{stage}: output {name}", base=_text(old), head=_text(new))
            for name, old, new in _differing(*outputs)
        ]
    return changed


def _differing(base: Mapping[str, Any], head: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in dict.fromkeys([*base, *head]):
        if base.get(name) != head.get(name):
            yield name, base.get(name), head.get(name)


def _definition(stage: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stage with its settings; those of one that is repeated for each item stand under `do`."""
    return {**_mapping(stage.get("do")), **stage}


def _variables(content: Mapping[str, Any]) -> dict[str, Any]:
    """What dvc.yaml puts in place of `${name}`."""
    return dict(_entries(content.get("vars"), "a file"))


def _outputs(stage: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of a stage with what is said of each, such as `cache: false`."""
    return {
        name: settings or {} for kind in OUTPUTS for name, settings in _entries(stage.get(kind), {})
    }


def _names(listed: Any) -> list[str]:
    """The names in a list; of a file with a list of keys, each key with the file."""
    return [
        f"{name}: {key}" if isinstance(keys, list) else name
        for name, keys in _entries(listed, None)
        for key in (keys if isinstance(keys, list) else [None])
    ]


def _entries(listed: Any, otherwise: Any) -> Iterator[tuple[str, Any]]:
    """The entries of a list by name; an entry is a name, or names with what is said of them."""
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, Mapping):
            yield from ((str(name), value) for name, value in entry.items())
        else:
            yield str(entry), otherwise


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _whether(stage: Any) -> str | None:
    return None if stage is None else "a stage"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
