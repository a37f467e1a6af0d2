"""The project's own code: its features, and a source of its own where a table is not enough.

A source makes the rows of data/prepared of what lies in data/raw: it joins files, or derives the
target. It is a module source.py in this folder, such as this one:

    import pandas as pd
    from truerun.base.settings import Section
    from truerun.sources.protocol import Prepared

    class Options(Section):  # what source.options of params.yaml says
        calls: int

    def partitions(raw):  # the names of the parts that the rows are made in, such as months
        return ["all"]

    def prepare(raw, name, options):  # the rows of a part, sorted by their key
        customers = pd.read_csv(raw / "customers.csv", dtype={"customer": "str"})
        calls = pd.read_csv(raw / "calls.csv", dtype={"customer": "str"}).groupby("customer").size()
        count = customers["customer"].map(calls).fillna(0)
        rows = customers.assign(frequent=(count >= options.calls).astype("int8"))
        rows = rows.sort_values("customer")
        return Prepared(rows, rows_in=len(customers), dropped={})

Then params.yaml has `name: PROJECT` and these options under `source`, schema.yaml the columns, and
data/raw.dvc a line for each file (`dvc commit --force data/raw.dvc` writes their hashes). `make
limits` runs it, and learns anew what newer rows are held against. The checks of a table in
tests/test_features.py give way to tests of your source. `python -m pydoc truerun.sources` says what
else a source may offer.
"""
