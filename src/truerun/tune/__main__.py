"""Program of `truerun tune`: search, compare with the current parameters, write the best."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from truerun.base import paths, text_files, yaml_text
from truerun.base.errors import TuneError, exit_with
from truerun.base.settings import Section
from truerun.gate.names import check_names
from truerun.model.estimators import ESTIMATORS
from truerun.model.estimators.ranges import Values
from truerun.params.train import Train
from truerun.project import params
from truerun.report import words
from truerun.tune import dotted, folds, rolling
from truerun.tune.folds import Array, Rows
from truerun.tune.gain import Outcome, measure_gain
from truerun.tune.options import parser

VERDICTS = {
    "better": "a gain",
    "worse": "a loss",
    "can't tell": "can't tell, it may be chance",
    "the same": "no gain: every row's score is the same",
    "unknown": "can't tell, there are too few rows",
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    options = parser()
    chosen = options.parse_args(argv)
    if chosen.rolling:
        exit_with(
            lambda: print("\n".join(rolling.table(chosen.changes, chosen.first, chosen.last)))
        )
    elif chosen.changes or chosen.first or chosen.last:
        options.error("--with, --from and --to go with --rolling")
    else:
        exit_with(lambda: tune(chosen.study, chosen.trials, chosen.minutes, write=chosen.write))


def tune(path: Path, trials: int, minutes: float | None, *, write: bool) -> None:
    """Search, and print the outcome."""
    if trials < 1 or not (minutes is None or minutes > 0):
        raise TuneError("--trials and --minutes must be above 0")
    if find_spec("optuna") is None:
        raise TuneError("a search needs Optuna, which is an extra: run `make extras` once")
    from truerun.tune import study  # noqa: PLC0415 - which imports the extra

    settings = params.load()
    check_names(settings.gate)
    train = settings.train
    ranges = ESTIMATORS[train.model].ranges
    if not ranges:
        raise TuneError(
            f"params.yaml: train.model is {train.model}, which has no parameters to search"
        )
    rows = folds.read(settings)
    print("\n".join(introduction(train, rows)), flush=True)
    search = study.open_search(path, search_conditions(train, rows), ranges, rows, train.seed)

    def score_fold(values: Values, fold: int) -> Array:
        return folds.score_fold(rows, replace_parameters(train, values), fold)

    before = len(search.tried)
    ended = search.run(
        lambda values, fold: folds.metric_value(rows, score_fold(values, fold), fold),
        trials,
        minutes,
    )
    tried = search.tried
    print(f"{path} keeps {len(tried)} trials, {len(tried) - before} of them new.")
    if not ended:
        print("Interrupted: the same command continues from here. So far:", flush=True)
    if not tried:
        raise TuneError("no trial has ended: give the search more time")
    values = dotted.flat(getattr(train, train.model).model_dump())
    current = {name: value for name, value in values.items() if name in ranges}
    outcome = measure_gain(rows, current, tried, score_fold)
    print("\n".join(["", *outcome_lines(outcome, train.model, rows)]))
    if write and outcome.gain:
        text = paths.PARAMS.read_text(encoding="utf-8")
        text_files.write_text(paths.PARAMS, with_parameters(text, train.model, outcome.best))
        print(f"Written to {paths.PARAMS}. Next: make report")


def introduction(train: Train, rows: Rows) -> list[str]:
    """What is searched, and on which rows."""
    groups = f", each value of {rows.together} in one" if rows.together else ""
    where = f"in {rows.folds} folds{groups}"
    if rows.rolling:
        where = f"of {rows.folds} periods in time, each scored by models of the rows before it"
    return [
        f"tune: {train.model} on {len(rows.target):,} training rows of {len(rows.names)} features",
        f"by {rows.label} {where}",
    ]


def search_conditions(train: Train, rows: Rows) -> dict[str, str]:
    """Everything that the outcome of a trial depends on, by name."""
    section: Section = getattr(train, train.model)
    ranges = ESTIMATORS[train.model].ranges
    values = dotted.flat(section.model_dump())
    fixed = {name: value for name, value in values.items() if name not in ranges}
    return {
        "train.model": train.model,
        "train.seed": str(train.seed),
        **{f"train.{train.model}.{name}": str(value) for name, value in fixed.items()},
        "task": rows.contract.task,
        "monotone": str(
            [f"{name} {c.monotone}" for name, c in rows.contract.columns.items() if c.monotone]
        ),
        "ranges": str({name: (r.low, r.high) for name, r in ranges.items()}),
        "groups": str(rows.together),
        "training rows": rows.digest(),
    }


def replace_parameters(train: Train, values: Values) -> Train:
    """The training parameters with some of the model's replaced."""
    section: Section = getattr(train, train.model)
    replaced = section.model_dump()
    dotted.put(replaced, values)
    return train.model_copy(update={train.model: type(section).model_validate(replaced)})


def outcome_lines(outcome: Outcome, model: str, rows: Rows) -> list[str]:
    """The best parameters beside the current ones, and what they gain."""
    width = max(map(len, [model, *outcome.current]))
    lines = [f"{model:{width}}  {'current':>10}  {'best':>10}"]
    lines += [
        f"{name:{width}}  {value:>10}  {outcome.best[name]:>10}"
        for name, value in outcome.current.items()
    ]
    if outcome.gain is None:
        return [*lines, "", "No trial does better than the current parameters: nothing to gain."]
    fields = outcome.gain.model_dump()
    sides = [words.side(fields, side) for side in ("base", "head")]
    return [
        *lines,
        "",
        f"{rows.label} out of fold: {sides[0]} now, {sides[1]} after the search",
        f"{words.interval(fields, ' (95 %: ')}: {VERDICTS[outcome.gain.verdict]}",
    ]


def with_parameters(text: str, model: str, values: Values) -> str:
    """The text of params.yaml with some parameters of a model replaced."""
    content = yaml_text.loaded(text)
    dotted.put(content["train"][model], values)
    return yaml_text.dumped(content)


if __name__ == "__main__":
    main()
