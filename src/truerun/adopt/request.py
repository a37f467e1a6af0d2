"""What the user asks for beside the files of a table, and whether the table can satisfy it."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

from truerun.base.errors import AdoptError, listed
from truerun.base.tasks import Task
from truerun.sources.table import names as column_names
from truerun.sources.table.options import Kind

KINDS = tuple(kind for kind in get_args(Kind) if kind != "drop")


@dataclass(frozen=True)
class Request:
    """The target, and what the command's options say of columns.

    `as_` names a kind for a column; `missing` names spellings of missing values of a column, and
    `values` texts that are none, though they look like it; `fold` names columns of which texts that
    differ in capitals, blanks and marks alone are one; `positive` is the positive one of two
    classes.
    """

    target: str
    task: Task | None = None
    time: str | None = None
    group: str | None = None
    drop: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()
    as_: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fold: frozenset[str] = frozenset()
    positive: str | None = None

    def within(self, names: Sequence[str]) -> "Request":
        """The same request by the names that the project gives columns: score becomes score_."""

        def called(column: str) -> str:
            given = column_names.clean([column])[0]
            return given if column not in names and given in names else column

        return replace(
            self,
            target=called(self.target),
            time=called(self.time) if self.time else None,
            group=called(self.group) if self.group else None,
            drop=frozenset(map(called, self.drop)),
            keep=frozenset(map(called, self.keep)),
            as_={called(column): kind for column, kind in self.as_.items()},
            missing=_resolved(self.missing, names, called),
            values=_resolved(self.values, names, called),
            fold=frozenset(map(called, self.fold)),
        )

    def check(self, names: Sequence[str], path: Path, *, has_header: bool = True) -> None:
        """Refuse a request that names an unknown column, or asks for contradictory things."""
        for option, columns in self._named().items():
            for column in columns:
                if column not in names:
                    near = difflib.get_close_matches(column, names, n=1, cutoff=0.4)
                    hint = f"did you mean {near[0]}?" if near else f"it has {listed(names)}"
                    if not has_header:
                        numbered = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
                        hint = f"the file has no header: it has {numbered}"
                    raise AdoptError(f"{option}: {path} has no column {column} ({hint})")
        wrong = [f"{column}={kind}" for column, kind in self.as_.items() if kind not in KINDS]
        if wrong:
            raise AdoptError(f"--as {wrong[0]}: a column can be {', '.join(KINDS)}")
        wanted = {self.target, self.time, self.group, *self.keep, *self.as_}
        both = sorted(self.drop & wanted)
        if both:
            raise AdoptError(f"--drop {both[0]}: another option needs this column")
        if self.target in (self.time, self.group):
            raise AdoptError(f"rows cannot be split by the target, {self.target}")
        if self.target in self.as_:
            raise AdoptError(f"--as {self.target}: it is the target; --task says what that is")

    def _named(self) -> dict[str, Sequence[str]]:
        """The columns that each option of the command names."""
        return {
            "--target": [self.target],
            "--time": [self.time] if self.time else [],
            "--group": [self.group] if self.group else [],
            "--drop": sorted(self.drop),
            "--keep": sorted(self.keep),
            "--as": sorted(self.as_),
            "--missing": sorted(self.missing),
            "--value": sorted(self.values),
            "--fold": sorted(self.fold),
        }


def _resolved(
    given: Mapping[str, tuple[str, ...]], names: Sequence[str], called: Callable[[str], str]
) -> dict[str, tuple[str, ...]]:
    """Texts by column, where an equals sign may be of the name or of the text: `class=<=50K`."""
    resolved: dict[str, tuple[str, ...]] = {}
    for column, texts in given.items():
        for text in texts:
            parts = f"{column}={text}".split("=")
            places = [i for i in range(1, len(parts)) if called("=".join(parts[:i])) in names]
            place = places[-1] if places else len(parts) - 1 - text.count("=")
            name = called("=".join(parts[:place]))
            resolved[name] = (*resolved.get(name, ()), "=".join(parts[place:]))
    return resolved
