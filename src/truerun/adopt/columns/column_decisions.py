"""What is decided for each column, why, and how to override it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from truerun.adopt.columns.advice import option
from truerun.adopt.columns.column_profiles import ColumnProfile
from truerun.adopt.columns.column_summary import ColumnSummary
from truerun.adopt.columns.target import Target
from truerun.adopt.request import Request
from truerun.base.errors import AdoptError, listed
from truerun.sources.table.options import ColumnOptions

DROP = ColumnOptions.model_validate({"as": "drop"})
ORDERED = ("number", "mixed")  # kinds of columns
ROW_NUMBER = ColumnOptions.model_validate({"as": "drop", "numbers_rows": True})
IDENTIFIER = ColumnOptions.model_validate({"as": "identifier"})


@dataclass(frozen=True)
class Decision:
    """One column: what it is taken for, how the source reads it, and why.

    `kind` is target, number, mixed, boolean, date, category, words, identifier, group, constant,
    duplicate, personal, leak, empty, damaged, or dropped; `spelled` lists its spellings of missing
    values.
    """

    column: str
    kind: str
    reason: str
    option: ColumnOptions
    summary: ColumnSummary
    spelled: tuple[str, ...]

    @property
    def is_feature(self) -> bool:
        """Whether the model sees it, or features derived from it."""
        return self.kind != "target" and self.option.as_ not in ("drop", "identifier")

    @property
    def override(self) -> str:
        """The option of the command that overrides the decision, if there is one."""
        if self.kind in ("empty", "constant", "group", "dropped"):
            return ""
        if self.kind == "damaged":
            return option("as", self.column, "number")
        if self.kind == "target":
            return "--task"
        return option("drop" if self.is_feature else "keep", self.column)


def decide(
    profiles: Mapping[str, ColumnProfile], target: Target, key: tuple[str, ...], request: Request
) -> tuple[Decision, ...]:
    """Decide on each column, in the order of the table."""
    first: dict[bytes, str] = {profiles[request.target].signature: request.target}
    decisions = {}
    # Of two columns that say the same, the numbers stay: they are in order.
    for profile in sorted(profiles.values(), key=lambda each: each.summary.kind not in ORDERED):
        decision = _requested(profile, target, key, request) or _inferred(profile, first, request)
        if decision.is_feature:
            first.setdefault(profile.signature, profile.name)
        decisions[profile.name] = decision
    check_features(decisions.values())
    return tuple(decisions[name] for name in profiles)


def check_features(decisions: Collection[Decision]) -> None:
    """Refuse a table with no columns left to learn from."""
    if not any(decision.is_feature for decision in decisions):
        others = [f"{each.column} ({each.reason})" for each in decisions if each.kind != "target"]
        raise AdoptError(
            f"no column is left to learn from: {listed(others)}; --keep NAME keeps one"
            if others
            else "no column is left to learn from: there is none besides the target"
        )


def key_of(profiles: Iterable[ColumnProfile], request: Request) -> tuple[str, ...]:
    """The first column that tells all rows apart and is not personal data."""
    identifiers = {name for name, kind in request.as_.items() if kind == "identifier"}
    excluded = {
        request.target,
        request.time,
        request.group,
        *request.drop,
        *request.keep,
        *request.as_,
    }
    for profile in profiles:
        if profile.name in excluded - identifiers or profile.numbers_rows or not profile.unique:
            continue
        if profile.name in identifiers or (profile.identifies and not profile.personal):
            return (profile.name,)
    return ()


def _requested(
    profile: ColumnProfile, target: Target, key: tuple[str, ...], request: Request
) -> Decision | None:
    """The decision that the user asks for, or that the command needs."""
    name, summary = profile.name, profile.summary
    kind, option, reason = summary.kind, summary.option, summary.reason
    if name == request.target:
        kind, option, reason = "target", target.option, f"{target.task}: {target.reason}"
    elif name in request.drop:
        kind, option, reason = "dropped", _left_out(profile), "as requested"
    elif name in key:
        kind, option, reason = (
            "identifier",
            IDENTIFIER,
            f"{profile.identifies or 'as requested'}: the key",
        )
    elif name == request.group:
        kind, option, reason = "group", IDENTIFIER, "rows are split by it"
    elif name not in (*request.keep, *request.as_, request.time):
        return None
    elif kind == "empty":
        raise AdoptError(f"--keep {name}: no row has a value in it")
    return Decision(name, kind, reason, option, summary, profile.spelled)


def _inferred(profile: ColumnProfile, first: Mapping[bytes, str], request: Request) -> Decision:
    """The decision on a column that the user says nothing about."""
    summary = profile.summary
    same = first.get(profile.signature)
    reasons = {
        "empty": summary.reason if summary.kind == "empty" else None,
        "constant": profile.constant,
        "personal": f"looks like {profile.personal}" if profile.personal else None,
        "identifier": "numbers the rows" if profile.numbers_rows else profile.identifies,
        "duplicate": f"repeats {same}, row by row" if same else None,
    }
    for kind, reason in reasons.items():
        if reason:
            leak = ": a leak" if kind == "duplicate" and same == request.target else ""
            return Decision(
                profile.name, kind, reason + leak, _left_out(profile), summary, profile.spelled
            )
    return Decision(
        profile.name, summary.kind, summary.reason, summary.option, summary, profile.spelled
    )


def _left_out(profile: ColumnProfile) -> ColumnOptions:
    """How the source leaves a column out; a row number is not part of a row's content."""
    return ROW_NUMBER if profile.numbers_rows else DROP
