"""Columns that the target is made of: its parts, or the factors of it."""

from collections.abc import Iterable, Iterator, Mapping

from truerun.adopt.leaks import relations
from truerun.adopt.leaks.suspicion import Numbers, Sample, Suspicion

ROWS = 2000
MOST = 3  # relations of one table
COLUMNS = 200


def find(sample: Sample) -> Iterator[Suspicion]:
    """The relations that make the target, the columns of one left out for the next."""
    if sample.has_classes:
        return
    columns = _thin(sample.numbers)
    target = _thin({"": sample.target})[""]
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
        yield Suspicion(names, f"gives {sample.name} away: {reason}", sure=relation.kind != "part")
        columns = {name: each for name, each in columns.items() if name not in names}


def parts(sample: Sample, suspects: Iterable[str]) -> Iterator[Suspicion]:
    """The parts of columns that may be leaks: they are known when their sum is."""
    columns = _thin(sample.numbers)
    suspected = set(suspects)
    for whole in [name for name in columns if name in suspected][:MOST]:
        others = {name: each for name, each in columns.items() if name != whole}
        relation = relations.find(others, columns[whole]) if others else None
        if relation and relation.kind == "sum" and set(relation.weights.values()) == {1.0}:
            for name in relation.weights:
                if name not in suspected:
                    suspected.add(name)
                    yield Suspicion((name,), f"is a part of {whole}, which may be one", sure=False)


def _thin(numbers: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Some rows of some columns."""
    step = max(1, len(next(iter(numbers.values()), ())) // ROWS)
    return {name: each[::step] for name, each in list(numbers.items())[:COLUMNS]}
