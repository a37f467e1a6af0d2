"""The files that make a clone the project of a user's table: params.yaml, schema.yaml, dvc.yaml.

Texts in, texts out. Of params.yaml and dvc.yaml all that is not said anew stays, with its comments.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import yaml
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from truerun.adopt.columns import expect
from truerun.adopt.columns.leaks import LIMIT, NEAR
from truerun.adopt.profile import Profile
from truerun.adopt.writing.facts import Facts
from truerun.base import yaml_text
from truerun.base.tasks import Task
from truerun.model import split as splits
from truerun.model.tasks import TASKS
from truerun.params.split import Split
from truerun.sources.table.rows import ROW, part_names

# Code that the source `table` alone reads.
TABLE = ("src/truerun/base/tasks.py", "src/truerun/sources/table")
TEST_SHARE = 0.2
SEED, SEEDS = 0, 50  # of the split; more of a small table, until about the share is drawn
ABOUT = 0.04  # of the rows
COMMON = 0.75  # of the rows, from which on to repeat another is no accident
UNREACHED = 20.0  # stability index; the largest possible is 18.4
REACHED = 4.0  # stability index of rows that have little in common
EVEN = (0.3, 0.7)  # a rate of the target between these is decided at a half
SLICES, MOST_VALUES = 3, 12  # columns to slice by, and how many values one may have
SMALLEST_SLICE, PARTS = 30, 50  # rows of a slice: so many, and such a part of the test rows
FEWER = 20  # a part of the smallest partition, that newer ones must have
FALL = 0.05  # how far the main metric may fall below the first model's
LOSS = 0.01, 0.02  # of ROC AUC, and as a share of another metric, that a change may cost
SCHEMA = """\
# The contract of a row: what every row of data/prepared must hold. Rows that do not are kept in
# data/quarantine. `feature: false` marks what the model never sees; a `seasonal` column may drift,
# or have one value in all of a partition, without failing; `max_missing` is the share of a
# partition's rows in which a `nullable` column may be missing. Ranges are those that were seen, and
# half as much either way: narrow them.
"""


def params(old: str, found: Profile, facts: Facts) -> str:
    """The text of params.yaml for a table."""
    held = yaml_text.loaded(old)
    held["source"] = _source(found, facts)
    for name, value in _validate(found, facts).items():
        _set(held["validate"], name, value)
    limits = held["validate"]["drift"]["psi"]
    if found.time or found.group:  # newer rows and others' differ on purpose: warnings will do
        limits["fail"] = UNREACHED
    elif limits["fail"] == UNREACHED:  # of a table before
        limits["fail"] = REACHED
    held["split"] = _split(found, facts)
    held["featurize"]["exclude"] = _line(ahead(found))
    _set(held["train"], "model", "hist_gradient_boosting")
    evaluated = {
        "threshold": threshold(found, facts),
        "slices": _line(slices(found)),
        "min_slice_rows": max(SMALLEST_SLICE, round(TEST_SHARE * facts.rows / PARTS)),
    }
    for name, value in evaluated.items():
        _set(held["evaluate"], name, value)
    held["compare"] = CommentedMap({"cluster": _quoted(found.group)} if found.group else {})
    held["gate"] = _gate(found.task)
    return yaml_text.dumped(held)


def with_trees(text: str, parameters: Mapping[str, Any]) -> str:
    """params.yaml with parameters of the boosted trees."""
    held = yaml_text.loaded(text)
    for name, value in parameters.items():
        _set(held["train"]["hist_gradient_boosting"], name, value)
    return yaml_text.dumped(held)


def with_limits(text: str, task: Task, results: Mapping[str, Any]) -> str:
    """params.yaml with limits of the gate a little below what the first model reaches.

    Parameters
    ----------
    results : the content of metrics/evaluate.json.
    """
    held = yaml_text.loaded(text)
    name = TASKS[task].main_metric
    value = results["test"][name]
    if value is None:
        return text
    area = task == "binary"
    bound = {"min": _rounded(value - FALL)} if area else {"max": _rounded(value * (1 + FALL))}
    loss = LOSS[0] if area else _rounded(value * LOSS[1])
    rules = {"limits": _line({name: bound}), "losses": _line({name: loss})}
    held["gate"] = CommentedMap({**rules, **held["gate"]})
    return yaml_text.dumped(held)


def schema(found: Profile, facts: Facts) -> str:
    """The text of schema.yaml."""
    head: dict[str, Any] = {
        "task": found.task,
        "predicts": predicts(found),
        "not_for": "Nobody has said yet what this model must not be used for: say it here.",
        "target": found.options.target,
        "key": list(found.key),
        **({"time": found.time} if found.time else {}),
    }
    lines = [*(_entry(name, value) for name, value in head.items()), "", "columns:"]
    for name, column in found.columns.items():
        asked = expect.limited(column, facts.missing[name], still=name in facts.still)
        lines.append(f"  {_entry(name, asked)}")
    return f"{SCHEMA}\n" + "\n".join(lines) + "\n"


def pipeline(old: str, found: Profile, plots: list[Any], name: str) -> str:
    """The text of dvc.yaml: the table as source, the task's plots, the model under its own name."""
    held = yaml_text.loaded(old)
    prepare = held["stages"]["prepare"]["deps"]
    prepare[:] = [path for path in prepare if not _is_own_source(path)]
    prepare += TABLE
    held["plots"] = plots
    artifact = next(iter(held["artifacts"].values()))
    artifact["desc"] = predicts(found)
    artifact["labels"] = _line([found.task, "scikit-learn"])
    held["artifacts"] = {artifact_name(name): artifact}
    return yaml_text.dumped(held)


