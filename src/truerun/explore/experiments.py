"""Two experiments of `dvc exp`, or two commits, compared as `truerun compare` does it."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from truerun.base import commands
from truerun.base.errors import CompareError
from truerun.base.experiments import kept
from truerun.comparison.comparison import Comparison, MetricDifference, Missing
from truerun.comparison.reading import read
from truerun.project.params import Params

Part = TypeVar("Part")
COLUMNS = ("base", "head", "difference", "low", "high", "verdict")


@dataclass(frozen=True)
class NamedRevision:
    """An experiment or another revision: what it is called, and its commit or a name of that."""

    name: str
    revision: str
    starts_from: str | None = None


def stored() -> list[NamedRevision]:
    """The experiments that this repository holds, the newest first."""
    return [NamedRevision(one.name, one.commit, one.starts_from) for one in kept()]


def chosen(
    base: str | None, head: str | None, experiments: list[NamedRevision]
) -> tuple[NamedRevision, NamedRevision] | None:
    """The two that are compared; None where none is named, and there is no experiment.

    By default they are the two newest experiments; the only one is held against the commit that it
    starts from.

    Parameters
    ----------
    base, head : names of experiments, branches, tags or commits.
    experiments : as `stored` lists them.

    >>> old, new = NamedRevision("old", "1a"), NamedRevision("new", "2b", starts_from="0c")
    >>> [one.name for one in chosen(None, None, [new, old])]
    ['old', 'new']
    >>> [one.revision for one in chosen(None, None, [new])], chosen(None, None, [])
    (['0c', '2b'], None)
    >>> [one.revision for one in chosen("old", "main", [new, old])]
    ['1a', 'main']

    Raises
    ------
    CompareError
        If only one is named.
    """
    if base and head:
        named = {one.name: one for one in reversed(experiments)}
        return named.get(base, NamedRevision(base, base)), named.get(
            head, NamedRevision(head, head)
        )
    if base or head:
        raise CompareError(f"one of two is named, {base or head}: name the other one, too")
    if not experiments:
        return None
    newest = experiments[0]
    if len(experiments) > 1:
        return experiments[1], newest
    start = newest.starts_from or "HEAD"
    return NamedRevision(f"{start[:7]}, where it starts", start), newest


def how_to(params: Params) -> str:
    """What to type for an experiment: half of a parameter of the model."""
    model = params.train.model
    settings = getattr(params.train, model).model_dump()
    for name, number in settings.items():
        if isinstance(number, float):
            return f"dvc exp run -S train.{model}.{name}={number / 2:g}"
    return f"dvc exp run -S train.seed={params.train.seed + 1}"


def compare(base: NamedRevision, head: NamedRevision, output: Path) -> Comparison:
    """Compare two by `truerun compare`, and read the file that it writes.

    Raises
    ------
    CommandError
        If they cannot be compared; it says why.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    program = (sys.executable, "-m", "truerun.compare")
    sides = ("--base", base.revision, "--head", head.revision, "--head-name", head.name)
    commands.run(Path(), *program, *sides, "--output", str(output))
    return read(Comparison, output, "a comparison", CompareError)


def differences(comparison: Comparison) -> pd.DataFrame:
    """Each metric of both on the same rows: the difference, head less base, and its interval.

    Raises
    ------
    CompareError
        If no rows have been scored by both.
    """
    paired = _there(_there(comparison.metrics).paired)[0]
    return pd.DataFrame(
        [_line(each) for each in paired.differences],
        index=pd.Index([each.label for each in paired.differences], name=paired.rows),
        columns=list(COLUMNS),
    )


def moved_slices(comparison: Comparison) -> pd.DataFrame:
    """The slices that are surely better or worse, with the difference of the main metric.

    Raises
    ------
    CompareError
        If no rows have been scored by both.
    """
    slices = _there(comparison.slices)
    sure = [
        (f"{one.column} {one.value}", difference)
        for one in slices.slices
        for difference in one.differences
        if difference.metric == slices.metric and difference.verdict in ("better", "worse")
    ]
    index = pd.Index([name for name, _ in sure], name="slice", dtype="str")
    return pd.DataFrame([_line(each) for _, each in sure], index=index, columns=list(COLUMNS))


def changes(comparison: Comparison) -> pd.DataFrame:
    """What was changed: parameters, code, packages, and raw files."""
    causes = comparison.causes
    settings = [("parameter", one) for one in causes.parameters]
    settings += [("package", one) for one in causes.packages]
    files = [("code", one) for one in causes.code]
    files += [("raw file", one) for one in comparison.data.files]
    rows = [(kind, one.name, one.base, one.head) for kind, one in settings]
    rows += [(kind, one.path, None, one.change) for kind, one in files]
    return pd.DataFrame(rows, columns=["what", "name", "base", "head"])


def _line(one: MetricDifference) -> tuple[object, ...]:
    return tuple(getattr(one, name) for name in COLUMNS)


def _there(part: Part | Missing) -> Part:
    """A part of a comparison; raise `CompareError` where it could not be determined."""
    if isinstance(part, Missing):
        raise CompareError(f"the two cannot be compared: {part.missing}")
    return part
