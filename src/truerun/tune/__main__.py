"""Search better parameters of the estimator that train.model names, on training rows alone.

Reads data/features and data/validated, as `make repro` leaves them. Each trial is scored by
cross-validation, with the main metric of the task; rows with the same value of compare.cluster (or
split.group) are in one fold. A file keeps the trials: the same command goes on after an interrupt,
and with more trials it adds to those that are there. At the end it tells the best parameters beside
the present ones, and what the search gains, with a 95 % interval: each fold is scored with the
parameters that did best on the other folds, so that luck is no gain.

Examples
--------
  python -m truerun.tune                              50 trials
  python -m truerun.tune --trials 200 --minutes 30    whichever ends first
  python -m truerun.tune --trials 200 --write         put the best into params.yaml
  python -m truerun.tune --study trees.db             another search, beside the usual one
"""

import argparse
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from truerun.base import paths, text_files, yaml_text
from truerun.base.errors import TuneError, exit_with
from truerun.base.settings import Section
from truerun.params import params
from truerun.params.train import Train
from truerun.report import words
from truerun.tune import folds
from truerun.tune.folds import Array, Rows
from truerun.tune.gain import Outcome, outcome
from truerun.tune.ranges import RANGES, Values

STUDY = Path(".dvc/tmp/tune/study.db")
TRIALS = 50
VERDICTS = {
    "better": "a gain",
    "worse": "a loss",
    "can't tell": "can't tell, it may be chance",
    "the same": "no gain: each row's score is the same",
    "unknown": "can't tell, the rows are too few",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    chosen = parser().parse_args(arguments)
    exit_with(lambda: tune(chosen.study, chosen.trials, chosen.minutes, write=chosen.write))


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    made = argparse.ArgumentParser(
        prog="python -m truerun.tune",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--trials", type=int, default=TRIALS, metavar="N", help=f"in all; {TRIALS} if none"
    )
    made.add_argument("--minutes", type=float, metavar="M", help="search no longer than this")
    made.add_argument(
        "--study",
        type=Path,
        default=STUDY,
        metavar="FILE",
        help=f"keeps the trials; {STUDY} if none",
    )
    made.add_argument("--write", action="store_true", help="put the best parameters in params.yaml")
    return made


def tune(path: Path, trials: int, minutes: float | None, *, write: bool) -> None:
    """Search, and tell what was found."""
    if trials < 1 or not (minutes is None or minutes > 0):
        raise TuneError("--trials and --minutes must be above 0")
    if find_spec("optuna") is None:
        raise TuneError("a search needs Optuna, which is an extra: run `make extras` once")
    from truerun.tune import study  # noqa: PLC0415 - which imports the extra

    chosen = params.load().train
    ranges = RANGES[chosen.model]
    if not ranges:
        raise TuneError(
            f"params.yaml: train.model is {chosen.model}, which has no parameters to search"
        )
    rows = folds.read(params.load())
    print("\n".join(introduction(chosen, rows)), flush=True)
    search = study.opened(path, made_with(chosen, rows), ranges, rows, chosen.seed)

    def scored(values: Values, fold: int) -> Array:
        return folds.scored(rows, with_values(chosen, values), fold)

    before = len(search.tried)
    ended = search.run(
        lambda values, fold: folds.value(rows, scored(values, fold), fold), trials, minutes
    )
    tried = search.tried
    print(f"{path} keeps {len(tried)} trials, {len(tried) - before} of them new.")
    if not ended:
        print("Interrupted: the same command goes on from here. So far:", flush=True)
    if not tried:
        raise TuneError("no trial has ended: give the search more time")
    present = getattr(chosen, chosen.model).model_dump(include=set(ranges))
    found = outcome(rows, present, tried, scored)
    print("\n".join(["", *told(found, chosen.model, rows)]))
    if write and found.gain:
        text = paths.PARAMS.read_text(encoding="utf-8")
        text_files.write_text(paths.PARAMS, written(text, chosen.model, found.best))
        print(f"Written to {paths.PARAMS}. Next: make report")


def introduction(chosen: Train, rows: Rows) -> list[str]:
    """What is searched, on what."""
    groups = f", each value of {rows.together} in one" if rows.together else ""
    return [
        f"tune: {chosen.model} on {len(rows.target):,} training rows of {len(rows.names)} features",
        f"by {rows.label} in {rows.folds} folds{groups}",
    ]


def made_with(chosen: Train, rows: Rows) -> dict[str, str]:
    """All that the outcome of a trial depends on, by name."""
    section: Section = getattr(chosen, chosen.model)
    fixed = section.model_dump(exclude=set(RANGES[chosen.model]))
    return {
        "train.model": chosen.model,
        "train.seed": str(chosen.seed),
        **{f"train.{chosen.model}.{name}": str(value) for name, value in fixed.items()},
        "task": rows.contract.task,
        "monotone": str(
            [f"{name} {c.monotone}" for name, c in rows.contract.columns.items() if c.monotone]
        ),
        "ranges": str({name: (r.low, r.high) for name, r in RANGES[chosen.model].items()}),
        "groups": str(rows.together),
        "training rows": rows.digest(),
    }


def with_values(chosen: Train, values: Values) -> Train:
    """The parameters of training with some of the model's replaced."""
    section: Section = getattr(chosen, chosen.model)
    replaced = type(section).model_validate(section.model_dump() | dict(values))
    return chosen.model_copy(update={chosen.model: replaced})


def told(found: Outcome, model: str, rows: Rows) -> list[str]:
    """The best parameters beside the present ones, and what they gain."""
    width = max(map(len, [model, *found.present]))
    lines = [f"{model:{width}}  {'present':>10}  {'best':>10}"]
    lines += [
        f"{name:{width}}  {value:>10}  {found.best[name]:>10}"
        for name, value in found.present.items()
    ]
    if found.gain is None:
        return [*lines, "", "No trial does better than the present parameters: nothing to gain."]
    gain = found.gain.model_dump()
    sides = [words.side(gain, side) for side in ("base", "head")]
    return [
        *lines,
        "",
        f"{rows.label} out of fold: {sides[0]} as it is, {sides[1]} by the search",
        f"{words.interval(gain, ' (95 %: ')}: {VERDICTS[found.gain.verdict]}",
    ]


def written(text: str, model: str, values: Values) -> str:
    """The text of params.yaml with some parameters of a model replaced."""
    held = yaml_text.loaded(text)
    for name, value in values.items():
        held["train"][model][name] = value
    return yaml_text.dumped(held)


if __name__ == "__main__":
    main()