def _is_own_source(path: str) -> bool:
    """Whether code is that of a project's source, not of the package."""
    return path in TABLE or (path.startswith("src/") and not path.startswith("src/truerun/"))


def artifact_name(name: str) -> str:
    """A name that DVC allows for an artifact: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "model"


def predicts(found: Profile) -> str:
    """What the model predicts, in words."""
    target = found.options.target
    return {
        "binary": f"whether {target} is {found.options.positive}",
        "multiclass": f"which {target} it is",
        "regression": target,
        "counts": f"how many {target} are to be expected",
    }[found.task]


def threshold(found: Profile, facts: Facts) -> float | None:
    """From which score on a row is positive: a half, or the target's rate where that is far off."""
    if found.task != "binary" or facts.mean is None:
        return None
    if EVEN[0] <= facts.mean <= EVEN[1]:
        return 0.5
    return min(0.99, max(0.01, round(facts.mean, 2)))


def ahead(found: Profile) -> list[str]:
    """Features of which newer rows have other values than all before: trees learn nothing of them.

    They stay where there are no others.
    """
    if not found.time:
        return []
    parts = part_names(found.time, found.options)
    running = [parts[part] for part in ("year", "days") if part in parts]
    others = [
        name
        for name, column in found.columns.items()
        if column.get("feature", True) and name not in (*running, found.options.target)
    ]
    return running if others else []


def slices(found: Profile) -> list[str]:
    """The categories and booleans of the fewest values."""
    few = [
        (decision.seen.distinct, decision.column)
        for decision in found.decisions
        if decision.is_feature
        and decision.option.as_ in ("category", "boolean")
        and 1 < decision.seen.distinct <= MOST_VALUES
    ]
    return [name for _, name in sorted(few)[:SLICES]]


def _source(found: Profile, facts: Facts) -> CommentedMap:
    """Which source it is, and how that reads the table."""
    told = found.options.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    told["format"] = _line({"kind": found.options.format.kind, **told["format"]})
    for name in ("missing", "key"):
        if name in told:
            told[name] = _line(told[name])
    columns = told["columns"].items()
    told["columns"] = CommentedMap({_quoted(name): _line(how) for name, how in columns})
    source = CommentedMap(
        {
            "name": "table",
            "max_dropped": _rounded(min(0.99, 0.01 + 1.5 * facts.dropped)),
            "options": CommentedMap({name: _quoted(value) for name, value in told.items()}),
        }
    )
    source.yaml_add_eol_comment("share of a file's rows that may be dropped", "max_dropped")
    return source


