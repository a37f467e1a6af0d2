"""The module of a project's own features, with one that suits its table.

Of two numbers that rise together it is how much of one there is for each of the other; of a table
with gaps it is how many cells of a row are missing; else it is only told how one is written.
"""

import json
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from truerun.adopt.columns import expectations
from truerun.adopt.leaks.search import NEAR
from truerun.adopt.table_profile import TableProfile
from truerun.adopt.writing.usability import LARGEST
from truerun.contract import leak_checks
from truerun.sources.table.names import SCORES, TAKEN, tidy, unused
from truerun.template import features_text

SAMPLE = 10_000  # rows that correlations are computed on
WIDEST = 60  # number columns that are looked at
TOGETHER, SAME = 0.3, 0.99  # correlations: of columns that rise together, and that say the same
HOLES = 0.01  # of a column's cells: where more are missing, it is worth counting
LONGEST = 50  # letters of a name
LINE = 100  # letters
RATIO = '''

def {function}(rows: pd.DataFrame) -> pd.Series:
    """{meaning}; missing where that is 0 or missing."""
    divisor = rows[{divisor}]
    return rows[{dividend}] / divisor.where(divisor > 0)
'''
MISSING = '''

def missing_cells(rows: pd.DataFrame) -> pd.Series:
    """How many cells of a row are missing."""
    return rows.isna().sum(axis=1)
'''


@dataclass(frozen=True)
class ExampleFeature:
    """The text of src/NAME/features.py, and its columns as schema.yaml declares them."""

    text: str
    columns: dict[str, dict[str, Any]]


