"""From two folders to a `Comparison`: asks each part, and puts the parts together."""

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar, get_args

import pandas as pd

from truerun.base import paths, tables
from truerun.base.errors import TruerunError
from truerun.compare import causes, cost, data, decisions, pairs, reproduction, scores, slices
from truerun.compare.material import PACKAGES, Material
from truerun.compare.pairing import ALL, Pairing, Terms, pairings
from truerun.compare.reproduction import Run
from truerun.compare.revisions import Side
from truerun.compare.shorten import Shortener
from truerun.comparison.comparison import (
    NAME,
    SENTENCE,
    Causes,
    Change,
    ColumnChange,
    Comparison,
    Cost,
    Data,
    Decisions,
    Experiment,
    FileChange,
    Finding,
    LockDifference,
    Metrics,
    Missing,
    Newest,
    Own,
    Paired,
    PartitionChange,
    Quarantine,
    QuarantineCheck,
    Reproduction,
    Revision,
    RowChanges,
    Slice,
)
from truerun.comparison.comparison import Gate as Judged
from truerun.comparison.comparison import Side as SideName
from truerun.contract.contract import Contract, Task
from truerun.gate import rules
from truerun.gate.rules import Found
from truerun.model import metrics, targets
from truerun.params.gate import Gate
from truerun.params.params import Params

RESULTS = paths.METRICS / "evaluate.json"
TRAINING = paths.METRICS / "train.json"
VALIDATION = paths.METRICS / "validate.json"
DAY = 86_400  # seconds
MANY, SOME = 200, 50  # items of a list, as the comparison's shape allows

T = TypeVar("T")
ScoredRows = tuple[pd.DataFrame | Missing, pd.DataFrame | Missing]  # of base and head


@dataclass(frozen=True)
class Revisions:
    """What is compared: two sides, a run of the head, experiments that belong to them, and when."""

    base: Side
    head: Side
    run: Run
    experiments: tuple[Experiment, ...] | Missing
    now: datetime

    @property
    def sides(self) -> tuple[Material, Material]:
        """The files of base and head."""
        base, head = (
            Material(side.name, side.folder, side.failure) for side in (self.base, self.head)
        )
        return base, head


def compared(both: Revisions, chosen: Params, contract: Contract, cut: Shortener) -> Comparison:
    """Compare two revisions; `chosen` and `contract` are the head's."""
    sides = both.sides
    scored = (
        sides[0].predictions(contract),
        both.run.lacks("evaluate") or sides[1].predictions(contract),
    )
    paired = _paired(sides, scored, chosen, contract)
    measured = _metrics(sides, scored, paired, contract)
    main = paired if isinstance(paired, Missing) else paired[0]
    told = [] if isinstance(measured, Missing) else _figures(both.head.folder, measured)
    found = Found(
        task=contract.task,
        metrics=measured,
        slices=_slices(main, chosen, contract),
        decisions=_decisions(sides, main, chosen, contract, cut),
        scores=main if isinstance(main, Missing) else scores.compared(main.scored),
        data=_data(both, contract, cut),
        cost=both.run.lacks("evaluate") or _costs(sides),
        reproduction=_reproduction(both, told, cut),
    )
    before, after = (side.settings(paths.PARAMS).get("gate") for side in sides)
    changed = before is not None and before != after
    gate = rules.judged(chosen.gate, found, changed=changed)
    return _comparison(both, found, gate, contract.predicts, cut)


def without_settings(both: Revisions, why: str) -> Comparison:
    """The comparison with a head whose params.yaml or schema.yaml cannot be read."""
    cut, gone = Shortener(), Missing(missing=why[:SENTENCE])
    changes = Data(
        files=_files(both.sides, cut),
        contract=_contract(both.sides, cut),
        rows=gone,
        partitions=(),
        columns=(),
        quarantine=gone,
        findings=gone,
        test_rows=gone,
        repeated=gone,
        seen=gone,
        newest=gone,
    )
    found = Found(
        task=_task(both.sides),
        metrics=gone,
        slices=gone,
        decisions=gone,
        scores=gone,
        data=changes,
        cost=gone,
        reproduction=_reproduction(both, [], cut),
    )
    return _comparison(both, found, rules.judged(Gate(), found, changed=False), "", cut)


