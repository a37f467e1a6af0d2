"""Versions of the model, the stages that they are in, and what is let into a stage.

Versions are tags in Git, such as churn@v1.2.0, and so is each change of a stage, such as
churn#production#4: `gto show` reads them, too. Stages are staging, canary and production, or those
that a file .gto names. A verb says more with --help.

Exit status: 0 if it was done, or holds; 1 if it is refused, and why; 2 if an option is wrong.

Examples
--------
  truerun release create v1.2.0
  truerun release promote v1.2.0 staging
  truerun release rollback production --reason "too many false alarms"
  truerun release show
  truerun release fetch production --into bundle && truerun serve --bundle bundle
"""

import argparse
from pathlib import Path

BUNDLE = Path("models/bundle")
CREATE = """\
Make a version of the commit that is checked out, at Git's origin and here.

It is refused unless main has proved the commit (its note in refs/notes/truerun), dvc.lock is the
one that was proved, no rule of the gate failed, neither for this commit nor for the one that made
the bundle, and the DVC remote (without one, the cache) has every byte of the bundle. A version is
higher than all before it, and of one commit. Files that differ from the commit are refused, too.
With --retrained it is the next patch, if `truerun retrain` made the commit and retrain.automatic of
params.yaml is true; else nothing is done.

Examples
--------
  truerun release create v1.2.0
  truerun release create --retrained
"""
CHECK = """\
Hold a version that was made against its commit, main's note, and the bundle that is kept.

So a tag that was moved, or made by hand on a commit without a verdict, is refused.

Examples
--------
  truerun release check v1.2.0
  truerun release check v1.2.0 --image inspected.json     and the labels of an image
"""
PROMOTE = """\
Put a version into a stage. The tag says who did it, when, what was there before, and why.

Of two who change a stage at once, one is refused, and nothing of it is left.

Examples
--------
  truerun release promote v1.2.0 staging
  truerun release promote v1.2.0 production --reason "the canary held for a day"
"""
ROLLBACK = """\
Put the version that was there before into a stage again, or the one that --to names.

A second rollback goes one version further back.

Examples
--------
  truerun release rollback production
  truerun release rollback production --to v1.0.0 --reason "too many false alarms"
"""
SHOW = """\
Show the version in each stage, since when, by whom and why; and all versions.

Examples
--------
  truerun release show
  truerun release show production
  truerun release show --json
"""
FETCH = """\
Lay down the bundle of a stage, or of a version, for `truerun serve --bundle`.

Git says which one it is; its files come by their md5 from DVC's cache or remote, and each is
checked. DIR becomes a link to a folder beside it, and changes at one stroke. Then SIGHUP has the
service take it. Without a network, what is in Git and in the cache here is enough.

Examples
--------
  truerun release fetch production --into bundle
  truerun release fetch v1.2.0 --into candidate
  truerun release fetch production --into bundle && kill -HUP "$SERVICE"
"""
SMOKE = """\
Send test rows to a service: each must get the score that evaluate gave it, to the last bit.

Rows are the first of data/predictions.parquet, sent as data/raw has them, or data/validated with a
source of one's own. It fails with the first row that differs, if another model answers, or if of
100 requests one takes longer than --longest. TRUERUN_API_KEY names a key.

Examples
--------
  truerun release smoke http://localhost:8000
  truerun release smoke https://staging.example.org --longest 250
"""
API = """\
Hold the description of a service against an older one: nothing may be taken away from clients.

That is a path, a field of an answer, a column that was accepted; or a column that is needed now.
Each description is a file, or the address of a service, whose /openapi.json is read.

Examples
--------
  truerun release api released.json http://localhost:8000
"""
CANARY = """\
Say whether a canary holds, by its errors, refusals, time and scores; exit status 1 if it does not.

SOURCE is a log that `truerun serve --canary --log` keeps; with --outcomes, the metrics of its
shadow are judged, too. Or two services are held against each other: --live and --canary name the
pages of their /metrics, each an address or a file, one for each machine. With --minutes that long
is waited, and what is counted meanwhile is judged. With --version scores may shift as far as the
verdict on that version saw them, and by --shift more.

Examples
--------
  truerun release canary requests --version v1.2.0
  truerun release canary requests --outcomes outcomes.csv --time churned_on
  truerun release canary --live http://live:8000 --canary http://canary:8000 --minutes 10
"""
IMAGE = """\
Build the image that answers by models/bundle, with docker, podman or buildah, whichever works.

Its labels name the commit (with -dirty where the files are not those of one), its version by tags,
and the address of the repository. What it is built of is laid down in build/image.

Examples
--------
  truerun release image registry.example/churn:1.0
"""
ROLLOUT = """\
Have a stage run an image, or its canary a share of the requests, and wait until it answers.

It goes by `kubectl` in the namespace truerun-STAGE, or by `aws` in the cluster truerun-STAGE. An
image that does not come up is taken back. For the weights of ECS, LISTENER, STABLE_GROUP and
CANARY_GROUP name the listener of the load balancer and its two target groups.

Examples
--------
  truerun release rollout staging --image ghcr.io/me/churn@sha256:... --platform kubernetes
  truerun release rollout production --image ghcr.io/me/churn@sha256:... --canary 5
  truerun release rollout production --canary 0               takes the canary back
"""
SBOM = """\
Write what the image of a version holds, as CycloneDX has it: its packages, and the bundle.

Examples
--------
  truerun release sbom v1.2.0 --output sbom.json
"""


