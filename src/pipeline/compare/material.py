"""What a comparison reads of one side; what is not there or cannot be read is a `Missing`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from pipeline import locks, models, paths, tables
from pipeline.compare.comparison import SENTENCE, Missing
from pipeline.compare.data import SPLIT, TEST
from pipeline.contract import Contract
from pipeline.errors import PipelineError, listed

LOCK = Path("dvc.lock")
PACKAGES = Path("requirements/run.txt")


@dataclass(frozen=True)
class Material:
    """A side: how it is called, and the folder with its files."""

    name: str
    folder: Path

    def settings(self, path: Path) -> dict[str, Any]:
        """A YAML file as it is; empty where there is none, or none that can be read."""
        try:
            content = yaml.safe_load((self.folder / path).read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            return {}
        return content if isinstance(content, dict) else {}

    def text(self, path: Path) -> str:
        """A text file; empty where there is none."""
        try:
            return (self.folder / path).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    def figures(self, path: Path) -> dict[str, Any] | Missing:
        """A JSON file of metrics."""
        try:
            content = json.loads((self.folder / path).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return Missing(missing=f"{self.name} has no {path} that can be read")
        return content if isinstance(content, dict) else Missing(missing=f"{path} holds no figures")

    def lock(self) -> dict[str, Any]:
        """The stages of dvc.lock; empty where there is none."""
        try:
            return locks.load(self.folder / LOCK)
        except PipelineError:
            return {}

    def threshold(self) -> float | Missing:
        """The score from which on a row is decided to be positive."""
        found = self.settings(paths.PARAMS).get("evaluate")
        value = found.get("threshold") if isinstance(found, dict) else None
        if isinstance(value, float) and 0 < value < 1:
            return value
        return Missing(missing=f"{self.name} has no evaluate.threshold in params.yaml")

    def predictions(self, contract: Contract) -> pd.DataFrame | Missing:
        """The test rows with their scores: the columns of the key, target and score, and others."""
        path = self.folder / paths.PREDICTIONS
        if not self.lock():
            return Missing(missing=f"{self.name} has no dvc.lock: there was no pipeline yet")
        if not path.is_file():
            return Missing(
                missing=f"the scores of {self.name} are neither in DVC's cache nor in a remote; "
                "--rebuild-base runs its pipeline"
            )
        try:
            rows = tables.read_table(path)
        except PipelineError as error:
            return Missing(missing=f"{self.name}: {error}"[:SENTENCE])
        if lacking := [n for n in (*contract.key, contract.target, "score") if n not in rows]:
            return Missing(missing=f"the scores of {self.name} have no column {listed(lacking)}")
        return rows

    def model(self) -> Any:
        """The model that is served, or a `Missing`."""
        path = self.folder / paths.MODEL
        if not path.is_file():
            return Missing(missing=f"the model of {self.name} is neither in DVC's cache nor remote")
        try:
            return models.load_model(path)
        except PipelineError as error:
            return Missing(missing=f"the model of {self.name}: {error}"[:SENTENCE])

    def test_rows(self) -> pd.DataFrame | Missing:
        """The validated test rows with all of their columns."""
        table = self.folder / paths.VALIDATED
        try:
            parts = []
            for name in tables.partition_names(table):
                rows = tables.read_table(tables.partition(table, name))
                parts.append(rows[rows[SPLIT] == TEST])
            return pd.concat(parts, ignore_index=True)
        except (PipelineError, KeyError) as error:
            return Missing(missing=f"the validated rows of {self.name}: {error}"[:SENTENCE])
