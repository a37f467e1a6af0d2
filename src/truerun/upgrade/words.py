"""What an upgrade tells: the changelog, what becomes of each file, and what to do then."""

from collections.abc import Mapping, Sequence

from truerun.base.errors import listed
from truerun.package.wheel_files import Wheel
from truerun.upgrade import changelog, staging
from truerun.upgrade.template_files import Fate, FileUpdate

MANY = 20  # files of one fate, which are counted and not listed
TOLD: Mapping[Fate, str] = {
    "renewed": "renewed",
    "added": "added",
    "removed": "removed: it is no part of the new version",
    "merged": "yours, with what is new in truerun's merged in",
    "in conflict": "IN CONFLICT: what you changed in it is what truerun changed too",
    "left": "left as you have changed it, though it is no part of the new version",
    "kept deleted": "still not there: you have deleted it",
    "migrated": "changed as the new version needs it, and no more",
}


def changes_between(old: str, new: Wheel) -> str:
    """The changelog between two versions."""
    text = new.package.get(changelog.PLACE, b"").decode()
    between = changelog.between(text, old, new.version)
    head = f"From truerun {old} to {new.version}."
    return f"{head}\n\n{between}\n" if between else f"{head} Its changelog tells of no change.\n"


def fates(changes: Sequence[FileUpdate]) -> list[str]:
    """What becomes of each file, a line each; if many are removed, one for all of them."""
    removed = [change.place for change in changes if change.fate == "removed"]
    many = removed if len(removed) > MANY else []
    shown = [change for change in changes if change.place not in many]
    width = max(len(change.place) for change in shown)
    lines = [f"  {change.place:{width}}  {TOLD[change.fate]}" for change in shown]
    if many:
        tops = sorted({place.partition("/")[0] for place in many})
        lines.append(
            f"  {len(many)} files in {listed(tops, len(tops))} removed: they are truerun's"
        )
    return lines


def to_resolve(conflicts: Sequence[str]) -> str:
    """What to do about files in conflict."""
    them = "it" if len(conflicts) == 1 else "them"
    return "\n".join(
        [
            f"{listed(conflicts)}: in conflict, so nothing was run. Git's marks show both sides.",
            f"  Resolve {them}, then: make repro && git add --all",
            f"  Or undo the upgrade: {staging.UNDO}",
        ]
    )


def next_steps(new: Wheel) -> list[str]:
    """What to do now."""
    return [
        "",
        "All of it is staged, and not committed. Next:",
        f"  git switch -c truerun-{new.version} && git commit -m 'truerun {new.version}'",
        "  git push -u origin HEAD    (the comment on its pull request says which figures moved",
        "                              because of the package)",
        f"  Or undo it: {staging.UNDO}",
    ]
