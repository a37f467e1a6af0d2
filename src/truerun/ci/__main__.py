"""Program of `truerun ci`; as `python3 -m truerun.ci` it runs where nothing is installed."""

import argparse
from collections.abc import Sequence

from truerun.base.errors import exit_with
from truerun.ci import cache, remote, renew_lock, verdict
from truerun.ci.github import from_environment
from truerun.ci.options import parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run a verb; exit status 1 and a message on stderr where it fails."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: run(chosen))


def run(chosen: argparse.Namespace) -> None:
    """Do what a verb and its options say."""
    match chosen.verb:
        case "cache":
            cache.keep_trusted(chosen.main)
        case "dispatch":
            from truerun.ci import dispatch  # it needs installed packages

            dispatch.run(chosen.name, chosen.overrides)
        case "remote":
            remote.exchange(chosen.action, getattr(chosen, "name", None))
        case "renew-lock" if chosen.action == "diff":
            renew_lock.diff(chosen.file)
        case "renew-lock":
            renew_lock.propose(from_environment(), chosen.file)
        case "verdict" if chosen.action == "write":
            verdict.write(from_environment(), chosen.run, chosen.attempt, chosen.file)
        case "verdict" if chosen.action == "post":
            verdict.post(from_environment(), chosen.run, chosen.attempt, chosen.file)
        case "verdict":
            verdict.set_status(
                from_environment(), chosen.commit, chosen.state, chosen.description, chosen.run_url
            )


if __name__ == "__main__":
    main()
