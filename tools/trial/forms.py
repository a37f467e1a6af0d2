"""The forms in which a table's rows are written to a file, as people keep them."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

# Delimited text is what most people have.
KINDS = ("csv", "csv", "csv", "csv", "csv", "parquet", "jsonl", "xlsx")
DELIMITERS = {",": "commas", ";": "semicolons and a decimal comma", "\t": "tabs"}
ENCODINGS = ("utf-8", "utf-8", "utf-16", "cp1252")
NAMES = {"parquet": "Parquet", "jsonl": "JSON lines", "xlsx": "Excel"}


@dataclass(frozen=True)
class Form:
    """How rows are written; all but `kind` is of csv alone."""

    kind: str
    delimiter: str = ","
    encoding: str = "utf-8"
    packed: bool = False

    @property
    def words(self) -> str:
        """What it is called on the page."""
        if self.kind != "csv":
            return NAMES[self.kind]
        packed = ", gzip" if self.packed else ""
        return f"{DELIMITERS[self.delimiter]}, {self.encoding}{packed}"


def drawn(numbers: random.Random) -> Form:
    """A form at random."""
    kind = numbers.choice(KINDS)
    if kind != "csv":
        return Form(kind)
    return Form(
        kind,
        delimiter=numbers.choice(list(DELIMITERS)),
        encoding=numbers.choice(ENCODINGS),
        packed=numbers.choice([False, False, True]),
    )


def fitting(form: Form, rows: pd.DataFrame) -> Form:
    """The form, but in UTF-8 where its encoding does not have all characters of the rows."""
    try:
        rows.to_csv(index=False).encode(form.encoding)
    except UnicodeEncodeError:
        return replace(form, encoding="utf-8")
    return form


def write(rows: pd.DataFrame, place: Path, form: Form) -> Path:
    """Write rows to a file whose name is `place` with a suffix; which file it is."""
    path = place.with_suffix(f".{form.kind}" + (".gz" if form.packed else ""))
    if form.kind == "parquet":
        rows.to_parquet(path, index=False)
    elif form.kind == "jsonl":
        rows.to_json(path, orient="records", lines=True, date_format="iso", force_ascii=False)
    elif form.kind == "xlsx":
        rows.to_excel(path, index=False)
    else:
        rows.to_csv(
            path,
            index=False,
            sep=form.delimiter,
            decimal="," if form.delimiter == ";" else ".",
            encoding=form.encoding,
            compression="gzip" if form.packed else None,
        )
    return path
