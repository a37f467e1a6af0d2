"""What can be wrong with what goes in, and what must come of it: each case is run for real.

There are three outcomes and no fourth:

- error: the command fails and says so in one clear message;
- quarantined: the rows are counted and kept apart, with the column, the check and the value;
- harmless: what comes out is the same, byte for byte.
"""

import pickle

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from tests.flights.conftest import package
from tests.flights.robustness import made_cases, raw_cases, settings_cases, table_cases
from tests.flights.robustness.case import Case
from tests.flights.robustness.damage import (
    AIRPORTS,
    FLIGHTS,
    PLANES,
    WEATHER,
    Damage,
    borrowed,
    both,
    cells,
    content,
    copied,
    lines,
    locked,
    made_a_file,
    made_a_folder,
    model,
    nothing,
    numbers,
    on_a_full_disk,
    parquet,
    removed,
    swapped,
    text,
    with_month,
)

OCTOBER = FLIGHTS.replace("09", "10")
PREPARED = "data/prepared/2013-09.parquet"
INBOX = "inbox/flights/2013-11.csv", "inbox/weather/2013-11.csv"
INGEST = "ingest 2013-11 --from inbox"


def flipped(table: pd.DataFrame) -> pd.DataFrame:
    """Late flights made early and early ones late, the clock on arrival with them."""
    known = table["arr_delay"] != "NA"
    delay = -table.loc[known, "arr_delay"].astype(int)
    clock = table.loc[known, "sched_arr_time"].astype(int)
    minute = (clock // 100 * 60 + clock % 100 + delay) % 1440
    table.loc[known, "arr_delay"] = delay.astype(str)
    table.loc[known, "arr_time"] = (minute // 60 * 100 + minute % 60).astype(str)
    return table


def without_outcomes(first_day: int, last_day: int) -> Damage:
    """How the flights of some days went is not known."""
    outcomes = ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"]

    def change(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[table["day"].astype(int).between(first_day, last_day), outcomes] = "NA"
        return table

    return cells(FLIGHTS, change)


def set_cells(file: str, rows: slice, **values: str) -> Damage:
    """Write a value into some rows of columns."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        for column, value in values.items():
            table.iloc[rows, table.columns.get_loc(column)] = value
        return table

    return cells(file, change)


def knowing(table: pd.DataFrame) -> pd.DataFrame:
    """A feature that is made of the outcome."""
    return table.assign(seats=(table["late"] + 1).astype("float32"))


def celsius(fahrenheit: float) -> float:
    return (fahrenheit - 32) / 1.8


def days(first: int, last: int) -> list[str]:
    return [str(day) for day in range(first, last + 1)]


def cut_in_a_line(all_: bytes) -> bytes:
    return all_[: all_.index(b"\n", len(all_) // 2) - 30]


def a_line_twice(all_: list[bytes]) -> list[bytes]:
    return [*all_, all_[100]]


CASES = {
    "A raw file": [
        Case("is cut in the middle of a line", content(FLIGHTS, cut_in_a_line), "fields, not 19"),
        Case("is empty", content(FLIGHTS, lambda _: b""), "is empty"),
        Case(
            "has a header and no rows: flights",
            lines(FLIGHTS, lambda all_: all_[:1]),
            "holds no rows",
        ),
        Case(
            "has a header and no rows: weather",
            lines(WEATHER, lambda all_: all_[:1]),
            "holds no rows",
        ),
        Case(
            "has no header",
            lines(FLIGHTS, lambda all_: all_[1:]),
            "its header does not fit: missing year",
        ),
        Case("is UTF-16", content(FLIGHTS, lambda b: b.decode().encode("utf-16")), "is not UTF-8"),
        Case(
            "is Latin-1",
            content(AIRPORTS, lambda b: b.replace(b"Airport", "Aéroport".encode("latin-1"), 1)),
            "is not UTF-8",
        ),
        Case(
            "begins with a byte-order mark",
            content(WEATHER, lambda b: b"\xef\xbb\xbf" + b),
            "byte order mark",
        ),
        Case(
            "has semicolons for commas",
            text(FLIGHTS, ",", ";"),
            "its header does not fit: missing year",
        ),
        Case("has CRLF line ends", text(FLIGHTS, "\n", "\r\n"), outcome="harmless"),
        Case("has blank lines between rows", text(WEATHER, "\n", "\n\n", 9), "has 0 fields"),
        Case("holds NUL bytes", text(FLIGHTS, "EWR", "E\0WR", 3), "holds a NUL byte"),
        Case(
            "has a line break in a quoted name that no one reads",
            text(AIRPORTS, "Lansdowne Airport", '"Lansdowne\nAirport"'),
            outcome="harmless",
        ),
        Case(
            "has a line break in a quoted carrier",
            text(FLIGHTS, ",UA,", ',"U\nA",', 2),
            "2 rows: column carrier, check isin",
            run="prepare validate",
            outcome="quarantined",
        ),
        Case("has a quote that does not close", text(FLIGHTS, ",UA,", ',"UA,', 1), "line"),
        Case(
            "is missing: flights of a month in the middle",
            with_month("2013-07", nothing),
            "missing between the others: 2013-08",
            run="prepare validate",
        ),
        Case("is missing: weather of a month", removed(WEATHER), "does not exist"),
        Case("is missing: planes.csv", removed(PLANES), "does not exist"),
        Case("is a folder", made_a_folder(FLIGHTS), "Is a directory"),
        Case(
            "has a name that is not a month",
            copied(FLIGHTS, "data/raw/flights/2013-9.csv"),
            "its name is not a month",
        ),
        Case(
            "holds another month: October's as September's",
            copied(OCTOBER, FLIGHTS),
            "from another month",
        ),
        Case(
            "holds another month: weather",
            copied(WEATHER.replace("09", "10"), WEATHER),
            "from another month",
        ),
        Case(
            "is of a year to come",
            both(
                copied(FLIGHTS, FLIGHTS.replace("2013", "2031")),
                copied(WEATHER, WEATHER.replace("2013", "2031")),
            ),
            "from another month",
        ),
        *raw_cases.FILES,
    ],
    "The columns of a raw file": [
        Case("come in another order", cells(FLIGHTS, lambda t: t[sorted(t)]), outcome="harmless"),
        Case(
            "one is renamed",
            text(FLIGHTS, "dep_delay", "departure_delay", 1),
            "missing dep_delay; unexpected departure_delay",
        ),
        Case("one is new", cells(FLIGHTS, lambda t: t.assign(gate="A1")), "unexpected gate"),
        Case("one is missing", cells(WEATHER, lambda t: t.drop(columns="visib")), "missing visib"),
        Case("one occurs twice", text(WEATHER, "visib", "temp", 1), "each column must occur once"),
        Case(
            "dep_delay and arr_delay are swapped",
            swapped(FLIGHTS, "dep_delay", "arr_delay"),
            "dep_time is not dep_delay minutes after",
        ),
        Case(
            "arr_time and sched_arr_time are swapped",
            swapped(FLIGHTS, "arr_time", "sched_arr_time"),
            "column sched_arr_time: 'NA' does not fit",
        ),
        Case(
            "air_time and distance are swapped",
            cells(
                FLIGHTS,
                lambda t: t[t["air_time"] != "NA"].assign(
                    air_time=t["distance"], distance=t["air_time"]
                ),
            ),
            "distance (miles) is not that",
        ),
        Case(
            "origin and dest are swapped",
            swapped(FLIGHTS, "origin", "dest"),
            "air_time is longer than",
        ),
        Case(
            "temp and humid are swapped",
            swapped(WEATHER, "temp", "humid"),
            "humid (%) is not what temp and dewp",
        ),
        Case(
            "wind_speed and wind_gust are swapped",
            swapped(WEATHER, "wind_speed", "wind_gust"),
            "more than validate.max_quarantined allows",
            run="prepare validate",
        ),
        Case(
            "distance is the same in all rows",
            set_cells(FLIGHTS, slice(None), distance="1000"),
            "distance (miles) is not that",
        ),
        Case(
            "pressure is the same in all rows",
            set_cells(WEATHER, slice(None), pressure="1013"),
            "column pressure is 1013.0 in all rows of 2013-09",
            run="prepare validate",
        ),
        Case(
            "carrier has as many values as rows",
            cells(FLIGHTS, lambda t: t.assign(carrier=[f"C{n}" for n in t.index])),
            "more than validate.max_quarantined allows",
            run="prepare validate",
        ),
        Case(
            "tailnum has as many values as rows",
            cells(FLIGHTS, lambda t: t.assign(tailnum=[f"N{n}" for n in t.index])),
            "column seats is missing in",
            run="prepare validate",
        ),
    ],
    "The cells of a raw file": [
        Case(
            "a number is text",
            set_cells(FLIGHTS, slice(9, 10), distance="far"),
            "line 11, column distance: 'far' does not fit",
        ),
        Case("numbers have a decimal comma", text(WEATHER, ".", ",", 1), "fields, not 15"),
        Case(
            "a quoted number has a decimal comma",
            set_cells(WEATHER, slice(4, 5), temp="75,9"),
            "line 6, column temp: '75,9' does not fit",
        ),
        Case(
            "a number is infinite",
            set_cells(WEATHER, slice(4, 5), temp="inf"),
            "line 6, column temp: 'inf' does not fit",
        ),
        Case(
            "a number is a word of truth",
            set_cells(FLIGHTS, slice(4, 5), distance="true"),
            "line 6, column distance: 'true' does not fit",
        ),
        Case(
            "a cell that must be known is empty",
            set_cells(FLIGHTS, slice(4, 5), origin=""),
            "line 6, column origin: '' does not fit",
        ),
        Case(
            "distances are negative",
            numbers(FLIGHTS, lambda x: -x, "distance", every=50),
            "distance (miles) is not that",
        ),
        Case(
            "distances are kilometres",
            numbers(FLIGHTS, lambda x: x * 1.609, "distance", form=".0f"),
            "distance (miles) is not that",
        ),
        Case(
            "the label is flipped",
            numbers(FLIGHTS, lambda x: -x, "arr_delay"),
            "arr_time is not arr_delay minutes after",
        ),
        Case(
            "the label is flipped, and the arrival with it",
            cells(FLIGHTS, flipped),
            "air_time is longer than",
        ),
        Case(
            "the label is unknown in some rows",
            set_cells(FLIGHTS, slice(0, 300, 10), arr_delay="NA"),
            "arr_time is not arr_delay minutes after",
        ),
        Case(
            "delays are hours",
            numbers(FLIGHTS, lambda x: x / 60, "dep_delay", "arr_delay"),
            "dep_time is not dep_delay minutes after",
        ),
        Case(
            "a flight arrives that never left",
            set_cells(FLIGHTS, slice(0, 1), dep_time="NA", dep_delay="NA"),
            "dep_time is missing (1 such rows)",
        ),
        Case(
            "a date is in the future",
            set_cells(FLIGHTS, slice(9, 10), year="2031"),
            "line 11 is from another month",
        ),
        Case(
            "a time is in an hour that daylight saving leaves out",
            with_month(
                "2013-03",
                set_cells(
                    "data/raw/flights/2013-03.csv",
                    slice(0, 1),
                    day="10",
                    hour="2",
                    minute="30",
                    sched_dep_time="230",
                    time_hour="2013-03-10T07:00:00Z",
                ),
            ),
            "disagree",
        ),
        Case(
            "times are of winter in summer",
            cells(
                FLIGHTS,
                lambda t: t.assign(
                    time_hour=(pd.to_datetime(t["time_hour"]) + pd.Timedelta(hours=1)).dt.strftime(
                        "%Y-%m-%dT%H:%M:%SZ"
                    )
                ),
            ),
            "disagree",
        ),
        Case(
            "weather is in °C",
            numbers(WEATHER, celsius, "temp", "dewp"),
            "humid (%) is not what temp and dewp (°F) make it",
        ),
        Case(
            "pressure is in kPa",
            numbers(WEATHER, lambda x: x / 10, "pressure"),
            "more than validate.max_quarantined allows",
            run="prepare validate",
        ),
        Case(
            "wind blows with 1,000 mph in some hours",
            set_cells(WEATHER, slice(300, 302), wind_speed="1000"),
            "column wind_speed, check less_than_or_equal_to(150)",
            run="prepare validate",
            outcome="quarantined",
        ),
        Case(
            "a carrier is unknown",
            text(FLIGHTS, ",UA,", ",ZZ,", 5),
            "5 rows: column carrier, check isin",
            run="prepare validate",
            outcome="quarantined",
        ),
        Case(
            "a flight has the number 0",
            set_cells(FLIGHTS, slice(4, 6), flight="0"),
            "2 rows: column flight, check greater_than_or_equal_to(1)",
            run="prepare validate",
            outcome="quarantined",
        ),
        Case(
            "a plane is built in 2050",
            set_cells(PLANES, slice(0, 20), year="2050"),
            "column plane_age, check greater_than_or_equal_to(-1)",
            run="prepare validate",
            outcome="quarantined",
        ),
        Case(
            "a humidity is 130%",
            set_cells(WEATHER, slice(100, 102), humid="130"),
            "column humidity, check less_than_or_equal_to(100)",
            run="prepare validate",
            outcome="quarantined",
        ),
        *raw_cases.CELLS,
    ],
    "The rows of a raw file": [
        Case(
            "are shuffled",
            cells(FLIGHTS, lambda t: t.sample(frac=1, random_state=1)),
            outcome="harmless",
        ),
        Case(
            "weather is shuffled",
            cells(WEATHER, lambda t: t.sample(frac=1, random_state=1)),
            outcome="harmless",
        ),
        Case(
            "end half-way through the month",
            cells(FLIGHTS, lambda t: t[t["day"].isin(days(1, 15))]),
            "there is no flight on 2013-09-16",
        ),
        Case(
            "end early on the last day",
            cells(FLIGHTS, lambda t: t[:-50]),
            "rows seem to be missing on 2013-09-30",
        ),
        Case(
            "a day is missing in the middle",
            cells(FLIGHTS, lambda t: t[t["day"] != "14"]),
            "there is no flight on 2013-09-14",
        ),
        Case(
            "most of a day is missing in the middle",
            cells(FLIGHTS, lambda t: t[(t["day"] != "14") | (t["hour"].astype(int) > 16)]),
            "rows seem to be missing on 2013-09-14",
        ),
        Case(
            "the last day has not been flown yet",
            without_outcomes(30, 30),
            "no flight of the last day has departed",
        ),
        Case(
            "a flight is there twice", lines(FLIGHTS, a_line_twice), "occurred before (1 such rows)"
        ),
        Case(
            "how the flights of a week went is unknown",
            without_outcomes(20, 27),
            "more than source.max_dropped allows (15%)",
        ),
        Case(
            "weather of an hour is there twice",
            lines(WEATHER, a_line_twice),
            "occurred before (1 such rows)",
        ),
        Case(
            "weather lacks an airport",
            cells(WEATHER, lambda t: t[t["origin"] != "LGA"]),
            "column temperature is missing in",
            run="prepare validate",
        ),
        Case(
            "weather lacks an airport for ten days",
            cells(WEATHER, lambda t: t[(t["origin"] != "LGA") | ~t["day"].isin(days(10, 19))]),
            "column temperature is missing in",
            run="prepare validate",
        ),
        Case(
            "weather lacks two days of all airports",
            cells(WEATHER, lambda t: t[~t["day"].isin(days(10, 11))]),
            "column temperature is missing in",
            run="prepare validate",
        ),
        Case(
            "planes.csv lacks half of the planes",
            cells(PLANES, lambda t: t[::2]),
            "column seats is missing in",
            run="prepare validate",
        ),
        Case("planes.csv has a plane twice", lines(PLANES, a_line_twice), "occurs more than once"),
        Case(
            "airports.csv lacks a destination",
            cells(AIRPORTS, lambda t: t[t["faa"] != "ATL"]),
            "no time zone for the destination 'ATL'",
        ),
        Case(
            "airports.csv lacks an airport that nobody flies to",
            cells(AIRPORTS, lambda t: t[t["faa"] != "04G"]),
            outcome="harmless",
        ),
        Case(
            "airports.csv has an airport twice",
            lines(AIRPORTS, a_line_twice),
            "occurs more than once",
        ),
        Case(
            "airports.csv has one time zone for all",
            cells(AIRPORTS, lambda t: t.assign(tzone="America/New_York")),
            "air_time is longer than",
        ),
    ],
    "Tables between the stages": [
        Case(
            "a table is not a Parquet file",
            content(PREPARED, lambda _: b"not Parquet"),
            "cannot read data/prepared/2013-09.parquet",
            run="validate",
        ),
        Case(
            "a table is cut",
            content("data/validated/2013-09.parquet", lambda b: b[:-100]),
            "cannot read data/validated/2013-09.parquet",
            run="featurize",
        ),
        Case(
            "the features are cut",
            content("data/features/2013-09.parquet", lambda b: b[:-100]),
            "cannot read data/features/2013-09.parquet",
            run="train",
        ),
        Case(
            "the target is NaN in some rows",
            parquet(PREPARED, lambda t: t.assign(late=t["late"].where(t.index % 9 > 0))),
            "column late is float64",
            run="validate",
        ),
        Case(
            "the target is flipped",
            parquet(PREPARED, lambda t: t.assign(late=1 - t["late"])),
            "outside 0.05 to 0.5",
            run="validate",
        ),
        Case(
            "the target is 2 in some rows",
            parquet(PREPARED, lambda t: t.assign(late=t["late"].where(t.index > 1, 2))),
            "2 rows: column late, check isin((0, 1))",
            run="validate",
            outcome="quarantined",
        ),
        Case(
            "a feature knows the target",
            both(*(parquet(table, knowing) for table in (PREPARED, PREPARED.replace("09", "10")))),
            "column seats ranks the target with ROC AUC 1.000",
            run="validate",
        ),
        Case(
            "a column is renamed",
            parquet(PREPARED, lambda t: t.rename(columns={"seats": "places"})),
            "missing columns: seats; columns that schema.yaml does not describe: places",
            run="validate",
        ),
        Case(
            "a number is infinite",
            parquet(
                PREPARED, lambda t: t.assign(humidity=t["humidity"].where(t.index > 1, np.inf))
            ),
            "2 rows: column humidity, check finite",
            run="validate",
            outcome="quarantined",
        ),
        Case(
            "a key is there twice in a partition",
            borrowed(PREPARED, PREPARED),
            "2 rows: column scheduled_departure, carrier, flight, origin, check unique",
            run="validate",
            outcome="quarantined",
        ),
        Case(
            "a training month is there twice, under another name",
            copied(PREPARED, PREPARED.replace("09", "08")),
            "rows repeat the key of another",
            run="validate",
        ),
        Case(
            "keys are in training and test rows",
            borrowed("data/prepared/2013-10.parquet", PREPARED, 5),
            "5 rows repeat the key of another",
            run="validate",
        ),
        *made_cases.TABLES,
    ],
    "Model files": [
        Case(
            "a model is cut",
            content("models/estimator.skops", lambda b: b[:-100]),
            "is not a readable model file",
            run="evaluate",
        ),
        Case(
            "a model is a pickle",
            content("models/estimator.skops", lambda _: pickle.dumps(LogisticRegression())),
            "is not a readable model file",
            run="evaluate",
        ),
        Case(
            "a model holds a type that is not trusted",
            model("models/estimator.skops", SVC(kernel=pickle.loads)),
            "untrusted types: ",
            run="evaluate",
        ),
        Case(
            "a model is of other features",
            model("models/estimator.skops", LogisticRegression().fit([[0.0], [1.0]], [0, 1])),
            "do not fit together",
            run="evaluate",
        ),
        Case(
            "a model is a list",
            model("models/featurizer.skops", [1, 2]),
            "do not fit together",
            run="evaluate",
        ),
        *made_cases.MODELS,
    ],
    "Parameters": [
        Case("params.yaml is missing", removed("params.yaml"), "params.yaml does not exist"),
        Case(
            "params.yaml is empty",
            content("params.yaml", lambda _: b""),
            "must hold keys with their values",
        ),
        Case(
            "params.yaml is not YAML",
            content("params.yaml", lambda b: b + b"<<<<<<< HEAD\n"),
            "params.yaml is not valid YAML",
        ),
        Case(
            "a key is unknown",
            text("params.yaml", "horizon_hours", "horizon_hour"),
            "source.options.horizon_hour is not a known key (did you mean horizon_hours?)",
        ),
        Case(
            "a key is there twice",
            text(
                "params.yaml", "    horizon_hours: 3", "    horizon_hours: 3\n    horizon_hours: 4"
            ),
            "the key 'horizon_hours' occurs twice",
        ),
        Case(
            "a value is of another type",
            text("params.yaml", "horizon_hours: 3", "horizon_hours: three"),
            "source.options.horizon_hours: ",
        ),
        Case(
            "a value is out of range",
            text("params.yaml", "learning_rate: 0.08", "learning_rate: 8"),
            "train.hist_gradient_boosting.learning_rate: ",
            run="train",
        ),
        Case(
            "two values contradict each other",
            text("params.yaml", "test_partitions: 1", "test_partitions: 1\n  test_share: 0.2"),
            "give either test_partitions or test_share",
            run="validate",
        ),
        Case(
            "a lower limit is above the upper",
            text("params.yaml", "{min: 0.05, max: 0.5}", "{min: 0.6, max: 0.5}"),
            "max must not be below min",
            run="validate",
        ),
        Case(
            "more months are asked for than there are",
            text("params.yaml", "test_partitions: 1", "test_partitions: 9"),
            "split.test_partitions is 9, but there are only 2 partitions",
            run="validate",
        ),
        Case(
            "a model is unknown",
            text("params.yaml", "model: hist_gradient_boosting", "model: oracle"),
            "train.model: ",
            run="train",
        ),
        Case(
            "a column to leave out does not exist",
            text("params.yaml", "exclude: [plane]", "exclude: [planes]"),
            "featurize.exclude names planes",
            run="featurize",
        ),
        Case(
            "a slice is of no column",
            text("params.yaml", "slices: [carrier", "slices: [airline"),
            "evaluate.slices names airline",
            run="evaluate",
        ),
        *settings_cases.PARAMETERS,
    ],
    "The contract": [
        Case(
            "schema.yaml is not YAML",
            content("schema.yaml", lambda b: b + b"<<<<<<< HEAD\n"),
            "schema.yaml is not valid YAML",
            run="validate",
        ),
        Case(
            "schema.yaml is empty",
            content("schema.yaml", lambda _: b""),
            "must hold keys with their values",
            run="validate",
        ),
        Case(
            "describes a column that the data lacks",
            text("schema.yaml", "  carrier:", "  fuel: {type: float}\n  carrier:"),
            "missing columns: fuel",
            run="validate",
        ),
        Case(
            "does not describe a column of the data",
            text("schema.yaml", "  seats:", "  # seats:"),
            "does not describe: seats",
            run="validate",
        ),
        Case(
            "describes a column by an unknown key",
            text("schema.yaml", "late: {type: int", "late: {typo: int"),
            "columns.late.typo is not a known key (did you mean type?)",
            run="validate",
        ),
        Case(
            "has a target that is not 0 or 1",
            text("schema.yaml", "categories: [0, 1]", "categories: [1, 2]"),
            "the target late of task: binary must be",
            run="validate",
        ),
        Case(
            "makes a time a feature",
            text("schema.yaml", "{type: time, feature: false}", "{type: time}"),
            "scheduled_departure is of type: time",
            run="validate",
        ),
        Case(
            "has a key that is not a column",
            text("schema.yaml", "key: [scheduled_departure", "key: [departure"),
            "departure is named but is not one of the columns",
            run="validate",
        ),
        Case(
            "asks for another type",
            text(
                "schema.yaml", "distance: {type: int, min: 50, max: 10000", "distance: {type: text"
            ),
            "column distance is int32",
            run="validate",
        ),
        *settings_cases.CONTRACT,
    ],
    "Disk and permissions": [
        Case(
            "the disk is full: a table (a limit on the size of files)",
            nothing,
            "cannot write data/prepared/2013-09.parquet",
            run="limited prepare",
        ),
        Case(
            "the disk is full: a model (/dev/full)",
            on_a_full_disk("models/estimator.skops"),
            "cannot write models/estimator.skops: No space left on device",
            run="train",
        ),
        Case(
            "the disk is full: metrics (/dev/full)",
            on_a_full_disk("metrics/prepare.json"),
            "cannot write metrics/prepare.json: No space left on device",
        ),
        Case(
            "a file is where a folder should be",
            made_a_file("data/validated"),
            "cannot make or empty the folder data/validated: File exists",
            run="validate",
        ),
        Case(
            "a folder is where a file should be",
            made_a_folder("models/featurizer.skops"),
            "cannot write models/featurizer.skops: Is a directory",
            run="featurize",
        ),
        Case(
            "a folder is read-only",
            locked("metrics", 0o555),
            "cannot write metrics/prepare.json: Permission denied",
            run="unprivileged prepare",
        ),
        Case(
            "a raw file may not be read",
            locked(FLIGHTS, 0),
            "cannot be read: Permission denied",
            run="unprivileged prepare",
        ),
        Case(
            "a file of the last run is read-only",
            locked("metrics/prepare.json", 0o444),
            run="unprivileged prepare",
            outcome="harmless",
        ),
    ],
    "Months that arrive": [
        Case(
            "a file is cut in a line",
            content(INBOX[0], cut_in_a_line),
            "the last line does not end with a line break",
            run=INGEST,
        ),
        Case(
            "a month is half-written",
            cells(INBOX[0], lambda t: t[t["day"].isin(days(1, 15))]),
            "there is no flight on 2013-11-16",
            run=INGEST,
        ),
        Case(
            "weather ends early",
            cells(INBOX[1], lambda t: t[t["day"].isin(days(1, 20)) | (t["origin"] != "JFK")]),
            "no weather of JFK on the last two days",
            run=INGEST,
        ),
        Case(
            "a month is another's",
            content(INBOX[0], lambda b: b.replace(b"2013,11,", b"2013,10,")),
            "which is not in 2013-11",
            run=INGEST,
        ),
        Case(
            "a flight is there twice on arrival",
            lines(INBOX[0], a_line_twice),
            "occur more than once",
            run=INGEST,
        ),
        Case(
            "a column is renamed on arrival",
            text(INBOX[0], "dep_delay", "delay", 1),
            "lacks the columns dep_delay",
            run=INGEST,
        ),
        Case(
            "half of a month is missing: its weather",
            removed(INBOX[1]),
            "cannot read inbox/weather/2013-11.csv",
            run=INGEST,
        ),
        Case(
            "the month is there already",
            nothing,
            "data/raw.dvc already lists it",
            run="ingest 2013-10 --from inbox",
        ),
        Case(
            "a month before it is missing",
            nothing,
            "inbox does not hold 2013-12",
            run="ingest 2013-12 --from inbox",
        ),
        Case(
            "there is no such folder",
            nothing,
            "outbox is not a folder",
            run="ingest 2013-11 --from outbox",
        ),
    ],
    "What DVC keeps": [
        Case(
            "a raw file was changed behind DVC's back",
            lines(FLIGHTS, lambda all_: all_[:-1]),
            "but data/raw.dvc lists",
            run="ingest",
        ),
        Case(
            "a raw file is deleted (`dvc repro`)",
            removed(FLIGHTS),
            "missing data 'source': data/raw/flights/2013-09.csv",
            run="dvc repro",
        ),
        Case(
            "a raw file is deleted (`make data`)",
            removed(FLIGHTS),
            run="make data",
            outcome="harmless",
        ),
        Case(
            "rows of a raw file are shuffled, and its lines end with CRLF",
            both(
                cells(FLIGHTS, lambda t: t.sample(frac=1, random_state=1)),
                text(FLIGHTS, "\n", "\r\n"),
            ),
            run="dvc repro",
            outcome="harmless",
        ),
        Case(
            "a raw file is of another kind",
            text(FLIGHTS, ",", ";"),
            "its header does not fit",
            run="dvc repro",
        ),
        Case(
            "a table between the stages is cut",
            content(PREPARED, lambda b: b[:-100]),
            run="dvc repro",
            outcome="harmless",
        ),
        Case(
            "a model is replaced by another",
            model("models/estimator.skops", LogisticRegression()),
            run="dvc repro",
            outcome="harmless",
        ),
        Case(
            "dvc.lock holds the marks of a merge",
            content("dvc.lock", lambda b: b"<<<<<<< HEAD\n" + b),
            "dvc.lock' is invalid",
            run="dvc repro",
        ),
        Case(
            "dvc.lock is empty",
            content("dvc.lock", lambda _: b""),
            "dvc.lock' validation failed",
            run="dvc repro",
        ),
        Case(
            "data/raw.dvc is not YAML (`dvc repro`)",
            content("data/raw.dvc", lambda b: b"<<<<<<< HEAD\n" + b),
            "data/raw.dvc' is invalid",
            run="dvc repro",
        ),
        Case(
            "data/raw.dvc is not YAML (`make data`)",
            content("data/raw.dvc", lambda b: b"<<<<<<< HEAD\n" + b),
            "cannot read data/raw.dvc (is it in the middle of a merge?)",
            run="ingest",
        ),
        Case(
            "data/raw.dvc is empty",
            content("data/raw.dvc", lambda _: b""),
            "is not listed in data/raw.dvc",
            run="ingest",
        ),
        Case(
            "params.yaml is not YAML (`dvc repro`)",
            content("params.yaml", lambda b: b + b"<<<<<<< HEAD\n"),
            "unable to read: 'params.yaml'",
            run="dvc repro",
        ),
        Case(
            "params.yaml is empty (`dvc repro`)",
            content("params.yaml", lambda _: b""),
            "Parameters 'source' are missing from 'params.yaml'",
            run="dvc repro",
        ),
    ],
    "A table to adopt": [*table_cases.FILES],
    "What is asked of a table": [*table_cases.REQUESTS],
}


def arrived() -> dict[str, bytes]:
    """Files of a month that arrives, of the flights every twelfth."""
    header, *rows = package().read("flights/2013-11.csv").splitlines(keepends=True)
    return {
        INBOX[0]: b"".join([header, *rows[::12]]),
        INBOX[1]: package().read("weather/2013-11.csv"),
    }
