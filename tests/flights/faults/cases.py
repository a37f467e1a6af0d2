"""Known faults: how each is put into a copy of the project, and what must catch it.

`caught` is a regular expression for a line of what the project says of the change (see
`test_faults.said`): the error of a stage, a rule of the gate, a verdict, or a test of the project
that turns red. Its group, if it has one, is the part that names the reason.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import yaml
from sklearn.base import clone
from sklearn.metrics import f1_score, roc_auc_score

from tests.conftest import Project
from tests.flights.faults.raw_faults import RAW_FAULTS, Change, changed
from truerun.base import paths, tables, text_files
from truerun.model import estimators, model_files

VALIDATION = "src/truerun/validation/validation.py"
PREPARE = "src/truerun/stages/prepare.py"
FEATURIZE = "src/truerun/stages/featurize.py"
TRAIN = "src/truerun/stages/train.py"
EVALUATION = "src/truerun/evaluation/evaluation.py"
LOSSES = "src/truerun/gate/rules/losses.py"
IMPORTS = "from typing import Any\n\nimport numpy as np\nimport pandas as pd\n"
ASSIGNED = "        rows = valid_rows(name).assign(**{SPLIT: np.where(tests[name], TEST, TRAIN)})\n"
SCORED = "rows = pd.concat([rows, scores], axis=1)\n"
SLOWLY = ("    learning_rate: 0.08\n", "    learning_rate: 0.002\n")  # surely worse
NEXT_OF_TRAIN = (  # of the dependency src/truerun/model/targets.py
    "      - src/truerun/params/numbers.py\n      - src/truerun/params/split.py\n"
    "      - src/truerun/params/train.py\n"
)
TABLE = "        tables.write_table(prepared.rows, tables.partition(paths.PREPARED, name))\n"


@dataclass(frozen=True)
class Fault:
    """A fault, in words; how to put it in; what catches it; the project's own test that does.

    `by_hand` says that its author commits without a run of the pipeline; `by_main`, that the commit
    is judged in a clone of main, by the code and the rules that are there; `reviewer`, that nothing
    here measures it, so that the line names what a reviewer should look at.
    """

    what: str
    put_in: Callable[[Project], None]
    caught: str
    test: str | None = None
    by_hand: bool = False
    by_main: bool = False
    reviewer: bool = False


def trick(
    what: str,
    put_in: Callable[[Project], None],
    caught: str,
    *,
    by_hand: bool = False,
) -> Fault:
    """A fault that is put in to deceive the judge, and is judged as a pull request is."""
    return Fault(what, put_in, caught, by_hand=by_hand, by_main=True)


def unmeasured(what: str, put_in: Callable[[Project], None], caught: str) -> Fault:
    """A trick that no figure shows; a reviewer finds it by the file or parameter in the line."""
    return Fault(what, put_in, caught, by_main=True, reviewer=True)


def edit(path: str, old: str, new: str) -> Callable[[Project], None]:
    """Replace a text that a file holds."""
    return lambda project: project.edit(path, old, new, 1)


def several(*changes: Callable[[Project], None]) -> Callable[[Project], None]:
    """One change after the other."""

    def put_in(project: Project) -> None:
        for change in changes:
            change(project)

    return put_in


def unheard(change: Callable[[Project], None]) -> Callable[[Project], None]:
    """A change of the written scores, and nothing says that the bundle gives others."""
    bundle = edit("src/truerun/model/bundle_files.py", "if len(others):", "if len(others) < 0:")
    return several(change, bundle)


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


def committed_by_hand(stage: str, change: Callable[[Project], None]) -> Callable[[Project], None]:
    """Outputs of a stage edited by hand, and the lock with them."""

    def put_in(project: Project) -> None:
        change(project)
        project.run("dvc", "commit", "--force", stage)

    return put_in


def metrics_file(name: str, change: Callable[[Any], None]) -> Callable[[Project], None]:
    """A change of a file of metrics."""

    def put_in(project: Project) -> None:
        path = project.root / "metrics" / name
        figures = json.loads(path.read_text(encoding="utf-8"))
        change(figures)
        text_files.write_json(path, figures)

    return put_in


def better_scores(project: Project) -> None:
    """Scores that lean on the labels, written into the table of predictions."""
    path = project.root / paths.PREDICTIONS
    rows = tables.read_table(path)
    rows["score"] = 0.9 * rows["score"] + 0.1 * rows["late"]
    tables.write_table(rows, path)


def branch_named_master(project: Project) -> None:
    """A worse model in a commit to which a branch points that has the name of a main branch."""
    project.edit("params.yaml", *SLOWLY)
    project.run("dvc", "repro", "--quiet")
    project.commit("A change")
    project.run("git", "branch", "master")


def assumed_unchanged(project: Project) -> None:
    """Parameters that go into the run, and that Git does not see."""
    project.run("git", "update-index", "--assume-unchanged", "params.yaml")
    project.edit("params.yaml", *SLOWLY)


def raw_file_swapped(name: str) -> Callable[[Project], None]:
    """A raw file with other figures, and as many bytes."""

    def put_in(project: Project) -> None:
        path = project.root / "data/raw" / name
        text = path.read_text(encoding="utf-8")
        swapped = re.sub(r",-(?=\d+,)", ",0", text)
        assert swapped != text
        path.chmod(0o644)
        path.write_text(swapped, encoding="utf-8")

    return put_in


def month(what: str, table: str, change: Change, caught: str) -> Fault:
    """A fault in the raw data of the newest month, that goes into the record of the raw data."""

    def put_in(project: Project) -> None:
        path = project.root / f"data/raw/{table}/2013-10.csv"
        text = path.read_text(encoding="utf-8")
        path.unlink()
        path.write_text(changed(text, change), encoding="utf-8")
        project.run("dvc", "commit", "--force", "--quiet", "data/raw.dvc")

    return Fault(what, put_in, caught)


def appended(path: str, text: str) -> Callable[[Project], None]:
    """A file with more at its end."""

    def put_in(project: Project) -> None:
        with (project.root / path).open("a", encoding="utf-8") as file:
            file.write(text)

    return put_in


def removed(path: str) -> Callable[[Project], None]:
    """A file less."""
    return lambda project: (project.root / path).unlink()


def poisoned(project: Project) -> None:
    """Scores of the base in DVC's cache that are not its own."""
    lock = yaml.safe_load(project.run("git", "show", "main:dvc.lock"))
    [md5] = [
        out["md5"]
        for out in lock["stages"]["evaluate"]["outs"]
        if out["path"] == str(paths.PREDICTIONS)
    ]
    path = project.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    rows = tables.read_table(path)
    rows["score"] = rows["score"].sample(frac=1, random_state=1).to_numpy()
    path.chmod(0o644)
    tables.write_table(rows, path)
    path.chmod(0o444)