def _task(sides: tuple[Material, Material]) -> Task:
    """What schema.yaml says of the head, or of the base; where neither says it, the first task."""
    known: tuple[Task, ...] = get_args(Task)
    named = [side.settings(paths.SCHEMA).get("task") for side in reversed(sides)]
    return next((task for name in named for task in known if task == name), known[0])


def _comparison(
    both: Revisions, found: Found, gate: Judged, predicts: str, cut: Shortener
) -> Comparison:
    return Comparison(
        version=2,
        task=found.task,
        predicts=predicts[:SENTENCE],
        main_metric=metrics.MAIN[found.task],
        base=Revision(name=both.base.name[:NAME], commit=both.base.commit),
        head=Revision(name=both.head.name[:NAME], commit=both.head.commit),
        metrics=found.metrics,
        slices=found.slices
        if isinstance(found.slices, Missing)
        else slices.listed(found.slices, metrics.MAIN[found.task], cut),
        decisions=found.decisions,
        scores=found.scores,
        data=found.data,
        causes=_causes(both.sides, cut),
        cost=found.cost,
        reproduction=found.reproduction,
        experiments=both.experiments,
        gate=gate,
        shortened=cut.lists(SOME),
    )


def _reproduction(both: Revisions, told: list[LockDifference], cut: Shortener) -> Reproduction:
    return reproduction.of(both.run, both.sides[1].lock(), told, cut)


def _paired(
    sides: tuple[Material, Material], scored: ScoredRows, chosen: Params, contract: Contract
) -> list[Pairing] | Missing:
    base, head = scored
    thresholds = _thresholds(sides, contract)
    if isinstance(head, Missing):
        return head
    if isinstance(base, Missing):
        return base
    if isinstance(thresholds, Missing):
        return thresholds
    found = pairings(sides, (base, head), Terms(thresholds, chosen.compare.cluster, contract))
    return found or Missing(missing="no test row of the head can be scored by both")


def _metrics(
    sides: tuple[Material, Material],
    scored: ScoredRows,
    paired: list[Pairing] | Missing,
    contract: Contract,
) -> Metrics | Missing:
    """The metrics in pairs, of each side on its own test rows, and of the head's training rows."""
    decided = sides[1].threshold(contract)
    if isinstance(scored[1], Missing):
        return scored[1]
    if isinstance(decided, Missing):
        return decided
    own = []
    names: tuple[SideName, ...] = ("base", "head")
    for name, side, rows in zip(names, sides, scored, strict=True):
        threshold, its = side.threshold(contract), side.contract()
        if isinstance(rows, Missing) or isinstance(threshold, Missing) or isinstance(its, Missing):
            continue
        target, score = targets.numbers(rows[its.target], its), targets.scores(rows, its)
        values = metrics.evaluate(its.task, target, score, threshold)
        own.append(Own(side=name, count=len(rows), values=values))
    results = sides[1].figures(RESULTS)
    training = {} if isinstance(results, Missing) else results.get("train")
    return Metrics(
        paired=paired
        if isinstance(paired, Missing)
        else tuple(
            Paired(
                rows=part.words[:SENTENCE],
                count=len(part.scored),
                cluster=part.cluster,
                clusters=part.scored.clusters,
                differences=tuple(pairs.differences(part.scored)),
            )
            for part in paired
        ),
        same_rows=not isinstance(paired, Missing) and paired[0].words == ALL,
        own=tuple(own),
        training=_numbers(training, metrics.METRICS[contract.task]),
    )


def _numbers(values: Any, names: Iterable[str]) -> dict[str, float | None]:
    """The figures of a file that are numbers, by those names that it may have."""
    if not isinstance(values, Mapping):
        return {}
    return {
        name: float(values[name])
        for name in names
        if isinstance(values.get(name), int | float) and math.isfinite(values[name])
    }


