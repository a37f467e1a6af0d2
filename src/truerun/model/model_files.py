"""Models as skops files, never pickle: equal models give equal bytes, foreign types are refused.

skops is imported where a file is written or read: it imports all of scikit-learn, for a second.
"""

import io
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

import numpy as np

from truerun.base.errors import ModelError, listed
from truerun.base.files import read_bytes, whole_file

# Types of a featurizer, beside what skops trusts by itself: estimators of scikit-learn, types and
# ufuncs of NumPy. The types of an estimator are in its file of `model.estimators`.
TRUSTED = (
    "numpy.asarray",  # the featurizer's last step makes float32 of the columns
    "numpy.dtype",  # an imputer keeps that of the column it was fitted on
    "numpy.ravel",  # free text as the vectorizer takes it
    "sklearn.model_selection._split.KFold",  # how a target encoder divided its training rows
    "sklearn.model_selection._split.StratifiedKFold",
)

# What an object keeps of the machine that fitted it, and what a file has instead.
OF_THE_MACHINE = {
    "_BinMapper": ("n_threads", "1"),  # of HistGradientBoosting: only a fit uses it
    "TfidfVectorizer": ("_stop_words_id", "0"),  # where they were in memory: it looks again
}

# Whether two of these are one object is up to the interpreter, and no reader can tell.
IMMUTABLE = (
    "BytesNode",
    "DTypeNode",
    "FunctionNode",
    "JsonNode",
    "SliceNode",
    "TupleNode",
    "TypeNode",
)


class ModelFileError(ModelError):
    """A model file that is missing, broken or not to be trusted, or a model that makes no file."""


def dump_model(model: Any, path: Path, trusted: Collection[str] = ()) -> None:
    """Write a model; the same fitted model gives the same bytes, and no file is half-written.

    Parameters
    ----------
    trusted : the types that it may hold beside those of a featurizer: `estimators.TRUSTED`.
    """
    from skops.io import dumps

    try:
        content = _canonical(dumps(model))
        foreign = untrusted(content, trusted)
    except (AttributeError, RecursionError, TypeError, ValueError) as error:
        raise ModelFileError(f"cannot write {path}: {error}") from error
    if foreign:
        raise ModelFileError(f"cannot write {path}: the model holds {foreign}")
    try:
        with whole_file(path) as unfinished:
            unfinished.write_bytes(content)
    except OSError as error:
        raise ModelFileError(f"cannot write {path}: {error.strerror or error}") from error


def load_model(path: Path, trusted: Collection[str] = ()) -> Any:
    """Read a model, if it holds no type but those that skops trusts and those of `TRUSTED`.

    Parameters
    ----------
    trusted : the types that it may hold beside these: `estimators.TRUSTED`.
    """
    from skops.io import loads
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        content = read_bytes(path)
        return loads(content, trusted=[*TRUSTED, *trusted])
    except FileNotFoundError as error:
        raise ModelFileError(f"{path} does not exist: run `dvc repro`, which makes it") from error
    except UntrustedTypesFoundException as error:
        problem = (
            f"{path} is refused: `dvc repro` rebuilds it; it holds {untrusted(content, trusted)}"
        )
        raise ModelFileError(problem) from error
    except ImportError as error:
        raise ModelFileError(f"{path} needs {error.name}, which is not installed here") from error
    except Exception as error:  # a broken file can break anything that reads a part of it
        problem = f"{path} is not a readable model file ({error!r})"
        raise ModelFileError(f"{problem}: `dvc repro` rebuilds it") from error


def untrusted(content: bytes, trusted: Collection[str]) -> str:
    """The types of a model file that are not to be trusted, in words; empty if there are none."""
    from skops.io import get_untrusted_types

    names = sorted(set(get_untrusted_types(data=content)) - {*TRUSTED, *trusted})
    return f"untrusted types: {listed(names)}" if names else ""


