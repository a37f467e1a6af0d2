"""Settings held against each other month by month, as a table: `truerun tune --rolling`."""

from collections.abc import Sequence

import numpy as np
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from truerun.base import paths, settings, yaml_text
from truerun.base.errors import TuneError
from truerun.compare import pairs
from truerun.comparison.comparison import MetricDifference
from truerun.contract import contract as contracts
from truerun.model import metrics
from truerun.model.tasks import TASKS
from truerun.project import params
from truerun.project.params import COMPLETE, Params
from truerun.report import words
from truerun.tune import rounds
from truerun.tune.rounds import Array, History

FITTING = ("featurize", "train")  # sections that a fit depends on
ALL = "all"
HEADER = (
    "| period | rows | now | with it | difference, 95 % interval | |",
    "| --- | ---: | ---: | ---: | ---: | --- |",
)


def table(changes: Sequence[str], first: str | None, last: str | None) -> list[str]:
    """A table for each change of the settings, beside what they are now; or what they are now.

    Parameters
    ----------
    changes : each such as `train.seed=1 train.model=ridge`.

    Raises
    ------
    TruerunError
        If settings or rows are not as they should be.
    """
    present = params.load()
    text = paths.PARAMS.read_text(encoding="utf-8")
    others = [changed(text, change) for change in changes]
    contract = contracts.load(paths.SCHEMA)
    history = rounds.read(present, contract, first, last)
    now = rounds.scores(history, present)
    metric = metrics.main_metric(contract.task)
    by = f", in pairs by {history.together}" if history.together else ""
    lines = [f"{metric.label} of each period, by models of all rows before it{by}.", ""]
    for change, other in zip(changes, others, strict=True):
        lines += [f"With {change}:", "", *compared(history, now, rounds.scores(history, other)), ""]
    return lines if changes else [*lines, *compared(history, now, now, alone=True)]


def changed(text: str, change: str) -> Params:
    """The settings of a text with some of them changed.

    Raises
    ------
    TuneError
        If a change is not written as `KEY=VALUE ...`, or of a setting that no fit depends on.
    """
    content = yaml_text.loaded(text)
    for part in change.split():
        name, _, value = part.partition("=")
        section, *below = name.split(".")
        if section not in FITTING or not below or not value:
            raise TuneError(
                f"{part!r} is no change of a setting that a fit depends on: write it as"
                " train.seed=1 or featurize.max_one_hot=30, several with spaces between them"
            )
        place: object = content[section]
        for key in below[:-1]:
            place = place.get(key) if isinstance(place, CommentedMap) else None
        if not isinstance(place, CommentedMap):
            raise TuneError(f"params.yaml has no {name.rpartition('.')[0]}, which {part} is in")
        try:
            place[below[-1]] = yaml_text.safe(value)
        except YAMLError as error:
            raise TuneError(f"the value of {part!r} is not YAML: {error}") from error
    return settings.of_text(COMPLETE, yaml_text.dumped(content), paths.PARAMS)


def compared(
    history: History, base: dict[int, Array], head: dict[int, Array], *, alone: bool = False
) -> list[str]:
    """The lines of a table: each period, and all of them together."""
    groups = {history.names[number]: [number] for number in history.scored}
    lines = ["| period | rows | now |", "| --- | ---: | ---: |"] if alone else [*HEADER]
    for name, numbers in {**groups, ALL: list(history.scored)}.items():
        paired = difference(history, base, head, numbers)
        fields, rows = paired.model_dump(), int(np.isin(history.period, numbers).sum())
        cells = [name, f"{rows:,}", words.side(fields, "base")]
        if not alone:
            cells += [words.side(fields, "head"), words.interval(fields), words.judged(fields)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def difference(
    history: History, base: dict[int, Array], head: dict[int, Array], numbers: Sequence[int]
) -> MetricDifference:
    """The main metric of two scores of the rows of some periods, with its paired uncertainty.

    Raises
    ------
    TuneError
        If it is not defined on these rows.
    """
    places = np.concatenate([np.flatnonzero(history.period == number) for number in numbers])
    sides = [np.concatenate([side[number] for number in numbers]) for side in (base, head)]
    cluster = np.unique(history.cluster[places], return_inverse=True)[1]
    task = history.contract.task
    rows = pairs.undecided(task, history.target[places], sides[0], sides[1], cluster)
    paired = pairs.differences(rows, [TASKS[task].main_metric])[0]
    if paired.base is None or paired.head is None:
        periods = ", ".join(history.names[number] for number in numbers)
        raise TuneError(
            f"{periods} lacks a class of {history.contract.target}: take longer partitions, or"
            " others with --from and --to"
        )
    return paired
