"""From two revisions to a `Comparison`: asks each part, and puts the parts together."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar, get_args

import pandas as pd

from truerun.base import paths, settings, tables
from truerun.base.errors import ModelError, TruerunError
from truerun.base.settings import SettingsError
from truerun.base.tasks import Task
from truerun.compare import (
    causes,
    cost,
    data,
    decision_changes,
    moves,
    pairs,
    price_list,
    provenance,
    reproduction,
    revalidated,
    scores,
    slices,
    worth,
)
from truerun.compare.attribution import attribute
from truerun.compare.attribution.attribute import NOT_ASKED, Whose
from truerun.compare.pairing import ALL, Pairing, Terms, pairings
from truerun.compare.price_list import SidePrices, ValuedRows
from truerun.compare.reproduction import Run
from truerun.compare.revision import PACKAGES, Revision
from truerun.compare.shorten import Shortener
from truerun.comparison.comparison import (
    Causes,
    Change,
    ColumnChange,
    Comparison,
    Cost,
    Data,
    DataFinding,
    Decisions,
    Experiment,
    FileChange,
    GateResult,
    LockDifference,
    LostRows,
    MetricFacts,
    Metrics,
    Missing,
    Newest,
    Own,
    Paired,
    PartitionChange,
    Quarantine,
    QuarantineCheck,
    Reproduction,
    RevisionName,
    RowChanges,
    Slice,
    Value,
)
from truerun.comparison.comparison import Side as SideName
from truerun.contract.contract import Contract
from truerun.contract.data_checks import Finding
from truerun.gate.evidence import Evidence
from truerun.gate.names import check_names
from truerun.gate.rules import judge
from truerun.model import draw, metrics, targets
from truerun.model.tasks import TASKS
from truerun.model.value import VALUE, per_thousand
from truerun.params.gate import Gate
from truerun.params.train import Train
from truerun.project.params import Params

RESULTS = paths.METRICS / "evaluate.json"
TRAINING = paths.METRICS / "train.json"
VALIDATION = paths.METRICS / "validate.json"
DAY = 86_400  # seconds
FIGURES = re.compile(r"\d+\.\d+|\d{1,3}(?:,\d{3})+")  # whole numbers may name a partition
# Of comparisons in which a verdict of any metric may be false; the slices have the rest of 5 %.
METRICS_SHARE = pairs.FALSE_VERDICTS - slices.FALSE_VERDICTS
MANY, SOME = 200, 50  # items of a list, as the comparison's shape allows

T = TypeVar("T")
ScoredRows = tuple[pd.DataFrame | Missing, pd.DataFrame | Missing]  # of base and head


@dataclass(frozen=True)
class ComparisonInputs:
    """What is compared: two revisions, a run of the head, their experiments, and when."""

    base: Revision
    head: Revision
    run: Run
    experiments: tuple[Experiment, ...] | Missing
    now: datetime
    whose: Whose = NOT_ASKED

    @property
    def sides(self) -> tuple[Revision, Revision]:
        """Base and head."""
        return self.base, self.head


def compare(
    inputs: ComparisonInputs, chosen: Params, contract: Contract, shortener: Shortener
) -> Comparison:
    """Compare two revisions; `chosen` and `contract` are the head's.

    What is judged by, the rules of the gate and what `compare:` says, are those of the base.
    """
    sides = inputs.sides
    _ = inputs.head.started_model  # its process imports what it needs meanwhile
    scored = (
        sides[0].predictions(contract),
        inputs.run.lacks("evaluate") or sides[1].predictions(contract),
    )
    prices = price_list.of_sides(inputs.base, chosen.evaluate.value, contract)
    paired = _paired(sides, scored, chosen, contract, prices)
    measured = _metrics(sides, scored, paired, contract, prices)
    main = paired if isinstance(paired, Missing) else paired[0]
    apart = (
        []
        if isinstance(measured, Missing)
        else _figures(inputs.head.folder, measured, chosen, contract)
    )
    evidence = Evidence(
        task=contract.task,
        metrics=measured,
        slices=_slices(main, chosen, contract),
        decisions=_decisions(sides, main, chosen, contract, shortener),
        scores=main if isinstance(main, Missing) else scores.compare_scores(main.scored),
        value=_value(sides, main, prices, contract),
        data=_data(inputs, chosen, contract, shortener),
        cost=inputs.run.lacks("evaluate") or _costs(sides),
        reproduction=_reproduction(inputs, apart, shortener),
        provenance=provenance.of(sides, inputs.run, (chosen, contract), shortener),
    )
    rules = rules_of(inputs.base)
    gate = (
        judge(chosen.gate, evidence)
        if rules in (None, chosen.gate)
        else judge(rules, evidence, proposed=chosen.gate)
    )
    worth_of = None if isinstance(main, Missing) else main.scored.worth
    metric_facts = pairs.facts(contract.task, worth_of).values()
    result = _comparison(inputs, evidence, gate, (contract.predicts, metric_facts), shortener)
    whose = attribute.asked_or_claimed(inputs.whose, sides, main, contract)
    return result.model_copy(update={"attribution": whose})


def rules_of(base: Revision) -> Gate | None:
    """The rules of the gate at the base; None where there are none that this code can read."""
    content = base.settings(paths.PARAMS).get("gate")
    if content is None:
        return None
    try:
        gate = settings.checked(Gate, content, paths.PARAMS, "gate")
        check_names(gate)
    except SettingsError:
        return None
    return gate


def without_settings(inputs: ComparisonInputs, why: str) -> Comparison:
    """The comparison with a head whose params.yaml or schema.yaml cannot be read."""
    shortener, unread = Shortener(), Missing(missing=why)
    changes = Data(
        files=_files(inputs.sides, shortener),
        contract=_contract(inputs.sides, shortener),
        rows=unread,
        moved_by=None,
        lost=(),
        partitions=(),
        columns=(),
        quarantine=unread,
        findings=unread,
        findings_by_base=unread,
        test_rows=unread,
        repeated=unread,
        seen=unread,
        newest=unread,
    )
    evidence = Evidence(
        task=_task(inputs.sides),
        metrics=unread,
        slices=unread,
        decisions=unread,
        scores=unread,
        value=unread,
        data=changes,
        cost=unread,
        reproduction=_reproduction(inputs, [], shortener),
        provenance=provenance.of(inputs.sides, inputs.run, unread, shortener),
    )
    gate = judge(rules_of(inputs.base) or Gate(), evidence)
    metric_facts = pairs.facts(evidence.task, None).values()
    return _comparison(inputs, evidence, gate, ("", metric_facts), shortener)


def _task(sides: tuple[Revision, Revision]) -> Task:
    """What schema.yaml says of the head, or of the base; where neither says it, the first task."""
    tasks: tuple[Task, ...] = get_args(Task)
    named = [side.settings(paths.SCHEMA).get("task") for side in reversed(sides)]
    return next((task for name in named for task in tasks if task == name), tasks[0])


def _comparison(
    inputs: ComparisonInputs,
    evidence: Evidence,
    gate: GateResult,
    words: tuple[str, Iterable[MetricFacts]],
    shortener: Shortener,
) -> Comparison:
    """`words` are what is predicted, and the facts of the metrics."""
    predicts, metric_facts = words
    return Comparison(
        version=7,
        task=evidence.task,
        predicts=predicts,
        main_metric=TASKS[evidence.task].main_metric,
        metric_facts=tuple(metric_facts),
        base=RevisionName(name=inputs.base.name, commit=inputs.base.commit),
        head=RevisionName(name=inputs.head.name, commit=inputs.head.commit),
        metrics=evidence.metrics,
        slices=evidence.slices
        if isinstance(evidence.slices, Missing)
        else slices.listed(evidence.slices, TASKS[evidence.task].main_metric, shortener),
        decisions=evidence.decisions,
        scores=evidence.scores,
        value=evidence.value,
        data=evidence.data,
        causes=_causes(inputs.sides, shortener),
        attribution=None,
        cost=evidence.cost,
        reproduction=evidence.reproduction,
        provenance=evidence.provenance,
        experiments=inputs.experiments,
        gate=gate,
        shortened=shortener.lists(SOME),
    )


def _reproduction(
    inputs: ComparisonInputs, apart: list[LockDifference], shortener: Shortener
) -> Reproduction:
    return reproduction.of(inputs.run, inputs.sides[1].lock(), apart, shortener)


def _paired(
    sides: tuple[Revision, Revision],
    scored: ScoredRows,
    chosen: Params,
    contract: Contract,
    prices: SidePrices | Missing | None,
) -> list[Pairing] | Missing:
    base, head = scored
    thresholds = _thresholds(sides, contract)
    if isinstance(head, Missing):
        return head
    if isinstance(base, Missing):
        return base
    if isinstance(thresholds, Missing):
        return thresholds
    cluster = _cluster(sides[0], head, chosen)
    possible = pairings(sides, (base, head), Terms(thresholds, cluster, contract, prices))
    return possible or Missing(missing="no test row of the head can be scored by both")


def _cluster(base: Revision, rows: pd.DataFrame, chosen: Params) -> str | None:
    """The column of clusters: the base's, or the head's where its rows do not have that one."""
    own = chosen.compare.cluster
    if own is not None and own not in rows:
        return own  # to be refused by its name
    content = base.settings(paths.PARAMS).get("compare")
    if isinstance(content, dict) and "cluster" in content:
        cluster = content["cluster"]
        if cluster is None or cluster in rows:
            return None if cluster is None else str(cluster)
    return own


def _metrics(
    sides: tuple[Revision, Revision],
    scored: ScoredRows,
    paired: list[Pairing] | Missing,
    contract: Contract,
    prices: SidePrices | Missing | None,
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
        if isinstance(prices, SidePrices):
            judged = ValuedRows(
                rows, target, score, targets.decisions(score, threshold), tuple(targets.labels(its))
            )
            with suppress(ModelError):  # a price list that does not fit is told of the pairings
                values[VALUE] = per_thousand(price_list.of_rows(prices, its, judged))
        own.append(Own(side=name, count=len(rows), values=values))
    results = sides[1].figures(RESULTS)
    training = {} if isinstance(results, Missing) else results.get("train")
    return Metrics(
        paired=paired
        if isinstance(paired, Missing)
        else tuple(
            Paired(
                rows=part.words,
                count=len(part.scored),
                cluster=part.cluster,
                clusters=part.scored.clusters,
                false_verdicts=METRICS_SHARE / len(paired),
                differences=tuple(
                    pairs.differences(part.scored, share=METRICS_SHARE / len(paired))
                ),
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


def _figures(
    head: Path, measured: Metrics, chosen: Params, contract: Contract
) -> list[LockDifference]:
    """Figures in the head's files that its scores and rows do not give."""
    own = next(side for side in measured.own if side.side == "head")
    # The value in the file may be by other prices; like all figures, it is made again elsewhere.
    comparable = dict(own.values)
    comparable.pop(VALUE, None)
    apart = reproduction.figures(head / RESULTS, comparable)
    with suppress(TruerunError):  # without validated rows there is nothing to count
        rows = rows_to_fit(head / paths.VALIDATED, contract, chosen.train)
        apart += reproduction.rows_trained_on(head / TRAINING, rows)
    return apart