def _figures(head: Path, measured: Metrics) -> list[LockDifference]:
    """Figures in the head's files that its scores and rows do not give."""
    own = next(side for side in measured.own if side.side == "head")
    told = reproduction.figures(head / RESULTS, own.values)
    with suppress(TruerunError):  # without validated rows there is nothing to count
        told += reproduction.rows_trained_on(head / TRAINING, data.rows_of(head)[0])
    return told


def _thresholds(
    sides: tuple[Material, Material], contract: Contract
) -> tuple[float | None, float | None] | Missing:
    base, head = (side.threshold(contract) for side in sides)
    if isinstance(base, Missing):
        return base
    return head if isinstance(head, Missing) else (base, head)


def _slices(main: Pairing | Missing, chosen: Params, contract: Contract) -> list[Slice] | Missing:
    """The slices that params.yaml names, and the classes of a multiclass target."""
    if isinstance(main, Missing):
        return main
    classes = [contract.target] if contract.task == "multiclass" else []
    others = [name for name in chosen.evaluate.slices if name not in classes]
    parts = chain(
        slices.parts(main.columns, classes, least=1),
        slices.parts(main.columns, others, chosen.evaluate.min_slice_rows),
    )
    return slices.compared(main.scored, parts)


def _decisions(
    sides: tuple[Material, Material],
    main: Pairing | Missing,
    chosen: Params,
    contract: Contract,
    cut: Shortener,
) -> Decisions | Missing | None:
    """The decisions that changed; None of a task that takes none."""
    thresholds = _thresholds(sides, contract)
    if not contract.classes:
        return None
    if isinstance(main, Missing):
        return main
    if isinstance(thresholds, Missing):
        return thresholds
    parts = slices.parts(main.columns, chosen.evaluate.slices, chosen.evaluate.min_slice_rows)
    return decisions.compared(main.scored, parts, main.labels, thresholds, cut)


def _causes(sides: tuple[Material, Material], cut: Shortener) -> Causes:
    base, head = sides
    return Causes(
        parameters=cut.first(
            causes.settings(*(side.settings(paths.PARAMS) for side in sides)), MANY, "parameters"
        ),
        stages=cut.first(causes.stages(base.lock(), head.lock(), cut), SOME, "stages"),
        code=cut.first(causes.code(base.lock(), head.lock()), MANY, "code files"),
        packages=cut.first(
            causes.packages(*(side.text(PACKAGES) for side in sides)), MANY, "packages"
        ),
    )


def _files(sides: tuple[Material, Material], cut: Shortener) -> tuple[FileChange, ...]:
    listed = [causes.raw_files(side.settings(paths.RAW_DVC)) for side in sides]
    return cut.first(causes.files(*listed), MANY, "raw files")


def _contract(sides: tuple[Material, Material], cut: Shortener) -> tuple[Change, ...]:
    found = causes.settings(*(side.settings(paths.SCHEMA) for side in sides))
    return cut.first(found, MANY, "lines of the contract")


def _data(both: Revisions, contract: Contract, cut: Shortener) -> Data:
    """The head's rows count if `validate` ended; what it found, it says of a failure too."""
    sides, run = both.sides, both.run
    base, head = sides

    def of_rows(found: Callable[[], T]) -> T | Missing:
        if gone := run.lacks("validate"):
            return gone
        try:
            return found()
        except TruerunError as error:
            return Missing(missing=_plain(error, sides))

    rows: RowChanges | Missing
    partitions: tuple[PartitionChange, ...] = ()
    columns: tuple[ColumnChange, ...] = ()
    changes = of_rows(lambda: data.compared(base.folder, head.folder, contract))
    if isinstance(changes, Missing):
        rows = changes
    else:
        rows, partitions, columns = changes.rows, changes.partitions, changes.columns
    return Data(
        files=_files(sides, cut),
        contract=_contract(sides, cut),
        rows=rows,
        partitions=cut.first(partitions, MANY, "partitions"),
        columns=cut.first(columns, MANY, "columns"),
        quarantine=run.lacks("prepare") or _quarantine(sides, cut),
        findings=run.lacks("prepare") or _findings(head, cut),
        test_rows=of_rows(lambda: data.rows_of(head.folder)[1]),
        repeated=of_rows(lambda: data.repeated(head.folder, contract)),
        seen=of_rows(lambda: data.seen(base.folder, head.folder, contract)),
        newest=run.lacks("validate") or _newest(head, contract, both.now),
    )


