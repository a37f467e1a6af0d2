"""Whether the files of an evaluation are what the model file gives on the validated rows.

Whoever judges a change need not believe its figures: the model of the head scores the validated
rows once more, with the code that judges, and every file of the evaluation is made again.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from truerun.base import locks, paths, tables
from truerun.base.errors import ModelError, TruerunError
from truerun.compare import made_again
from truerun.compare.revision import Revision
from truerun.comparison.comparison import LockDifference, Missing
from truerun.contract.contract import Contract
from truerun.evaluation import evaluation, threshold
from truerun.evaluation.evaluation import RESULTS, SLICES, EvaluationTerms
from truerun.model import bundle_files, targets
from truerun.model.isolation.isolated_model import IsolatedModel
from truerun.model.scoring import bundle
from truerun.project.params import Params

SHOWN = 60  # letters of a fact
GITIGNORE = ".gitignore"  # which DVC writes beside a file that it keeps


def differences(
    head: Revision, chosen: Params, contract: Contract, *, exact: bool
) -> list[LockDifference] | Missing:
    """Where files of the head are not those of its model.

    Parameters
    ----------
    exact : False where the packages are not the same: then scores and figures may differ by
        rounding, and plots, pictures and the card are not held against anything.
    """
    model = head.isolated_model()
    if isinstance(model, Missing):
        if not (head.folder / paths.MODEL).is_file():
            return model
        why = model.missing.replace(f"{head.folder}/", "")
        return [_difference("file", str(paths.MODEL), "a model that can be read", why)]
    claimed = list(_claimed(head.folder)) if chosen.evaluate.value else []
    best = None if claimed or not chosen.evaluate.value else threshold.read(head.folder)
    terms = EvaluationTerms(
        contract,
        chosen.evaluate,
        chosen.source,
        chosen.train.model,
        best,
        evaluation.rows_fitted_on(head.folder),
    )
    with tempfile.TemporaryDirectory(prefix="evaluation-") as temporary:
        folder = Path(temporary)
        try:
            tables.partition_names(head.folder / paths.VALIDATED)
        except TruerunError as error:
            return Missing(
                missing=f"the validated rows of {head.name}: {made_again.plain(error, head.folder)}"
            )
        try:
            evaluation.evaluate(model, head.folder / paths.VALIDATED, terms).write(folder)
        except tables.TableError as error:
            name, rows = str(paths.VALIDATED), "rows that can be read"
            return [_difference("file", name, rows, made_again.plain(error, head.folder))]
        # The file may hold anything of the trusted types, put together in any way.
        except Exception as error:  # noqa: BLE001 - each estimator raises what it likes
            name, scores = str(paths.MODEL), "a model that scores"
            return [_difference("file", name, scores, made_again.plain(error, head.folder))]
        return [
            *claimed,
            *_bundle(model, head, chosen, contract, exact=exact),
            *_scores(folder, head.folder, contract, exact=exact),
            *(
                difference
                for path in (RESULTS, SLICES)
                for difference in made_again.figures(
                    (folder, head.folder), path, "evaluate", exact=exact
                )
            ),
            *(_files(folder, head.folder) if exact else ()),
        ]


def _claimed(head: Path) -> Iterator[LockDifference]:
    """What is wrong with the file of the best threshold, which no model file gives.

    What it says is taken as it is claimed, and so is its mark in a plot.
    """
    try:
        threshold.read(head)
    except ModelError as error:
        yield _difference("file", str(threshold.PATH), "a threshold, or none", str(error))


def _bundle(
    model: IsolatedModel, head: Revision, chosen: Params, contract: Contract, *, exact: bool
) -> Iterator[LockDifference]:
    """Where the bundle is not that of the model: what is served would not be what was judged.

    The interval of a number is taken as it is claimed, for no model file gives it.
    """
    if str(bundle.FOLDER) not in locks.outputs(head.lock()):
        return
    folder, name = head.folder / bundle.FOLDER, str(bundle.FOLDER)
    try:
        facts, _, _ = bundle.checked(folder)
        held = model.held(contract.task)
    except ModelError as error:
        yield _difference("file", name, "the model's bundle", made_again.plain(error, head.folder))
        return
    content = (head.folder / paths.MODEL).read_bytes()
    threshold = chosen.evaluate.threshold
    expected = bundle_files.other_facts(contract, threshold, chosen.source, content)
    features = [name for name in facts["features"] if name in contract.features()]
    bins = bundle_files.training_bins(head.folder / paths.VALIDATED, features)
    expected["training_bins"] = bins
    for fact, value in json.loads(json.dumps(expected, default=str)).items():
        if facts[fact] != value:
            sides = (json.dumps(side)[:SHOWN] for side in (value, facts[fact]))
            yield _difference("file", f"{name}: {fact}", *sides)
    if exact and bundle.model_hash(facts, facts["files"]) not in held:
        yield _difference("file", name, "the model's features and trees", "others")


def _scores(made: Path, head: Path, contract: Contract, *, exact: bool) -> Iterator[LockDifference]:
    """The first row whose score is another one, or what keeps the tables from being compared."""
    expected, name = tables.read_table(made / paths.PREDICTIONS), str(paths.PREDICTIONS)
    try:
        # A file may say anything of its rows' and columns' names.
        actual = tables.read_table(head / paths.PREDICTIONS).reset_index(drop=True)
        actual.columns = pd.Index(map(str, actual.columns))
    except (TruerunError, ValueError, TypeError) as error:
        yield _difference("file", name, "a table of scores", made_again.plain(error, head))
        return
    scores = targets.score_columns(contract)
    shape = [(len(table), *table.columns) for table in (expected, actual)]
    if shape[0] != shape[1]:
        words = (f"{rows:,} rows of {', '.join(columns)}" for rows, *columns in shape)
        yield _difference("file", name, *words)
        return
    for column in expected:
        sides = expected[column], actual[column]
        same = (
            made_again.close(*sides) if column in scores and not exact else made_again.equal(*sides)
        )
        if not same.all():
            row = int(np.flatnonzero(~same)[0])
            key = ", ".join(f"{each} {expected[each].iloc[row]}" for each in contract.key)
            count = int((~same).sum())
            where = f"{name}: {column} of {count:,} row{'s'[: count > 1]}, first {key or row}"
            yield _difference("score", where, *(repr(side.iloc[row]) for side in sides))


def _files(made: Path, head: Path) -> Iterator[LockDifference]:
    """Plots, pictures and the card that are others, that are missing, or that nothing makes."""
    names = {
        path.relative_to(folder)
        for folder in (made, head)
        for path in (folder / paths.PLOTS).rglob("*")
        if path.is_file() and path.name != GITIGNORE
    }
    for name in sorted({*names, paths.CARD}):
        sides = [(folder / name).read_bytes() if (folder / name).is_file() else None
                 for folder in (made, head)]  # fmt: skip
        if sides[0] != sides[1]:
            words = ("no file" if side is None else f"{len(side):,} bytes" for side in sides)
            before, after = words
            yield _difference("file", str(name), before, after if before != after else "others")


def _difference(kind: str, name: str, expected: str, actual: str) -> LockDifference:
    return LockDifference(stage="evaluate", kind=kind, name=name, expected=expected, found=actual)