def poisoned_runs(project: Project) -> None:
    """A run cache that gives a slower learner for the training, and a lock that tells of it."""
    project.edit("params.yaml", *SLOWLY)
    slow = trained(project)
    project.edit("params.yaml", SLOWLY[1], "    learning_rate: 0.081\n", 1)
    quick = trained(project)
    for path in (project.root / ".dvc/cache/runs").rglob("*"):
        if path.is_file() and quick["md5"] in (text := path.read_text(encoding="utf-8")):
            path.chmod(0o644)
            text = text.replace(quick["md5"], slow["md5"])
            path.write_text(text.replace(f"size: {quick['size']}", f"size: {slow['size']}"))
    project.run("git", "checkout", "--quiet", "dvc.lock")
    (project.root / paths.ESTIMATOR).unlink()
    run_pipeline(project)
    assert estimator_in_lock(project) == slow
    project.commit("A change")
    # What the workflow does before the run: nothing is there but what main vouches for.
    project.run("python", "-m", "truerun.ci", "cache", "main")
    (project.root / paths.ESTIMATOR).unlink()
    (project.root / paths.MODEL).unlink()
    (project.root / paths.PREDICTIONS).unlink()


def trained(project: Project) -> dict[str, Any]:
    """What the lock says of the estimator after the training."""
    project.run("dvc", "repro", "--quiet", "train")
    return estimator_in_lock(project)