def _plain(error: TruerunError, sides: tuple[Material, Material]) -> str:
    """An error without the temporary folder of a side."""
    text = str(error)
    for side in sides:
        text = text.replace(f"{side.folder}/", f"{side.name}: ") if side.folder.name else text
    return text[:SENTENCE]


def _quarantine(sides: tuple[Material, Material], cut: Shortener) -> Quarantine | Missing:
    base, head = (side.figures(VALIDATION) for side in sides)
    if isinstance(head, Missing):
        return head
    for before in (base, None):  # what cannot be made out of the base hides nothing of the head
        with suppress(KeyError, TypeError, ValueError):
            return _held(before if isinstance(before, dict) else None, head, cut)
    return Missing(missing=f"{VALIDATION} does not say what was quarantined")


def _held(base: Mapping[str, Any] | None, head: Mapping[str, Any], cut: Shortener) -> Quarantine:
    before, after = None if base is None else _checks(base), _checks(head)
    checks = [
        QuarantineCheck(
            column=name[0][:NAME],
            check=name[1][:NAME],
            base_rows=None if before is None else before.get(name, 0),
            head_rows=after.get(name, 0),
        )
        for name in dict.fromkeys([*after, *(before or {})])
    ]
    return Quarantine(
        rows=head["quarantined"]["rows"],
        share=head["quarantined"]["share"],
        base_rows=None if base is None else base["quarantined"]["rows"],
        checks=cut.first(checks, 100, "checks of the contract"),
    )


def _checks(validation: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """Rows that break each check, by column and check."""
    return {
        (str(entry["column"]), str(entry["check"])): entry["rows"]
        for entry in validation["quarantined"]["checks"]
    }


def _findings(head: Material, cut: Shortener) -> tuple[Finding, ...] | Missing:
    """What the stage `validate` found at head, failures first."""
    results = head.figures(VALIDATION)
    if isinstance(results, Missing):
        return results
    try:
        told = [
            Finding(check=f["check"][:NAME], status=f["status"], detail=f["detail"][:SENTENCE])
            for f in results["findings"]
            if f["status"] != "pass"
        ]
    except (KeyError, TypeError, ValueError):
        return Missing(missing=f"{VALIDATION} does not say what was checked")
    told.sort(key=lambda finding: finding.status != "fail")
    return cut.first(told, 100, "findings of validate")


def _newest(head: Material, contract: Contract, now: datetime) -> Newest | Missing:
    if contract.time is None:
        return Missing(missing="schema.yaml names no time")
    table = head.folder / paths.VALIDATED
    try:
        moment = tables.read_partitions(table, [contract.time])[contract.time].max()
    except TruerunError as error:
        return Missing(missing=str(error)[:SENTENCE])
    if pd.isna(moment):
        return Missing(missing=f"no row has a {contract.time}"[:SENTENCE])
    aware = moment if moment.tzinfo else moment.tz_localize("UTC")
    age = (now - aware).total_seconds() / DAY
    return Newest(moment=str(moment)[:NAME], age_days=age)


def _costs(sides: tuple[Material, Material]) -> tuple[Cost, ...] | Missing:
    """Prediction, training and size; the rows to predict for are the head's."""
    rows = sides[1].test_rows()
    if isinstance(rows, Missing):
        return rows
    served = [_served(side, rows) for side in sides]
    sizes = [cost.size(side.folder) for side in sides]
    locks = [side.lock() for side in sides]
    return (
        *cost.of_training([side.folder for side in sides], locks),
        *cost.of_models(served, rows, sizes),
    )


def _served(side: Material, rows: pd.DataFrame) -> cost.Served | None:
    """The model of a side, if these rows have the columns that it takes."""
    model, contract = side.model(), side.contract()
    if isinstance(model, Missing) or isinstance(contract, Missing):
        return None
    return cost.Served(model, contract) if set(model.feature_names_in_) <= set(rows) else None
