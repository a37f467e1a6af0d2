"""Comparisons as `truerun.compare` writes them, for tests of what reads them."""

import json
import math
from pathlib import Path
from typing import Any

from truerun.comparison.comparison import (
    Attribution,
    Causes,
    Change,
    ClassDecisions,
    ColumnChange,
    Comparison,
    Cost,
    Data,
    DataFinding,
    Decisions,
    DecisionSlice,
    Errors,
    Experiment,
    FileChange,
    GateResult,
    GroupShare,
    Interaction,
    LockDifference,
    LostRows,
    MetricDifference,
    MetricFacts,
    Metrics,
    MetricShares,
    Missing,
    Newest,
    Own,
    Paired,
    PartitionChange,
    Provenance,
    Quarantine,
    QuarantineCheck,
    Ratio,
    Reproduction,
    RevisionName,
    RowChanges,
    RuleResult,
    ScoreHistogram,
    Scores,
    Slice,
    Slices,
    StageChange,
    Transition,
)
from truerun.model.metrics import METRICS

MEASURES = {name: metric for each in METRICS.values() for name, metric in each.items()}
BASE, HEAD = "af67292a" * 5, "0969f75b" * 5
GONE = Missing(missing="data/predictions.parquet is in no remote")


def comparison(**parts: Any) -> Comparison:
    """A comparison with something in every part, and some of its parts replaced."""
    full = Comparison(
        version=7,
        task="binary",
        predicts="whether a flight out of New York will arrive more than 15 minutes late",
        main_metric="roc_auc",
        metric_facts=metric_facts("binary"),
        base=RevisionName(name="main", commit=BASE),
        head=RevisionName(name="this pull request", commit=HEAD),
        metrics=metrics(),
        slices=slices(),
        decisions=decisions(),
        scores=scores(),
        value=None,
        data=data(),
        causes=causes(),
        attribution=None,
        cost=(
            Cost(name="train_seconds", base=6.31, head=9.84),
            Cost(name="train_peak_bytes", base=612.4 * 2**20, head=633.1 * 2**20),
            Cost(name="predict_one_ms", base=11.7, head=11.9, ratio=ratio(1.02, 0.96, 1.09)),
            Cost(name="predict_1000_ms", base=31.2, head=38.6, ratio=ratio(1.24, 1.11, 1.38)),
            Cost(name="bytes", base=1_273_412.0, head=1_902_118.0),
        ),
        reproduction=Reproduction(
            state="reproduced",
            every=False,
            ran=("featurize", "train", "evaluate"),
            count=0,
            differences=(),
            failed=None,
            error=None,
        ),
        provenance=provenance(),
        experiments=(
            experiment("lgbm-0.08-31", "lightgbm", 0.7329),
            experiment("hgb-0.08-15", "hist_gradient_boosting", 0.7322),
        ),
        gate=gate("pass", "pass", "warn"),
        shortened=("slices: 200 of 240 are listed",),
    )
    return full.model_copy(update=parts)


def ratio(median: float, low: float, high: float) -> Ratio:
    """A ratio of costs, of as many pairs as are measured."""
    return Ratio(median=median, low=low, high=high, pairs=15, confidence=0.965)


def attribution(**parts: Any) -> Attribution:
    """Shares of three groups of changes, and some parts replaced."""
    told = (
        ("code of featurize", ("src/flights/features.py",), 0.0082, 0.0014, "better"),
        ("parameters of featurize", ("featurize.exclude",), -0.0021, 0.0011, "worse"),
        ("parameters of train", ("train.seed", "train.model"), 0.0005, 0.0012, "can't tell"),
    )
    full = Attribution(
        claimed=False,
        metric="roc_auc",
        base=0.7309,
        head=0.7375,
        difference=0.0066,
        false_verdicts=0.05,
        count=55_628,
        cluster="day",
        clusters=61,
        shares=tuple(
            GroupShare(
                group=name,
                changes=changes,
                count=len(changes),
                share=share,
                low=share - half,
                high=share + half,
                p_value=0.01 if abs(share) > half else 0.6,
                verdict=verdict,
                reason=None,
            )
            for name, changes, share, half, verdict in told
        ),
        interactions=(
            interaction(told[0][0], told[1][0], 0.0031, 0.0012),
            interaction(told[0][0], told[2][0], 0.0002, 0.0009),
            interaction(told[1][0], told[2][0], -0.0001, 0.0008),
        ),
        others=(
            MetricShares(metric="log_loss", difference=-0.003, shares=(-0.004, 0.0005, 0.0005)),
        ),
        together=(),
    )
    return full.model_copy(update=parts)