def choose(profile: TableProfile, partitions: Sequence[pd.DataFrame]) -> ExampleFeature:
    """A feature for a table.

    Parameters
    ----------
    partitions : the prepared rows of each file; without any there is no example that runs.
    """
    if not partitions:
        return none()
    rows = pd.concat(partitions, ignore_index=True)
    sample = rows.iloc[:: max(1, len(rows) // SAMPLE)].reset_index(drop=True)
    numbers = _numbers(profile)
    for dividend, divisor in _pairs(sample[numbers[:WIDEST]]):
        name = _name(f"{dividend}_per_{divisor}", profile)
        ratios = [_ratio(part, dividend, divisor) for part in partitions]
        with_ratio = sample.assign(**{name: _ratio(sample, dividend, divisor)})
        too_large = any((part.abs() > LARGEST).any() for part in ratios)
        if too_large or _gives_away(name, with_ratio, profile):
            continue
        function = _function_name(name, "ratio")
        text = RATIO.format(
            function=function,
            meaning=_meaning(dividend, divisor),
            dividend=literal(dividend),
            divisor=literal(divisor),
        )
        return _example(name, text, ratios, function, _limits(ratios))
    hidden = [profile.options.target, *profile.key]
    if (sample.drop(columns=hidden).isna().mean() > HOLES).any():
        name = _name("missing_cells", profile)
        counts = [part.drop(columns=hidden).isna().sum(axis=1) for part in partitions]
        limits = {"min": 0.0, "max": float(len(sample.columns) - len(hidden))}
        return _example(name, MISSING, counts, "missing_cells", limits)
    return none()


def none() -> ExampleFeature:
    """No feature, but what one looks like."""
    return ExampleFeature(features_text.empty(), {})


def literal(text: str) -> str:
    r"""A text as Python code, in double quotes.

    >>> print(literal('a "b"'))
    "a \"b\""
    """
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _numbers(profile: TableProfile) -> list[str]:
    """The features of a table that are numbers."""
    return [
        name
        for name, option in profile.options.columns.items()
        if option.as_ == "number"
        and name != profile.options.target
        and profile.columns[name].get("feature", True)
        and len(name) <= LONGEST
    ]


def _pairs(numbers: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Dividends and divisors that rise together, the strongest correlation first.

    The divisor is what is counted: of two that are never negative, that with fewer values.
    """
    correlations = numbers.rank().corr(min_periods=max(2, len(numbers) // 2)).to_numpy()
    first, second = np.triu_indices(len(correlations), k=1)
    order = np.argsort(-correlations[first, second], kind="stable")  # those without one come last
    never_negative = {name for name in numbers if (numbers[name].dropna() >= 0).all()}
    for place in order:
        if not TOGETHER < correlations[first[place], second[place]] < SAME:
            continue
        pair = [str(numbers.columns[side[place]]) for side in (first, second)]
        divisors = [name for name in pair if name in never_negative]
        if divisors:
            divisor = min(divisors, key=lambda name: numbers[name].nunique())
            (dividend,) = (name for name in pair if name != divisor)
            if len(_ratio(numbers, dividend, divisor).dropna().unique()) > 1:
                yield dividend, divisor


def _ratio(rows: pd.DataFrame, dividend: str, divisor: str) -> pd.Series:
    """What the function of the module gives."""
    return rows[dividend] / rows[divisor].where(rows[divisor] > 0)


def _gives_away(name: str, sample: pd.DataFrame, profile: TableProfile) -> bool:
    """Whether the target is nearly known from a column, or from it and others."""
    target = profile.options.target
    first, second = (sample[start::2].reset_index(drop=True) for start in (0, 1))
    if any(len(half[target].unique()) <= 1 for half in (first, second)):
        return False
    set_aside = profile.leaks.known  # which validate leaves aside
    columns = [*(each for each in _numbers(profile) if each not in set_aside), name]
    rankings = leak_checks.leak_rankings(first, second, columns, target, profile.task)
    return max(rankings[name], rankings[leak_checks.COMBINATION]) >= NEAR


def _example(
    name: str,
    text: str,
    partitions: Sequence[pd.Series],
    function: str,
    limits: dict[str, float],
) -> ExampleFeature:
    """A feature as text, and as schema.yaml declares it.

    Parameters
    ----------
    text : of its function, which is called `function`.
    partitions : its values in each file.
    """
    missing = max((float(part.isna().mean()) for part in partitions if len(part)), default=0.0)
    column = {
        "type": "float",
        **({"nullable": True} if missing else {}),
        **limits,
    }
    is_constant = any(len(part.unique()) == 1 for part in partitions)
    entry = f"{literal(name)}: {function}"
    features = f"FEATURES = {{{entry}}}"
    if len(features) > LINE:
        features = f"FEATURES = {{\n    {entry},\n}}"
    return ExampleFeature(
        f"{features_text.HEAD.format(told='')}{text}\n\n{features}\n",
        {name: expectations.partition_limits(column, missing, is_constant=is_constant)},
    )


def _limits(partitions: Sequence[pd.Series]) -> dict[str, float]:
    """The range of a number in all files, widened."""
    numbers = pd.concat(partitions).dropna()
    return expectations.widened(float(numbers.min()), float(numbers.max()))


def _name(wanted: str, profile: TableProfile) -> str:
    """A name that no column has, and no stage."""
    name = tidy(wanted)
    if not name.isidentifier():
        name = name.replace("_per_", " per ")
    taken = {*profile.columns, *profile.options.columns, *TAKEN}
    return unused(f"own {name}" if name.startswith(SCORES) else name, taken)


def _function_name(name: str, otherwise: str) -> str:
    """The name of a function for a column, in plain letters where there are enough of them."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    usable = plain.isidentifier() and not keyword.iskeyword(plain) and len(plain) <= LONGEST
    if name.isascii() and usable:
        return plain
    return otherwise


def _meaning(dividend: str, divisor: str) -> str:
    """What a quotient is; names that are long, or have marks, are not repeated."""
    names = f"{dividend} for each {divisor}"
    plain = re.fullmatch(r"[\w .-]+", names) and len(names) <= LONGEST
    return names if plain else "One number for each of another"
