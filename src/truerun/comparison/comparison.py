"""A comparison of two revisions as strict typed models: the shape of comparison.json.

Whoever reads the file need not trust whoever wrote it: every text has a greatest length, every list
a greatest number of items (`shortened` names what was left out), and unknown keys are refused. Who
writes it need not think of lengths: a text of ours is cut to that of its type; one that is read
from JSON and longer is refused. The same shape as JSON Schema is
src/truerun/report/comparison.schema.json.

What could not be determined is a value: a `Missing` with the reason stands in place of the part.

>>> len(Missing(missing="no such row, " * 100).missing)  # cut to the length of a sentence
1000
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, FiniteFloat, ValidationInfo

from truerun.base.settings import Section
from truerun.base.tasks import Task

NAME, SENTENCE, LOG = 200, 1000, 8000  # characters


def _shortener(kept: slice) -> Callable[[Any, ValidationInfo], Any]:
    """Cut texts of ours; what is read from JSON stays as it is, to be refused if it is too long."""

    def shortened(value: Any, info: ValidationInfo) -> Any:
        return value[kept] if isinstance(value, str) and info.mode == "python" else value

    return shortened


Name = Annotated[str, Field(max_length=NAME), BeforeValidator(_shortener(slice(NAME)))]
Sentence = Annotated[str, Field(max_length=SENTENCE), BeforeValidator(_shortener(slice(SENTENCE)))]
# Of a log the end says what went wrong.
Log = Annotated[str, Field(max_length=LOG), BeforeValidator(_shortener(slice(-LOG, None)))]
Decimals = Annotated[int, Field(ge=0, le=9)]
Number = FiniteFloat
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Numbers = Annotated[tuple[Number, ...], Field(max_length=100)]
Point = tuple[Share, Share]
Points = Annotated[tuple[Point, ...], Field(max_length=100)]

Verdict = Literal["better", "worse", "can't tell", "the same", "unknown"]
Outcome = Literal["pass", "warn", "fail"]
Side = Literal["base", "head"]
State = Literal["reproduced", "differs", "uncommitted", "failed", "not run"]
CostName = Literal[
    "train_seconds", "train_peak_bytes", "predict_one_ms", "predict_1000_ms", "bytes"
]


class Missing(Section):
    """A part that could not be determined, and why."""

    missing: Sentence


class RevisionName(Section):
    """One of the two: how it is called, and its commit; none for a working tree with changes."""

    name: Name
    commit: Annotated[str, Field(pattern="^[0-9a-f]{40}$")] | None


class MetricFacts(Section):
    """What a reader of figures must know of their metric.

    `decimals` is None where the metric has the target's unit, and so any size.
    """

    metric: Name
    label: Name
    higher_is_better: bool
    decimals: Decimals | None


class MetricDifference(MetricFacts):
    """A metric on the same rows at base and head.

    `low` and `high` are the confidence interval of `difference`, head less base, and the verdict is
    that of the interval: all intervals and verdicts beside it hold at once but for the share
    `Paired.false_verdicts` or `Slices.false_verdicts` of cases. `p_value` is adjusted likewise.
    `detectable` is the smallest true difference that these rows would have shown four times of
    five. Where there is no interval, `reason` says why.
    """

    base: Number | None
    head: Number | None
    difference: Number | None
    low: Number | None
    high: Number | None
    p_value: Share | None
    detectable: Number | None
    verdict: Verdict
    reason: Sentence | None


class Paired(Section):
    """All metrics on the same rows of both: `rows` says which those are.

    `false_verdicts` is the share of cases in which any of these verdicts is false.
    """

    rows: Sentence
    false_verdicts: Share
    count: Count
    cluster: Name | None
    clusters: Count
    differences: Annotated[tuple[MetricDifference, ...], Field(max_length=30)]


class Own(Section):
    """The metrics of a side on all of its own test rows."""

    side: Side
    count: Count
    values: Annotated[dict[Name, Number | None], Field(max_length=30)]


class Metrics(Section):
    """The metrics of both in pairs, the main pairing first, and of each side on its own test rows.

    `same_rows` says that the test rows of both are the same; `training` holds the head's metrics on
    its training rows.
    """

    paired: Annotated[tuple[Paired, ...], Field(min_length=1, max_length=3)] | Missing
    same_rows: bool
    own: Annotated[tuple[Own, ...], Field(min_length=1, max_length=2)]
    training: Annotated[dict[Name, Number | None], Field(max_length=30)]


class Slice(Section):
    """The metrics of the rows with one value of a column.

    The metric `Slices.metric` is tested, and has an interval that holds for all slices at once;
    the others only describe. `shrunk` is its difference drawn to that of the other slices, as far
    as these seem to differ by chance: the largest of many is too large by itself.
    """

    column: Name
    value: Name
    count: Count
    clusters: Count
    shrunk: Number | None
    differences: Annotated[tuple[MetricDifference, ...], Field(max_length=10)]


class Slices(Section):
    """Slices of the main pairing, of which `tested` had rows enough.

    `false_verdicts` is the share of cases in which any verdict of a slice is false. Of a multiclass
    task the classes are slices too: those of the target's column.
    """

    metric: Name
    false_verdicts: Share
    tested: Count
    slices: Annotated[tuple[Slice, ...], Field(max_length=200)]


class DecisionSlice(Section):
    """How many decisions changed among the rows with one value of a column."""

    column: Name
    value: Name
    count: Count
    changed: Count
    improved: Count
    worsened: Count


class Transition(Section):
    """Rows that were decided for the class `base` and are now for the class `head`."""

    base: Name
    head: Name
    count: Count
    improved: Count
    worsened: Count


class ClassDecisions(Section):
    """How many of the rows that are of a class either side decides for it."""

    name: Name
    count: Count
    base_right: Count
    head_right: Count


class Decisions(Section):
    """Which rows of the main pairing are decided otherwise.

    Each side decides at its own threshold in a binary task, and for the likeliest class in a
    multiclass task, which has no threshold. Of those `changed`, the `improved` are right at head
    alone, the `worsened` at base alone; the rest go from one wrong class to another.
    """

    count: Count
    base_threshold: Share | None
    head_threshold: Share | None
    changed: Count
    improved: Count
    worsened: Count
    transitions: Annotated[tuple[Transition, ...], Field(max_length=100)]
    classes: Annotated[tuple[ClassDecisions, ...], Field(max_length=100)]
    slices: Annotated[tuple[DecisionSlice, ...], Field(max_length=200)]


class ScoreHistogram(Section):
    """Rows by bin: `edges` has one number more than each of the counts."""

    edges: Numbers
    counts: Annotated[tuple[Count, ...], Field(max_length=100)]


class Errors(Section):
    """The mean absolute error of both sides on the rows whose target is from `low` to `high`."""

    low: Number
    high: Number
    count: Count
    base: Number
    head: Number


class Scores(Section):
    """The scores of the main pairing, and their shift: head less base.

    A score is the probability of 1 in a binary task, that of the row's own class in a multiclass
    task, and the prediction in the others. Of predictions `moved` moved by more than a hundredth of
    the target's standard deviation, their histograms' outer bins hold what lies beyond, too, and
    `errors` go from the lowest targets to the highest. ROC curves are of binary tasks.
    """

    count: Count
    moved: Count | None
    mean_shift: Number
    shift_quantiles: Annotated[dict[Name, Number], Field(max_length=10)]
    shift: ScoreHistogram
    base: ScoreHistogram
    head: ScoreHistogram
    base_roc: Points
    head_roc: Points
    errors: Annotated[tuple[Errors, ...], Field(max_length=10)]


class ValueCurve(Section):
    """What decisions are worth per 1,000 rows from each threshold on, by each side's scores."""

    thresholds: Numbers
    base: Numbers
    head: Numbers


