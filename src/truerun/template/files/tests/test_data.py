"""The data is as schema.yaml says, and as the source makes it now."""

from truerun.testing import data


def test_rows_satisfy_the_schema(project):
    data.check_contract(project)


def test_rows_are_what_the_source_makes_of_the_raw_data(project):
    data.check_prepared(project)
