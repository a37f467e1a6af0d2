"""A digest of what each stage reads of the package: the same wherever the package lies."""

import hashlib
from collections.abc import Mapping

from truerun.package import contents
from truerun.package.stage_code import STAGE_CODE


def stages() -> dict[str, str]:
    """The digest of each stage's code in the package that runs."""
    files = contents.files()
    return {stage: of(stage, files) for stage in STAGE_CODE}


def now(stage: str) -> str:
    """The digest of a stage's code in the package that runs."""
    return of(stage, contents.files(lambda place: _is_of(place, stage)))


def of(stage: str, files: Mapping[str, bytes]) -> str:
    """The digest of the files, and of the modules in the folders, that a stage reads.

    Parameters
    ----------
    files : the content of each file by its place in the package.
    """
    digest = hashlib.sha256()
    for place in sorted(files):
        if _is_of(place, stage):
            digest.update(f"{place} {hashlib.sha256(files[place]).hexdigest()}\n".encode())
    return digest.hexdigest()


def _is_of(place: str, stage: str) -> bool:
    return any(_is_read(place, read) for read in STAGE_CODE[stage])


def _is_read(place: str, read: str) -> bool:
    return place == read or (place.startswith(f"{read}/") and place.endswith(".py"))
