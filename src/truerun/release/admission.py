"""What is asked of a service before it is let into a stage: smoke test, interface, canary."""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from truerun.base.errors import ReleaseError
from truerun.base.files import read_bytes, whole_file
from truerun.comparison.comparison import MetricDifference
from truerun.model.scoring import bundle
from truerun.release import (
    answered,
    bundles,
    canary,
    image_build,
    images,
    openapi_diff,
    sent_rows,
    smoke,
    verdict,
    versions,
)
from truerun.release.answered import Answered, Samples
from truerun.release.canary import CanaryDecision, CanaryLimits
from truerun.requests import log_lines, outcomes, verdicts
from truerun.serve.client import METRICS, OPENAPI, ServiceClient
from truerun.serve.request_log import CANARY, LIVE

ADDRESS = ("http://", "https://")


def check_scores(chosen: argparse.Namespace) -> list[str]:
    """Run the smoke test; lines of its result.

    Raises
    ------
    TruerunError
        If a row has another score, or requests take too long.
    """
    sent = sent_rows.first(chosen.rows)
    with ServiceClient(chosen.address) as service:
        result = smoke.run(service, sent, chosen.at_once)
    times = ", ".join(f"{result.percentile(each):.1f} ms" for each in smoke.PERCENT)
    lines = [
        f"release: {result.rows:,} rows have the scores of evaluate, by model {result.version}",
        f"release: {len(result.seconds):,} requests; of 100, 50, 95 and 99 took at most {times}",
    ]
    if sent.repeated:
        lines.append(f"release: {sent.repeated:,} were not sent: several rows have their key")
    if chosen.longest is not None and result.percentile(99) > chosen.longest:
        raise ReleaseError(
            f"of 100 requests 99 took at most {result.percentile(99):.1f} ms, and --longest is"
            f" {chosen.longest:g}"
        )
    return lines


def write_bill(version: str, requirements: Sequence[Path], output: Path) -> str:
    """Write the bill of materials of a version's image; a line that says so.

    Parameters
    ----------
    requirements : files of packages with hashes; without any, what `image_build` installs.

    Raises
    ------
    TruerunError
        If there is no such version, or models/bundle is not its bundle.
    """
    registry = versions.registry_now()
    of = versions.consistent(versions.tag_of(registry, version))
    bundles.check_here(bundle.FOLDER, of.bundle)
    texts = {str(path): _requirements(path) for path in requirements} or {
        "requirements": image_build.packages(Path())
    }
    bill = images.bill(texts, registry.model, version, of.commit)
    try:
        with whole_file(output) as unfinished:
            unfinished.write_text(json.dumps(bill, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ReleaseError(f"cannot write {output}: {error.strerror or error}") from error
    return f"release: {output} lists {len(bill['components']):,} components of {version}"


def _requirements(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{path} cannot be read: {error}") from error


def check_interface(base: str, head: str) -> list[str]:
    """Hold two descriptions against each other; a line if nothing is taken away.

    Raises
    ------
    ReleaseError
        Names all that is.
    """
    descriptions = description(base), description(head)
    try:
        lost = openapi_diff.taken_away(*descriptions)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ReleaseError(f"{base} or {head} is no description by OpenAPI: {error!r}") from error
    if lost:
        raise ReleaseError(f"{head} takes away from what {base} has:\n  " + "\n  ".join(lost))
    return [f"release: nothing of {base} is taken away"]


def description(place: str) -> dict[str, Any]:
    """A description by OpenAPI, of a file or a service."""
    if place.startswith(ADDRESS):
        with ServiceClient(place.removesuffix(OPENAPI)) as service:
            content = service.ask(OPENAPI).json(place)
    else:
        try:
            content = json.loads(read_bytes(Path(place)))
        except OSError as error:
            raise ReleaseError(f"{place} cannot be read: {error.strerror or error}") from error
        except (ValueError, RecursionError) as error:
            raise ReleaseError(f"{place} is not JSON: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("paths"), dict):
        raise ReleaseError(f"{place} is no description by OpenAPI: it has no paths")
    return content


def decide_canary(chosen: argparse.Namespace) -> CanaryDecision:
    """Say whether the canary that the options name holds.

    Raises
    ------
    TruerunError
        If nothing can be known of it.
    """
    limits = CanaryLimits(rows=chosen.rows, shift=chosen.shift + _judged_shift(chosen.version))
    if chosen.log is not None:
        live, other = answered.of_log(log_lines.read(chosen.log), (LIVE, CANARY))
        return canary.decide(live, other, limits, _paired(chosen))
    live, other = _of_pages(chosen.live, chosen.canary, chosen.minutes)
    return canary.decide(live, other, limits)


def _judged_shift(version: str | None) -> float:
    """How far a version's verdict saw scores shift."""
    if version is None:
        return 0.0
    of = versions.consistent(versions.tag_of(versions.registry_now(), version))
    return verdict.score_shift(Path(), of)


def _paired(chosen: argparse.Namespace) -> Sequence[MetricDifference]:
    """What outcomes say of the shadow in a log."""
    if chosen.outcomes is None:
        return ()
    facts = bundle.read(chosen.bundle).facts
    outcome_of = outcomes.read(chosen.outcomes, facts, chosen.time)
    rows = outcomes.joined(log_lines.read(chosen.log), outcome_of, facts, chosen.cluster)
    count, differences = verdicts.of_shadow(rows, facts)
    if not count:
        raise ReleaseError(f"no row of {chosen.log} that a shadow scored has an outcome")
    return differences


def _of_pages(
    live: Sequence[str], other: Sequence[str], minutes: float
) -> tuple[Answered, Answered]:
    """What two services answered, within some time if it is asked for."""
    sides = [live, other]
    if not minutes:
        now, later = (answered.of_page(_pages(side)) for side in sides)
        return now, later
    before = [_pages(side) for side in sides]
    time.sleep(minutes * 60)
    first, second = (
        answered.of_page(answered.since(then, _pages(side)))
        for then, side in zip(before, sides, strict=True)
    )
    return first, second


def _pages(places: Sequence[str]) -> Samples:
    return answered.added(answered.samples(_text(place), place) for place in places)


def _text(place: str) -> str:
    """A page of /metrics, of a service or a file."""
    if place.startswith(ADDRESS):
        with ServiceClient(place.removesuffix(METRICS)) as service:
            reply = service.ask(METRICS)
        if reply.status != 200:  # noqa: PLR2004 - success
            raise ReleaseError(f"{place} answers {reply.status}")
        return reply.body.decode("utf-8", "replace")
    try:
        return read_bytes(Path(place)).decode("utf-8", "replace")
    except OSError as error:
        raise ReleaseError(f"{place} cannot be read: {error.strerror or error}") from error
