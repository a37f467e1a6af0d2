"""The part of a README that tells how good the model is, between two marks."""

import re
from dataclasses import dataclass
from pathlib import Path

from truerun.base import text_files
from truerun.base.errors import ReadmeError

README = Path("README.md")
BEGIN, END = "<!-- figures: `truerun repro` writes them -->", "<!-- end of figures -->"
EMPTY = f"{BEGIN}\n{END}"  # until the next run
BLOCK = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.DOTALL)


@dataclass(frozen=True)
class ModelFigures:
    """What a README says of a model.

    `files` of raw data have `rows`, and `test_rows` test the model. `metrics` has a label, the
    model's figure and the baseline's, which is called `baseline`; `gain` and `weakest` are
    sentences, and `pictures` paths with what they show.
    """

    files: tuple[str, ...]
    rows: int
    test_rows: int
    baseline: str
    metrics: tuple[tuple[str, str, str], ...]
    gain: str
    weakest: str
    pictures: tuple[tuple[str, str], ...]


def block(figures: ModelFigures) -> str:
    """The marks, and what lies between them.

    Parameters
    ----------
    figures : of the model that the project has now.
    """
    pictures = "".join(
        f'\n  <img src="{path}" width="49%" alt="{alt}">' for path, alt in figures.pictures
    )
    tested = f"On {figures.test_rows:,} test rows, which it never saw in training, the model has:"
    parts = [
        f"{_data(figures)} {tested}",
        "\n".join(
            [
                f"| metric | model | {figures.baseline} |",
                "| --- | ---: | ---: |",
                *(f"| {label} | {model} | {base} |" for label, model, base in figures.metrics),
            ]
        ),
        figures.gain,
        f"<p>{pictures}\n</p>",
        figures.weakest,
    ]
    return "\n\n".join([BEGIN, *filter(None, parts), END])


def _data(figures: ModelFigures) -> str:
    """How many rows there are, and where."""
    if len(figures.files) == 1:
        return f"`data/raw/{figures.files[0]}` has {figures.rows:,} rows."
    return f"{len(figures.files)} files under `data/raw` have {figures.rows:,} rows."


def is_marked(text: str) -> bool:
    """Whether a README has such a part."""
    return bool(BLOCK.search(text))


def with_block(text: str, figures: ModelFigures) -> str:
    """The text of a README with these figures.

    Raises
    ------
    ReadmeError
        If the marks are not there, once each.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or not is_marked(text):
        raise ReadmeError(f"{README}: `{BEGIN}` and `{END}` must stand there once, in this order")
    return BLOCK.sub(lambda _: block(figures), text)


def refresh(figures: ModelFigures) -> bool:
    """Write the figures into README.md; whether they were others."""
    old = README.read_text(encoding="utf-8")
    new = with_block(old, figures)
    if new != old:
        text_files.write_text(README, new)
    return new != old