class BestThreshold(Section):
    """The threshold that is worth most on cross-fitted scores of the head's training rows.

    The head claims it: it is in no model file. What it would be worth on the rows of the main
    pairing is computed: `difference` has the head at its present threshold as base, and at the best
    one as head. Its interval holds by itself, not together with those of `Paired`.
    """

    threshold: Share
    present: Share
    difference: MetricDifference


class Value(Section):
    """What comes of the decisions or predictions, by the price list of one side for both.

    It is the base's, or the head's where the base has none. The value of both sides is among the
    differences of each pairing and slice, under the metric `value`. A threshold and a curve are of
    binary tasks.
    """

    name: Name
    unit: Name
    prices: Sentence
    by: Side
    best: BestThreshold | Missing | None
    curve: ValueCurve | None


class FileChange(Section):
    """A file, in Git or listed by a .dvc file, that differs."""

    path: Name
    change: Literal["added", "removed", "changed"]


class Change(Section):
    """A setting, a package or a line of the contract; None where a side has none."""

    name: Name
    base: Sentence | None
    head: Sentence | None


class RowChanges(Section):
    """Rows by key: only at head, only at base, and at both but not the same.

    Of the `removed` rows, `removed_test` were test rows of the base. Of the rows of both,
    `both_test` are test rows of the head. Of `targets` rows the target is not the same, of which
    `targets_test` are test rows of the head; of a binary one, it goes one way or the other.
    """

    base_rows: Count
    head_rows: Count
    added: Count
    removed: Count
    removed_test: Count
    both_test: Count
    edited: Count
    targets: Count
    targets_test: Count
    labels_to_positive: Count | None
    labels_to_negative: Count | None
    to_test: Count
    to_training: Count


