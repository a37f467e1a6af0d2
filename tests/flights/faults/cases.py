"""Known faults: how each is put into a copy of the project, and what must catch it.

`caught` is a regular expression for a line of what the project says of the change (see
`test_faults.said`): the error of a stage, a rule of the gate, a verdict, or a test of the project
that turns red. Its group, if it has one, is the part that names the reason.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.conftest import Project

VALIDATE = "src/truerun/stages/validate.py"
PREPARE = "src/truerun/stages/prepare.py"
FEATURIZE = "src/truerun/stages/featurize.py"
TRAIN = "src/truerun/stages/train.py"
EVALUATE = "src/truerun/stages/evaluate.py"
IMPORTS = "from typing import Any\n\nimport numpy as np\nimport pandas as pd\n"
TABLE = "        tables.write_table(prepared.rows, tables.partition(paths.PREPARED, name))\n"


@dataclass(frozen=True)
class Fault:
    """A fault, in words; how to put it in; what catches it; the project's own test that does.

    `by_hand` says that its author commits without a run of the pipeline.
    """

    what: str
    put_in: Callable[[Project], None]
    caught: str
    test: str | None = None
    by_hand: bool = False


def edit(path: str, old: str, new: str) -> Callable[[Project], None]:
    """Replace a text that a file holds."""
    return lambda project: project.edit(path, old, new, 1)


def several(*changes: Callable[[Project], None]) -> Callable[[Project], None]:
    """One change after the other."""

    def put_in(project: Project) -> None:
        for change in changes:
            change(project)

    return put_in


def prepared(change: str) -> Callable[[Project], None]:
    """A change of the rows that the stage prepare writes."""
    imported = edit(PREPARE, "from typing import Any\n", IMPORTS)
    written = TABLE.replace("prepared.rows", "rows")
    rows = f"        rows = prepared.rows.copy()\n        {change}\n{written}"
    return several(imported, edit(PREPARE, TABLE, rows))


def edited_metric(project: Project) -> None:
    """A figure made better by hand, and the lock with it."""
    line = next(line for line in project.read("metrics/evaluate.json").split("\n") if "roc" in line)
    project.edit("metrics/evaluate.json", line, '    "roc_auc": 0.99,', 1)
    project.run("dvc", "commit", "--force", "evaluate")


def edited_lock(project: Project) -> None:
    """An entry of the lock that no run gave."""
    text = project.read("dvc.lock")
    line = next(line for line in text.splitlines() if "learning_rate: 0.08" in line)
    project.edit("dvc.lock", line, line.replace("0.08", "0.07"), 1)


def foreign_model(project: Project) -> None:
    """A featurizer of a type that is not trusted, as the stage would write it."""
    project.edit("src/truerun/model/model_files.py", '    "numpy.asarray",', "    #", 1)


FAULTS = {
    "labels shuffled": Fault(
        "the labels of the training rows are in another order",
        edit(
            TRAIN,
            "estimator, features, target)",
            "estimator, features, np.random.default_rng(1).permutation(target))",
        ),
        r"fail  roc_auc, loss: ",
    ),
    "strongest features dropped": Fault(
        "the model no longer sees delays and history",
        edit("params.yaml", "exclude: [plane]", "exclude: [plane, now, history, weather]"),
        r"fail  log_loss, loss: ",
    ),
    "oldest rows as test": Fault(
        "the oldest month tests the model instead of the newest",
        edit("src/truerun/model/split.py", "names[-split.test_partitions :]", "names[:1]"),
        r"warn  unseen test rows: [\d,]+ test rows that the base was trained on",
    ),
    "trained on test rows": Fault(
        "features of test rows are written for training, too",
        several(
            edit(FEATURIZE, "    train = train[train[SPLIT] == TRAIN]\n", ""),
            edit(FEATURIZE, "        rows = rows[rows[SPLIT] == TRAIN]\n", ""),
            edit(FEATURIZE, "return int((sides == TRAIN).sum())", "return len(sides)"),
        ),
        r"differs  stage train, train\.json: rows",
    ),
    "featurizer fitted on test rows": Fault(
        "categories are encoded by the target's rate in all rows",
        edit(FEATURIZE, "    train = train[train[SPLIT] == TRAIN]\n", ""),
        r"red  tests/flights/stages/test_leaks_of_test_rows\.py::test_test_rows_reach_no_feature",
        test="tests/flights/stages/test_leaks_of_test_rows.py::"
        "test_test_rows_reach_no_feature_of_a_training_row_and_no_model",
    ),
    "future delays leaked": Fault(
        "a feature holds what happened after the horizon",
        prepared('rows["late_departures_1h"] = rows["late"] * 0.9'),
        r"stage validate failed: .*(leakage: column late_departures_1h.{0,60})",
    ),
    "column lost": Fault(
        "a column is missing everywhere",
        prepared('rows["visibility"] = float("nan")'),
        r"stage validate failed: .*?(\S+: column visibility is missing in [\d.]+%.{0,39})",
    ),
    "unit changed": Fault(
        "wind in hundredths",
        prepared('rows["wind_speed"] = rows["wind_speed"] * 100'),
        r"stage validate failed: .*?(column wind_speed.{0,60})",
    ),
    "categories renamed": Fault(
        "carriers in lower case",
        prepared('rows["carrier"] = rows["carrier"].str.lower()'),
        r"stage validate failed: .*?(column carrier.{0,60})",
    ),
    "quarantine opened": Fault(
        "the limit for broken rows is raised along with broken rows",
        several(
            prepared('rows.loc[::50, "wind_speed"] = 900.0'),
            edit("params.yaml", "max_quarantined: 0.01", "max_quarantined: 0.9"),
        ),
        r"fail  quarantined rows: ",
    ),
    "rows lost": Fault(
        "half of the newest month's flights are dropped in silence",
        prepared('rows = rows[::2] if name == "2013-10" else rows'),
        r"fail  size of the test set: ",
    ),
    "labels flipped": Fault(
        "a tenth of the labels are wrong",
        prepared('rows.loc[::10, "late"] = 1 - rows.loc[::10, "late"]'),
        r"labels that changed: [\d,]+ to 1, [\d,]+ to 0",
    ),
    "repeated rows": Fault(
        "training rows come again as test rows, under other keys",
        prepared(
            'if name == "2013-10":\n'
            '            again = pd.read_parquet("data/prepared/2013-07.parquet")[:1000]\n'
            '            again["scheduled_departure"] = rows["scheduled_departure"].iloc[0]\n'
            '            again["flight"] = np.arange(1, 1001)\n'
            "            rows = pd.concat([rows, again], ignore_index=True)"
        ),
        r"fail  repeated test rows: ",
    ),
    "another seed": Fault(
        "the model has another seed: no harm is done, and none told",
        edit("params.yaml", "  seed: 20130101\n  hist", "  seed: 7\n  hist"),
        r"can't tell  roc_auc",
    ),
    "threshold moved": Fault(
        "more flights must be called late before one is",
        edit("params.yaml", "threshold: 0.3 ", "threshold: 0.15 "),
        r"fail  changed decisions: ",
    ),
    "test set shrunk": Fault(
        "only the newest few rows test the model",
        several(
            edit("params.yaml", "test_partitions: 1", "test_share: 0.03"),
            edit("params.yaml", "fail: 4.0}", "fail: 40.0}"),  # or the few days would be too unlike
        ),
        r"fail  size of the test set: ",
    ),
    "model too large": Fault(
        "trees learn single rows",
        several(
            edit("params.yaml", "    max_leaf_nodes: 31\n", "    max_leaf_nodes: 120\n"),
            edit("params.yaml", "    min_samples_leaf: 200\n", "    min_samples_leaf: 5\n"),
        ),
        r"fail  roc_auc, training against test: ",
    ),
    "model too small": Fault(
        "the rate of the training rows for everyone",
        edit("params.yaml", "model: hist_gradient_boosting", "model: baseline"),
        r"fail  roc_auc, limit: ",
    ),
    "scores not calibrated": Fault(
        "scores are cubed before they are written",
        edit(
            EVALUATE,
            "rows = pd.concat([rows, scores], axis=1)",
            "rows = pd.concat([rows, scores**3], axis=1)",
        ),
        r"fail  calibration_error, limit: ",
    ),
    "one airport damaged": Fault(
        "flights of one origin are scored by chance",
        edit(
            EVALUATE,
            "        test = rows[SPLIT] == TEST\n",
            '        here = (rows["origin"] == "LGA").to_numpy()\n'
            '        rows.loc[here, "score"] = np.random.default_rng(1).permutation('
            'rows.loc[here, "score"])\n'
            "        test = rows[SPLIT] == TEST\n",
        ),
        r"worse  roc_auc where origin is LGA",
    ),
    "metric's sign flipped": Fault(
        "the written ROC AUC counts the wrong way round",
        edit(
            "src/truerun/model/metrics/roc_auc.py",
            "value=lambda y, s, _: sk.roc_auc_score(y, s)",
            "value=lambda y, s, _: 1 - sk.roc_auc_score(y, s)",
        ),
        r"differs  stage evaluate, evaluate\.json: test\.roc_auc",
    ),
    "metric edited": Fault(
        "a better figure is written by hand, into the lock as well",
        edited_metric,
        r"differs  stage evaluate, evaluate\.json: test\.roc_auc",
        by_hand=True,
    ),
    "lock edited": Fault(
        "the lock tells of a run that was never made",
        edited_lock,
        r"differs  stage train, params\.yaml: train\.hist_gradient_boosting\.learning_rate",
        by_hand=True,
    ),
    "exit status swallowed": Fault(
        "a stage that fails is taken for one that ends well",
        several(
            edit("dvc.yaml", "    cmd: ${run}.validate\n", "    cmd: ${run}.validate || true\n"),
            edit("params.yaml", "leakage_auc: 0.85", "leakage_auc: 0.6"),
        ),
        r"fail  checks of the data: ",
    ),
    "gate loosened": Fault(
        "the rule that a change breaks is taken out along with it",
        several(
            edit("params.yaml", "    roc_auc: 0.01\n", ""),
            edit("params.yaml", "    roc_auc: {min: 0.65}\n", ""),
            edit("params.yaml", "exclude: [plane]", "exclude: [plane, now]"),
        ),
        r"warn  the gate itself: ",
    ),
    "contract loosened": Fault(
        "a range is taken out of the contract",
        edit(
            "schema.yaml", "nullable: true, max_missing: 0.05, min: 0, max: 150,", "nullable: true,"
        ),
        r"contract that changed: columns\.wind_speed\.max",
    ),
    "type not trusted": Fault(
        "the model holds a function that the list of trusted types does not",
        foreign_model,
        r"stage featurize failed: .*(untrusted types: numpy\.asarray)",
    ),
}
