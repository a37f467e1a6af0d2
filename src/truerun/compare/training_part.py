"""The part of the training rows that both sides are fitted on, to tell which takes longer.

Two whole fits would cost more than the run that is judged; and however many rows there are, a part
of some size tells the sides apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from truerun.base import paths, tables
from truerun.base.errors import TruerunError

ENOUGH = 25_000  # rows
TABLES = (paths.FEATURES, paths.VALIDATED)


@dataclass(frozen=True)
class Part:
    """Names of partitions, and how many of all training rows of the head are in them."""

    names: frozenset[str]
    rows: int
    whole: int

    @property
    def note(self) -> str:
        """What is said of a figure that was measured on it."""
        return (
            f"of a fit by one thread on the newest {self.rows:,} of {self.whole:,} training rows:"
            " it tells the sides apart, and not how long a whole fit takes"
        )

    def link(self, source: Path, target: Path) -> None:
        """Lay down its partitions of a table in a new folder, as links."""
        target.mkdir(parents=True)
        for name in sorted(self.names):
            file = tables.partition(source, name)
            if file.is_file():
                tables.partition(target, name).symlink_to(file.resolve())


def of(folders: Sequence[Path]) -> Part | None:
    """The newest partitions that hold enough training rows, of those that all sides have.

    Parameters
    ----------
    folders : of the sides, the head's last.

    Returns
    -------
    None where a fit on all rows hardly takes longer, or the features cannot be read.
    """
    features = [folder / paths.FEATURES for folder in folders]
    try:
        names = [tables.partition_names(folder) for folder in features]
        rows = {name: tables.row_count(tables.partition(features[-1], name)) for name in names[-1]}
    except TruerunError:
        return None
    taken: list[str] = []
    for name in reversed(names[-1]):
        if sum(rows[each] for each in taken) < ENOUGH and all(name in side for side in names):
            taken.append(name)
    part, whole = sum(rows[name] for name in taken), sum(rows.values())
    return Part(frozenset(taken), part, whole) if taken and 2 * part <= whole else None
