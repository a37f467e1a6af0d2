"""What is decided of each column, why, and how to have it otherwise."""

import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from truerun.adopt.columns.infer import Seen
from truerun.adopt.columns.looks import Look
from truerun.adopt.columns.task import Target
from truerun.adopt.request import Request
from truerun.base.errors import AdoptError, listed
from truerun.sources.table.options import Column

DROP = Column.model_validate({"as": "drop"})
ROW_NUMBER = Column.model_validate({"as": "drop", "numbers_rows": True})
IDENTIFIER = Column.model_validate({"as": "identifier"})


@dataclass(frozen=True)
class Decision:
    """One column: what it is seen as, what the source makes of it, and the reason.

    `kind` is target, number, mixed, boolean, date, category, words, identifier, group, constant,
    duplicate, personal, leak, empty, or dropped; `spelled` is how its missing values are written.
    """

    column: str
    kind: str
    reason: str
    option: Column
    seen: Seen
    spelled: tuple[str, ...]

    @property
    def is_feature(self) -> bool:
        """Whether the model sees it, or what is made of it."""
        return self.kind != "target" and self.option.as_ not in ("drop", "identifier")

    @property
    def override(self) -> str:
        """What to give the command for another decision; empty for none."""
        name = shlex.quote(self.column)
        if self.kind in ("empty", "constant", "group", "dropped"):
            return ""
        if self.kind == "target":
            return "--task"
        return f"--drop {name}" if self.is_feature else f"--keep {name}"


def decide(
    looks: Mapping[str, Look], target: Target, key: tuple[str, ...], request: Request
) -> tuple[Decision, ...]:
    """Decide of each column, in their order."""
    first: dict[bytes, str] = {looks[request.target].signature: request.target}
    decisions = []
    for look in looks.values():
        decision = _asked(look, target, key, request) or _found(look, first, request)
        if decision.is_feature:
            first.setdefault(look.signature, look.name)
        decisions.append(decision)
    check_features(decisions)
    return tuple(decisions)


def check_features(decisions: Collection[Decision]) -> None:
    """Refuse a table of which nothing is left to learn from."""
    if not any(decision.is_feature for decision in decisions):
        others = [f"{each.column} ({each.reason})" for each in decisions if each.kind != "target"]
        raise AdoptError(
            f"no column is left to learn from: {listed(others)}; --keep NAME keeps one"
            if others
            else "no column is left to learn from: there is none beside the target"
        )


def key_of(looks: Iterable[Look], request: Request) -> tuple[str, ...]:
    """The first column that tells all rows apart and is of no person."""
    named = {name for name, kind in request.as_.items() if kind == "identifier"}
    other = {
        request.target,
        request.time,
        request.group,
        *request.drop,
        *request.keep,
        *request.as_,
    }
    for look in looks:
        if look.name in other - named or look.numbers_rows or not look.unique:
            continue
        if look.name in named or (look.identifies and not look.personal):
            return (look.name,)
    return ()


def _asked(look: Look, target: Target, key: tuple[str, ...], request: Request) -> Decision | None:
    """What the user says of a column, or the command needs of it."""
    name, seen = look.name, look.seen
    kind, option, reason = seen.kind, seen.option, seen.reason
    if name == request.target:
        kind, option, reason = "target", target.option, f"{target.task}: {target.reason}"
    elif name in request.drop:
        kind, option, reason = "dropped", _left_out(look), "as asked"
    elif name in key:
        kind, option, reason = "identifier", IDENTIFIER, f"{look.identifies or 'as asked'}: the key"
    elif name == request.group:
        kind, option, reason = "group", IDENTIFIER, "rows are split by it"
    elif name not in (*request.keep, *request.as_, request.time):
        return None
    elif kind == "empty":
        raise AdoptError(f"--keep {name}: no row has a value in it")
    return Decision(name, kind, reason, option, seen, look.spelled)


def _found(look: Look, first: Mapping[bytes, str], request: Request) -> Decision:
    """What is to be said of a column of which the user says nothing."""
    seen = look.seen
    same = first.get(look.signature)
    reasons = {
        "empty": seen.reason if seen.kind == "empty" else None,
        "constant": look.constant,
        "personal": f"looks like {look.personal}" if look.personal else None,
        "identifier": "numbers the rows" if look.numbers_rows else look.identifies,
        "duplicate": f"says the same as {same}, row by row" if same else None,
    }
    for kind, reason in reasons.items():
        if reason:
            leak = ": a leak" if kind == "duplicate" and same == request.target else ""
            return Decision(look.name, kind, reason + leak, _left_out(look), seen, look.spelled)
    return Decision(look.name, seen.kind, seen.reason, seen.option, seen, look.spelled)


def _left_out(look: Look) -> Column:
    """How the source leaves a column out; a number of the row tells nothing of what it holds."""
    return ROW_NUMBER if look.numbers_rows else DROP
