"""A model against one score for everyone, on its test rows."""

from pathlib import Path

from truerun.base import paths, tables
from truerun.compare import pairs
from truerun.comparison.comparison import MetricDifference
from truerun.contract.contract import Contract
from truerun.model import results, targets
from truerun.model.split import SPLIT, TRAIN
from truerun.model.tasks import TASKS
from truerun.project.params import Params
from truerun.report import words


def against_baseline(folder: Path, contract: Contract, params: Params) -> MetricDifference:
    """The main metric of the baseline and of the model in a folder, on its test rows."""
    validated = tables.read_partitions(folder / paths.VALIDATED, [contract.target, SPLIT])
    train = validated[validated[SPLIT] == TRAIN]
    test = tables.read_table(folder / paths.PREDICTIONS)
    train_target = targets.numbers(train[contract.target], contract)
    base = results.same_score(train_target, len(test), contract)
    head = targets.scores(test, contract)
    cluster_column = params.compare.cluster
    target = targets.numbers(test[contract.target], contract)
    cluster = pairs.numbered(test[cluster_column] if cluster_column else None, len(test))
    rows = pairs.undecided(contract.task, target, base, head, cluster)
    return pairs.differences(rows, [TASKS[contract.task].main_metric])[0]


def no_gain_warning(difference: MetricDifference) -> list[str]:
    """A warning for a model that is not surely better than the baseline."""
    if difference.verdict == "better":
        return []
    fields = difference.model_dump()
    name, interval = words.label(fields), words.interval(fields, ", 95 %: ", "")
    model, baseline = words.side(fields, "head"), words.side(fields, "base")
    text = (
        f"Nothing is learned for sure: {name} is {model} on the test rows, and {baseline} with one "
        f"score for everyone ({interval}). Other columns or more rows may help; until then, a test"
        " of the project fails and says so."
    )
    return [text, ""]
