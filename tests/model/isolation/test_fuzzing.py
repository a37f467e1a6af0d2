"""Model files with anything changed in them give scores or an error, and never end their process.

The few changes below, in a model of each kind, take seconds.
`FUZZING=20000 pytest -n0 tests/model/isolation/test_fuzzing.py` tries as many in each kind for each
task, and is for whoever changes what is checked.
"""

import functools
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.model.isolation import files
from tests.model.isolation.files import CASES, SCHEMA, array, array_bytes, packed
from truerun.base.tasks import Task
from truerun.model.isolation import isolated_model
from truerun.model.isolation.messages import message, received

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="other systems have no filter"),
]

TRIES = int(os.environ.get("FUZZING", "5"))
ONE_TASK_EACH = list(dict(reversed(CASES)).items())
TRIED = CASES if "FUZZING" in os.environ else ONE_TASK_EACH
ENDS = {0, -signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL}  # too much computing is an error
NUMBERS = (
    -1,
    0,
    1,
    2,
    3,
    7,
    255,
    2**15,
    2**31 - 1,
    -(2**31),
    2**32,
    2**63 - 1,
    10**30,
    1e308,
    -0.5,
)
Parts = dict[str, bytes]


@functools.cache
def parts_of(name: str, task: Task) -> Parts:
    with TemporaryDirectory() as folder:
        return files.members(files.written(files.fitted(name, task), Path(folder) / "model.skops"))


