"""A small project whose pipeline has run: customers of a shop, some of whom leave."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.conftest import PARAMS
from truerun.base import paths
from truerun.testing.project import Project

ROWS = 1200
STAGES = ("prepare", "validate", "featurize", "train", "evaluate")
PER_MONTH = """\
def per_month(rows):
    return rows["spent"] / rows["months"].where(rows["months"] > 0)


FEATURES = {"own": per_month}
"""
COLUMNS = {
    "customer": {"as": "identifier"},
    "plan": {"as": "category"},
    "joined": {"as": "date", "format": "%Y-%m-%d", "parts": ["weekday"]},
    "months": {"as": "number"},
    "spent": {"as": "number"},
    "left": {"as": "category"},
}
SCHEMA = {
    "task": "binary",
    "predicts": "whether a customer leaves",
    "not_for": "anything else",
    "target": "left",
    "key": ["customer"],
    "time": "joined",
    "columns": {
        "customer": {"type": "text", "feature": False},
        "plan": {"type": "text", "categories": ["basic", "family", "plus"]},
        "joined": {"type": "time", "feature": False},
        "joined weekday": {"type": "float", "seasonal": True},
        "months": {"type": "float", "min": 0.0},
        "spent": {"type": "float", "nullable": True, "monotone": "decreasing"},
        "left": {"type": "int", "categories": [0, 1]},
        "own": {"type": "float", "nullable": True, "min": -1e9, "seasonal": True},
    },
}


def table() -> pd.DataFrame:
    """Customers; the less one spends, the likelier it is that they leave."""
    random = np.random.default_rng(7)
    spent = random.gamma(2, 20, ROWS).round(2)
    plan = random.choice(["basic", "plus", "family"], ROWS)
    leaves = random.random(ROWS) < 1 / (1 + np.exp((spent - 30) / 15 + (plan == "plus")))
    return pd.DataFrame(
        {
            "customer": [f"C{number:05}" for number in random.permutation(ROWS)],
            "plan": plan,
            "joined": (
                pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, ROWS), "D")
            ).strftime("%Y-%m-%d"),
            "months": random.integers(0, 60, ROWS),
            "spent": np.where(random.random(ROWS) < 0.05, np.nan, spent),
            "left": np.where(leaves, "yes", "no"),
        }
    )


def write(root: Path, features: str = PER_MONTH) -> None:
    """Write settings, raw data and features below a folder."""
    content = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    content["source"]["options"] |= {
        "key": ["customer"],
        "columns": COLUMNS,
        "features": "shop.features",
    }
    content["validate"] |= {
        "min_rows": 100,
        "leakage_auc": 0.99,
        "target_rate": {"min": 0.05, "max": 0.95},
    }
    content["split"] = {"by": "time", "test_share": 0.25}
    content["featurize"]["exclude"] = []
    content["train"]["hist_gradient_boosting"] |= {"min_samples_leaf": 30, "max_iter": 40}
    content["evaluate"] |= {"slices": ["plan"], "min_slice_rows": 30}
    content["compare"] = {}
    for folder in ("data/raw", "metrics", "plots", "models", "src/shop"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / paths.PARAMS).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    (root / paths.SCHEMA).write_text(yaml.safe_dump(SCHEMA, sort_keys=False), encoding="utf-8")
    (root / paths.LIMITS).write_text("windows: null\n", encoding="utf-8")
    table().to_csv(root / paths.RAW / "customers.csv", index=False)
    (root / "src/shop/__init__.py").touch()
    (root / "src/shop/features.py").write_text(features, encoding="utf-8")


def run(*stages: str) -> None:
    """Run stages of the project in the working directory, in this process."""
    for name in stages:
        importlib.import_module(f"truerun.stages.{name}").main()


@contextmanager
def entered(root: Path) -> Iterator[Project]:
    """The project below a folder, as the working directory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setattr(sys, "path", [*sys.path])
        for name in ("shop", "shop.features"):
            patch.delitem(sys.modules, name, raising=False)
        importlib.invalidate_caches()
        yield Project.load()