class LostRows(Section):
    """Rows of the base that are gone, of one partition and one side of its split, and why."""

    partition: Name
    side: Literal["test", "training"]
    reason: Sentence
    rows: Count


class PartitionChange(Section):
    """The rows of a partition that is not the same; None where a side has no such partition."""

    name: Name
    base_rows: Count | None
    head_rows: Count | None


class ColumnChange(Section):
    """What changed of a column's values; the sides' shares of missing values, and the drift.

    Of `new_count` and `lost_count` categories the first are listed; of a column of the key, none.
    `psi` and `p_value` are None for a column of identifiers, and where a side lacks the column.
    """

    name: Name
    present: Literal["both", "base", "head"]
    edited: Count
    base_missing: Share | None
    head_missing: Share | None
    new_categories: Annotated[tuple[Name, ...], Field(max_length=20)]
    new_count: Count
    lost_categories: Annotated[tuple[Name, ...], Field(max_length=20)]
    lost_count: Count
    psi: Number | None
    p_value: Share | None


class QuarantineCheck(Section):
    """How many rows break one check of the contract; None where a side could not be counted."""

    column: Name
    check: Name
    base_rows: Count | None
    head_rows: Count


class Quarantine(Section):
    """Rows of the head that break its contract."""

    rows: Count
    share: Share
    base_rows: Count | None
    checks: Annotated[tuple[QuarantineCheck, ...], Field(max_length=100)]


class DataFinding(Section):
    """The outcome of a check of the stage `validate` at head.

    `new` says whether the base has no such finding, but for its figures; None if nobody knows.
    """

    check: Name
    status: Outcome
    detail: Sentence
    new: bool | None = None


class Newest(Section):
    """The newest moment in the data of the head, and how many days before the comparison it was."""

    moment: Name
    age_days: Number