def interaction(one: str, other: str, value: float, half: float) -> Interaction:
    """What two groups do together."""
    return Interaction(groups=(one, other), value=value, low=value - half, high=value + half)


def provenance(**parts: Any) -> Provenance:
    """Files that are what they should be, and some parts replaced."""
    lists = (
        "recomputed",
        "revalidated",
        "inputs",
        "unexplained",
        "definitions",
        "settings",
        "guards",
    )
    return Provenance.model_validate({"exact": True} | dict.fromkeys(lists, ()) | parts)


def multiclass(**parts: Any) -> Comparison:
    """A comparison of a task of three classes."""
    told = (
        difference("log_loss", 0.8412, 0.8104, 0.0061),
        difference("roc_auc_macro", 0.7712, 0.7802, 0.0051),
        difference("accuracy", 0.6512, 0.6614, 0.0049),
        difference("f1_macro", 0.5120, 0.5090, 0.0072),
    )
    moves = (("bus", "car", 31, 22, 6), ("car", "bus", 12, 4, 7), ("bike", "car", 5, 0, 0))
    found = {
        "decisions": Decisions(
            count=1_000,
            base_threshold=None,
            head_threshold=None,
            changed=48,
            improved=26,
            worsened=13,
            transitions=tuple(
                Transition(base=base, head=head, count=rows, improved=better, worsened=worse)
                for base, head, rows, better, worse in moves
            ),
            classes=(
                ClassDecisions(name="bus", count=600, base_right=420, head_right=417),
                ClassDecisions(name="car", count=300, base_right=190, head_right=212),
                ClassDecisions(name="bike", count=100, base_right=41, head_right=32),
            ),
            slices=(),
        ),
        "scores": scores().model_copy(update={"base_roc": (), "head_roc": ()}),
        "slices": Slices(
            metric="log_loss",
            false_verdicts=0.01,
            tested=3,
            slices=tuple(
                Slice(
                    column="vehicle",
                    value=name,
                    count=rows,
                    clusters=rows,
                    shrunk=0.5 * moved,
                    differences=(difference("log_loss", 0.9, 0.9 + moved, 0.02),),
                )
                for name, rows, moved in (("bike", 100, 0.1), ("bus", 600, 0.0), ("car", 300, 0.0))
            ),
        ),
    }
    return of_task("multiclass", "log_loss", told, **{**found, **parts})


def regression(**parts: Any) -> Comparison:
    """A comparison of prices in the thousands."""
    told = (
        difference("rmse", 24_310.52, 24_891.07, 180.3),
        difference("mae", 15_204.11, 15_220.48, 61.2),
        difference("r2", 0.9012, 0.8964, 0.0021),
        difference("pinball_10", 4_210.5, 4_260.9, 12.6),
    )
    bins = tuple(float(n) for n in range(50_000, 460_000, 20_000))
    predicted = [
        ScoreHistogram(
            edges=bins,
            counts=tuple(round(900 * math.exp(-(((n - top) / 4) ** 2))) for n in range(20)),
        )
        for top in (6.0, 6.4)
    ]
    found = {
        "decisions": None,
        "scores": Scores(
            count=5_000,
            moved=1_234,
            mean_shift=214.5,
            shift_quantiles={"5 %": -3_120.4, "50 %": 102.1, "95 %": 4_011.9},
            shift=ScoreHistogram(
                edges=tuple(n * 500.0 - 5_250 for n in range(22)),
                counts=tuple(round(800 * math.exp(-(((n - 10) / 3) ** 2))) for n in range(21)),
            ),
            base=predicted[0],
            head=predicted[1],
            base_roc=(),
            head_roc=(),
            errors=tuple(
                Errors(
                    low=30_000.0 + 40_000 * n,
                    high=69_500.0 + 40_000 * n,
                    count=500,
                    base=9_000.0 + 900 * n,
                    head=9_100.0 + 1_100 * n,
                )
                for n in range(10)
            ),
        ),
        "slices": Slices(metric="rmse", false_verdicts=0.01, tested=0, slices=()),
    }
    return of_task("regression", "rmse", told, **{**found, **parts})


