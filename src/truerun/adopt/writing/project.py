"""The files of a project that depend on its table: params.yaml, schema.yaml, dvc.yaml.

Texts in, texts out. What is not replaced in params.yaml and dvc.yaml stays, with its comments.
"""

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ruamel.yaml.comments import CommentedMap

from truerun.adopt.columns import expectations
from truerun.adopt.leaks.search import LIMIT
from truerun.adopt.table_profile import TableProfile
from truerun.adopt.writing.partition_statistics import PartitionStatistics
from truerun.adopt.writing.yaml_nodes import entry, line, quoted
from truerun.base import paths, yaml_text
from truerun.base.tasks import Task
from truerun.model.tasks import TASKS
from truerun.sources.table.rows import part_names

EVEN = (0.3, 0.7)  # with a target rate between these, the threshold is a half
SLICES, MOST_VALUES = 3, 12  # columns to slice by, and values that one may have
SMALLEST_SLICE, PARTS = 30, 50  # rows of a slice: so many, and such a fraction of the test rows
NEARLY_ALL = 0.98  # of the rows: where so many are dropped, a few more are nearly none
FEWER = 20  # newer partitions must have this fraction of the smallest one
FALL = 0.05  # how far the main metric may fall below the first model's
LOSS = 0.01, 0.02  # of ROC AUC, and as a share of another metric, that a change may cost
SLICE_LOSS = 3  # times as much in a slice, of which less is known
SCHEMA = """\
# The contract of a row: what every row of data/prepared must satisfy. Rows that do not are kept in
# data/quarantine. `feature: false` marks what the model never sees; a `seasonal` column may drift,
# or have one value in all of a partition, without failing; `max_missing` is the share of a
# partition's rows in which a `nullable` column may be missing. Ranges are the observed ones, and
# half as much either way: narrow them.
"""


def params(
    template: str,
    profile: TableProfile,
    statistics: PartitionStatistics,
    features: str | None = None,
) -> str:
    """The text of params.yaml for a table.

    Parameters
    ----------
    features : the module of the project's own features, if it has one.
    """
    content = yaml_text.loaded(template)
    content["source"] = _source(profile, statistics, features)
    for name, value in _validate(profile, statistics).items():
        _set(content["validate"], name, value)
    content["split"] = _split(profile, statistics)
    content["featurize"]["exclude"] = line(ahead(profile))
    evaluated = {
        "threshold": threshold(profile, statistics),
        "slices": line(slices(profile)),
        "min_slice_rows": max(
            SMALLEST_SLICE, round(statistics.split["test_share"] * statistics.rows / PARTS)
        ),
    }
    for name, value in evaluated.items():
        _set(content["evaluate"], name, value)
    if profile.group:
        content["compare"] = CommentedMap({"cluster": quoted(profile.group)})
    content["gate"] = _gate(profile.task)
    return yaml_text.dumped(content)


def with_parameters(text: str, models: Mapping[str, Mapping[str, Any]]) -> str:
    """params.yaml with parameters of models, by the names that `train` has for both."""
    content = yaml_text.loaded(text)
    for model, parameters in models.items():
        for name, value in parameters.items():
            _set(content["train"][model], name, value)
    return yaml_text.dumped(content)


def with_limits(text: str, task: Task, results: Mapping[str, Any]) -> str:
    """params.yaml with limits of the gate slightly below what the first model reaches.

    Parameters
    ----------
    results : the content of metrics/evaluate.json.
    """
    content = yaml_text.loaded(text)
    name = TASKS[task].main_metric
    value = results["test"][name]
    if value is None:
        return text
    is_area = task == "binary"
    bound = {"min": _rounded(value - FALL)} if is_area else {"max": _rounded(value * (1 + FALL))}
    loss = LOSS[0] if is_area else _rounded(value * LOSS[1])
    rules = {"limits": line({name: bound}), "losses": line({name: loss})}
    if content["evaluate"]["slices"]:
        rules["slice_losses"] = line({name: {"margin": _rounded(SLICE_LOSS * loss)}})
    content["gate"] = CommentedMap({**rules, **content["gate"]})
    return yaml_text.dumped(content)