@functools.cache
def features_of(task: Task) -> bytes:
    table = pa.Table.from_pandas(files.rows(task), preserve_index=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


Server = subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzing")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    command = [sys.executable, "-B", "-W", "ignore", "-c"]
    root = str(Path(__file__).parents[3])
    program = "import sys; sys.path.insert(0, sys.argv[1]); "
    program += "from tests.model.isolation import forking; forking.main()"
    with subprocess.Popen(
        [*command, program, root], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def judged(server: Server, content: bytes, task: Task) -> str:
    """What became of a file: scores or an error; it fails if the process crashed."""
    assert server.stdin is not None
    assert server.stdout is not None
    header = {"file": len(content), "method": files.method(task)}
    for part in message(header, content + features_of(task)):
        server.stdin.write(part)
    server.stdin.flush()
    outcome = received(server.stdout)
    assert outcome is not None
    assert outcome[0]["outcome"] in ENDS, outcome
    stream = io.BytesIO(outcome[1])
    answers = [received(stream), received(stream)]
    last = answers[1] or answers[0]
    if outcome[0]["outcome"] or last is None or "error" in last[0]:
        return "error"
    scores = isolated_model._array(last[0], bytearray(last[1]), files.method(task), 200)
    return "scores" if scores is not None else "error"  # as whoever reads the answer takes it


def flip_bytes(parts: Parts, random: Random) -> None:
    name = random.choice(list(parts))
    content = bytearray(parts[name])
    for _ in range(random.randint(1, 4)):
        content[random.randrange(len(content))] = random.randrange(256)
    parts[name] = bytes(content)


def change_array(parts: Parts, random: Random) -> None:
    names = [name for name in parts if name != SCHEMA]
    if not names:
        return change_node(parts, random)
    name = random.choice(names)
    values = array(parts, name)
    flat = values.reshape(-1)
    if not len(flat):
        return None
    fields = values.dtype.names
    column = flat[random.choice(fields)] if fields else flat
    if column.dtype.kind in "iuf":
        for _ in range(random.randint(1, 3)):
            value = random.choice(NUMBERS)
            place = random.randrange(len(column))
            if column.dtype.kind == "f":
                column[place] = min(float(value), float(np.finfo(column.dtype).max))
            else:
                whole = int(value) % 2 ** (8 * column.dtype.itemsize)
                column[place] = np.array(whole, f"u{column.dtype.itemsize}").view(column.dtype)
    parts[name] = array_bytes(values)
    return None


def change_shape(parts: Parts, random: Random) -> None:
    names = [name for name in parts if name != SCHEMA]
    if not names:
        return change_node(parts, random)
    name = random.choice(names)
    values = array(parts, name)
    how = random.randrange(4)
    if how == 0:
        values = values.reshape(1, *values.shape)
    elif how == 1:
        values = values.reshape(-1)[: values.size // 2]
    elif how == 2 and values.dtype.names is None and values.dtype.kind in "iuf":
        values = values.astype(random.choice(["f4", "f8", "i8", "u1", ">f8"]), copy=True)
    else:
        parts[name] = parts[name].replace(b"(", random.choice([b"(9", b"(-", b"(1,"]), 1)
        return None
    parts[name] = array_bytes(values)
    return None


def change_number_of_text(parts: Parts, random: Random) -> None:
    """A number in LightGBM's text, or in any other text of the schema."""
    schema = json.loads(parts[SCHEMA])
    texts = [node for node in files.nodes(schema, "str") if "content" in node]
    texts.sort(key=lambda node: len(node["content"]))
    node = texts[-1] if random.random() < 0.7 else random.choice(texts)
    words = node["content"].split(" ") if isinstance(node["content"], str) else [""]
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(words))
        head, equals, last = words[place].rpartition(random.choice(["=", "\\n"]))
        number = str(random.choice(NUMBERS))
        words[place] = head + equals + number if random.random() < 0.5 else number + last
    node["content"] = " ".join(words)
    parts[SCHEMA] = json.dumps(schema).encode()


def all_nodes(part: Any) -> list[Any]:
    """Every list and mapping."""
    if isinstance(part, dict):
        return [part, *(node for value in part.values() for node in all_nodes(value))]
    if isinstance(part, list):
        return [part, *(node for value in part for node in all_nodes(value))]
    return []


def change_node(parts: Parts, random: Random) -> None:
    schema = json.loads(parts[SCHEMA])
    nodes = [node for node in all_nodes(schema) if node]
    one, other = random.choice(nodes), random.choice(nodes)
    key = random.choice(list(one) if isinstance(one, dict) else range(len(one)))
    another = random.choice(list(other) if isinstance(other, dict) else range(len(other)))
    how = random.randrange(7)
    if how == 0:
        del one[key]
    elif how == 1:
        one[key] = json.loads(json.dumps(other[another]))
    elif how == 2:
        one[key], other[another] = (json.loads(json.dumps(v)) for v in (other[another], one[key]))
    elif how == 3:
        one[key] = random.choice([*NUMBERS, None, "", [], {}, True, "text"])
    elif how == 4:
        number = random.randrange(60)
        cached = {"__class__": "x", "__module__": "x", "__loader__": "CachedNode"}
        one[key] = {**cached, "__id__": number}
    elif how == 5 and isinstance(one, list):
        one.insert(key, json.loads(json.dumps(other[another])))
    elif isinstance(one, dict) and isinstance(other, dict) and "__loader__" in one:
        kind = ("__loader__", "__class__", "__module__")
        one |= {name: other[name] for name in kind if name in other}
    parts[SCHEMA] = json.dumps(schema).encode()


CHANGES = (flip_bytes, change_array, change_shape, change_number_of_text, change_node)


@pytest.mark.parametrize(("name", "task"), TRIED)
def test_a_file_with_anything_changed_gives_scores_or_an_error(
    name: str, task: Task, server: Server, folder: Path
) -> None:
    assert judged(server, packed(parts_of(name, task)), task) == "scores"

    @settings(
        max_examples=TRIES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32), st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3))
    def changed(seed: int, changes: list[Any]) -> None:
        parts, random = dict(parts_of(name, task)), Random(seed)  # noqa: S311
        for change in changes:
            with suppress(Exception):  # an earlier change left nothing to change
                change(parts, random)
        judged(server, packed(parts), task)

    changed()
    assert list(folder.iterdir()) == []
