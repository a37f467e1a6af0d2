"""What a model file may hold, before anything of it is built: members, arrays, nodes, types."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy

from truerun.model.estimators import ESTIMATORS
from truerun.model.estimators.estimator import StructureError

SCHEMA = "schema.json"
ARRAY = re.compile(r"[0-9]{1,40}\.npy")
BYTES = 512 * 1024**2  # of the file
MEMBERS, NODES, DEPTH = 200_000, 20_000_000, 150
NUMBERS_AND_TEXT = "biufUS"  # kinds of arrays

# Beside the objects, whose types are below. What calls a function or a type with arguments of the
# file's choice is not among them.
LOADERS = frozenset(
    {
        "CachedNode",
        "DTypeNode",
        "DefaultDictNode",
        "DictNode",
        "FunctionNode",
        "JsonNode",
        "ListNode",
        "LossNode",
        "NdArrayNode",
        "ObjectNode",
        "RandomGeneratorNode",
        "RandomStateNode",
        "SetNode",
        "SliceNode",
        "TreeNode",
        "TupleNode",
        "TypeNode",
    }
)
# How the names of the types of a featurizer begin; the others are in each estimator's file.
FEATURIZER = (
    "sklearn.compose._column_transformer.ColumnTransformer",
    "sklearn.feature_extraction.text.",
    "sklearn.impute._base.SimpleImputer",
    "sklearn.model_selection._split.",
    "sklearn.pipeline.Pipeline",
    "sklearn.preprocessing._encoders.",
    "sklearn.preprocessing._function_transformer.",
    "sklearn.preprocessing._label.",
    "sklearn.preprocessing._target_encoder.",
)


def check(content: bytes) -> None:
    """Check the members of a model file, and the tree that says how they go together.

    Raises
    ------
    StructureError
        With the name of the member or type that is not as our own files have it.
    """
    if len(content) > BYTES:
        raise StructureError(f"it has {len(content):,} bytes, more than {BYTES:,}")
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            _check_sizes(archive.infolist(), len(content))
            members = {name: archive.read(name) for name in archive.namelist()}
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise StructureError(str(error)) from error
    for name, member in members.items():
        if name != SCHEMA:
            _array(name, member)
    if SCHEMA not in members:
        raise StructureError(f"it has no {SCHEMA}")
    try:
        schema = json.loads(members[SCHEMA])
    except (ValueError, RecursionError) as error:
        raise StructureError(f"{SCHEMA}: {error}") from error
    for node in _nodes(schema):
        _check_node(node, members)


def _check_sizes(entries: list[ZipInfo], size: int) -> None:
    """Nothing expands: our files are not compressed, and no two members share their bytes."""
    if len(entries) > MEMBERS:
        raise StructureError(f"it has {len(entries):,} members, more than {MEMBERS:,}")
    names: set[str] = set()
    for entry in entries:
        if entry.filename in names:
            raise StructureError(f"{entry.filename!r} is there twice")
        names.add(entry.filename)
        if entry.filename != SCHEMA and not ARRAY.fullmatch(entry.filename):
            raise StructureError(f"{entry.filename!r} is not a member of a model file")
        if entry.compress_type != ZIP_STORED or entry.file_size != entry.compress_size:
            raise StructureError(f"{entry.filename} is compressed")
    whole = sum(entry.file_size for entry in entries)
    if whole > size:
        raise StructureError(f"its members expand to {whole:,} bytes")


def _array(name: str, member: bytes) -> np.ndarray:
    """An array of numbers or text, whose header says how many bytes follow."""
    stream = io.BytesIO(member)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    try:
        version = npy.read_magic(stream)
        shape, _, dtype = readers[version](stream)
    except Exception as error:  # the header is parsed as Python's own text is
        raise StructureError(f"{name} is not an array ({error})") from error
    kinds = [field[0].kind for field in (dtype.fields or {}).values()] or [dtype.kind]
    if not set(kinds) <= set(NUMBERS_AND_TEXT):
        raise StructureError(f"{name} is an array of {dtype}")
    count = 1
    for length in shape:
        count *= length
    if min(shape, default=0) < 0 or count * dtype.itemsize != len(member) - stream.tell():
        raise StructureError(f"{name} is not as long as its shape says, {shape}")
    array: np.ndarray = np.load(io.BytesIO(member), allow_pickle=False)
    return array


def _nodes(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every mapping of the schema, without recursion."""
    stack, count = [(schema, 1)], 0
    while stack:
        part, depth = stack.pop()
        count += 1
        if depth > DEPTH or count > NODES:
            raise StructureError(f"{SCHEMA} is nested too deep, or too large")
        if isinstance(part, dict):
            yield part
            stack.extend((value, depth + 1) for value in part.values())
        elif isinstance(part, list):
            stack.extend((value, depth + 1) for value in part)


def _check_node(node: Mapping[str, Any], members: Mapping[str, bytes]) -> None:
    if "__loader__" not in node:
        return
    loader, kind = node["__loader__"], f"{node.get('__module__')}.{node.get('__class__')}"
    if not isinstance(loader, str) or loader not in LOADERS:
        raise StructureError(f"{SCHEMA}: {loader} is not a kind of node that is known here")
    if loader == "ObjectNode" and not kind.startswith(allowed()):
        raise StructureError(f"{SCHEMA}: {kind} is not a type of a model that is known here")
    for each in ESTIMATORS.values():
        for name, check_node in each.nodes.items():
            if kind == name and loader not in ("TypeNode", "CachedNode"):
                try:
                    check_node(node, lambda file: _array(file, members[file]))
                except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
                    raise StructureError(f"{SCHEMA}: {kind}: {error!r}") from error


def allowed() -> tuple[str, ...]:
    """How the names of the types begin of which objects may be."""
    return (*FEATURIZER, *(name for each in ESTIMATORS.values() for name in each.objects))