def rows_to_fit(validated: Path, contract: Contract, chosen: Train) -> int:
    """How many rows a model is to be fitted on: none, where `train` asks for what no draw gives."""
    try:
        return int(draw.training_rows(validated, contract, chosen).sum())
    except ModelError:
        return 0


def _thresholds(
    sides: tuple[Revision, Revision], contract: Contract
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
    return slices.compare_slices(main.scored, parts, TASKS[contract.task].main_metric)


def _decisions(
    sides: tuple[Revision, Revision],
    main: Pairing | Missing,
    chosen: Params,
    contract: Contract,
    shortener: Shortener,
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
    return decision_changes.changed_decisions(
        main.scored, parts, main.labels, thresholds, shortener
    )


def _value(
    sides: tuple[Revision, Revision],
    main: Pairing | Missing,
    prices: SidePrices | Missing | None,
    contract: Contract,
) -> Value | Missing | None:
    """By whose price list both are valued, and other thresholds; None where there is no list."""
    thresholds = _thresholds(sides, contract)
    if not isinstance(prices, SidePrices):
        return prices
    if isinstance(main, Missing):
        return main
    if isinstance(thresholds, Missing):
        return thresholds
    return worth.compare(prices, main, sides[1], thresholds)


def _causes(sides: tuple[Revision, Revision], shortener: Shortener) -> Causes:
    base, head = sides
    locks, folders = (base.lock(), head.lock()), (base.folder, head.folder)
    return Causes(
        parameters=shortener.first(
            causes.settings(*(side.settings(paths.PARAMS) for side in sides)), MANY, "parameters"
        ),
        stages=shortener.first(causes.stages(*locks, folders, shortener), SOME, "stages"),
        code=shortener.first(causes.code(*locks, folders), MANY, "code files"),
        packages=shortener.first(
            [
                *causes.package(*(side.settings(paths.MARKS) for side in sides)),
                *causes.packages(*(side.text(PACKAGES) for side in sides)),
            ],
            MANY,
            "packages",
        ),
    )


def _files(sides: tuple[Revision, Revision], shortener: Shortener) -> tuple[FileChange, ...]:
    listed = [causes.raw_files(side.settings(paths.RAW_DVC)) for side in sides]
    return shortener.first(causes.files(*listed), MANY, "raw files")


def _contract(sides: tuple[Revision, Revision], shortener: Shortener) -> tuple[Change, ...]:
    changes = causes.settings(*(side.settings(paths.SCHEMA) for side in sides))
    return shortener.first(changes, MANY, "lines of the contract")


def _data(
    inputs: ComparisonInputs, chosen: Params, contract: Contract, shortener: Shortener
) -> Data:
    """The head's rows count if `validate` ended; its findings count after a failure too."""
    sides, run = inputs.sides, inputs.run
    base, head = sides

    def of_rows(part: Callable[[], T]) -> T | Missing:
        if missing := run.lacks("validate"):
            return missing
        try:
            return part()
        except TruerunError as error:
            return Missing(missing=_plain(error, sides))

    rows: RowChanges | Missing
    partitions: tuple[PartitionChange, ...] = ()
    columns: tuple[ColumnChange, ...] = ()
    lost: list[LostRows] = []
    moved_by = None
    changes = of_rows(lambda: data.compare_tables(base.folder, head.folder, contract))
    if isinstance(changes, Missing):
        rows = changes
    else:
        rows, partitions, columns = changes.rows, changes.partitions, changes.columns
        lost, moved_by = changes.lost, moves.cause(base, head, rows)
    return Data(
        files=_files(sides, shortener),
        contract=_contract(sides, shortener),
        rows=rows,
        moved_by=moved_by,
        lost=shortener.first(lost, MANY, "groups of rows that are gone"),
        partitions=shortener.first(partitions, MANY, "partitions"),
        columns=shortener.first(columns, MANY, "columns"),
        quarantine=run.lacks("prepare") or _quarantine(sides, shortener),
        findings=run.lacks("prepare") or _findings(sides, shortener),
        findings_by_base=run.lacks("prepare")
        or _by_base(revalidated.findings_by_base(base, head, chosen, contract), shortener),
        test_rows=of_rows(lambda: data.rows_of(head.folder)[1]),
        repeated=of_rows(lambda: data.repeated(head.folder, contract)),
        seen=of_rows(lambda: data.seen(base.folder, head.folder, contract)),
        newest=run.lacks("validate") or _newest(head, contract, inputs.now),
    )


def _plain(error: TruerunError, sides: tuple[Revision, Revision]) -> str:
    """An error without the temporary folder of a side."""
    text = str(error)
    for side in sides:
        text = text.replace(f"{side.folder}/", f"{side.name}: ") if side.folder.name else text
    return text


def _quarantine(sides: tuple[Revision, Revision], shortener: Shortener) -> Quarantine | Missing:
    base, head = (side.figures(VALIDATION) for side in sides)
    if isinstance(head, Missing):
        return head
    for before in (base, None):  # a base that cannot be read hides nothing of the head
        with suppress(KeyError, TypeError, ValueError):
            return _quarantined(before if isinstance(before, dict) else None, head, shortener)
    return Missing(missing=f"{VALIDATION} does not say what was quarantined")


def _quarantined(
    base: Mapping[str, Any] | None, head: Mapping[str, Any], shortener: Shortener
) -> Quarantine:
    before, after = None if base is None else _checks(base), _checks(head)
    checks = [
        QuarantineCheck(
            column=name[0],
            check=name[1],
            base_rows=None if before is None else before.get(name, 0),
            head_rows=after.get(name, 0),
        )
        for name in dict.fromkeys([*after, *(before or {})])
    ]
    return Quarantine(
        rows=head["quarantined"]["rows"],
        share=head["quarantined"]["share"],
        base_rows=None if base is None else base["quarantined"]["rows"],
        checks=shortener.first(checks, 100, "checks of the contract"),
    )


def _checks(validation: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """Rows that break each check, by column and check."""
    return {
        (str(entry["column"]), str(entry["check"])): entry["rows"]
        for entry in validation["quarantined"]["checks"]
    }


def _findings(
    sides: tuple[Revision, Revision], shortener: Shortener
) -> tuple[DataFinding, ...] | Missing:
    """What the stage `validate` found at head, failures first, and of those new ones."""
    base, head = (_findings_of(side) for side in sides)
    if isinstance(head, Missing):
        return head
    if not isinstance(base, Missing):
        stood = {_but_for_figures(finding) for finding in base}
        head = [
            finding.model_copy(update={"new": _but_for_figures(finding) not in stood})
            for finding in head
        ]
    head.sort(key=lambda finding: (finding.status != "fail", finding.new is False))
    return shortener.first(head, 100, "findings of validate")


def _findings_of(side: Revision) -> list[DataFinding] | Missing:
    """What the stage `validate` found, but for what passes."""
    results = side.figures(VALIDATION)
    if isinstance(results, Missing):
        return results
    try:
        return [
            DataFinding(check=f["check"], status=f["status"], detail=f["detail"])
            for f in results["findings"]
            if f["status"] != "pass"
        ]
    except (KeyError, TypeError, ValueError):
        return Missing(missing=f"{VALIDATION} does not say what was checked")


def _but_for_figures(finding: DataFinding) -> tuple[str, str, str]:
    """What makes a finding the same one: not its figures, which move with every row."""
    return finding.check, finding.status, FIGURES.sub("#", finding.detail)


def _by_base(
    findings: Sequence[Finding] | Missing | None, shortener: Shortener
) -> tuple[DataFinding, ...] | Missing | None:
    """What the base's limits find, failures first."""
    if findings is None or isinstance(findings, Missing):
        return findings
    listed = [
        DataFinding(check=finding.check, status=finding.status, detail=finding.detail)
        for finding in findings
        if finding.status != "pass"
    ]
    listed.sort(key=lambda finding: finding.status != "fail")
    return shortener.first(listed, 100, "findings by the limits of the base")


def _newest(head: Revision, contract: Contract, now: datetime) -> Newest | Missing:
    if contract.time is None:
        return Missing(missing="schema.yaml names no time column")
    table = head.folder / paths.VALIDATED
    try:
        moment = tables.read_partitions(table, [contract.time])[contract.time].max()
    except TruerunError as error:
        return Missing(missing=str(error))
    if pd.isna(moment):
        return Missing(missing=f"no row has a {contract.time}")
    aware = moment if moment.tzinfo else moment.tz_localize("UTC")
    age = (now - aware).total_seconds() / DAY
    return Newest(moment=str(moment), age_days=age)


def _costs(sides: tuple[Revision, Revision]) -> tuple[Cost, ...] | Missing:
    """Prediction, training and size; the rows to predict for are the head's."""
    rows = sides[1].test_rows()
    if isinstance(rows, Missing):
        return rows
    base, head = sides
    served = _served(head.isolated_model(), head.contract(), rows)
    sizes = [cost.size(side.folder) for side in sides]
    if _same_model(sides):
        predicting = cost.of_one_model(served, rows, sizes[1])
    else:
        models = [_served(base.model(), base.contract(), rows), served]
        predicting = cost.of_models(models, rows, sizes)
    if head.data_only:
        training = [cost.untrained(cost.NOT_RUN)]
    else:
        training = cost.of_training(
            [side.folder for side in sides], [side.lock() for side in sides]
        )
    return (*training, *predicting)


def _same_model(sides: tuple[Revision, Revision]) -> bool:
    """Whether the model and the packages of both are the same."""
    files = [side.folder / paths.MODEL for side in sides]
    if not all(path.is_file() for path in files):
        return False
    packages = {side.text(PACKAGES) for side in sides}
    return len(packages) == 1 and files[0].read_bytes() == files[1].read_bytes()


def _served(model: Any, contract: Contract | Missing, rows: pd.DataFrame) -> cost.Served | None:
    """The model of a side, if these rows have the columns that it takes."""
    if isinstance(model, Missing) or isinstance(contract, Missing):
        return None
    try:
        names = set(model.feature_names_in_)
    except (ModelError, AttributeError):
        return None
    return cost.Served(model, contract) if names <= set(rows) else None
