"""Whether an image is of a version: by the labels that it was built with."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from truerun.base.errors import ReleaseError
from truerun.base.files import read_bytes
from truerun.release.revisions import Released

REVISION = "org.opencontainers.image.revision"


def check(inspected: Path, of: Released) -> str:
    """Refuse an image whose label names another commit; a line that says it is the one.

    Parameters
    ----------
    inspected : what `docker inspect`, `skopeo inspect` or `buildah inspect` says of it, as JSON.

    Raises
    ------
    ReleaseError
        If it names another, or none.
    """
    try:
        content = json.loads(read_bytes(inspected))
    except OSError as error:
        raise ReleaseError(f"{inspected} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ReleaseError(f"{inspected} is not JSON: {error}") from error
    named = {str(value) for value in _labels(content)}
    if not named:
        raise ReleaseError(
            f"{inspected} names no label {REVISION}: `make image` builds an image that has it"
        )
    if named != {of.commit}:
        raise ReleaseError(
            f"the image is of the commit {', '.join(sorted(named))}, by its label {REVISION}, and"
            f" the version of {of.commit}: build it from the tag"
        )
    return f"release: the image is of commit {of.commit[:12]}, by its label"


def _labels(content: Any) -> Iterator[Any]:
    """The values of the label, wherever a program that inspects images puts labels."""
    if isinstance(content, list):
        for each in content:
            yield from _labels(each)
    elif isinstance(content, dict):
        for key, value in content.items():
            if key == REVISION:
                yield value
            else:
                yield from _labels(value)