def _canonical(content: bytes) -> bytes:
    with ZipFile(io.BytesIO(content)) as archive:
        members = {name: _without_padding(name, archive.read(name)) for name in archive.namelist()}
    walk = _Walk(members)
    schema = json.dumps(walk.over(json.loads(members["schema.json"])), separators=(",", ":"))
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:  # stored as it is: builds of zlib differ in their bytes
        for name, member in [("schema.json", schema.encode()), *walk.members()]:
            archive.writestr(ZipInfo(name), member)  # which dates from 1980
    return buffer.getvalue()


def _without_padding(name: str, content: bytes) -> bytes:
    """Nothing between the fields of a structured array: there a loaded tree has stray memory."""
    if not name.endswith(".npy"):
        return content
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype.names is None:
        return content
    clean = np.zeros(array.shape, array.dtype)
    for field in array.dtype.names:
        clean[field] = array[field]
    buffer = io.BytesIO()
    np.save(buffer, clean, allow_pickle=False)
    return buffer.getvalue()


class _Walk:
    """A walk over a schema that numbers objects and members in the order in which it meets them.

    skops numbers them by memory address (`__id__`). At load the first node of a number is built
    and any later one is taken to be the same object, whatever it says: so it need say nothing.
    """

    def __init__(self, source: dict[str, bytes]) -> None:
        self.source = source
        self.names: dict[tuple[bytes, str], str] = {}
        self.numbers: dict[int, int] = {}

    def members(self) -> list[tuple[str, bytes]]:
        """Name and content of the members met so far, equal ones once: every reader copies."""
        return [(name, content) for (content, _), name in self.names.items()]

    def over(self, part: Any) -> Any:
        if isinstance(part, list):
            return [self.over(item) for item in part]
        if not isinstance(part, dict):
            return part
        if isinstance(part.get("__loader__"), str):
            return self._over_node(part)
        return {key: self.over(value) for key, value in part.items()}  # in the mapping's own order

    def _over_node(self, node: dict[str, Any]) -> dict[str, Any]:
        walked: dict[str, Any] = {}
        loader, address = node["__loader__"], node.get("__id__")
        numpy_scalar = loader == "NdArrayNode" and node["__class__"] != "ndarray"
        if address is not None and loader not in IMMUTABLE and not numpy_scalar:
            if address in self.numbers:
                same = {key: node[key] for key in ("__class__", "__module__")}
                return {**same, "__loader__": "CachedNode", "__id__": self.numbers[address]}
            walked["__id__"] = self.numbers[address] = len(self.numbers) + 1
        if loader == "DictNode":
            _refuse_lost_keys(node)
        if loader == "SetNode":  # ordered by hashes, which differ from run to run
            node["content"].sort(key=self._standing_alone)
        if loader == "ObjectNode":
            _forget_machine(node)
        for key, value in node.items():
            if key == "file":
                content, suffix = self.source[value], Path(value).suffix
                new_name = f"{len(self.names)}{suffix}"
                walked["file"] = self.names.setdefault((content, suffix), new_name)
            elif key != "__id__":
                walked[key] = self.over(value)
        return walked

    def _standing_alone(self, node: dict[str, Any]) -> tuple[str, list[tuple[str, bytes]]]:
        walk = _Walk(self.source)
        return json.dumps(walk.over(node)), walk.members()


def _forget_machine(node: dict[str, Any]) -> None:
    """Take out of an object what `OF_THE_MACHINE` names."""
    name, instead = OF_THE_MACHINE.get(node["__class__"], ("", ""))
    attributes = node["content"]["content"] if name else {}
    if name in attributes:  # what is not fitted has none
        attributes[name]["content"] = instead


def _refuse_lost_keys(node: dict[str, Any]) -> None:
    """Keys become JSON's text: 1 and "1" fall together, and "False" is read back as true."""
    types = [key_type["__class__"] for key_type in node["key_types"]["content"]]
    if len(types) != len(node["content"]) or not {"bool", "bool_"}.isdisjoint(types):
        keys = listed(list(node["content"]))
        raise ValueError(
            f"skops cannot keep a mapping's keys {keys}: use only numbers or only text"
        )