def _validate(found: Profile, facts: Facts) -> dict[str, Any]:
    """What is asked of every partition, with room around what these have."""
    return {
        "min_rows": max(1, min(facts.partitions.values()) // FEWER),
        "target_rate": _line(rates(found, facts)) if facts.means else None,
        "leakage_auc": 1.0 if found.combined >= NEAR else LIMIT,
    }


def rates(found: Profile, facts: Facts) -> dict[str, float]:
    """Between what the target's mean of a partition may lie."""
    means, spread = facts.means or (0.0,), facts.spread or 0.0
    if found.task == "binary":
        return {"min": _rounded(min(means) / 2), "max": _rounded(1 - (1 - max(means)) / 2)}
    digit = 10.0 ** math.floor(math.log10(spread or 1.0)) / 10
    low, high = math.floor((min(means) - spread) / digit), math.ceil((max(means) + spread) / digit)
    return {"min": float(f"{low * digit:.12g}"), "max": float(f"{high * digit:.12g}")}


def _split(found: Profile, facts: Facts) -> CommentedMap:
    """By time or group where the user says so; at random, but the same each time, otherwise."""
    drawn = "stratified" if found.task in ("binary", "multiclass") else "random"
    ways: list[dict[str, Any]] = [{"by": drawn}]
    if found.group:
        ways = [{"by": "group", "group": _quoted(found.group)}]
    elif found.key[0] == ROW and found.repeated < COMMON:
        # Equal rows are on one side, if each class can be on both then.
        ways.insert(0, {"by": "group" if drawn == "random" else drawn, "group": ROW})
    if found.time:
        split: dict[str, Any] = {"by": "time", "test_share": TEST_SHARE}
    else:
        way, seed = _drawn(ways, found, facts.few)
        split = {**way, "test_share": TEST_SHARE, "seed": seed}
    made = CommentedMap(split)
    made.yaml_add_eol_comment("time, random, stratified or group", "by")
    return made


def _drawn(
    ways: Sequence[dict[str, Any]], found: Profile, few: pd.DataFrame | None
) -> tuple[dict[str, Any], int]:
    """The way to split the rows, and the seed: of few rows one that draws about their share.

    It is the first way that has each class on both sides, and the first seed that comes so near.
    """
    if few is None:
        return ways[0], SEED
    for way in ways:
        misses = {seed: _miss(way, seed, found, few) for seed in range(SEED, SEED + SEEDS)}
        seed = min(misses, key=misses.__getitem__)
        if math.isfinite(misses[seed]):
            return way, seed
    return ways[0], SEED


def _miss(way: dict[str, Any], seed: int, found: Profile, few: pd.DataFrame) -> float:
    """How far the test rows are from their share; infinitely, if a side lacks a class."""
    split = Split.model_validate({**way, "test_share": TEST_SHARE, "seed": seed})
    target = found.options.target
    try:
        test = splits.assign(few[splits.columns(split, found.key, None, target)], split, target)
    except splits.SplitError:  # a side has no row
        return math.inf
    sides = (few[target][test], few[target][~test])
    if found.task in ("binary", "multiclass") and set(sides[0]) != set(sides[1]):
        return math.inf
    return max(abs(float(test.mean()) - TEST_SHARE), ABOUT)


def _gate(task: Task) -> CommentedMap:
    """The rules that need no figures of a first model."""
    rules: dict[str, Any] = {"test_rows": 0.8}
    if task in ("binary", "multiclass"):
        rules["changed_decisions"] = 0.1
    rules |= {"quarantined": 0.01, "predict_one_ms": 500.0, "model_bytes": 50_000_000}
    made = CommentedMap(rules)
    made.yaml_add_eol_comment("of the base's: a test set must not shrink unseen", "test_rows")
    return made


def _set(section: CommentedMap, name: str, value: Any) -> None:
    """Set a key, or take it out for None; its comment was on the value that it had."""
    section.ca.items.pop(name, None)
    if value is None:
        section.pop(name, None)
    else:
        section[name] = value


def _line(value: Any) -> Any:
    """A list or mapping, and those in it, to be written on one line."""
    made: CommentedMap | CommentedSeq
    if isinstance(value, dict):
        made = CommentedMap({_quoted(name): _line(each) for name, each in value.items()})
    elif isinstance(value, list | tuple):
        made = CommentedSeq([_line(each) for each in value])
    else:
        return _quoted(value)
    made.fa.set_flow_style()
    return made


def _quoted(value: Any) -> Any:
    """A text that other readers of YAML would take for a truth or a number, in quotes."""
    plain = isinstance(value, str) and _flow(value) != value
    return DoubleQuotedScalarString(value) if plain else value


def _rounded(value: float) -> float:
    """A figure of three digits."""
    return float(f"{value:.3g}")


def _entry(name: str, value: Any) -> str:
    """A key and its value on one line of YAML."""
    return f"{_flow(name)}: {_flow(value)}"


def _flow(value: Any) -> str:
    """A value on one line of YAML."""
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=math.inf,
        default_flow_style=True,
    )
    return text.removesuffix("...\n").rstrip("\n")


class _Dumper(yaml.SafeDumper):
    """Writes a tuple as a list."""


_Dumper.add_representer(tuple, yaml.SafeDumper.represent_list)
