"""The bundle, a folder of arrays and JSON: all that a score needs, and no code.

`bundle.json` says what the arrays beside it are, and holds the hash of each; the file `digest`
holds that of bundle.json. A bundle with another byte, a file more or one less is refused.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from truerun.base.errors import ModelError, listed
from truerun.base.files import read_bytes
from truerun.contract.stability import BINS, MOST_VALUES

FOLDER = Path("models/bundle")
FACTS, DIGEST = "bundle.json", "digest"
FORMAT = 3
SHOWN = 12  # digits of a version
OF_MODEL = ("features", "lookups", "needs", "walk")


class BundleError(ModelError):
    """A bundle that is missing, broken, or not what it says it is."""


class TrainingBins(BaseModel):
    """The bins of a feature, and the training rows in each (see `stability.ReferenceBins`)."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    edges: list[float] = Field([], max_length=2 * (BINS - 1))
    values: list[str] = Field([], max_length=MOST_VALUES)
    rows: list[int]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.rows) != len(self.edges or self.values) + 2 or min(self.rows) < 0:
            raise ValueError("rows does not fit the bins")
        return self


class BundleFacts(BaseModel):
    """What bundle.json says, at the least."""

    model_config = ConfigDict(strict=True)

    format: int
    task: str
    target: str
    key: list[str]
    classes: list[str | int]
    threshold: float | None
    interval: dict[str, float] | None
    contract: dict[str, Any]
    training_bins: dict[str, TrainingBins]
    source: dict[str, Any]
    model_md5: str
    features: list[str]
    lookups: dict[str, Any] | None
    walk: dict[str, Any]
    needs: list[str]
    files: dict[str, str]

    @model_validator(mode="after")
    def _counts_features(self) -> Self:
        if set(self.training_bins) != set(self.features):
            raise ValueError("training_bins are not those of features")
        return self


@dataclass(frozen=True)
class Bundle:
    """What a bundle holds; `version` names it by its content."""

    folder: Path
    facts: Mapping[str, Any]
    arrays: Mapping[str, npt.NDArray[Any]]
    version: str


def read(folder: Path = FOLDER) -> Bundle:
    """Read a bundle, if every byte of it is as it was written.

    Raises
    ------
    BundleError
        Names what is missing or different.
    """
    facts, files, digest = checked(folder)
    arrays = {}
    for name, content in files.items():
        if name.endswith(".npy"):
            stem = name.removesuffix(".npy")
            try:
                arrays[stem] = np.load(io.BytesIO(content), allow_pickle=False)
            except (ValueError, EOFError) as error:
                raise _refused(folder, f"{name} is no array: {error}") from error
    return Bundle(folder, facts, arrays, digest[:SHOWN])


def checked(folder: Path) -> tuple[Mapping[str, Any], Mapping[str, bytes], str]:
    """What bundle.json says, the files beside it, and the digest, if they belong together.

    Raises
    ------
    BundleError
        Names what is missing or different.
    """
    digest = _content(folder, DIGEST).decode("ascii", "replace").strip()
    text = _content(folder, FACTS)
    if hashlib.sha256(text).hexdigest() != digest:
        raise _refused(folder, f"{FACTS} is not the one that was written")
    facts = _facts(folder, text)
    names: Mapping[str, str] = facts["files"]
    there = {path.name for path in folder.iterdir() if path.name != ".gitignore"}
    others = sorted(there.symmetric_difference({*names, FACTS, DIGEST}))
    if others:
        raise _refused(folder, f"{listed(others)} is too much there, or is missing")
    files = {}
    for name, expected in names.items():
        files[name] = _content(folder, name)
        if hashlib.sha256(files[name]).hexdigest() != expected:
            raise _refused(folder, f"{name} is not the one that was written")
    return facts, files, digest


def array_bytes(array: npt.NDArray[Any]) -> bytes:
    """An array as the content of a file: the same on every machine, laid out as it is.

    The last bits of a matrix product depend on the layout.
    """
    buffer = io.BytesIO()
    little = array.astype(array.dtype.newbyteorder("<"), order="K", copy=False)
    np.save(buffer, little, allow_pickle=False)
    return buffer.getvalue()


def contents(facts: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a bundle by their names.

    Parameters
    ----------
    facts : what bundle.json says, but for its format and the hashes.
    files : content of the others.
    """
    whole = {"format": FORMAT, **facts, "files": hashes(files)}
    text = (
        json.dumps(whole, indent=1, allow_nan=False, sort_keys=True, default=str).encode() + b"\n"
    )
    return {**files, FACTS: text, DIGEST: hashlib.sha256(text).hexdigest().encode() + b"\n"}


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """The hash of each file, by its name."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}


def model_hash(facts: Mapping[str, Any], files: Mapping[str, str]) -> str:
    """A hash of all that a bundle holds of its model, whatever its contract and settings are.

    Parameters
    ----------
    files : hashes by names.
    """
    part = {**{name: facts[name] for name in OF_MODEL}, "files": dict(files)}
    text = json.dumps(part, allow_nan=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _facts(folder: Path, text: bytes) -> Mapping[str, Any]:
    """What bundle.json says, if it is of the format that is read here."""
    try:
        facts = json.loads(text)
        json.dumps(facts, allow_nan=False)  # which NaN is not, nor 1e999, though Python reads them
    except (ValueError, RecursionError) as error:
        raise _refused(folder, f"{FACTS} is not JSON: {error}") from error
    its_format = facts.get("format") if isinstance(facts, dict) else None
    if its_format != FORMAT:
        raise _refused(folder, f"it is of format {its_format}, and {FORMAT} is read here")
    try:
        BundleFacts.model_validate(facts)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise _refused(folder, f"{FACTS} is not whole: {listed(wrong)}") from error
    return dict(facts)


def _content(folder: Path, name: str) -> bytes:
    try:
        return read_bytes(folder / name)
    except FileNotFoundError as error:
        raise BundleError(
            f"{folder / name} does not exist: `truerun repro` makes it; in a clone `dvc pull` may"
            " have it"
        ) from error
    except OSError as error:
        raise BundleError(f"{folder / name} cannot be read: {error.strerror or error}") from error


def _refused(folder: Path, why: str) -> BundleError:
    return BundleError(f"{folder} is refused: {why}: `truerun repro` makes it anew")
