"""Scores of a table: by the bundle if it is small, by scikit-learn if that is quicker."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from truerun.base import paths
from truerun.base.files import md5_of, read_bytes
from truerun.contract import contract as contracts
from truerun.contract import contract_facts
from truerun.contract.contract import Contract
from truerun.model import targets
from truerun.model.predictor import Predictor
from truerun.model.row_tables import rows_of
from truerun.model.scoring import bundle
from truerun.model.scoring.bundle import BundleError
from truerun.sources.table.names import unused

AT_ONCE = 50_000  # rows whose features a processor's cache holds better than those of a million
EXPLAINED = 1_000  # rows whose reasons are found at once
SMALL = 2**16  # bytes of files whose rows a walk scores before scikit-learn is imported


@dataclass(frozen=True)
class Scorer:
    """A bundle and, for large tables, the pipeline that it was made of."""

    predictor: Predictor
    pipeline: Any
    contract: Contract
    reasons: int

    @classmethod
    def load(cls, size: int, reasons: int) -> "Scorer":
        """Read what scores tables of so many bytes in all, with so many reasons for each score.

        Raises
        ------
        BundleError
            If models/bundle, models/model.skops and schema.yaml are not of one run.
        """
        predictor = Predictor.load()
        contract = contracts.load(paths.SCHEMA)
        if contract_facts.of(contract) != predictor.facts["contract"]:
            raise BundleError(
                f"{bundle.FOLDER} was made by another {paths.SCHEMA}: `truerun repro` brings it up"
                " to date"
            )
        pipeline = None
        if size > SMALL:
            from truerun.model import estimators, model_files

            pipeline = model_files.load_model(paths.MODEL, estimators.TRUSTED)
            if md5_of(read_bytes(paths.MODEL)) != predictor.facts["model_md5"]:
                raise BundleError(
                    f"{paths.MODEL} is not the model that {bundle.FOLDER} was made of: `truerun"
                    " repro` makes both, and `dvc checkout` brings those of this commit"
                )
        return cls(predictor, pipeline, contract, reasons)

    @property
    def described(self) -> str:
        """Which model it is, by the hash that dvc.lock has for its file."""
        return f"md5 {self.predictor.facts['model_md5']} of {paths.MODEL} in dvc.lock"

    def scored(self, rows: pd.DataFrame, numbers: "np.ndarray[Any, Any]") -> pd.DataFrame:
        """Key, place, scores, decision, reasons and version of rows that satisfy the contract.

        Parameters
        ----------
        numbers : the places of the rows in their file, from 1 on.
        """
        contract, predictor = self.contract, self.predictor
        if self.pipeline is not None:
            step = len(rows) if predictor.facts["walk"]["kind"] == "linear" else AT_ONCE
            firsts = range(0, len(rows), max(1, step)) or [0]
            scores = np.concatenate(
                [targets.predicted(self.pipeline, rows[a : a + step], contract) for a in firsts]
            )
        else:
            features = rows[predictor.facts["features"]]
            scores = predictor.scores(rows_of(features)) if len(rows) else np.empty(0)
        table = targets.score_table(scores, contract)
        single = targets.scores(table, contract)
        ends = predictor.intervals(single)
        made = {name: rows[name].reset_index(drop=True) for name in contract.key}
        made |= {str(name): table[name] for name in table}
        more: dict[str, pd.Series] = {"number": pd.Series(numbers)}
        if contract.classes:
            more["decision"] = pd.Series(predictor.decisions(single), dtype=self._decided)
        elif ends is not None:
            more |= {"low": pd.Series(ends[0]), "high": pd.Series(ends[1])}
        if self.reasons:
            more |= self._reasons(rows[predictor.facts["features"]])
        more["model_version"] = pd.Series([predictor.version] * len(rows), dtype="str")
        return pd.DataFrame(made | {unused(name, made): more[name] for name in more})

    def _reasons(self, features: pd.DataFrame) -> dict[str, pd.Series]:
        """The columns that move the scores of rows most, and what they add, to six digits."""
        firsts = range(0, len(features), EXPLAINED) or [0]
        parts = [
            self.predictor.contributions(rows_of(features[a : a + EXPLAINED])).largest(self.reasons)
            for a in firsts
        ]
        names, values = (np.concatenate(each) for each in zip(*parts, strict=True))
        made: dict[str, pd.Series] = {}
        for place in range(names.shape[1]):
            made[f"reason_{place + 1}"] = pd.Series(names[:, place], dtype="str")
            made[f"contribution_{place + 1}"] = pd.Series(values[:, place].astype(np.float32))
        return made

    @property
    def _decided(self) -> str:
        return "int8" if self.contract.task == "binary" else "str"
