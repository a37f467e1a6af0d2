"""Parameters and contracts that say what they may not."""

from tests.flights.robustness.case import Case
from tests.flights.robustness.damage import (
    content,
    made_a_folder,
    made_a_pipe,
    removed,
    text,
)

TWO = "is one thing in YAML 1.1 and another in YAML 1.2"
PARAMETERS = [
    *(
        Case(
            f"{what}: `{value}`",
            text("params.yaml", old, f"{old.split(':')[0]}: {value}"),
            TWO,
            run,
        )
        for what, value, old, run in (
            ("a seed has a leading zero", "0123", "seed: 20130101", "featurize"),
            ("a number has a bare exponent", "1e3", "min_rows: 500", "validate"),
            ("a number is a time of day", "1:30", "horizon_hours: 3", "prepare"),
            ("a number is octal", "0o17", "horizon_hours: 3", "prepare"),
            ("a text is a word of truth", "no", "model: hist_gradient_boosting", "train"),
            ("a list holds a word of truth", "[off]", "exclude: [plane]", "featurize"),
        )
    ),
    *(
        Case(
            f"{what}: `{value}`",
            text("params.yaml", old, f"{old.split(':')[0]}: {value}"),
            told,
            run,
        )
        for what, value, old, told, run in (
            ("a share is infinite", ".inf", "max_dropped: 0.15", "source.max_dropped: ", "prepare"),
            (
                "a share is no number",
                ".nan",
                "max_dropped: 0.15",
                "source.max_dropped: ",
                "prepare",
            ),
            (
                "a parameter is infinite",
                "-.inf",
                "l2_regularization: 10.0",
                "l2_regularization: ",
                "train",
            ),
            (
                "a threshold is no number",
                ".nan",
                "threshold: 0.3",
                "evaluate.threshold: ",
                "evaluate",
            ),
            (
                "a price is infinite",
                ".inf",
                "true_positive: 30.0",
                "evaluate.value.true_positive: ",
                "evaluate",
            ),
            ("a whole number has a point", "3.0", "horizon_hours: 3", "horizon_hours: ", "prepare"),
            ("a number is in quotes", '"3"', "horizon_hours: 3", "horizon_hours: ", "prepare"),
            ("a number is true", "true", "horizon_hours: 3", "horizon_hours: ", "prepare"),
            ("a number is missing", "", "horizon_hours: 3", "horizon_hours: ", "prepare"),
            ("a number is a list", "[3]", "horizon_hours: 3", "horizon_hours: ", "prepare"),
            ("a number is a date", "2013-01-01", "horizon_hours: 3", "horizon_hours: ", "prepare"),
            (
                "a number is an impossible date",
                "2013-13-45",
                "horizon_hours: 3",
                "is not valid YAML",
                "prepare",
            ),
            ("no trees are asked for", "0", "num_leaves: 31", "num_leaves: ", "train"),
            ("a seed is negative", "-1", "seed: 20130101", "seed: ", "featurize"),
            ("a seed is too large", "99999999999", "seed: 20130101", "seed: ", "featurize"),
            ("the horizon is too far", "99", "horizon_hours: 3", "horizon_hours: ", "prepare"),
            (
                "a limit of leaks lets chance pass",
                "0.4",
                "leakage_auc: 0.85",
                "leakage_auc: ",
                "validate",
            ),
            (
                "a slice may have no rows",
                "0",
                "min_slice_rows: 300",
                "min_slice_rows: ",
                "evaluate",
            ),
            ("a source is unknown", "trains", "name: flights", "trains", "prepare"),
            ("a source is a path", "../flights", "name: flights", "source.name: ", "prepare"),
            ("a source is a module of Python", "json", "name: flights", "json", "prepare"),
            (
                "a model does not serve the task",
                "ridge",
                "model: hist_gradient_boosting",
                "does not serve the task",
                "train",
            ),
            ("rows are split by an unknown rule", "luck", "by: time", "split.by: ", "validate"),
            (
                "a range is a list",
                "[0.05, 0.5]",
                "target_rate: {min: 0.05, max: 0.5}",
                "validate.target_rate: ",
                "validate",
            ),
            (
                "too few rows for the importance",
                "1",
                "importance_rows: 4000",
                "evaluate.importance_rows is 1",
                "evaluate",
            ),
            (
                "slices by the target",
                "[late]",
                "slices: [carrier, origin, month]",
                "evaluate.slices names the target",
                "evaluate",
            ),
            (
                "an object of Python is asked for",
                "!!python/object/apply:os.getcwd []",
                "horizon_hours: 3",
                "is not valid YAML",
                "prepare",
            ),
            (
                "a value refers to nothing",
                "*there",
                "horizon_hours: 3",
                "is not valid YAML",
                "prepare",
            ),
        )
    ),
    Case(
        "all rows are for the test",
        text("params.yaml", "test_partitions: 1", "test_share: 1"),
        "split.test_share: ",
        "validate",
    ),
    Case(
        "months are the test of a random split",
        text("params.yaml", "by: time ", "by: random "),
        "test_partitions goes with by: time",
        "validate",
    ),
    Case(
        "groups are not named",
        text(
            "params.yaml",
            "by: time                  # time, random, stratified or group\n  test_partitions: 1",
            "by: group\n  test_share: 0.2",
        ),
        "group names the column",
        "validate",
    ),
    Case(
        "groups are of no column",
        text(
            "params.yaml",
            "by: time                  # time, random, stratified or group\n  test_partitions: 1",
            "by: group\n  group: airline\n  test_share: 0.2",
        ),
        "split.group names airline",
        "validate",
    ),
    Case(
        "groups are those of the target",
        text(
            "params.yaml",
            "by: time                  # time, random, stratified or group\n  test_partitions: 1",
            "by: group\n  group: late\n  test_share: 0.2",
        ),
        "split.group names the target",
        "validate",
    ),
    Case(
        "a section is missing",
        text("params.yaml", "featurize:", "features:"),
        "featurize is missing",
        "featurize",
    ),
    Case(
        "a section is empty",
        text("params.yaml", "\nsource:\n", "\nsource:\nsources:\n"),
        "source: ",
        "prepare",
    ),
    Case(
        "a section is a list",
        text("params.yaml", "\nsource:\n", "\nsource: [flights]\nsources:\n"),
        "source: ",
        "prepare",
    ),
    Case(
        "a key is missing",
        text("params.yaml", "  max_dropped", "  # max_dropped"),
        "source.max_dropped is missing",
        "prepare",
    ),
    Case(
        "the threshold is missing",
        text("params.yaml", "  threshold:", "  # threshold:"),
        "evaluate.threshold is missing",
        "evaluate",
    ),
    Case(
        "a price is missing",
        text("params.yaml", "    true_negative: 0.0\n", ""),
        "true_negative",
        "evaluate",
    ),
    Case(
        "a price is of no column",
        text("params.yaml", "true_positive: 30.0", "true_positive: fare"),
        "fare",
        "evaluate",
    ),
    Case(
        "the whole file is a list",
        content("params.yaml", lambda _: b"- source\n"),
        "must hold keys with their values",
        "prepare",
    ),
    Case(
        "the whole file is a word",
        content("params.yaml", lambda _: b"source\n"),
        "must hold keys with their values",
        "prepare",
    ),
    Case(
        "lines begin with tabs",
        text("params.yaml", "  name: flights", "\tname: flights"),
        "is not valid YAML",
        "prepare",
    ),
    Case(
        "params.yaml is Latin-1",
        content("params.yaml", lambda b: "# für\n".encode("latin-1") + b),
        "is not valid YAML",
        "prepare",
    ),
    Case(
        "params.yaml is UTF-16",
        content("params.yaml", lambda b: b.decode().encode("utf-16")),
        "is not valid YAML",
        "prepare",
    ),
    Case(
        "params.yaml holds a NUL byte",
        content("params.yaml", lambda b: b + b"# \0\n"),
        "is not valid YAML",
        "prepare",
    ),
    Case(
        "params.yaml holds two documents",
        content("params.yaml", lambda b: b + b"---\nsource: {}\n"),
        "is not valid YAML",
        "prepare",
    ),
    Case(
        "params.yaml contains itself",
        content("params.yaml", lambda b: b + b"own: &own [*own]\n"),
        "contains itself",
        "prepare",
    ),
    Case(
        "params.yaml is nested too deep",
        content("params.yaml", lambda b: b + b"deep: " + b"[" * 9999 + b"]" * 9999),
        "is not valid YAML",
        "prepare",
    ),
    Case("params.yaml is a folder", made_a_folder("params.yaml"), "params.yaml", "prepare"),
    Case("params.yaml is a pipe", made_a_pipe("params.yaml"), "it is no ordinary file", "prepare"),
]