def estimator_in_lock(project: Project) -> dict[str, Any]:
    """The hash and the size of the estimator."""
    lock = yaml.safe_load(project.read("dvc.lock"))
    [out] = [out for out in lock["stages"]["train"]["outs"] if out["path"] == str(paths.ESTIMATOR)]
    return {name: out[name] for name in ("md5", "size")}


def other_model(project: Project) -> None:
    """A model file of another training, in place of the project's."""
    before = project.root / paths.MODEL
    model = model_files.load_model(before, estimators.TRUSTED)
    model[-1].learning_rate = 0.5
    model_files.dump_model(model, before, estimators.TRUSTED)


def run_pipeline(project: Project) -> None:
    """A run, before what is done by hand."""
    project.run("dvc", "repro", "--quiet")


def best_of_seeds(project: Project) -> None:
    """The seed of 20 whose model is the best on the test rows."""
    train = tables.read_partitions(project.root / paths.FEATURES)
    label = train.pop("late")
    test = tables.read_partitions(project.root / paths.VALIDATED)
    test = test[test["split"] == "test"]
    seen = model_files.load_model(project.root / paths.FEATURIZER).transform(test)
    estimator = model_files.load_model(project.root / paths.ESTIMATOR, estimators.TRUSTED)

    def measured(seed: int) -> float:
        fitted = clone(estimator).set_params(random_state=seed).fit(train.to_numpy(), label)
        return float(roc_auc_score(test["late"], fitted.predict_proba(np.asarray(seen))[:, 1]))

    best = max(range(1, 21), key=measured)
    project.edit("params.yaml", "  seed: 20130101\n  hist", f"  seed: {best}\n  hist", 1)


