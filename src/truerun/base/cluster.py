"""The partition map on a cluster of Dask: functions and names travel, rows do not.

Dask's own DASK_SCHEDULER_ADDRESS names the scheduler. Workers read and write the folder of the
stage, which they must have at the same path; each is asked first whether it computes by the same
code (`cluster_code`). As with forks, what a worker fails at is done once more by the stage itself,
where an error is raised as it is.
"""

import logging
import os
import re
import tempfile
import uuid
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle
import dask
from distributed import CancelledError, Client, KilledWorker, as_completed

from truerun.base import cluster_code, cluster_tasks, paths
from truerun.base.errors import listed
from truerun.base.executor import VARIABLE, WITHOUT, ClusterError

if TYPE_CHECKING:
    from truerun.base.store import StageFiles

ADDRESS = "DASK_SCHEDULER_ADDRESS"
FORM = re.compile(r"((tcp|tls|ucx|ws|wss)://)?[^/\s]+:[0-9]+")
WAIT = 30  # seconds, for a first worker
RETRIES = 2  # of a partition whose process was killed
# What decides a result, or how the libraries compute; as dvc.yaml sets it.
CARRIED = (
    "PYTHONPATH",
    "PYTHONTZPATH",
    "GOMP_SPINCOUNT",
    "OPENBLAS_NUM_THREADS",
    "ARROW_DEFAULT_MEMORY_POOL",
    "MPLBACKEND",
)
WHOLE = {"prepare": (paths.RAW,)}  # a source may look at any raw file
OWN = {VARIABLE: None, "TRUERUN_WORKERS": "1", "OMP_NUM_THREADS": "1"}

cloudpickle.register_pickle_by_value(cluster_tasks)


class Cluster:
    """The workers of a scheduler, of which each has said that it can work for this stage.

    Raises
    ------
    ClusterError
        If there is no scheduler, no worker, or one that cannot.
    """

    def __init__(self, stage: str) -> None:
        storage = os.environ.get("TRUERUN_STORAGE", "")
        self._address = os.environ.get(ADDRESS) or dask.config.get("scheduler-address", None) or ""
        if not FORM.fullmatch(self._address):
            raise ClusterError(
                f"{VARIABLE}=dask needs a scheduler, and the address {self._address!r} is none:"
                f" `export {ADDRESS}=tcp://HOST:8786`, where `dask scheduler` runs on HOST;"
                f" {WITHOUT}"
            )
        self._place: cluster_tasks.Place = {
            "folder": str(Path.cwd()),
            "environment": {name: os.environ.get(name) for name in CARRIED} | OWN,
            "code": cluster_code.facts(),
            "storage": storage,
        }
        self._whole = [str(folder) for folder in WHOLE.get(stage, ())]
        self._files = _files(storage, stage)
        self._client = _client(self._address)
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Leave the cluster, which goes on."""
        with suppress(Exception):
            self._client.close(timeout=5)

    def results(
        self, function: Callable[[str], Any], names: Sequence[str]
    ) -> Generator[tuple[int, Any]]:
        """The place and the result of each partition that a worker did, as they come.

        After one has failed, none that comes later in order is waited for.

        Raises
        ------
        ClusterError
            If the cluster is lost, or a worker that came later cannot work for the stage.
        """
        named = uuid.uuid4().hex
        places: dict[Any, int] = {}
        try:
            yield from self._done(function, names, places, named)
        finally:
            if places and self._client.status == "running":  # no file may be written any more
                with suppress(Exception):
                    self._client.cancel(list(places))
                    self._client.run(cluster_tasks.stop, self._place["folder"], named)

    def _done(
        self,
        function: Callable[[str], Any],
        names: Sequence[str],
        places: dict[Any, int],
        named: str,
    ) -> Generator[tuple[int, Any]]:
        """As `results`; `places` keeps what is not done: the place of each by its future."""
        self._submit(function, names, places, named)
        first_failed = len(names)
        done_ones = as_completed(list(places), loop=self._client.loop)  # type: ignore[no-untyped-call]
        for future in done_ones:
            place = places[future]
            if place < first_failed:
                done, result = self._answer(future, names[place])
                if done:
                    value, written = cloudpickle.loads(result)
                    if self._files:
                        self._files.fetch(written)
                    yield place, value
                else:
                    first_failed = place
                    self._client.cancel([each for each in places if places[each] > place])
            if place <= first_failed:
                del places[future]

    def _submit(
        self,
        function: Callable[[str], Any],
        names: Sequence[str],
        places: dict[Any, int],
        named: str,
    ) -> None:
        submit = self._client.submit
        with warnings.catch_warnings():  # of a function that takes much
            warnings.simplefilter("ignore", UserWarning)
            present = self._files.sent() if self._files else {}
            pickled = cloudpickle.dumps((function, present, self._whole))
            given = submit(cluster_tasks.held, self._place, pickled, pure=False)
            for place, name in enumerate(names):
                future = submit(cluster_tasks.work, given, named, name, pure=False, retries=RETRIES)
                places[future] = place

    def _answer(self, future: Any, name: str) -> tuple[bool, bytes]:
        """Whether a partition was done, and its pickled result."""
        try:
            kind, result = future.result()
        except (CancelledError, OSError) as error:
            raise ClusterError(
                f"the scheduler at {self._address} was lost: start it again with its workers, then"
                f" `dvc repro`, which begins with this stage; {WITHOUT}"
            ) from error
        except (KilledWorker, RuntimeError) as error:
            raise ClusterError(
                f"partition {name}: each worker that began it was killed, for lack of memory?"
                " Start workers with fewer threads (`dask worker --nthreads 1`) or with more"
                f" memory; {WITHOUT}"
            ) from error
        if kind == "refused":
            raise ClusterError(f"a worker of {self._address} cannot work for this stage: {result}")
        return kind == "done", result

    def _check(self) -> None:
        """Ask every worker whether it can work for a stage in this folder."""
        try:
            self._client.wait_for_workers(1, timeout=WAIT)
        except TimeoutError as error:
            raise ClusterError(
                f"the scheduler at {self._address} has no worker: `dask worker {self._address}"
                " --nthreads 1` starts one, on each machine"
            ) from error
        with tempfile.NamedTemporaryFile(dir=Path.cwd(), prefix=".truerun-") as token:
            answers = self._client.run(
                cluster_tasks.check, self._place, Path(token.name).name, on_error="return"
            )
        refusals = [f"{worker}: {why}" for worker, why in sorted(answers.items()) if why]
        if refusals:
            raise ClusterError(
                f"{len(refusals)} of {len(answers)} workers of {self._address} cannot work for this"
                f" stage, as {listed(refusals, 3)}. Each needs this folder at the same path (with"
                " TRUERUN_STORAGE a clone to start in) and the packages of requirements/*.txt: end"
                " those workers, or mend them"
            )


def _files(storage: str, stage: str) -> "StageFiles | None":
    """The files that workers fetch from a store, where there is one."""
    if not storage:
        return None
    from truerun.base.store import StageFiles, Store

    return StageFiles(Store(storage), WHOLE.get(stage, (paths.PREPARED, paths.VALIDATED)))


def _client(address: str) -> Any:
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("distributed"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # our errors say it
    try:
        with warnings.catch_warnings():  # of versions, which are looked at by `_check`
            warnings.simplefilter("ignore")
            return Client(address, set_as_default=False)  # type: ignore[no-untyped-call]
    except OSError as error:
        raise ClusterError(
            f"no scheduler of Dask answers at {address} ({ADDRESS}): `dask scheduler` starts one;"
            f" {WITHOUT}"
        ) from error
