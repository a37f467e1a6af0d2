"""A town whose air is foretold: what a model was released with, and the log of its service."""

import datetime as dt
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from scipy.special import expit

from tests.conftest import PARAMS
from tests.limits import stations
from truerun.base import paths, tables, text_files
from truerun.contract import contract_facts
from truerun.contract.contract import Column
from truerun.limits import __main__ as limits
from truerun.model import results, targets
from truerun.model.scoring import bundle
from truerun.params.evaluate import Evaluate

MARKER = "Ada Lovelace"  # in a personal column
CONTRACT = stations.CONTRACT.model_copy(
    update={
        "columns": {
            **stations.CONTRACT.columns,
            "day": Column(type="text", feature=False),
            "reader": Column(type="text", personal=True),
        }
    }
)
FIRST = (stations.FIRST + pd.Timedelta(days=stations.TRAINING)).date()
LAST = FIRST + dt.timedelta(days=stations.DAYS - stations.TRAINING - 1)
THRESHOLD = 0.5
SECTIONS: dict[str, Any] = {
    "source": {"name": "own", "max_dropped": 0.0, "options": {}},
    "split": {"by": "time", "test_share": 0.25},
    "evaluate": {
        "threshold": THRESHOLD,
        "slices": ["station"],
        "min_slice_rows": 100,
        "importance_rows": 100,
        "importance_repeats": 1,
        "seed": 1,
        "value": {
            "name": "masks",
            "unit": "euros",
            "true_positive": 10.0,
            "false_positive": -3.0,
            "false_negative": 0.0,
            "true_negative": 0.0,
        },
    },
    "compare": {"cluster": "day"},
    "gate": {},
    "monitor": {"groups": ["street"], "label_days": 2, "stale_days": 90},
}
Change = Callable[[pd.DataFrame], pd.DataFrame]
Line = dict[str, Any]


def rows(seed: int) -> pd.DataFrame:
    """Rows with a score that is the probability of their outcome."""
    random = np.random.default_rng(seed + 100)
    table = stations.rows(seed).copy()
    score = np.float32(0.03 + 0.9 * expit((table["dust"] - 25) / 6))
    table["bad"] = (random.random(len(table)) < score).astype("int8")
    table["score"] = score
    table["day"] = table["at"].dt.strftime("%Y-%m-%d")
    table["reader"] = MARKER
    return table


def lay_down(folder: Path, task_sections: Mapping[str, Any] = SECTIONS) -> None:
    """Everything that is released with a model, in a folder."""
    table = rows(1)
    content = yaml.safe_load(PARAMS.read_text(encoding="utf-8")) | dict(task_sections)
    (folder / paths.PARAMS).write_text(yaml.safe_dump(content), encoding="utf-8")
    schema = CONTRACT.model_dump(mode="json", exclude_none=True)
    (folder / paths.SCHEMA).write_text(yaml.safe_dump(schema), encoding="utf-8")
    stations.lay_down(folder, table.drop(columns="score"))
    limits.write(folder)
    newest = table["at"] >= pd.Timestamp(FIRST, tz="UTC")
    tables.write_table(table[newest].reset_index(drop=True), folder / paths.PREDICTIONS)
    chosen = Evaluate.model_validate(
        {**task_sections["evaluate"], "slices": tuple(task_sections["evaluate"]["slices"])}
    )
    sides = {"test": table[newest], "train": table[~newest]}
    learned = targets.numbers(sides["train"][CONTRACT.target], CONTRACT)
    figures = results.summarize_all(sides, learned, CONTRACT, chosen)
    text_files.write_json(folder / paths.METRICS / "evaluate.json", figures)
    write_bundle(folder)


def write_bundle(folder: Path) -> None:
    """A bundle without a walk: the monitor scores nothing."""
    facts = {
        "task": CONTRACT.task,
        "target": CONTRACT.target,
        "key": list(CONTRACT.key),
        "classes": list(CONTRACT.classes),
        "threshold": THRESHOLD,
        "interval": None,
        "contract": contract_facts.of(CONTRACT),
        "source": {"name": "own", "options": {}},
        "model_md5": "0" * 32,
        "features": CONTRACT.features(),
        "training_bins": {name: {"rows": [1, 0]} for name in CONTRACT.features()},
        "lookups": None,
        "walk": {},
        "needs": [],
    }
    (folder / bundle.FOLDER).mkdir(parents=True)
    for name, content in bundle.contents(facts, {}).items():
        (folder / bundle.FOLDER / name).write_bytes(content)


def version() -> str:
    """The version of the bundle in this folder."""
    return bundle.read().version


def live(seed: int = 2, change: Change = lambda table: table) -> pd.DataFrame:
    """What came after the training rows: others than those that tested the model."""
    table = rows(seed)
    table = table[table["at"] >= pd.Timestamp(FIRST, tz="UTC")].copy()
    return change(table)


def lines(table: pd.DataFrame, role: str = "live", model: str | None = None) -> list[Line]:
    """A line of a log for each row; one without a score is refused."""
    model = version() if model is None else model
    cells = ["station", "street", "heat", "load", "dust", "day"]
    made = []
    for row in table.to_dict("records"):
        score = None if np.isnan(row["score"]) else float(row["score"])
        refused = None if score is not None else [{"column": "load", "check": "not_nullable"}]
        made.append(
            {
                "time": row["at"].isoformat(timespec="milliseconds"),
                "role": role,
                "model": model,
                "key": {"number": row["number"]},
                "cells": {n: row[n] for n in cells if row[n] == row[n]},
                "score": score,
                "decision": None if score is None else int(score >= THRESHOLD),
                "refused": refused,
                "seconds": 0.001,
            }
        )
    return made


def write_log(folder: Path, of_log: list[Line]) -> None:
    """A file for each day, as the first worker writes it."""
    by_day: dict[str, list[str]] = {}
    for line in of_log:
        by_day.setdefault(line["time"][:10], []).append(json.dumps(line) + "\n")
    folder.mkdir(exist_ok=True)
    for day, texts in by_day.items():
        (folder / f"{day}.0.0001.jsonl").write_text("".join(texts), encoding="utf-8")


def write_labels(path: Path, table: pd.DataFrame, days: float = 1.0) -> None:
    """The outcome of each row, so many days after it."""
    at = (table["at"] + pd.Timedelta(days=days)).map(lambda moment: moment.isoformat())
    pd.DataFrame({"number": table["number"], "bad": table["bad"], "known": at}).to_csv(
        path, index=False
    )


def copy(released: Path, folder: Path) -> None:
    """A folder with what was released."""
    shutil.copytree(released, folder, dirs_exist_ok=True)