class Data(Section):
    """What changed in the data and its contract, and what is noteworthy about the head's.

    `test_rows` is the number of test rows of the head; `repeated` of them have the features and the
    label of a training row, too; on `seen` of them the base was trained. `moved_by` says what moved
    rows from one side of the split to the other, if any did. `findings_by_base` is what the limits
    and the contract of the base find in the rows of the head; None where these are the head's.
    """

    files: Annotated[tuple[FileChange, ...], Field(max_length=200)]
    contract: Annotated[tuple[Change, ...], Field(max_length=200)]
    rows: RowChanges | Missing
    moved_by: Literal["code", "settings", "data"] | None
    lost: Annotated[tuple[LostRows, ...], Field(max_length=200)]
    partitions: Annotated[tuple[PartitionChange, ...], Field(max_length=200)]
    columns: Annotated[tuple[ColumnChange, ...], Field(max_length=200)]
    quarantine: Quarantine | Missing
    findings: Annotated[tuple[DataFinding, ...], Field(max_length=100)] | Missing
    findings_by_base: Annotated[tuple[DataFinding, ...], Field(max_length=100)] | Missing | None
    test_rows: Count | Missing
    repeated: Count | Missing
    seen: Count | Missing
    newest: Newest | Missing


class StageChange(Section):
    """A stage whose entry in dvc.lock is not the same, and what of its inputs is not."""

    name: Name
    reasons: Annotated[tuple[Sentence, ...], Field(max_length=50)]


class Causes(Section):
    """What was changed, in the words of the files."""

    parameters: Annotated[tuple[Change, ...], Field(max_length=200)]
    stages: Annotated[tuple[StageChange, ...], Field(max_length=50)]
    code: Annotated[tuple[FileChange, ...], Field(max_length=200)]
    packages: Annotated[tuple[Change, ...], Field(max_length=200)]


class Ratio(Section):
    """A median of ratios, head to base, of pairs that were measured in turn, with its interval.

    The interval holds the median of all such ratios in a share `confidence` of cases.
    """

    median: Number
    low: Number
    high: Number
    pairs: Count
    confidence: Share


class Cost(Section):
    """What one thing costs at base and head, measured in the same run; None where it cannot be.

    `ratio` is None where it was measured once on each side. `same` says that both sides have the
    same model and packages: there is one cost, of which both have the figure.
    """

    name: CostName
    base: Number | None
    head: Number | None
    ratio: Ratio | None = None
    same: bool = False
    note: Sentence | None = None


class LockDifference(Section):
    """Where a run gave something else than dvc.lock or a file in Git says."""

    stage: Name
    kind: Name
    name: Name
    expected: Sentence
    found: Sentence


class Reproduction(Section):
    """Whether running the head's pipeline gives what its dvc.lock says.

    `ran` are the stages that ran; with `every`, none was taken from the cache. `failed` is a stage
    that did not end well, and `error` what it printed. What was run with changes that are not
    committed is "uncommitted" if it gives something else: Git says nothing of it. Of `count`
    differences the first are listed.
    """

    state: State
    every: bool
    ran: Annotated[tuple[Name, ...], Field(max_length=50)]
    count: Count
    differences: Annotated[tuple[LockDifference, ...], Field(max_length=100)]
    failed: Name | None
    error: Log | None


class Provenance(Section):
    """What the files of the head are held against, and what in them judges.

    `recomputed` are files that are not what the model file gives on the validated rows;
    `revalidated` are rows and findings that are not what the checks give on the prepared rows.
    `exact` says that whoever judges has the head's packages, without which rounding is let pass.
    `inputs` are what dvc.lock says otherwise than the commit's files and dvc.yaml; `unexplained`
    are outputs that are not those of the base though all that their stage is made from is.
    `definitions` are what changed of the stages in dvc.yaml, `settings` what changed of the limits
    and the contract that the data is held against, `guards` the files that judge a change or guard
    against one.
    """

    exact: bool
    recomputed: Annotated[tuple[LockDifference, ...], Field(max_length=100)] | Missing
    revalidated: Annotated[tuple[LockDifference, ...], Field(max_length=100)] | Missing
    inputs: Annotated[tuple[LockDifference, ...], Field(max_length=100)]
    unexplained: Annotated[tuple[LockDifference, ...], Field(max_length=100)]
    definitions: Annotated[tuple[Change, ...], Field(max_length=100)]
    settings: Annotated[tuple[Change, ...], Field(max_length=100)]
    guards: Annotated[tuple[FileChange, ...], Field(max_length=200)] | Missing


