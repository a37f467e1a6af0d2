"""What is known of an estimator; and how one is fitted, if its file does not say otherwise."""

import contextlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
from tqdm import tqdm

from truerun.base.errors import ModelError
from truerun.base.settings import Section
from truerun.base.tasks import Task
from truerun.model.estimators.ranges import Range

CLASSES: tuple[Task, ...] = ("binary", "multiclass")
THREADS = 2  # fixed: LightGBM writes it into its model
_ITERATION = re.compile(r"(?:\[|building tree )(\d+)(?:/| of )\d+")


class StructureError(ModelError):
    """A part of a model file that is not as fitting and writing a model leave it."""


Check = Callable[[Any], None]
NodeCheck = Callable[[Mapping[str, Any], Callable[[str], np.ndarray]], None]


@dataclass(frozen=True)
class Problem:
    """What an estimator is built for.

    `directions` has that of each feature, as `Contract.directions`; what can keep to them does.
    """

    task: Task
    seed: int
    directions: Sequence[int] | None = None


def fit(estimator: Any, features: np.ndarray, target: np.ndarray, bar: "tqdm[Any]") -> None:
    """Fit in place; if the estimator can print its iterations, they move the bar instead."""
    if type(estimator.get_params().get("verbose")) is not int:
        estimator.fit(features, target)
        return
    estimator.set_params(verbose=2)
    with _iterations_shown(bar):
        estimator.fit(features, target)
    estimator.set_params(verbose=0)


@dataclass(frozen=True)
class Estimator:
    """All that is known of an estimator that `train.model` can name.

    Parameters
    ----------
    parameters : the type of its section under `train` in params.yaml.
    build : makes it of the values of these parameters, not fitted. It alone imports the library.
    tasks : those that it serves.
    ranges : in which `tune` searches parameters; others stay as params.yaml has them. A name with a
        dot is one of a section within.
    trusted : the types in its model file, beside those that skops trusts by itself. Whoever loads
        the file runs their code: each is reviewed before it is added here.
    fit : fits what `build` made, and moves a progress bar.
    objects : how the names begin of the types of which objects in a stranger's model file may be,
        and what checks each such object, if compiled code trusts what it holds.
    nodes : what checks a node of such a file, by the name of its type, before it is built; it takes
        the node and what reads an array of the file.
    """

    parameters: type[Section]
    build: Callable[[dict[str, Any], Problem], Any]
    tasks: tuple[Task, ...] = get_args(Task)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    trusted: tuple[str, ...] = ()
    fit: Callable[[Any, np.ndarray, np.ndarray, "tqdm[Any]"], None] = fit
    objects: Mapping[str, Check | None] = field(default_factory=dict)
    nodes: Mapping[str, NodeCheck] = field(default_factory=dict)


def text_keys(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The content of a mapping's node in a model file, if all of its keys are text."""
    types = [f"{key['__module__']}.{key['__class__']}" for key in node["key_types"]["content"]]
    if node["__loader__"] != "DictNode" or types != ["builtins.str"] * len(node["content"]):
        raise StructureError("a mapping with names as keys is missing")
    content: Mapping[str, Any] = node["content"]
    return content


class _IterationLines(io.TextIOBase):
    """A stream that moves a progress bar to the iteration that the text written to it names."""

    def __init__(self, bar: "tqdm[Any]") -> None:
        self._bar = bar

    def write(self, text: str) -> int:
        if match := _ITERATION.search(text):
            self._bar.update(max(0, int(match[1]) - self._bar.n))
        return len(text)


@contextlib.contextmanager
def _iterations_shown(bar: "tqdm[Any]") -> Iterator[None]:
    """Show what scikit-learn prints of its iterations as a progress bar instead."""
    lines = _IterationLines(bar)
    with contextlib.redirect_stdout(lines), contextlib.redirect_stderr(lines):
        yield