LATE = "late: {type: int, categories: [0, 1]"
CONTRACT = [
    *(
        Case(what, text("schema.yaml", old, new), told, "validate")
        for what, old, new, told in (
            (
                "has the target in its key",
                "key: [scheduled_departure",
                "key: [late",
                "key names the target, late",
            ),
            (
                "has no key",
                "key: [scheduled_departure, carrier, flight, origin]",
                "key: []",
                "key: ",
            ),
            (
                "has a target that is no column",
                "target: late",
                "target: later",
                "later is named but is not one of the columns",
            ),
            ("has an unknown task", "task: binary", "task: trinary", "task: "),
            (
                "has a target that may be missing",
                LATE,
                "late: {type: int, nullable: true, categories: [0, 1]",
                "the target late of task: binary must be",
            ),
            (
                "has an infinite range",
                "{type: int, min: 50, max: 10000",
                "{type: float, min: -.inf, max: 10000",
                "distance.min",
            ),
            (
                "has a range that is upside down",
                "min: 50, max: 10000",
                "min: 10000, max: 50",
                "max must not be below min",
            ),
            (
                "has a text for a bound",
                "min: 50, max: 10000",
                "min: near, max: 10000",
                "distance.min",
            ),
            (
                "has a limit for a column that is never missing",
                "distance: {type: int",
                "distance: {type: int, max_missing: 0.1",
                "max_missing goes with nullable",
            ),
            (
                "has classes of one name",
                "names: [on time, late]",
                "names: [late, late]",
                "names must differ",
            ),
            (
                "has words of truth as categories",
                "carrier: {type: text, categories: [",
                "carrier: {type: text, categories: [no, ",
                TWO,
            ),
            (
                "has an empty list of categories",
                "distance: {type: int, min: 50, max: 10000",
                "distance: {type: int, categories: []",
                "distance.categories",
            ),
            (
                "has a column of a name that the stages use",
                "  seats:",
                "  split:",
                "split is a name that the stages use",
            ),
            (
                "has a time that is a number",
                "time: scheduled_departure",
                "time: distance",
                "time names distance, which is not of type: time",
            ),
            (
                "vouches for what is no feature",
                "{type: time, feature: false}",
                "{type: time, feature: false, known_in_time: true}",
                "known_in_time goes with features",
            ),
            (
                "has a direction for a text",
                "carrier: {type: text",
                "carrier: {type: text, monotone: increasing",
                "monotone goes with features that are numbers",
            ),
            (
                "has a pattern that is none",
                "carrier: {type: text",
                'carrier: {type: text, pattern: "["',
                "pattern is not a regular expression",
            ),
            (
                "has a pattern for a number",
                "distance: {type: int",
                "distance: {type: int, pattern: x",
                "pattern goes with text",
            ),
            (
                "has words that are a list",
                "carrier: {type: text",
                "carrier: {type: text, words: true",
                "words goes with features of type: text",
            ),
            (
                "has a column twice",
                "  seats:",
                "  distance: {type: int}\n  seats:",
                "the key 'distance' occurs twice",
            ),
            (
                "has a column without a type",
                "distance: {type: int, ",
                "distance: {",
                "distance.type is missing",
            ),
            (
                "has a column of an unknown type",
                "distance: {type: int",
                "distance: {type: integer",
                "distance.type",
            ),
            ("has a column that is a word", "  seats: {", "  seats: float\n  legs: {", "seats"),
        )
    ),
    Case(
        "schema.yaml is missing", removed("schema.yaml"), "schema.yaml does not exist", "validate"
    ),
    Case("schema.yaml is a pipe", made_a_pipe("schema.yaml"), "it is no ordinary file", "validate"),
]
