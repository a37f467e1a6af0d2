"""A revision and what a comparison reads of it; what cannot be read is a `Missing`."""

import copy
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from truerun.base import locks, paths, tables
from truerun.base.errors import TruerunError, listed
from truerun.base.partitions import map_partitions
from truerun.comparison.comparison import Missing
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import estimators, model_files, targets
from truerun.model.isolation.isolated_model import IsolatedModel
from truerun.model.split import SPLIT, TEST
from truerun.model.tasks import TASKS

LOCK = Path("dvc.lock")
NOWHERE = "neither in DVC's cache nor in a remote"
PACKAGES = Path("requirements/run.txt")


@dataclass(frozen=True)
class Revision:
    """A revision: how it is called, its commit (None with uncommitted changes), where it lies.

    `failure` is what its pipeline printed where it had to be rebuilt, and failed; `unfetched`
    is why DVC could not bring its data. Of one that is `data_only` no code may be run.
    """

    name: str
    commit: str | None
    folder: Path
    failure: str | None = None
    unfetched: str | None = None
    data_only: bool = False

    def settings(self, path: Path) -> dict[str, Any]:
        """A YAML file as it is; empty where there is none, or none that can be read."""
        try:
            content = copy.deepcopy(_read((self.folder / path).read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError, yaml.YAMLError):
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
        except TruerunError:
            return {}

    def contract(self) -> Contract | Missing:
        """What its rows hold, and what its model predicts."""
        path = self.folder / paths.SCHEMA
        try:
            return contracts.load(path)
        except TruerunError as error:
            problem = str(error).replace(str(path), str(paths.SCHEMA))
            return Missing(missing=f"{self.name}: {problem}")

    def threshold(self, contract: Contract) -> float | Missing | None:
        """The score from which on a row is positive; None where the task has no threshold."""
        if not TASKS[contract.task].threshold:
            return None
        section = self.settings(paths.PARAMS).get("evaluate")
        value = section.get("threshold") if isinstance(section, dict) else None
        if isinstance(value, float) and 0 < value < 1:
            return value
        return Missing(missing=f"{self.name} has no evaluate.threshold in params.yaml")

    def predictions(self, contract: Contract) -> pd.DataFrame | Missing:
        """The test rows with the columns of the key, the target and the scores, and others.

        Parameters
        ----------
        contract : the head's; a revision that predicts something else cannot be compared.
        """
        path = self.folder / paths.PREDICTIONS
        if not self.lock():
            return Missing(missing=f"{self.name} has no dvc.lock: there was no pipeline yet")
        own = self._predicting_the_same(contract)
        if isinstance(own, Missing):
            return own
        if not path.is_file():
            return self._nowhere("scores")
        try:
            rows = tables.read_table(path)
        except TruerunError as error:
            return Missing(missing=f"{self.name}: {error}")
        needed = (*contract.key, contract.target, *targets.score_columns(own))
        if lacking := [name for name in needed if name not in rows]:
            return Missing(missing=f"the scores of {self.name} have no column {listed(lacking)}")
        return rows

    def _nowhere(self, what: str) -> Missing:
        remedy = "; --rebuild-base runs its pipeline"
        if self.failure:
            remedy = f", and its pipeline fails: {self.failure}"
        nowhere = f"not in DVC's cache, and {self.unfetched}" if self.unfetched else NOWHERE
        where = f"the {what} of {self.name}: {nowhere}"
        return Missing(missing=f"{where}{remedy}")

    def _predicting_the_same(self, contract: Contract) -> Contract | Missing:
        """Its own contract, if that has the task and the target of another one."""
        own = self.contract()
        if isinstance(own, Missing) or (own.task, own.target) == (contract.task, contract.target):
            return own
        why = f"{self.name} predicts something else: {own.target} (task: {own.task})"
        return Missing(missing=f"{why}; name another commit with --base")

    def model(self) -> Any:
        """The model that is served, in this process, or a `Missing`: for one that is trusted."""
        path = self.folder / paths.MODEL
        if not path.is_file():
            return self._nowhere("model")
        try:
            return model_files.load_model(path, estimators.TRUSTED)
        except TruerunError as error:
            return Missing(missing=f"the model of {self.name}: {error}")

    @functools.cached_property
    def started_model(self) -> IsolatedModel | Missing:
        """The model in a process of its own, which loads it when it is needed."""
        path = self.folder / paths.MODEL
        if not path.is_file():
            return self._nowhere("model")
        try:
            return IsolatedModel(path)
        except TruerunError as error:
            return Missing(missing=f"the model of {self.name}: {error}")

    def isolated_model(self) -> IsolatedModel | Missing:
        """The model in a process of its own, once that has read it: for one of a stranger."""
        model = self.started_model
        try:
            if not isinstance(model, Missing):
                model.load()
        except TruerunError as error:
            return Missing(missing=f"the model of {self.name}: {error}")
        return model

    def test_rows(self) -> pd.DataFrame | Missing:
        """The validated test rows with all of their columns."""
        table = self.folder / paths.VALIDATED

        def test_rows_of(name: str) -> pd.DataFrame:
            rows = tables.read_table(tables.partition(table, name))
            return rows[rows[SPLIT] == TEST]

        try:
            parts = map_partitions(test_rows_of, tables.partition_names(table), "read")
            return pd.concat(parts.values(), ignore_index=True)
        except (TruerunError, KeyError) as error:
            return Missing(missing=f"the validated rows of {self.name}: {error}")


@functools.lru_cache(maxsize=8)  # a comparison looks into the same few files all the time
def _read(text: str) -> Any:
    return yaml.safe_load(text)
