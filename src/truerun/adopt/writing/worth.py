"""Whether the first model has learned anything: its test rows against one score for everyone."""

from pathlib import Path

from truerun.base import paths, tables
from truerun.compare import pairs
from truerun.comparison.comparison import MetricDifference
from truerun.contract.contract import Contract
from truerun.model import results, targets
from truerun.model.split import SPLIT, TRAIN
from truerun.model.tasks import TASKS
from truerun.params.params import Params
from truerun.report import words


def against_baseline(folder: Path, contract: Contract, chosen: Params) -> MetricDifference:
    """The main metric of the baseline and of the model in a folder, on its test rows."""
    known = tables.read_partitions(folder / paths.VALIDATED, [contract.target, SPLIT])
    train = known[known[SPLIT] == TRAIN]
    test = tables.read_table(folder / paths.PREDICTIONS)
    learned = targets.numbers(train[contract.target], contract)
    base = results.same_score(learned, len(test), contract)
    head = targets.scores(test, contract)
    together = chosen.compare.cluster
    target = targets.numbers(test[contract.target], contract)
    cluster = pairs.numbered(test[together] if together else None, len(test))
    rows = pairs.undecided(contract.task, target, base, head, cluster)
    return pairs.differences(rows, [TASKS[contract.task].main_metric])[0]


def told(found: MetricDifference) -> list[str]:
    """What is to be said of a model that is not surely better than the baseline."""
    if found.verdict == "better":
        return []
    gain = found.model_dump()
    name, moved = words.label(gain), words.interval(gain, ", 95 %: ", "")
    model, everyone = words.side(gain, "head"), words.side(gain, "base")
    text = (
        f"Nothing is learned for sure: {name} is {model} on the test rows, and {everyone} with one "
        f"score for everyone ({moved}). Other columns or more rows may help."
    )
    return [text, ""]