def of_task(
    task: str, main_metric: str, told: tuple[MetricDifference, ...], **parts: Any
) -> Comparison:
    """A comparison of another task than the first."""
    measured = metrics()
    assert isinstance(measured.paired, tuple)
    rows = measured.paired[0].model_copy(update={"differences": told, "cluster": None})
    own = tuple(
        Own(side=side, count=1_000, values={one.metric: getattr(one, side) for one in told})
        for side in ("base", "head")
    )
    changed = {"paired": (rows,), "own": own, "training": {}}
    labels = {"labels_to_positive": None, "labels_to_negative": None}
    runs = [experiment(name, model, 0.1) for name, model in (("a", "lightgbm"), ("b", "baseline"))]
    values = [{main_metric: figure} for figure in (told[0].base, told[0].head)]
    return comparison(
        task=task,
        main_metric=main_metric,
        metric_facts=metric_facts(task),
        predicts="something",
        data=data(rows=data().rows.model_copy(update=labels)),
        experiments=tuple(
            run.model_copy(update={"values": value})
            for run, value in zip(runs, values, strict=True)
        ),
        **{
            "metrics": measured.model_copy(update=changed),
            "gate": gate("pass", "pass"),
            **parts,
        },
    )


def difference(
    metric: str, base: float | None, head: float | None, error: float | None = None
) -> MetricDifference:
    """A metric of both sides, its interval two standard errors to each side."""
    if base is None or head is None:
        moved = low = high = None
    else:
        moved = head - base
        low, high = (None, None) if error is None else (moved - 2 * error, moved + 2 * error)
    known = MEASURES[metric]
    if moved is None or low is None or high is None:
        verdict = "unknown"
    elif not moved and not error:
        verdict = "the same"
    elif low <= 0 <= high:
        verdict = "can't tell"
    else:
        verdict = "better" if (moved > 0) == known.higher_is_better else "worse"
    return MetricDifference(
        metric=metric,
        label=known.label,
        higher_is_better=known.higher_is_better,
        decimals=known.decimals,
        base=base,
        head=head,
        difference=moved,
        low=low,
        high=high,
        p_value=None if low is None else 0.04,
        detectable=None if error is None else 2.8 * error,
        verdict=verdict,
        reason="there is 1 cluster of rows" if verdict == "unknown" else None,
    )


def metric_facts(task: str) -> tuple[MetricFacts, ...]:
    """What the comparison says of the metrics of a task."""
    return tuple(
        MetricFacts(
            metric=name,
            label=metric.label,
            higher_is_better=metric.higher_is_better,
            decimals=metric.decimals,
        )
        for name, metric in METRICS[task].items()
    )


def main(base: float | None, head: float | None, error: float | None = None) -> MetricDifference:
    """The main metric."""
    return difference("roc_auc", base, head, error)


def metrics(
    told: MetricDifference | None = None,
    *,
    rows: tuple[str, ...] = ("the test rows",),
    paired: Missing | None = None,
    worse: tuple[str, ...] = (),
) -> Metrics:
    """The metrics of both, some of them worse.

    Of several `rows` there are as many pairs, and the test rows differ.
    """
    differences = (
        told or main(0.7363, 0.7367, 0.0008),
        difference("average_precision", 0.4084, 0.4101, 0.0013),
        difference("log_loss", 0.3693, 0.3671, 0.0009),
        difference("brier", 0.1107, 0.1104, 0.0002),
        difference("calibration_error", 0.0131, 0.0152, 0.0012),
        difference("accuracy", 0.8524, 0.8520, 0.0004),
        difference("precision", 0.5198, 0.5160, 0.0041),
        difference("recall", 0.2565, 0.2681, 0.0030),
        difference("f1", 0.3435, 0.3529, 0.0027),
    )
    differences = tuple(
        one.model_copy(update={"verdict": "worse"}) if one.metric in worse else one
        for one in differences
    )
    pairs = tuple(
        Paired(
            rows=words,
            false_verdicts=0.04,
            count=55_628,
            cluster="day",
            clusters=61,
            differences=differences,
        )
        for words in rows
    )
    own = tuple(
        Own(
            side=side,
            count=55_628,
            values={one.metric: one.base if side == "base" else one.head for one in differences},
        )
        for side in ("base", "head")
    )
    return Metrics(
        paired=paired or pairs,
        same_rows=paired is None and len(rows) == 1,
        own=own if paired is None else own[1:],
        training={"roc_auc": 0.7978, "log_loss": 0.4485},
    )