def schema(
    profile: TableProfile,
    statistics: PartitionStatistics,
    own: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> str:
    """The text of schema.yaml.

    Parameters
    ----------
    own : the columns that the project's own features add, as they are declared.
    """
    head: dict[str, Any] = {
        "task": profile.task,
        "predicts": predicts(profile),
        "not_for": "Not stated yet: say here what this model must not be used for.",
        "target": profile.options.target,
        "key": list(profile.key),
        **({"time": profile.time} if profile.time else {}),
    }
    lines = [*(entry(name, value) for name, value in head.items()), "", "columns:"]
    for name, column in profile.columns.items():
        limited = expectations.partition_limits(
            column, statistics.missing[name], is_constant=name in statistics.constant
        )
        lines.append(f"  {entry(name, limited)}")
    lines += [f"  {entry(name, dict(column))}  # of features.py" for name, column in own.items()]
    return f"{SCHEMA}\n" + "\n".join(lines) + "\n"


def pipeline(template: str, profile: TableProfile, plots: list[Any], name: str) -> str:
    """The text of dvc.yaml: with the task's plots, and the model under its name."""
    content = yaml_text.loaded(template)
    content["plots"] = plots
    artifact = {
        "path": str(paths.MODEL),
        "type": "model",
        "desc": quoted(predicts(profile).replace("${", "\\${")),  # else DVC looks it up
        "labels": line([profile.task, "scikit-learn"]),
    }
    content["artifacts"] = {artifact_name(name): artifact}
    return yaml_text.dumped(content)


def artifact_name(name: str) -> str:
    """A name that DVC allows for an artifact: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "model"


def predicts(profile: TableProfile) -> str:
    """What the model predicts, in words."""
    target = profile.options.target
    return {
        "binary": f"whether {target} is {profile.options.positive}",
        "multiclass": f"which {target} it is",
        "regression": target,
        "counts": f"how many {target} are to be expected",
    }[profile.task]


def threshold(profile: TableProfile, statistics: PartitionStatistics) -> float | None:
    """The score from which a row is positive: a half, or the target's rate if that is far off."""
    if profile.task != "binary" or statistics.mean is None:
        return None
    if EVEN[0] <= statistics.mean <= EVEN[1]:
        return 0.5
    return min(0.99, max(0.01, round(statistics.mean, 2)))


def max_dropped(share: float) -> float:
    """Which share of a file's rows may be dropped, where this share of one is.

    >>> max_dropped(0.0), max_dropped(0.2), max_dropped(0.995)
    (0.01, 0.31, 0.9951)
    """
    usual = _rounded(min(0.99, 0.01 + 1.5 * share))
    return usual if share < NEARLY_ALL else min(1.0, math.ceil(share * 10_000 + 1) / 10_000)


def ahead(profile: TableProfile) -> list[str]:
    """Features whose values are always new in newer rows, so that trees learn nothing from them.

    They stay if there are no others.
    """
    if not profile.time:
        return []
    parts = part_names(profile.time, profile.options)
    running = [parts[part] for part in ("year", "days") if part in parts]
    others = [
        name
        for name, column in profile.columns.items()
        if column.get("feature", True) and name not in (*running, profile.options.target)
    ]
    return running if others else []


def slices(profile: TableProfile) -> list[str]:
    """The categories and booleans with the fewest values."""
    candidates = [
        (decision.summary.distinct, decision.column)
        for decision in profile.decisions
        if decision.is_feature
        and decision.option.as_ in ("category", "boolean")
        and 1 < decision.summary.distinct <= MOST_VALUES
    ]
    return [name for _, name in sorted(candidates)[:SLICES]]


def _source(
    profile: TableProfile, statistics: PartitionStatistics, features: str | None
) -> CommentedMap:
    """The name of the source, and how it reads the table."""
    options = profile.options.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    options["format"] = line({"kind": profile.options.format.kind, **options["format"]})
    for name in ("missing", "key"):
        if name in options:
            options[name] = line(options[name])
    if features:
        options["features"] = features
    columns = options["columns"].items()
    options["columns"] = CommentedMap({quoted(name): line(how) for name, how in columns})
    source = CommentedMap(
        {
            "name": "table",
            "max_dropped": max_dropped(statistics.dropped),
            "options": CommentedMap({name: quoted(value) for name, value in options.items()}),
        }
    )
    source.yaml_add_eol_comment("share of a file's rows that may be dropped", "max_dropped")
    return source


def _validate(profile: TableProfile, statistics: PartitionStatistics) -> dict[str, Any]:
    """The limits for every partition, with slack around the present ones."""
    return {
        "min_rows": max(1, min(statistics.partitions.values()) // FEWER),
        "target_rate": line(rates(profile, statistics)) if statistics.target_means else None,
        "leakage_auc": LIMIT,
    }


def rates(profile: TableProfile, statistics: PartitionStatistics) -> dict[str, float]:
    """The range in which the target's mean of a partition may lie."""
    means, deviation = statistics.target_means or (0.0,), statistics.target_deviation or 0.0
    if profile.task == "binary":
        return {"min": _rounded(min(means) / 2), "max": _rounded(1 - (1 - max(means)) / 2)}
    digit = 10.0 ** math.floor(math.log10(deviation or 1.0)) / 10
    low, high = (
        math.floor((min(means) - deviation) / digit),
        math.ceil((max(means) + deviation) / digit),
    )
    return {"min": float(f"{low * digit:.12g}"), "max": float(f"{high * digit:.12g}")}


def _split(profile: TableProfile, statistics: PartitionStatistics) -> CommentedMap:
    """By time or group if the user says so; otherwise at random, but the same each time."""
    section = CommentedMap(statistics.split)
    if profile.group and not profile.time:
        section["group"] = quoted(profile.group)
    section.yaml_add_eol_comment("time, random, stratified or group", "by")
    return section


def _gate(task: Task) -> CommentedMap:
    """The rules that need no metrics of a first model."""
    rules: dict[str, Any] = {"test_rows": 0.8}
    if task in ("binary", "multiclass"):
        rules["changed_decisions"] = 0.1
    rules |= {"quarantined": 0.01, "predict_one_ms": 500.0, "model_bytes": 50_000_000}
    section = CommentedMap(rules)
    section.yaml_add_eol_comment("of the base's: a test set must not shrink unnoticed", "test_rows")
    return section


def _set(section: CommentedMap, name: str, value: Any) -> None:
    """Set a key, or remove it for None; its comment was about the old value."""
    section.ca.items.pop(name, None)
    if value is None:
        section.pop(name, None)
    else:
        section[name] = value


def _rounded(value: float) -> float:
    """A number rounded to three digits."""
    return float(f"{value:.3g}")
