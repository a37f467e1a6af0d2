"""Columns that the target is made of: its parts, or the factors of it."""

from collections.abc import Iterator

from truerun.adopt.leaks.evidence import Evidence, Sample
from truerun.contract import relations

ROWS = 2000
MOST = 3  # relations of one table
COLUMNS = 200


def find(sample: Sample) -> Iterator[Evidence]:
    """The relations that make the target, the columns of one left out for the next."""
    if sample.has_classes:
        return
    step = max(1, len(sample.target) // ROWS)
    columns = {name: each[::step] for name, each in list(sample.amounts.items())[:COLUMNS]}
    target = sample.target[::step]
    for _ in range(MOST):
        relation = relations.find(columns, target) if columns else None
        if relation is None:
            return
        names = tuple(name for name in columns if name in relation.names)
        share = f"in {relation.share:.0%} of the rows"
        if relation.kind == "part":
            reason = f"{relation.text} is never more than it, and is it {share}"
        elif relation.share > 1 - 1e-9:
            reason = f"{relation.text} is {sample.name}"
        else:
            reason = f"{relation.text} is {sample.name} {share}"
        yield Evidence(names, f"gives {sample.name} away: {reason}", sure=relation.kind != "part")
        columns = {name: each for name, each in columns.items() if name not in names}
