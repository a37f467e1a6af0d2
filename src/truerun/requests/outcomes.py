"""Outcomes joined to the rows of a log, by key and time."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from truerun.base.errors import ServeError, listed
from truerun.serve.answering import TABLE, moment
from truerun.serve.batch import Key, key_of, text_of

Facts = Mapping[str, Any]
OUTCOME, CLUSTER, CELL = "outcome", "cluster", "cell:{}"


def read(path: Path, facts: Facts, time: str | None) -> dict[Key, tuple[Any, dt.datetime | None]]:
    """The outcome of each key, and its moment; of several the last one.

    Raises
    ------
    ServeError
        As `each` does.
    """
    return {key: (outcome, at) for key, outcome, at in each(path, facts, time)}


def each(
    path: Path, facts: Facts, time: str | None
) -> Iterator[tuple[Key, Any, dt.datetime | None]]:
    """The key, the outcome and the moment of each row of a file whose outcome is known.

    Raises
    ------
    ServeError
        If the file cannot be read, lacks a column, or holds what is no outcome or no moment.
    """
    table = _table(path)
    wanted = [*facts["key"], facts["target"], *([time] if time else [])]
    missing = [name for name in wanted if name not in table]
    if missing:
        raise ServeError(f"{path} has no column {listed(missing)}")
    for number, row in enumerate(table[wanted].to_dict("records"), start=1):
        if row[facts["target"]] is None:
            continue  # it is not known yet
        where = f"{path}: row {number}"
        key = key_of([row[name] for name in facts["key"]], facts)
        at = None if time is None else _moment(row[time], f"{where}: {time}")
        yield key, _outcome(row[facts["target"]], facts, where), at


def joined(
    lines: Iterable[Mapping[str, Any]],
    outcome_of: Mapping[Key, tuple[Any, dt.datetime | None]],
    facts: Facts,
    cluster: str | None,
    columns: Sequence[str] = (),
) -> pd.DataFrame:
    """The newest scored row of each key and role before its outcome, with the outcome.

    Of a shadow it is the one of the same request as that of the model.

    Parameters
    ----------
    columns : whose cells are kept, as `cell:NAME`.
    """
    newest: dict[tuple[Key, str], dict[str, Any]] = {}
    for line in lines:
        key = key_of([line["key"].get(name) for name in facts["key"]], facts)
        if line["score"] is None or key not in outcome_of:
            continue
        outcome, at = outcome_of[key]
        time = dt.datetime.fromisoformat(line["time"])
        last = newest.get((key, line["role"]))
        if (at is not None and time >= at) or (last is not None and last["time"] > time):
            continue
        score = line["score"]
        scores = (
            {f"score:{name}": value for name, value in score.items()}
            if isinstance(score, Mapping)
            else {"score": score}
        )
        row = {**line["key"], "time": time, "role": line["role"], "model": line["model"], **scores}
        row |= {"decision": line["decision"], "seconds": line["seconds"], OUTCOME: outcome}
        cells = {**line["cells"], **line["key"]}
        row |= {CELL.format(name): cells.get(name) for name in columns}
        if cluster is not None:
            row[CLUSTER] = cells.get(cluster)
        newest[key, line["role"]] = row
    return pd.DataFrame(list(newest.values()))


def _table(path: Path) -> pd.DataFrame:
    """A file as a table, missing values as None."""
    try:
        if path.suffix == ".parquet":
            table = pd.read_parquet(path)
        elif path.suffix == ".jsonl":
            table = pd.read_json(path, lines=True, dtype=False)
        elif path.suffix == ".csv":
            table = pd.read_csv(path, dtype="str")
        else:
            raise ServeError(f"{path}: outcomes come as .csv, .jsonl or .parquet")
    except FileNotFoundError as error:
        raise ServeError(f"{path} does not exist") from error
    except (OSError, ValueError) as error:  # pandas' and Arrow's own errors are such
        raise ServeError(f"{path} cannot be read: {error}") from error
    return table.astype("object").where(table.notna(), None)


def _moment(value: Any, where: str) -> dt.datetime:
    at = moment(str(value))
    if not isinstance(at, dt.datetime):
        raise ServeError(f"{where} is {value!r}, and no moment such as 2024-02-29T12:00Z")
    return at


def _outcome(value: Any, facts: Facts, where: str) -> Any:
    """An outcome as the model has it: 0 or 1, a class, or a number."""
    text = text_of(value).strip()
    classes = list(map(str, facts["classes"]))
    options = facts["source"].get("options", {})
    if facts["task"] == "binary" and facts["source"].get("name") == TABLE:
        spelled = {options.get("positive"): "1", options.get("negative"): "0"}
        text = spelled.get(text, text)
    if classes:
        if text not in classes:
            raise ServeError(f"{where}: {facts['target']} is {value!r}, none of {listed(classes)}")
        return facts["classes"][classes.index(text)]
    try:
        return float(text)
    except ValueError as error:
        raise ServeError(f"{where}: {facts['target']} is {value!r}, and no number") from error