def slices() -> Slices:
    """Slices of carriers and origins: one worse, one better, the others can't be told."""
    parts = [
        Slice(
            column=column,
            value=value,
            count=count,
            clusters=61,
            shrunk=0.5 * moved,
            differences=(
                main(base, base + moved, error),
                difference("log_loss", 0.37, 0.37 - moved / 4, error),
            ),
        )
        for column, value, count, base, moved, error in (
            ("carrier", "HA", 612, 0.6511, -0.0240, 0.0071),
            ("origin", "LGA", 17_204, 0.7291, 0.0062, 0.0017),
            ("carrier", "9E", 2_918, 0.7204, -0.0031, 0.0041),
            ("carrier", "AA", 5_318, 0.7103, 0.0004, 0.0032),
            ("carrier", "B6", 8_601, 0.7420, 0.0021, 0.0026),
            ("carrier", "UA", 9_930, 0.7357, -0.0011, 0.0021),
            ("origin", "EWR", 19_987, 0.7409, -0.0008, 0.0018),
            ("origin", "JFK", 18_437, 0.7347, 0.0013, 0.0019),
            ("month", "2013-09", 27_101, 0.7250, 0.0010, 0.0015),
            ("month", "2013-10", 28_527, 0.7460, -0.0002, 0.0015),
        )
    ]
    return Slices(metric="roc_auc", false_verdicts=0.01, tested=len(parts), slices=tuple(parts))


