"""The one scorer over raw rows of a table: texts as the source reads them, to an answer each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from truerun.base.errors import PredictError
from truerun.model.predictor import Prediction, Predictor
from truerun.model.scoring import bundle
from truerun.sources.table.options import Options
from truerun.sources.table.raw_row import RawCells, RawRowReader, Text


class RawPredictor:
    """Answers raw rows by a bundle: `RawPredictor.load().answer({"age": "34", "city": "Oslo"})`."""

    def __init__(self, predictor: Predictor) -> None:
        """Take what scores cells; raise `PredictError` if its source is not the table's."""
        source = predictor.facts["source"]
        if source["name"] != "table":
            raise PredictError(
                f"source.name is {source['name']}, a source of one's own: its rows need others"
                " beside them"
            )
        self.predictor = predictor
        self._reader = RawRowReader(Options.model_validate(_immutable(source["options"])))

    @classmethod
    def load(cls, folder: Path = bundle.FOLDER) -> "RawPredictor":
        """Read a bundle, and be ready to answer by it."""
        return cls(Predictor.load(folder))

    def learn(self, rows: Sequence[Mapping[str, Text]]) -> None:
        """Read texts that were not met before, all at once, so that `read` is quick."""
        self._reader.learn(rows)

    def read(self, row: Mapping[str, Text]) -> RawCells:
        """The cells of a row as schema.yaml has them, or which of its texts cannot be read."""
        return self._reader.read(row)

    def answer(self, row: Mapping[str, Text]) -> Prediction:
        """Read a row, hold it against the contract, score it and decide.

        Parameters
        ----------
        row : the text of each cell by its column in params.yaml; the target may be absent.
        """
        read = self.read(row)
        return Prediction(read.broken) if read.broken else self.predictor.answer(read.cells)


def _immutable(content: Any) -> Any:
    """Lists of JSON as tuples, which is what settings hold."""
    if isinstance(content, dict):
        return {key: _immutable(value) for key, value in content.items()}
    return tuple(map(_immutable, content)) if isinstance(content, list) else content
