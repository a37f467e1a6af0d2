"""Checks of the data: it is what the source makes of data/raw, and satisfies schema.yaml."""

import pandas as pd

from truerun.base import paths, tables
from truerun.base.errors import ContractError
from truerun.base.partitions import map_partitions
from truerun.contract import conformance
from truerun.sources import protocol
from truerun.testing.project import Project, key_of, some, spread

ROWS = 20_000  # of a partition


def check_contract(project: Project) -> None:
    """Rows of data/prepared satisfy schema.yaml, but for the share that may be in quarantine."""
    names = some(tables.partition_names(paths.PREPARED))
    sizes = tables.sizes(paths.PREPARED, names)
    map_partitions(lambda name: _check_rows(name, project), names, "check", sizes)


def _check_rows(name: str, project: Project) -> None:
    """Check some rows of a partition."""
    limit = project.params.validate_.max_quarantined
    rows = spread(tables.read_table(tables.partition(paths.PREPARED, name)), ROWS)
    rows = rows.reset_index(drop=True)
    where = str(tables.partition(paths.PREPARED, name))
    try:
        conformance.check_table(rows, project.contract, where)
    except ContractError as error:
        raise AssertionError(str(error)) from error
    verdict = conformance.check_rows(rows, project.contract)
    broken = int((~verdict.valid).sum())
    if broken > limit * len(rows):
        first = verdict.failures.iloc[0]
        raise AssertionError(
            f"{where}: {broken:,} of {len(rows):,} rows break schema.yaml, and"
            f" validate.max_quarantined allows {limit:.1%}. The first is"
            f" {key_of(rows, int(first['row']), project.contract)}: column"
            f" {first['failed_column']} is {first['failed_value']}, which breaks"
            f" {first['failed_check']}"
        )


def check_prepared(project: Project) -> None:
    """Rows of data/prepared are what the source makes of data/raw now."""
    source = protocol.named(project.params.source.name)
    options = source.Options.model_validate(project.params.source.options)
    names = source.partitions(paths.RAW)
    prepared = tables.partition_names(paths.PREPARED)
    if sorted(names) != prepared:
        raise AssertionError(
            f"{paths.PREPARED} holds {', '.join(prepared)}, and {paths.RAW} gives"
            f" {', '.join(names)}: run the pipeline"
        )
    for name in some(names):
        made = source.prepare(paths.RAW, name, options).rows
        where = tables.partition(paths.PREPARED, name)
        _check_equal(tables.read_table(where), made.reset_index(drop=True), str(where), project)


def _check_equal(there: pd.DataFrame, made: pd.DataFrame, where: str, project: Project) -> None:
    if list(there) != list(made) or len(there) != len(made):
        sizes = [f"{len(rows):,} rows of {', '.join(map(str, rows))}" for rows in (there, made)]
        raise AssertionError(
            f"{where} has {sizes[0]}, and the source makes {sizes[1]}: run the pipeline"
        )
    for column in there:
        same = (there[column] == made[column]) | (there[column].isna() & made[column].isna())
        if not same.all():
            row = int((~same).to_numpy().argmax())
            raise AssertionError(
                f"{where}: column {column} of {key_of(there, row, project.contract)} is"
                f" {there[column].iloc[row]}, and the source makes {made[column].iloc[row]}: run"
                " the pipeline"
            )