def parser() -> argparse.ArgumentParser:
    """The verbs of `truerun release`, and their options."""
    made = argparse.ArgumentParser(
        prog="truerun release",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = made.add_subparsers(dest="verb", required=True, metavar="VERB")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(
            name,
            help=text.partition("\n")[0].rstrip("."),
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    create = add("create", CREATE)
    create.add_argument("version", metavar="VERSION", nargs="?", help="such as v1.2.0")
    create.add_argument("--retrained", action="store_true", help="the next one, of a retraining")
    check = add("check", CHECK)
    check.add_argument("version", metavar="VERSION", help="one that was made")
    check.add_argument(
        "--image", type=Path, metavar="FILE", help="what `docker inspect` or `skopeo inspect` says"
    )
    promote = add("promote", PROMOTE)
    promote.add_argument("version", metavar="VERSION", help="one that was made")
    promote.add_argument("stage", metavar="STAGE", help="such as production")
    rollback = add("rollback", ROLLBACK)
    rollback.add_argument("stage", metavar="STAGE", help="such as production")
    rollback.add_argument("--to", metavar="VERSION", help="default: the one that was there before")
    for verb in (promote, rollback):
        verb.add_argument("--reason", metavar="TEXT", help="kept in the tag")
    show = add("show", SHOW)
    show.add_argument("stage", metavar="STAGE", nargs="?", help="default: all")
    show.add_argument("--json", action="store_true", help="as JSON")
    fetch = add("fetch", FETCH)
    fetch.add_argument("named", metavar="STAGE", help="a stage, or a version")
    fetch.add_argument(
        "--into", type=Path, required=True, metavar="DIR", help="which leads to the bundle"
    )
    smoke = add("smoke", SMOKE)
    smoke.add_argument("address", metavar="URL", help="such as http://localhost:8000")
    smoke.add_argument("--rows", type=_count, default=1000, metavar="N", help="default: 1000")
    smoke.add_argument(
        "--at-once", type=_count, default=10, metavar="N", help="rows of a request; default: 10"
    )
    smoke.add_argument(
        "--longest", type=float, metavar="MS", help="milliseconds that 99 of 100 requests may take"
    )
    api = add("api", API)
    for name in ("base", "head"):
        api.add_argument(name, metavar=name.upper(), help="a file, or the address of a service")
    _add_canary(add("canary", CANARY))
    image = add("image", IMAGE)
    image.add_argument(
        "name", nargs="?", metavar="NAME", help="default: the folder's name, and the commit's"
    )
    rollout = add("rollout", ROLLOUT)
    rollout.add_argument("stage", metavar="STAGE", help="staging or production")
    rollout.add_argument("--image", metavar="NAME", help="by its digest")
    rollout.add_argument(
        "--canary", type=_percent, metavar="SHARE", help="of 100 requests; the image is its own"
    )
    rollout.add_argument(
        "--platform", choices=("kubernetes", "ecs"), help="default: that of TRUERUN_PLATFORM"
    )
    sbom = add("sbom", SBOM)
    sbom.add_argument("version", metavar="VERSION", help="one that was made")
    sbom.add_argument(
        "requirements",
        type=Path,
        nargs="*",
        metavar="FILE",
        help="packages with their hashes; default: those that `truerun release image` installs",
    )
    sbom.add_argument("--output", type=Path, required=True, metavar="FILE", help="of JSON")
    return made


def _add_canary(canary: argparse.ArgumentParser) -> None:
    canary.add_argument("log", type=Path, nargs="?", metavar="SOURCE", help="the folder of a log")
    for name in ("live", "canary"):
        canary.add_argument(
            f"--{name}", nargs="+", metavar="PAGE", help=f"pages of /metrics of the {name} model"
        )
    canary.add_argument(
        "--minutes", type=float, default=0.0, metavar="M", help="that are waited for; default: 0"
    )
    canary.add_argument(
        "--rows", type=_count, default=500, metavar="N", help="that each needs; default: 500"
    )
    canary.add_argument(
        "--shift", type=float, default=0.1, metavar="D", help="most shift of scores; default: 0.1"
    )
    canary.add_argument(
        "--version", metavar="VERSION", help="the canary's, whose verdict saw its scores shift"
    )
    canary.add_argument("--outcomes", type=Path, metavar="FILE", help="of rows of the log")
    canary.add_argument("--time", metavar="COLUMN", help="the moment of each outcome")
    canary.add_argument("--cluster", metavar="COLUMN", help="rows with the same value go together")
    canary.add_argument(
        "--bundle", type=Path, default=BUNDLE, metavar="FOLDER", help=f"default: {BUNDLE}"
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _percent(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 100:  # noqa: PLR2004 - of 100 requests
        raise ValueError
    return number


_count.__name__ = "number from 1 on"  # which argparse names in its message
_percent.__name__ = "number from 0 to 100"
