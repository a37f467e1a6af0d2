"""Decisions on columns that only the prepared rows show: without them no stage would take these."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from truerun.adopt.columns.column_decisions import DROP, Decision, check_features
from truerun.adopt.leaks import decisions as decisions_of_leaks
from truerun.adopt.leaks.search import LIMIT, Leaks
from truerun.adopt.request import Request
from truerun.adopt.table_profile import TableProfile
from truerun.base.errors import AdoptError
from truerun.contract.leak_checks import RANKED_BY
from truerun.sources.table.rows import part_names


def without_constants(
    profile: TableProfile, values: Mapping[str, str | None], request: Request
) -> TableProfile:
    """The profile without columns that have one value wherever the target is known.

    What the user keeps may have one value.

    Parameters
    ----------
    values : the value of each such column as text; None for one that is missing there.
    """
    subject = f"every row with a known {profile.options.target}"

    def decided(decision: Decision) -> Decision:
        value = values[decision.column]
        reason = f"{subject} has {value!r:.40}" if value is not None else f"{subject} lacks it"
        return replace(decision, kind="constant", reason=reason, option=DROP)

    kept = {name for name in values if name in request.keep or name in request.as_}
    columns = {
        name: {**column, "seasonal": True} if name in kept else column
        for name, column in profile.columns.items()
    }
    return _without(replace(profile, columns=columns), set(values) - kept, decided)


def without_unusable(
    profile: TableProfile, reasons: Mapping[str, str], request: Request
) -> TableProfile:
    """The profile without columns of which no feature can be made.

    Raises
    ------
    AdoptError
        If the user keeps one of them, or no column is left to learn from.
    """
    for name in request.keep & set(reasons):
        raise AdoptError(f"--keep {name}: the column {reasons[name]}")

    def decided(decision: Decision) -> Decision:
        return replace(decision, kind="dropped", reason=reasons[decision.column], option=DROP)

    return _without(profile, set(reasons), decided)


def without_leaks(
    profile: TableProfile, rankings: Mapping[str, float], request: Request
) -> TableProfile:
    """The profile without columns that rank the target of test rows too well.

    What the user keeps is vouched for.

    Parameters
    ----------
    rankings : how well each feature ranks the target, as `leak_checks.leak_rankings`.
    """
    telling = {name for name in profile.columns if rankings.get(name, 0.0) >= LIMIT}
    target, ranked_by = profile.options.target, RANKED_BY[profile.options.task]
    left_out = {}
    for name in profile.options.columns:
        parts = telling & {name, *part_names(name, profile.options).values()}
        if parts and name not in (*request.keep, request.time):
            ranking = max(rankings[each] for each in parts)
            left_out[name] = f"predicts {target} almost perfectly ({ranked_by} {ranking:.3f})"
    columns = {
        name: {**column, "known_in_time": True} if name in telling else column
        for name, column in profile.columns.items()
    }
    leaks = Leaks(left_out)
    decided = {each.column: each for each in decisions_of_leaks.excluded(profile.decisions, leaks)}
    left = _without(replace(profile, columns=columns), left_out, lambda d: decided[d.column])
    new = [decided[name] for name in left_out]
    warnings = decisions_of_leaks.warnings(new, leaks, profile.options)
    return replace(left, warnings=(*left.warnings, *warnings))


def with_known_sum(profile: TableProfile, columns: tuple[str, ...], ranking: float) -> TableProfile:
    """The profile with columns vouched for whose sum ranks the target too well; it says so."""
    leaks = Leaks(together=columns, together_ranking=ranking)
    vouched = {
        name: {**column, "known_in_time": True} if name in columns else column
        for name, column in profile.columns.items()
    }
    warnings = decisions_of_leaks.warnings((), leaks, profile.options)
    return replace(profile, columns=vouched, warnings=(*profile.warnings, *warnings))


def _without(
    profile: TableProfile, names: Collection[str], decided: Callable[[Decision], Decision]
) -> TableProfile:
    """The profile with another decision on some columns, which leaves them out."""
    decisions = tuple(decided(each) if each.column in names else each for each in profile.decisions)
    check_features(decisions)
    left_out = {
        part for name in names for part in [name, *part_names(name, profile.options).values()]
    }
    return replace(
        profile,
        decisions=decisions,
        options=decisions_of_leaks.without(profile.options, names),
        columns={name: column for name, column in profile.columns.items() if name not in left_out},
    )