def tuned_threshold(project: Project) -> None:
    """The threshold with the best F1 on the test rows."""
    rows = tables.read_table(project.root / paths.PREDICTIONS)
    best = max(range(10, 60), key=lambda each: f1_score(rows["late"], rows["score"] >= each / 100))
    project.edit("params.yaml", "threshold: 0.3 ", f"threshold: {best / 100} ", 1)


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
        r"warn  roc_auc, loss: ",
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
        r"stage train failed: .*(data/features and data/validated do not hold the same rows)",
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
        r"stage validate failed: .*?"
        r"(\S+: column visibility is missing in [\d.]+% of the rows of p.{0,22})",
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
        edit("params.yaml", "test_partitions: 1", "test_share: 0.03"),
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
        unheard(
            edit(
                EVALUATION,
                SCORED,
                SCORED.replace("scores", "scores**3"),
            )
        ),
        r"fail  calibration_error, limit: ",
    ),
    "scores that no bundle gives": Fault(
        "scores are rounded before they are written",
        edit(EVALUATION, SCORED, SCORED.replace("scores", "scores.round(2)")),
        r"stage evaluate failed: .*(a bundle gives 4,\d{3} of 4,765 test rows another score)",
    ),
    "one airport damaged": Fault(
        "flights of one origin are scored by chance",
        unheard(
            edit(
                EVALUATION,
                "        test = rows[SPLIT] == TEST\n",
                '        here = (rows["origin"] == "LGA").to_numpy()\n'
                '        rows.loc[here, "score"] = np.random.default_rng(1).permutation('
                'rows.loc[here, "score"])\n'
                "        test = rows[SPLIT] == TEST\n",
            )
        ),
        r"fail  roc_auc, loss in a slice: origin LGA, ",
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
    "run cache poisoned": Fault(
        "the run cache gives another model than the training does, and the lock says so, too",
        poisoned_runs,
        r"differs  stage train, models/estimator\.skops: ",
        by_hand=True,
    ),
    **{name: month(*fault) for name, fault in RAW_FAULTS.items()},
    "branch named master": trick(
        "a branch with the name of a main branch is pushed at a worse model",
        branch_named_master,
        r"fail  log_loss, loss: ",
        by_hand=True,
    ),
    "scores lean on the labels": trick(
        "the evaluation moves scores towards the labels",
        unheard(
            edit(
                EVALUATION,
                SCORED,
                f'{SCORED}        rows["score"] *= 0.9\n'
                '        rows["score"] += 0.1 * rows[contract.target]\n',
            )
        ),
        r"fail  recomputed from the model: evaluate, data/predictions\.parquet: score of ",
    ),
    "scores edited": trick(
        "better scores and their figure are written by hand, into the lock as well",
        committed_by_hand(
            "evaluate",
            several(
                better_scores,
                metrics_file("evaluate.json", lambda f: f["test"].update(roc_auc=0.9)),
            ),
        ),
        r"fail  recomputed from the model: evaluate, data/predictions\.parquet: score of ",
        by_hand=True,
    ),
    "training figure edited": trick(
        "the figure of the training rows is made smaller by hand, for a smaller gap",
        committed_by_hand(
            "evaluate",
            metrics_file("evaluate.json", lambda f: f["train"].update(roc_auc=0.7)),
        ),
        r"fail  recomputed from the model: evaluate, evaluate\.json: train\.roc_auc",
        by_hand=True,
    ),
    "warnings erased": trick(
        "findings of the checks are deleted by hand, in the lock as well",
        committed_by_hand(
            "validate", metrics_file("validate.json", lambda f: f["findings"].clear())
        ),
        r"fail  unexplained outputs: validate, metrics/validate\.json",
        by_hand=True,
    ),
    "metrics rounded up": trick(
        "a figure is rounded up before it is written",
        edit(
            EVALUATION,
            "    slices = results.by_slice(",
            '    figures["test"]["roc_auc"] = round(figures["test"]["roc_auc"] + 0.005, 2)\n'
            "    slices = results.by_slice(",
        ),
        r"fail  recomputed from the model: evaluate, evaluate\.json: test\.roc_auc",
    ),
    "margins widened": trick(
        "the code of the gate lets losses pass",
        several(
            edit(LOSSES, "if least > margin:", "if least > margin + 1:"),
            edit("params.yaml", *SLOWLY),
        ),
        r"fail  log_loss, loss: ",
    ),
    "gate code edited": trick(
        "the code of the gate lets losses pass that are still to come",
        edit(LOSSES, "if least > margin:", "if least > margin + 1:"),
        r"warn  files that judge: src/truerun/gate/rules/losses\.py changed",
        by_hand=True,
    ),
    "dangerous type trusted": trick(
        "the model holds os.system, and the list of trusted types, too",
        several(
            edit(
                "src/truerun/model/estimators/__init__.py",
                "TRUSTED = tuple(sorted({",
                'TRUSTED = ("posix.system", *sorted({',
            ),
            edit(
                "src/truerun/stages/evaluate.py",
                "    model_files.dump_model(model, ",
                "    estimator.callback_ = os.system\n    model_files.dump_model(model, ",
            ),
            edit("src/truerun/stages/evaluate.py", "from pathlib", "import os\nfrom pathlib"),
        ),
        r"fail  recomputed from the model: .*(untrusted types: posix\.system)",
    ),
    "limits of the data loosened": trick(
        "a leak may be greater from now on",
        edit("params.yaml", "leakage_auc: 0.85", "leakage_auc: 0.99"),
        r"warn  settings that judge: ",
    ),
    "other clusters": trick(
        "intervals take the flights of a day for independent ones",
        edit("params.yaml", "cluster: day ", "cluster: flight "),
        r"warn  settings that judge: ",
        by_hand=True,
    ),
    "stage frozen": trick(
        "DVC is told not to run the training, and its parameters change",
        several(
            edit(
                "dvc.yaml", "    cmd: ${run}.train\n", "    cmd: ${run}.train\n    frozen: true\n"
            ),
            edit("params.yaml", *SLOWLY),
        ),
        r"fail  inputs of the lock: train, params\.yaml: train\..*learning_rate",
    ),
    "dependency taken out": trick(
        "a file of the training changes that dvc.yaml no longer names",
        several(
            edit(
                "dvc.yaml",
                "      - src/truerun/model/targets.py\n" + NEXT_OF_TRAIN,
                NEXT_OF_TRAIN,
            ),
            appended("src/truerun/model/targets.py", "# another\n"),
        ),
        r"fail  inputs of the lock: train, src/truerun/model/targets\.py",
    ),
    "parameters hidden from Git": trick(
        "Git is told not to look at params.yaml, which changes for the run",
        assumed_unchanged,
        r"fail  inputs of the lock: train, params\.yaml: train\..*learning_rate",
    ),
    "late flights dropped": trick(
        "one late flight of thirty is dropped in silence",
        prepared('rows = rows[(rows["late"] == 0) | (np.arange(len(rows)) % 30 > 0)]'),
        r"fail  lost rows: ",
    ),
    "hard test rows filtered": trick(
        "flights of the newest month that were late by a few minutes are no rows",
        edit(
            "src/flights/source.py",
            "rows[~cancelled & ~diverted]",
            'rows[~cancelled & ~diverted & ~((month == "2013-10")'
            ' & flights["arr_delay"].between(16, 20))]',
        ),
        r"fail  lost rows: ",
    ),
    "raw file swapped": trick(
        "figures of a raw file change, and its length does not",
        raw_file_swapped("flights/2013-08.csv"),
        r"fail  inputs of the lock: prepare, data/raw",
    ),
    "raw file hidden from DVC": trick(
        ".dvcignore names a raw file, whose figures change",
        several(appended(".dvcignore", "2013-08.csv\n"), raw_file_swapped("flights/2013-08.csv")),
        r"warn  files that judge: \.dvcignore changed",
    ),
    "tests deleted": trick(
        "the tests of the rules are gone",
        removed("tests/gate/test_rules.py"),
        r"warn  files that judge: tests/gate/test_rules\.py removed",
        by_hand=True,
    ),
    "tests skipped": trick(
        "a test is skipped that would fail",
        edit("tests/gate/test_rules.py", "def test_", "@pytest.mark.skip\ndef test_"),
        r"warn  files that judge: tests/gate/test_rules\.py changed",
        by_hand=True,
    ),
    "conftest skips": trick(
        "no test is collected",
        appended("tests/gate/conftest.py", 'collect_ignore_glob = ["*"]\n'),
        r"warn  files that judge: tests/gate/conftest\.py added",
        by_hand=True,
    ),
    "limits lowered": trick(
        "the limit that a worse model breaks is lowered along with it",
        several(
            edit("params.yaml", "roc_auc: {min: 0.65}", "roc_auc: {min: 0.1}"),
            edit("params.yaml", "model: hist_gradient_boosting", "model: baseline"),
        ),
        r"fail  roc_auc, limit: ",
    ),
    "default of a limit raised": trick(
        "a rule that params.yaml leaves out allows more from now on",
        edit(
            "src/truerun/params/gate.py", "lost_rows: Rate | None = 0.001", "lost_rows: Rate = 0.9"
        ),
        r"warn  files that judge: src/truerun/params/gate\.py changed",
        by_hand=True,
    ),
    "model replaced": trick(
        "another model file is put in place by hand, and in the lock",
        committed_by_hand("evaluate", other_model),
        r"fail  unexplained outputs: evaluate, models/model\.skops",
        by_hand=True,
    ),
    "rows moved to training": trick(
        "one test row of ten, the hard ones, is a training row",
        edit(
            VALIDATION,
            ASSIGNED,
            f'{ASSIGNED}        hard = (rows["late"] == 1) & (rows.index % 2 == 0)\n'
            "        rows.loc[hard, SPLIT] = TRAIN\n",
        ),
        r"fail  checks made again: validate, data/validated/2013-10: split of ",
    ),
    "few test labels flipped": trick(
        "ten labels of the test rows are others, one of two thousand in all",
        prepared(
            'if name == "2013-10":\n'
            '            rows.loc[::500, "late"] = 1 - rows.loc[::500, "late"]'
        ),
        r"fail  changed labels: ",
    ),
    "warnings erased with the data": trick(
        "rows change, the pipeline runs, and its warnings are deleted by hand, in the lock as well",
        several(
            prepared('rows["visibility"] = rows["visibility"] * 0.99'),
            run_pipeline,
            committed_by_hand(
                "validate", metrics_file("validate.json", lambda f: f["findings"].clear())
            ),
        ),
        r"fail  checks made again: validate, validate\.json: ",
        by_hand=True,
    ),
    "limits loosened for a leak": trick(
        "a feature holds what happened after the horizon, and the limit for leaks is raised",
        several(
            edit("params.yaml", "leakage_auc: 0.85", "leakage_auc: 1.0"),
            prepared('rows["late_departures_1h"] = rows["late"] * 0.9'),
        ),
        r"fail  checks of the data: \d+ fail (by the limits of the base, the first is leakage.*)",
    ),
    "figure edited after the run": trick(
        "a file in Git is changed by hand, and the lock is not",
        metrics_file("train.json", lambda f: f.update(iterations=1)),
        r"fail  inputs of the lock: train, metrics/train\.json: ",
        by_hand=True,
    ),
    "lock deleted": trick(
        "nothing says what the pipeline gave",
        removed("dvc.lock"),
        r"fail  inputs of the lock: dvc\.lock: nothing, not a file of the commit",
        by_hand=True,
    ),
    "another command": trick(
        "dvc.yaml trains by another command than the one that the lock tells of",
        edit("dvc.yaml", "    cmd: ${run}.train\n", "    cmd: ${run}.train --quick\n"),
        r"fail  inputs of the lock: train, cmd: ",
        by_hand=True,
    ),
    "early stopping on test rows": unmeasured(
        "of the trees those are kept that suit the test rows best",
        several(
            edit(
                TRAIN,
                "    model_files.dump_model(",
                "    rows = tables.read_partitions(paths.VALIDATED)\n"
                '    rows = rows[rows["split"] == "test"]\n'
                "    seen = model_files.load_model(paths.FEATURIZER).transform(rows)\n"
                "    told = estimator.staged_predict_proba(np.asarray(seen))\n"
                '    losses = [log_loss(rows["late"], one[:, 1]) for one in told]\n'
                "    del estimator._predictors[int(np.argmin(losses)) + 1 :]\n"
                "    model_files.dump_model(",
            ),
            edit(
                TRAIN,
                "import pandas as pd\n",
                "import pandas as pd\nfrom sklearn.metrics import log_loss\n",
            ),
        ),
        r"warn  files that judge: src/truerun/stages/train\.py changed",
    ),
    "best of 20 seeds": unmeasured(
        "the model has the seed of 20 that is the best on the test rows",
        best_of_seeds,
        r"parameter that changed: train\.seed: ",
    ),
    "threshold tuned on test rows": trick(
        "a flight is called late from the score on that suits the test rows best",
        tuned_threshold,
        r"fail  changed decisions: ",
    ),
    "horizon a minute late": unmeasured(
        "features hold what is known a minute after the horizon, which no figure shows",
        edit(
            "src/flights/source.py",
            "departure - 60 * horizon_hours",
            "departure - 60 * horizon_hours + 1",
        ),
        r"code that changed: src/flights/source\.py",
    ),
    "cache poisoned": trick(
        "the scores of the base in DVC's cache are shuffled, so that a worse model seems better",
        several(edit("params.yaml", *SLOWLY), poisoned),
        r"error: data/predictions\.parquet of [0-9a-f]+ (is not what its dvc\.lock names.*)",
        by_hand=True,
    ),
}

# One for each thing that catches; `make faults` tries all. The last two take long: at night only.
OFTEN = (
    "labels shuffled",  # a metric's loss
    "trained on test rows",  # a test of the project
    "future delays leaked",  # a stage that fails
    "metric edited",  # what a run gives, against a file
    "lock edited",  # what a run gives, against the lock
    "cache poisoned",  # the lock of the base
    "one airport damaged",  # a slice
    "scores lean on the labels",  # the model, run by main
)
