"""Write the project of your own table, a new Git repository: contract, settings, first model.

Prints what each column is read as, why, and how to change that; runs the pipeline, and commits the
project. What the table alone does not tell, such as whether -200 means missing, is asked: the
command ends with exit status 2, and names the options that answer. Whatever fails, nothing is
written. Into a Git repository that exists, and has no dvc.yaml, it adds its files, if none is in
the way.

Examples
--------
  truerun adopt customers.csv --target churn --into ../churn
  truerun adopt customers.csv --target churn --into ../churn --dry-run    show the plan
  truerun adopt sales/ --target amount --time sold_at --into ../sales     each file a part
  truerun adopt visits.csv.gz --target readmitted --group patient --into ../visits
  truerun adopt houses.parquet --target price --drop notes --as zip=category --into ../houses
  truerun adopt https://example.org/loans.csv --target default --into ../loans
  truerun adopt air.csv --target no2 --missing no2=-200 --into ../air     what means missing
  truerun adopt kidney.csv --target class --positive ckd --into ../kidney
  truerun adopt loans.csv --target default --into ../loans --package truerun-0.1.0-py3-none-any.whl
  truerun adopt --sql sqlite:///shop.db --query "SELECT * FROM sales" --target paid --into ../shop
"""

import argparse

from truerun.adopt.request import KINDS


def parser() -> argparse.ArgumentParser:
    """The options of `truerun adopt`."""
    made = argparse.ArgumentParser(
        prog="truerun adopt",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "data", metavar="DATA", nargs="?", help="a file, a folder of files, or an address"
    )
    made.add_argument("--sql", metavar="URL", help="a database, instead of DATA")
    made.add_argument("--query", metavar="SQL", help="what to ask the database")
    made.add_argument(
        "--into", required=True, metavar="DIR", help="where the project shall be: a new folder"
    )
    made.add_argument("--target", required=True, metavar="COLUMN", help="what is predicted")
    tasks = ("binary", "multiclass", "regression", "counts")
    made.add_argument("--task", choices=tasks, help="instead of the one that the target suggests")
    made.add_argument("--time", metavar="COLUMN", help="test on the newest rows by this column")
    made.add_argument(
        "--group",
        metavar="COLUMN",
        help="keep rows with the same value on one side of the split, unless that is by --time",
    )
    made.add_argument(
        "--drop", action="append", default=[], metavar="COLUMN", help="leave a column out"
    )
    made.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="COLUMN",
        help="keep a column that would be left out",
    )
    made.add_argument(
        "--as",
        dest="as_",
        action="append",
        default=[],
        metavar="COLUMN=KIND",
        help=f"what a column is: {', '.join(KINDS)}",
    )
    made.add_argument(
        "--missing",
        action="append",
        default=[],
        metavar="COLUMN=TEXT",
        help="a text that means missing in a column, as 999 may",
    )
    made.add_argument(
        "--value",
        action="append",
        default=[],
        metavar="COLUMN=TEXT",
        help="a text that is a value in a column, though it looks as if it meant missing",
    )
    made.add_argument(
        "--fold",
        action="append",
        default=[],
        metavar="COLUMN",
        help="read texts of a column that differ in capitals, blanks and marks alone as one",
    )
    made.add_argument(
        "--positive",
        metavar="TEXT",
        help="which of two classes is predicted; the rarer one, unless their names tell",
    )
    made.add_argument("--name", help="of the model's artifact; the file's and the target's if none")
    made.add_argument(
        "--package",
        dest="release",
        metavar="WHEEL_FILE",
        help="the wheel of a release that the project shall keep: a path, or an https address; by"
        " default it is built of the truerun that runs",
    )
    made.add_argument("--dry-run", action="store_true", help="show the plan, write nothing")
    return made
