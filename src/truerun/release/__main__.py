"""Program of `truerun release`."""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from truerun.base.errors import ReleaseError, exit_with
from truerun.ci.outputs import set_outputs
from truerun.release.options import parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run a verb; exit status 1 and a message on stderr where it is refused."""
    options = parser()
    chosen = options.parse_args(argv)
    if chosen.verb == "canary":
        both = chosen.live is not None and chosen.canary is not None
        if (chosen.log is None) != both or (chosen.live is None) != (chosen.canary is None):
            options.error("canary goes by a log, or by --live and --canary")
        if chosen.log is None and chosen.outcomes is not None:
            options.error("--outcomes goes with a log")
    if chosen.verb == "create" and (chosen.version is None) != chosen.retrained:
        options.error("create takes a VERSION, or --retrained")
    exit_with(lambda: run(chosen))


def run(chosen: argparse.Namespace) -> None:
    """Do what a verb and its options say."""
    from truerun.release import changes, images, retrained, rollout, stages, versions

    match chosen.verb:
        case "create":
            version = retrained.next_version() if chosen.retrained else chosen.version
            if version is None:
                print("release: no retraining merged this commit by itself")
                return
            print("\n".join(versions.create(version)))
            track(version)
        case "check":
            of, lines = versions.check(chosen.version)
            print("\n".join(lines))
            if chosen.image is not None:
                print(images.check(chosen.image, of))
            set_outputs(commit=of.commit, automatic=str(retrained.is_automatic(of.commit)).lower())
        case "promote":
            changed = changes.promote(chosen.version, chosen.stage, chosen.reason)
            print(changed.told)
            set_outputs(before=changed.before or "")
            track(chosen.stage)
        case "rollback":
            changed = changes.rollback(chosen.stage, chosen.to, chosen.reason)
            print(changed.told)
            track(chosen.stage)
        case "show":
            show(chosen.stage, as_json=chosen.json)
        case "fetch":
            print(stages.fetch(chosen.named, chosen.into))
        case "rollout":
            print(rollout.roll_out(chosen.stage, chosen.image, chosen.canary, chosen.platform))
        case _:
            admit(chosen)


def admit(chosen: argparse.Namespace) -> None:
    """Build what a version is served by, and say whether that may be let into a stage."""
    from truerun.release import admission, image_build  # which import much

    match chosen.verb:
        case "image":
            print(image_build.build(Path(), chosen.name))
        case "sbom":
            print(admission.write_bill(chosen.version, chosen.requirements, chosen.output))
        case "smoke":
            print("\n".join(admission.check_scores(chosen)))
        case "api":
            print("\n".join(admission.check_interface(chosen.base, chosen.head)))
        case "canary":
            decided = admission.decide_canary(chosen)
            print("\n".join(decided.found))
            if not decided.holds:
                raise ReleaseError("roll back: " + "; ".join(decided.reasons))
            print("release: the canary holds")


def track(named: str) -> None:
    """Tell a server of MLflow of a version, or of what a stage holds, if there is such a server."""
    if not (address := os.environ.get("MLFLOW_TRACKING_URI")):
        return
    from truerun.release import revisions, stages, tags
    from truerun.tracking import client, release  # most have no such server

    def mirrored() -> str:
        registry = tags.read(stages.HERE, revisions.model_name(stages.HERE))
        of = stages.provenance(registry, named)
        placed = release.Placed(of.model, of.version, of.stage, of.commit, of.lock_sha256)
        return release.mirror(client.Tracker(address), placed)

    client.never_failing(mirrored)


def show(stage: str | None, *, as_json: bool) -> None:
    """Print what is in the stages, or in one of them."""
    from truerun.release import stages, versions

    registry = versions.registry_now()
    if stage is None:
        held = stages.all_current(registry)
    else:
        one = stages.current(registry, stages.checked_stage(registry, stage))
        held = [] if one is None else [one]
    if as_json:
        print(json.dumps(stages.as_json(held, registry), indent=1, ensure_ascii=False))
    else:
        print("\n".join(stages.table(held, registry)))


if __name__ == "__main__":
    main()