class RuleResult(Section):
    """The outcome of one rule of the gate: what it asks for, what it found, and what would pass.

    `unknown` says that the figures are missing; `outcome` says what that means for this rule.
    """

    rule: Name
    outcome: Outcome
    unknown: bool
    asks: Sentence
    found: Sentence
    needed: Sentence | None


class GateResult(Section):
    """All rules, in the order of params.yaml; the worst outcome is the gate's."""

    outcome: Outcome
    rules: Annotated[tuple[RuleResult, ...], Field(max_length=100)]


class GroupShare(Section):
    """What a group of changes has in a difference; the interval and the verdict are of the share.

    `changes` are the files, parameters or lines that differ, the first of `count`.
    """

    group: Name
    changes: Annotated[tuple[Name, ...], Field(max_length=20)]
    count: Count
    share: Number
    low: Number | None
    high: Number | None
    p_value: Share | None
    verdict: Verdict
    reason: Sentence | None


class Interaction(Section):
    """What two groups do together beside what each does alone."""

    groups: tuple[Name, Name]
    value: Number
    low: Number | None
    high: Number | None


class MetricShares(Section):
    """The shares of the groups, in their order, in the difference of another metric."""

    metric: Name
    difference: Number
    shares: Annotated[tuple[Number, ...], Field(max_length=4)]


class Attribution(Section):
    """Whose doing the difference of the main metric is: Shapley shares of groups of changes.

    The pipeline was run for combinations of the groups, and all are scored on the same `count`
    rows, with the labels of the head. The shares sum to `difference`. Their intervals and those of
    the interactions hold at once but for the share `false_verdicts` of cases. `together` says which
    groups were put together, and `claimed` that the figures come from where the code of the head
    has run, and that nobody has computed them again.
    """

    claimed: bool
    metric: Name
    base: Number
    head: Number
    difference: Number
    false_verdicts: Share
    count: Count
    cluster: Name | None
    clusters: Count
    shares: Annotated[tuple[GroupShare, ...], Field(min_length=1, max_length=4)]
    interactions: Annotated[tuple[Interaction, ...], Field(max_length=6)]
    others: Annotated[tuple[MetricShares, ...], Field(max_length=30)]
    together: Annotated[tuple[Sentence, ...], Field(max_length=2)]


class Experiment(Section):
    """A run of `dvc exp` that starts from the head or the base: the parameters that it changed."""

    name: Name
    parameters: Annotated[tuple[Change, ...], Field(max_length=50)]
    values: Annotated[dict[Name, Number | None], Field(max_length=30)]


class Comparison(Section):
    """All that is known of two revisions; `decisions` are None where the task takes none.

    `value` is None where neither side says what outcomes are worth.
    `metric_facts` are those of every metric of the task, for figures that stand by themselves.
    `attribution` is None where nobody asked for it.
    """

    version: Literal[7]
    task: Task
    predicts: Sentence
    main_metric: Name
    metric_facts: Annotated[tuple[MetricFacts, ...], Field(max_length=30)]
    base: RevisionName
    head: RevisionName
    metrics: Metrics | Missing
    slices: Slices | Missing
    decisions: Decisions | Missing | None
    scores: Scores | Missing
    value: Value | Missing | None
    data: Data
    causes: Causes
    attribution: Attribution | Missing | None
    cost: Annotated[tuple[Cost, ...], Field(max_length=10)] | Missing
    reproduction: Reproduction
    provenance: Provenance
    experiments: Annotated[tuple[Experiment, ...], Field(max_length=50)] | Missing
    gate: GateResult
    shortened: Annotated[tuple[Sentence, ...], Field(max_length=50)]