def decisions(changed: int = 617, count: int = 55_628) -> Decisions:
    """Some decisions that changed, at one threshold."""
    improved = changed * 52 // 100
    positive = changed * 2 // 3
    moves = (("0", "1", positive, improved // 2), ("1", "0", changed - positive, improved // 2))
    return Decisions(
        count=count,
        base_threshold=0.3,
        head_threshold=0.3,
        changed=changed,
        improved=improved,
        worsened=changed - improved,
        transitions=tuple(
            Transition(base=base, head=head, count=rows, improved=better, worsened=rows - better)
            for base, head, rows, better in moves
            if rows
        ),
        classes=(
            ClassDecisions(name="0", count=count - 9_000, base_right=40_000, head_right=40_010),
            ClassDecisions(name="1", count=9_000, base_right=2_300, head_right=2_410),
        ),
        slices=(
            DecisionSlice(
                column="carrier", value="HA", count=612, changed=31, improved=12, worsened=19
            ),
            DecisionSlice(
                column="origin", value="LGA", count=17_204, changed=240, improved=131, worsened=109
            ),
        )
        if changed
        else (),
    )


def scores() -> Scores:
    """Scores of which most are low, and have moved a little."""
    moves = [round(9000 * math.exp(-(((n - 10) / 2.5) ** 2))) for n in range(21)]
    return Scores(
        count=55_628,
        moved=None,
        mean_shift=0.0021,
        shift_quantiles={"5 %": -0.0312, "50 %": 0.0014, "95 %": 0.0398},
        shift=ScoreHistogram(edges=tuple(n / 100 - 0.105 for n in range(22)), counts=tuple(moves)),
        base=low_scores(2.6),
        head=low_scores(2.9),
        base_roc=roc(0.42),
        head_roc=roc(0.41),
        errors=(),
    )


def low_scores(steepness: float) -> ScoreHistogram:
    """Scores of which most are low."""
    counts = [round(11_000 * (n + 1) ** 0.7 * math.exp(-n / steepness)) for n in range(20)]
    return ScoreHistogram(edges=tuple(n / 20 for n in range(21)), counts=tuple(counts))


def roc(power: float) -> tuple[tuple[float, float], ...]:
    """A ROC curve that rises as a power of the false positive rate."""
    return tuple((n / 40, (n / 40) ** power) for n in range(41))


def data(**parts: Any) -> Data:
    """A new month, a few edits, a line of the contract."""
    full = Data(
        files=(FileChange(path="raw/flights/2013-11.csv", change="added"),),
        contract=(Change(name="columns.seats.max", base="900", head="950"),),
        rows=RowChanges(
            base_rows=273_333,
            head_rows=300_441,
            added=27_110,
            removed=2,
            removed_test=1,
            both_test=28_518,
            edited=31,
            targets=5,
            targets_test=2,
            labels_to_positive=4,
            labels_to_negative=1,
            to_test=27_110,
            to_training=26_517,
        ),
        moved_by="data",
        lost=(
            LostRows(partition="2013-09", side="test", reason="in quarantine: seats, max", rows=1),
            LostRows(partition="2013-10", side="training", reason="the partition is gone", rows=1),
        ),
        partitions=(PartitionChange(name="2013-11", base_rows=None, head_rows=27_110),),
        columns=(
            ColumnChange(
                name="carrier",
                present="both",
                edited=3,
                base_missing=0.0,
                head_missing=0.0,
                new_categories=("ZZ",),
                new_count=1,
                lost_categories=(),
                lost_count=0,
                psi=0.0123,
                p_value=0.4,
            ),
            ColumnChange(
                name="seats",
                present="head",
                edited=0,
                base_missing=None,
                head_missing=0.0711,
                new_categories=(),
                new_count=0,
                lost_categories=(),
                lost_count=0,
                psi=None,
                p_value=None,
            ),
        ),
        quarantine=Quarantine(
            rows=12,
            share=0.00004,
            base_rows=10,
            checks=(QuarantineCheck(column="distance", check="range", base_rows=10, head_rows=12),),
        ),
        findings=(DataFinding(check="drift", status="warn", detail="temperature: PSI 0.61"),),
        findings_by_base=(DataFinding(check="leakage", status="fail", detail="seats: 0.9"),),
        test_rows=55_628,
        repeated=3,
        seen=0,
        newest=Newest(moment="2013-11-30 23:59:00+00:00", age_days=4738.5),
    )
    return full.model_copy(update=parts)


def causes() -> Causes:
    """A parameter, a file and a package that changed."""
    return Causes(
        parameters=(
            Change(name="train.hist_gradient_boosting.learning_rate", base="0.08", head="0.05"),
        ),
        stages=(
            StageChange(
                name="train",
                reasons=("train.hist_gradient_boosting.learning_rate: 0.08 → 0.05",),
            ),
            StageChange(name="evaluate", reasons=("another stage's output",)),
        ),
        code=(FileChange(path="src/truerun/model/estimators.py", change="changed"),),
        packages=(Change(name="scikit-learn", base="1.9.0", head="1.9.1"),),
    )


def experiment(name: str, model: str, area: float) -> Experiment:
    """A run with another model."""
    return Experiment(
        name=name,
        parameters=(Change(name="train.model", base="hist_gradient_boosting", head=model),),
        values={"roc_auc": area, "log_loss": 0.37, "average_precision": None},
    )


def gate(*outcomes: str) -> GateResult:
    """A gate with a rule for each outcome."""
    names = ("roc_auc, loss", "changed decisions", "time to predict a row", "quarantined rows")
    rules = tuple(
        RuleResult(
            rule=names[number % len(names)],
            outcome=outcome,
            unknown=False,
            asks="at most 0.01 worse",
            found="-0.012 (-0.0181 to -0.0062)",
            needed=None if outcome == "pass" else "a loss of 0.01 or less for sure",
        )
        for number, outcome in enumerate(outcomes)
    )
    worst = max(outcomes, key=("pass", "warn", "fail").index)
    return GateResult(outcome=worst, rules=rules)


def failed(stage: str | None = "validate", error: str = "error: 12 rows break schema.yaml") -> Any:
    """What is known where a stage failed: the parts to replace in `comparison`."""
    gone = Missing(missing=f"the stage {stage} failed")
    return {
        "metrics": gone,
        "slices": gone,
        "decisions": gone,
        "scores": gone,
        "data": data(
            findings=(
                DataFinding(check="rows", status="fail", detail="2013-10 has 12 rows, not 5,000"),
                DataFinding(check="drift", status="warn", detail="temperature: PSI 0.61"),
            )
        ),
        "cost": gone,
        "reproduction": Reproduction(
            state="failed",
            every=False,
            ran=("prepare",),
            count=0,
            differences=(),
            failed=stage,
            error=error,
        ),
        "gate": gate("fail", "warn"),
    }


def unlike() -> Reproduction:
    """A run that gave something else than dvc.lock says."""
    return Reproduction(
        state="differs",
        every=True,
        ran=("prepare", "validate", "featurize", "train", "evaluate"),
        count=1,
        differences=(
            LockDifference(
                stage="train",
                kind="output",
                name="models/estimator.skops",
                expected="md5 0b1c, 1273412 bytes",
                found="md5 9f2e, 1273398 bytes",
            ),
        ),
        failed=None,
        error=None,
    )


def as_json(found: Comparison) -> dict[str, Any]:
    """The value that a reader of comparison.json gets."""
    value: dict[str, Any] = json.loads(found.model_dump_json())
    return value


def write(found: Comparison, folder: Path) -> Path:
    """A file comparison.json in a folder."""
    path = folder / "comparison.json"
    path.write_text(json.dumps(as_json(found), indent=2), encoding="utf-8")
    return path
