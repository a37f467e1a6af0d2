"""Program of `truerun ci`; as `python3 -m truerun.ci` it runs where nothing is installed."""

import argparse
from collections.abc import Sequence

from truerun.base.errors import exit_with
from truerun.ci import attestation, cache, proposals, remote, renew_lock, verdict
from truerun.ci.github import Api, from_environment
from truerun.ci.options import parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run a verb; exit status 1 and a message on stderr where it fails."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: run(chosen))


def run(chosen: argparse.Namespace) -> None:
    """Do what a verb and its options say."""
    match chosen.verb:
        case "attest":
            attestation.attest(chosen.comparison)
        case "cache":
            cache.keep_trusted(chosen.main)
        case "dispatch":
            from truerun.ci import dispatch  # it needs installed packages

            dispatch.run(chosen.name, chosen.overrides)
        case "evidence":
            hand_over(chosen)
        case "propose":
            print(proposals.propose(from_environment(), chosen.folder))
        case "remote":
            remote.exchange(chosen.action, getattr(chosen, "name", None))
        case "renew-lock" if chosen.action == "diff":
            renew_lock.diff(chosen.file)
        case "renew-lock":
            renew_lock.propose(from_environment(), chosen.file)
        case "verdict":
            answer(from_environment(), chosen)


def hand_over(chosen: argparse.Namespace) -> None:
    """Do what an action of the verb `evidence` says."""
    from truerun.ci import evidence  # it needs installed packages, too

    if chosen.action == "gather":
        evidence.gather(chosen.run, chosen.folder, chosen.attribution)
    else:
        api = from_environment()
        evidence.fetch(api, chosen.run, chosen.attempt, chosen.folder, chosen.judged)


def answer(api: Api, chosen: argparse.Namespace) -> None:
    """Do what an action of the verb `verdict` says."""
    match chosen.action:
        case "write":
            verdict.write(api, chosen.run, chosen.attempt, chosen.judged, chosen.file)
        case "post":
            verdict.post(api, chosen.run, chosen.attempt, chosen.file)
        case "status":
            link = chosen.run_url
            verdict.set_status(api, chosen.commit, chosen.state, chosen.description, link)


if __name__ == "__main__":
    main()
