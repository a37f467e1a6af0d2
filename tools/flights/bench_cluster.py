"""What a cluster of Dask costs beside the work, and how that grows: 1, 2 and 4 workers on loopback.

Lays down the flights of some years (`tools.flights.more_rows`) and runs the stages on this machine
alone, with one process for the partitions. Then those that work by partitions run on clusters of
workers in folders of their own, which share an S3 server and nothing else. Every file must be that
of the first run. Prints the table and writes it to docs/cluster-benchmarks.md.

All workers share the cores of this machine, so seconds on the wall are shown only where there is a
core for each. Bytes are those that passed the loopback interface: other programs should not use it.

Usage: python -m tools.flights.bench_cluster [--years 30] [--workers 1 2 4]
                                                                  what `make bench-cluster` calls
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools import dask_cluster
from tools.dask_cluster import LocalCluster
from tools.flights import scale
from tools.flights.bench_serve.processes import family, seconds
from tools.flights.scale import Cost
from tools.machine import machine
from tools.scale_page import CLUSTER, MAPPED
from truerun.base import paths, text_files
from truerun.base.capacity import VARIABLE
from truerun.base.errors import TruerunError, exit_with
from truerun.base.files import md5_of, read_bytes

YEARS, WORKERS = 30, (1, 2, 4)
FITTED = (paths.ESTIMATOR, paths.METRICS / "train.json")  # what `train` hands to `evaluate`
LOOPBACK = Path("/sys/class/net/lo/statistics/tx_bytes")
MEGABYTE = 1e6


@dataclass(frozen=True)
class Shared:
    """What a stage took: in its own process, and in those of the cluster; bytes that moved."""

    own: Cost
    workers: float
    moved: int

    @property
    def processor(self) -> float:
        """Seconds of all processors."""
        return self.own.processor + self.workers


def main() -> None:
    """Measure, compare the files, and write the page."""
    parser = argparse.ArgumentParser(
        prog="make bench-cluster",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--years", type=int, default=YEARS, help=f"of flights; default: {YEARS}")
    parser.add_argument("--workers", type=int, nargs="+", default=WORKERS, help="default: 1 2 4")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-cluster-") as temporary:
        folder = Path(temporary)
        alone = folder / "alone"
        scale.lay_down(alone, chosen.years)
        costs = {
            stage: scale.cost(["env", f"{VARIABLE}=1", *scale.stage_command(Path(), stage)], alone)
            for stage in scale.stages()
        }
        expected = digests(alone)
        by_workers = {}
        for count in sorted(set(chosen.workers)):
            project = folder / f"by-{count}"
            by_workers[count] = on_cluster(alone, project, count)
            if different := differences(expected, digests(project)):
                heading = f"with {count} workers there are other files than without:"
                raise TruerunError("\n  ".join([heading, *different]))
            shutil.rmtree(project)
        rows = scale.rows_of(alone)
    text_files.write_text(CLUSTER, page(rows, costs, by_workers))
    print("\n".join(table(rows, costs, by_workers)), f"Written to {CLUSTER}.", sep="\n\n")


def on_cluster(alone: Path, project: Path, count: int) -> dict[str, Shared]:
    """Run the stages in a new project with the raw data of another, on so many workers."""
    scale.begin(project)
    shutil.copytree(alone / paths.RAW, project / paths.RAW, copy_function=os.link)
    places = [project / f"worker-{number}" for number in range(count)]
    for place in places:
        shutil.copytree(Path("src"), place / "src")
    measured = {}
    with (
        dask_cluster.s3_server(project, "bucket") as of_store,
        dask_cluster.started(project / "logs", places, of_store) as cluster,
    ):
        for stage in MAPPED:
            if stage == "evaluate":
                for path in FITTED:
                    (project / path).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(alone / path, project / path)
            print(f"workers: {count}, {stage}", file=sys.stderr, flush=True)
            measured[stage] = shared(stage, project, cluster, of_store)
    return measured


def shared(stage: str, project: Path, cluster: LocalCluster, of_store: Mapping[str, str]) -> Shared:
    """Run a stage on a cluster and measure both, and what passes between them."""
    environment = {**of_store, **cluster.environment}
    given = [f"{name}={value}" for name, value in environment.items()]
    before, moved = taken(cluster), int(LOOPBACK.read_text(encoding="ascii"))
    own = scale.cost(["env", *given, *scale.stage_command(Path(), stage)], project)
    moved = int(LOOPBACK.read_text(encoding="ascii")) - moved
    return Shared(own, taken(cluster) - before, moved)


def taken(cluster: LocalCluster) -> float:
    """Seconds of processors that a cluster has taken, with those of processes that have ended."""
    begun = (cluster.scheduler, *cluster.workers)
    processes = [process for each in begun for process in family(each.pid)]
    return seconds(processes, with_ended=True)


def digests(project: Path) -> dict[str, str]:
    """The hash of each file that the stages by partitions have made."""
    folders = (
        paths.PREPARED,
        paths.VALIDATED,
        paths.QUARANTINE,
        paths.FEATURES,
        paths.MODEL.parent,
    )
    files = [file for folder in folders for file in (project / folder).rglob("*")]
    files += [project / paths.PREDICTIONS, *(project / paths.METRICS).iterdir()]
    return {
        file.relative_to(project).as_posix(): md5_of(read_bytes(file))
        for file in files
        if file.is_file()
    }


def differences(expected: Mapping[str, str], made: Mapping[str, str]) -> list[str]:
    """The files that are lacking, other, or too many."""
    return sorted(name for name in {*expected, *made} if expected.get(name) != made.get(name))


def table(
    rows: int, alone: Mapping[str, Cost], by_workers: Mapping[int, Mapping[str, Shared]]
) -> list[str]:
    """A line for each stage: processors alone; and by workers processors, megabytes and seconds."""
    cores = os.cpu_count() or 1
    titles = [f"{count} worker{'s' if count > 1 else ''}" for count in by_workers]
    lines = [
        f"| stage, {rows:,} rows | one process, no cluster | {' | '.join(titles)} |",
        "| --- |" + " --- |" * (1 + len(by_workers)),
    ]
    for stage in MAPPED:
        cells = [f"{alone[stage].wall:.1f} s, {alone[stage].processor:.1f} s CPU"]
        for count, measured in by_workers.items():
            cost = measured[stage]
            wall = f"{cost.own.wall:.1f} s, " if count <= cores else ""
            growth = cost.processor / alone[stage].processor
            cells.append(
                f"{wall}{cost.processor:.1f} s CPU ({growth:.2f}), {cost.moved / MEGABYTE:,.0f} MB"
            )
        lines.append(f"| {stage} | {' | '.join(cells)} |")
    return lines


def page(
    rows: int, alone: Mapping[str, Cost], by_workers: Mapping[int, Mapping[str, Shared]]
) -> str:
    """The page."""
    each = {
        count: sum(cost.moved for cost in measured.values()) / rows
        for count, measured in by_workers.items()
    }
    moved = ", ".join(f"{size:,.0f} bytes a row with {count}" for count, size in each.items())
    own = {
        count: sum(cost.own.processor for cost in measured.values())
        / sum(cost.processor for cost in measured.values())
        for count, measured in by_workers.items()
    }
    stays = ", ".join(f"{share:.0%} with {count}" for count, share in own.items())
    return f"""# What a cluster costs

Made by `make bench-cluster` on {machine()}.
Workers are in folders of their own and share an S3 server alone, all on this machine;
[cluster.md](cluster.md) tells how to use a cluster. In brackets: the time of processors of the
stage, the scheduler and the workers over that of one process without a cluster; the S3 server's own
is not counted. Megabytes are all that passed the loopback interface. Seconds on the wall stand
where there was a core for each worker, though the stage, the scheduler and the server need cores,
too.

{chr(10).join(table(rows, alone, by_workers))}

Every file was that of one process, byte for byte.

What moved: {moved}. Each worker fetches all of `data/raw` for `prepare`,
and what it reads of its partitions; it sends what it writes, and the stage fetches that for DVC.

What stays in the stage's own process, of all time of processors: {stays}.
No worker makes that faster.
"""


if __name__ == "__main__":
    exit_with(main)
