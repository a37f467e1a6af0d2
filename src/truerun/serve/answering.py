"""A bundle that answers the rows of requests, whatever its source: names are those of the table."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from truerun.base.errors import TruerunError
from truerun.contract.row_contract import Broken, Cell
from truerun.model.predictor import Prediction, Predictor
from truerun.model.scoring import bundle as bundles
from truerun.model.scoring.bundle import Bundle, BundleError
from truerun.serve.request_json import SHOWN, Number, RequestRow, Value

TABLE = "table"  # the source of tables of any shape, whose rows are texts


@dataclass(frozen=True)
class RowAnswer:
    """What is said of a row by a version of a model; its cells by the columns of schema.yaml.

    `contributions` are of the columns that move its score most, the largest first.
    """

    cells: Mapping[str, Cell]
    prediction: Prediction
    version: str
    contributions: Sequence[tuple[str, float]] = ()


class Reader(Protocol):
    """What reads rows of a request as cells."""

    names: Sequence[str]

    def learn(self, rows: Sequence[RequestRow]) -> None:
        """Have what several rows need ready, for less than each would cost alone."""

    def read(self, row: RequestRow) -> tuple[Mapping[str, Cell], list[Broken]]:
        """Cells by the columns of schema.yaml, and what could not be read."""


class Answerer:
    """Answers rows of requests by a bundle: `Answerer.load(folder).answers(rows)`."""

    def __init__(self, bundle: Bundle) -> None:
        """Make of a bundle what scores cells, and find what reads them."""
        self.predictor = predictor = Predictor(bundle)
        is_table = predictor.facts["source"].get("name") == TABLE
        self.reader: Reader = _Texts(predictor) if is_table else _Typed(predictor)

    @classmethod
    def load(cls, folder: Path) -> "Answerer":
        """Read a bundle; raise `BundleError` if it cannot answer."""
        return cls(bundles.read(folder))

    def answers(self, rows: Sequence[RequestRow], explain: int = 0) -> list[RowAnswer]:
        """Read rows, hold them against the contract, score, decide, and explain.

        Every column of a row that is broken is named, whether it cannot be read or breaks the
        contract.

        Parameters
        ----------
        explain : how many columns to name that move a score most.

        Raises
        ------
        ModelError
            If scores shall be explained, and those of the model cannot be.
        """
        self.reader.learn(rows)
        read = [self._read(row) for row in rows]
        scored = iter(
            self.predictor.answers([cells for cells, unreadable in read if not unreadable])
        )
        answers = [
            RowAnswer(
                cells,
                Prediction(self._all_broken(cells, unreadable)) if unreadable else next(scored),
                self.predictor.version,
            )
            for cells, unreadable in read
        ]
        return self._explained(answers, explain) if explain else answers

    def _explained(self, answers: list[RowAnswer], count: int) -> list[RowAnswer]:
        """Answers with what moves those of them that have a score."""
        columns = list(self.predictor.facts["contract"]["columns"])
        valid = [answer for answer in answers if not answer.prediction.broken]
        if not valid:
            return answers
        names, values = self.predictor.contributions(
            [{name: answer.cells.get(name) for name in columns} for answer in valid]
        ).largest(count)
        pairs = map(zip, names.tolist(), values.tolist())
        return [
            answer
            if answer.prediction.broken
            else dataclasses.replace(answer, contributions=list(next(pairs)))
            for answer in answers
        ]

    def _read(self, row: RequestRow) -> tuple[Mapping[str, Cell], list[Broken]]:
        unusable = {each.column for each in row.broken}
        cells, unreadable = self.reader.read(row)
        others = [each for each in unreadable if each.column not in unusable]
        return cells, [*row.broken, *others]

    def _all_broken(self, cells: Mapping[str, Cell], unreadable: list[Broken]) -> list[Broken]:
        """What cannot be read, and what the cells that can be break."""
        named = {each.column for each in unreadable}
        return unreadable + [
            each
            for each in self.predictor.contract.broken(cells)
            if each.column not in named and (each.column in cells or not _is_made(self, each))
        ]

    def check_like(self, other: "Answerer") -> None:
        """Refuse to take over from another, if it takes or says anything of another shape.

        Raises
        ------
        BundleError
            Names what differs.
        """
        mine, its = _shape(self.predictor), _shape(other.predictor)
        different = [name for name, value in mine.items() if value != its[name]]
        if different:
            raise BundleError(
                f"a bundle with other {', '.join(different)} than the one that answers is refused:"
                " start the service anew to take it"
            )


def _is_made(answerer: Answerer, broken: Broken) -> bool:
    """Whether a column is missing because what it is made of cannot be read."""
    return broken.check == "not_nullable" and broken.column not in answerer.reader.names


def _shape(predictor: Predictor) -> dict[str, Any]:
    """What clients rely on."""
    facts = predictor.facts
    columns = {name: each["type"] for name, each in facts["contract"]["columns"].items()}
    names = facts["source"].get("options", {}).get("columns", {})
    return {
        "task": facts["task"],
        "target": facts["target"],
        "classes": facts["classes"],
        "key": facts["key"],
        "source": facts["source"].get("name"),
        "columns": (columns, list(names)),
    }


class _Typed:
    """Rows of a source of one's own: cells have the types of schema.yaml."""

    def __init__(self, predictor: Predictor) -> None:
        columns = predictor.facts["contract"]["columns"]
        self._target = predictor.facts["target"]
        self.names: Sequence[str] = list(columns)
        self._times = {name for name, column in columns.items() if column["type"] == "time"}

    def learn(self, rows: Sequence[RequestRow]) -> None:
        pass

    def read(self, row: RequestRow) -> tuple[Mapping[str, Cell], list[Broken]]:
        cells = {
            name: self._cell(name, value)
            for name, value in row.cells.items()
            if name != self._target  # it may be there, and is not looked at
        }
        return cells, []

    def _cell(self, name: str, value: Value) -> Cell:
        if isinstance(value, Number):
            is_whole = value.isdigit() or value[1:].isdigit()
            return int(value) if is_whole else float(value)
        if isinstance(value, str) and name in self._times:
            return moment(value)
        return value


class _Texts:
    """Rows of a table: cells are texts, which are read as those of its files."""

    def __init__(self, predictor: Predictor) -> None:
        from truerun.predict.raw_rows import RawPredictor

        self._raw = RawPredictor(predictor)
        self.names: Sequence[str] = list(predictor.facts["source"]["options"]["columns"])

    def learn(self, rows: Sequence[RequestRow]) -> None:
        self._raw.learn(list(map(_texts, rows)))

    def read(self, row: RequestRow) -> tuple[Mapping[str, Cell], list[Broken]]:
        texts = _texts(row)
        try:
            read = self._raw.read(texts)
        except TruerunError as error:  # of code of the project's own, or of a text
            return {}, [Broken("", "cannot be read", str(error)[:SHOWN])]
        return read.cells, list(read.broken)


def _texts(row: RequestRow) -> dict[str, str | None]:
    return {name: _text(value) for name, value in row.cells.items()}


def _text(value: Value) -> str | None:
    """A value as the text that a file of JSON lines has for it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def moment(text: str) -> Cell:
    """A moment in UTC, which is meant where no zone is named; the text, if it is none."""
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return text
