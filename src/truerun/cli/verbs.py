"""The verbs of `truerun`, in groups by what they are for: their names, summaries and modules.

A verb's room is imported when the verb is called, and no sooner: it may need seconds.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Verb:
    """A verb: `program` is a module with `main(argv)`, `options` a light one with `parser()`."""

    name: str
    summary: str
    program: str
    options: str

    def parser(self) -> argparse.ArgumentParser:
        """The verb's options."""
        made: argparse.ArgumentParser = import_module(self.options).parser()
        return made

    def run(self, arguments: Sequence[str]) -> None:
        """Run the verb; --help and a mistyped option are answered before its room is imported."""
        self.parser().parse_known_args(arguments)
        import_module(self.program).main(arguments)


def room(name: str, summary: str) -> Verb:
    """A verb whose room has its name."""
    return Verb(name, summary, f"truerun.{name}.__main__", f"truerun.{name}.options")


GROUPS = {
    "data": (
        room("adopt", "write the project of your own table, a new repository"),
        room("ingest", "lay down the raw data, or add to it"),
        room("limits", "write what newer rows are held against, from the training rows"),
        room("upgrade", "bring this project to a newer truerun"),
    ),
    "model": (
        room("repro", "run the stages that changed, and show the metrics"),
        room("backtest", "show whether retraining would have paid, on the past of a table in time"),
        room("tune", "search for better parameters of the model"),
        room("predict", "score the rows of a file, a folder, an address or a database"),
        room("serve", "answer rows over HTTP"),
        room("app", "open a page that tries out what a service answers"),
        room("requests", "join outcomes to the log of a service, judge a shadow, forget a key"),
        room("morning", "write the page of each day, with an index, and mail it"),
        room("monitor", "say whether a model that is served still holds"),
        room("retrain", "train anew when it is worth it, and propose the model"),
        room("alarms", "have alarms of Alertmanager train anew"),
    ),
    "change": (
        room("judge", "judge a change by main's code: compare, write the reports, apply the gate"),
        room("compare", "compare two revisions, into comparison.json"),
        room("report", "render a comparison for a terminal, a comment or a browser"),
        room("history", "write what became of the newest commits, for the page of main"),
        room("gate", "check a comparison against the rules; exit status 1 if one fails"),
    ),
    "release": (room("release", "make versions, put them into stages, take them back"),),
    "workflows": (room("ci", "what CI calls: dispatch, propose, remote, renew-lock, verdict"),),
    "shell": (
        Verb(
            "completion",
            "print a script that completes verbs and options, for bash or zsh",
            "truerun.cli.completion",
            "truerun.cli.completion",
        ),
    ),
}
VERBS = {verb.name: verb for group in GROUPS.values() for verb in group}
