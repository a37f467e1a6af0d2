"""The README of a project: what is predicted from what, how to run and change it, who to ask."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from truerun.base.paths import CARD, PARAMS, SCHEMA
from truerun.base.tasks import Task

# A line of a comment for the main metric of a task: made up, in the form of the report.
EXAMPLES: Mapping[Task, str] = {
    "binary": "| ROC AUC | 0.7512 | 0.7594 | +0.0082 (+0.0030 to +0.0134) | ▲ better |",
    "multiclass": "| log loss | 0.8127 | 0.7903 | -0.0224 (-0.0362 to -0.0086) | ▲ better |",
    "regression": "| RMSE | 24.137 | 23.512 | -0.625 (-0.983 to -0.267) | ▲ better |",
    "counts": "| Poisson deviance | 1.2140 | 1.1875 | -0.0265 (-0.0413 to -0.0117) | ▲ better |",
}
SHOWN = 12  # names of columns
WIDTH = 100  # characters of a line


@dataclass(frozen=True)
class About:
    """What a README says of the project beside the figures of its model.

    `name` is that of its folder, `package` that of its own package. It `predicts` something, which
    is a `task`, from columns, its `features`. `maintainer` is who asked for it, as Git knows them;
    `in_git` says that Git holds the raw data, so that a clone has it.
    """

    name: str
    package: str
    task: Task
    predicts: str
    features: Sequence[str]
    maintainer: str | None
    in_git: bool


def text(about: About, figures: str) -> str:
    """The whole README, with the part that tells how good the model is: see `block`."""
    features = f"src/{about.package}/features.py"
    summary = (
        f"This project predicts {about.predicts}, from {_columns(about.features)}."
        f" [{CARD}]({CARD}) describes the model, and [{SCHEMA}]({SCHEMA}) says"
        " what every row must satisfy and what the model must not be used for."
    )
    return f"""# {about.name}

{textwrap.fill(summary, WIDTH, break_long_words=False, break_on_hyphens=False)}

## How good it is

{figures}

A run writes these figures, and a test holds them against it.

## Two commands

You need Python 3.11, 3.12 or 3.13, git and make, on Linux.{_where(in_git=about.in_git)}

```sh
make repro
make test
```

`make repro` creates `.venv`, installs the locked packages, lays down the data and runs the stages
that changed: `prepare`, `validate`, `featurize`, `train`, `evaluate`. `make test` tests the data,
the features and the model. `make` alone lists all targets.

`make predict FILE=newer.csv` scores the rows of a file, with or without the target, into
`scores.parquet`; rows that break [{SCHEMA}]({SCHEMA}) are named beside it, in
`scores.refused.parquet`. `truerun predict --help` has more.

`make serve` answers rows over HTTP, to this machine alone until its clients have keys:
`curl --json @row.json http://localhost:8000/v1/predict`. A row is an object with the names of the
table; `http://localhost:8000/openapi.json` has an example. `truerun serve --help` has more.
`make image` builds a container of it, with docker, podman or buildah.

`make release VERSION=v1.0.0` makes a version of a commit that `main` has proved, `make promote`
puts it into a stage, and `make rollback STAGE=production` takes it back in a second: all are tags
in Git. `truerun release fetch production --into bundle` lays down the bundle of a stage, which
`truerun serve --bundle bundle` answers by. `truerun release --help` has more.

## Change something

1. Make a branch: `git switch --create better`.
2. Change a parameter in [{PARAMS}]({PARAMS}), or a feature in [{features}]({features}). A column
   that you add is declared in [{SCHEMA}]({SCHEMA}), as any other.
3. `make repro`, and `dvc metrics diff` shows each metric before and after (`. .venv/bin/activate`
   puts `dvc` on your path). `dvc exp run --set-param train.model=lightgbm` tries a value without an
   edit.
4. `make report` writes the comment that a reviewer will see to `reports/comment.md`, and the same
   as a page to `reports/report.html`.
5. `git add --all && git commit`, `git push`, and open a pull request. `make lint` checks the style
   of your code; `pre-commit install` has it run before each commit.

Newer rows: `.venv/bin/truerun ingest FILE` adds a file with the same columns, if it satisfies the
contract.

A newer truerun: `.venv/bin/truerun upgrade WHEEL_FILE` renews it and the files that it has written
here, runs the pipeline, and leaves that as a change to be reviewed.

## What a pull request is told

Both models score the same test rows. The comment begins with a verdict in words ("Merge this",
"Look closer before you merge", "Do not merge this yet"), and says what was changed. Then comes a
line for each metric, such as this one, whose figures are made up:

| metric | main | this pull request | difference (interval) | verdict |
| --- | ---: | ---: | ---: | --- |
{EXAMPLES[about.task]}

Where the interval holds 0, the verdict is "can't tell". Folded below are slices, decisions, data,
causes, cost and whether the run reproduces. `make report` shows all of it before you push. The
rules of the status `verdict` are under `gate:` in [{PARAMS}]({PARAMS}).

To switch it on, push this repository to GitHub with `main` as its default branch, and set:

- *Settings, Actions, General*: allow GitHub Actions to create pull requests.
- *Settings, Rules*: require the checks `verdict`, `Pipeline` and `Quality` before a merge.
- A DVC remote, for data and models that Git does not hold: `dvc remote add --default storage
  s3://bucket/folder`, `git commit --all`, `dvc push`. For S3 and SSH, `make remotes` comes first.

## Who to ask

{about.maintainer or "Nobody is named yet: write here who knows this model."}
"""


def _columns(names: Sequence[str]) -> str:
    """Columns by their names, where they are few."""
    shown = ", ".join(f"`{name}`" for name in names[:SHOWN])
    more = len(names) - SHOWN
    return f"{shown} and {more} more columns" if more > 0 else shown


def _where(*, in_git: bool) -> str:
    """What a clone needs beside Git to have the data."""
    if in_git:
        return ""
    return " The data is under\nDVC: with a remote, `make repro` needs a `dvc pull` before it."
