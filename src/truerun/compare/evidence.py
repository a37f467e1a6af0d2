"""What a run hands over to be judged elsewhere: its outputs and its record, as data.

Where the code of a change has run, nothing can be judged: that code could change whatever judges.
So the run hands over a folder, which main's code reads on another machine: `evidence.json` with the
commit and the record of the run, and under their own paths dvc.lock and the outputs that are held
against each other. All other files are taken from the commit, and none of its code is run. Where it
was asked for, `attribution.json` says whose doing the difference is, which is a claim: only code of
the change can find out.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from truerun.base import locks, paths, text_files
from truerun.base.errors import CompareError, listed
from truerun.base.settings import Section
from truerun.compare import commits, reproduction
from truerun.compare.attribution import shapley
from truerun.compare.reproduction import Record
from truerun.compare.revision import LOCK, Revision
from truerun.comparison.comparison import Attribution, Comparison, Missing
from truerun.comparison.reading import read
from truerun.model.scoring import bundle

FACTS, CLAIM = Path("evidence.json"), Path("attribution.json")
MEGABYTE = 1_000_000
MOST_CLAIMED = 200_000  # bytes
# Every run that ends well puts these out, whatever its data.
NEEDED = (paths.PREPARED, paths.VALIDATED, paths.QUARANTINE, paths.PREDICTIONS, paths.MODEL)
# What else a stage puts out is not read to judge a change, and raw data comes from main.
JUDGED = (*NEEDED, bundle.FOLDER, paths.CARD, paths.METRICS, paths.PLOTS)
REMEDY = "raise compare.evidence_megabytes in params.yaml on main first, or keep fewer rows"


class EvidenceError(CompareError):
    """Evidence that is too large, of another commit, or not what a run hands over."""


class Facts(Section):
    """What `evidence.json` says of the files beside it: their commit, and the run they are of."""

    version: Literal[1] = 1
    commit: Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
    run: Record


class Claim(Section):
    """What `attribution.json` says."""

    version: Literal[1] = 1
    attribution: Attribution | Missing


def gather(run: Path, folder: Path, most: int, compared: Path | None = None) -> int:
    """Copy what a run of the last commit left into a folder, which is made.

    Parameters
    ----------
    run : what `truerun repro --record` wrote.
    most : bytes of all files.
    compared : what `truerun compare --attribute` wrote.

    Returns
    -------
    The bytes of all files.
    """
    facts = Facts(commit=commits.commit_of("HEAD"), run=reproduction.load(run))
    claim = None if compared is None else _claim(compared)
    files = list(_files())
    size = sum(file.stat().st_size for file in files)
    if size > most:
        raise EvidenceError(
            f"evidence too large: {size / MEGABYTE:,.0f} MB, and {most / MEGABYTE:,.0f} MB are"
            f" allowed: {REMEDY}"
        )
    try:
        folder.mkdir(parents=True)
        for file in files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, folder / file)
    except FileExistsError as error:
        raise EvidenceError(f"{folder} exists: delete it, or name another folder") from error
    except OSError as error:
        raise EvidenceError(f"{folder} cannot be filled: {error.strerror}") from error
    if claim is not None:
        text_files.write_json(folder / CLAIM, claim.model_dump(mode="json"))
    text_files.write_json(folder / FACTS, facts.model_dump(mode="json"))
    return size


def _claim(compared: Path) -> Claim:
    attribution = read(Comparison, compared, "a comparison", EvidenceError).attribution
    if attribution is None:
        raise EvidenceError(f"{compared} has no attribution: add --attribute to `truerun compare`")
    return Claim(attribution=attribution)


def claimed(folder: Path) -> Attribution | Missing | None:
    """Whose doing the difference is by the run, marked as its claim; None if it does not say.

    Raises
    ------
    EvidenceError
        If it is too large, of another shape, or does not add up.
    """
    path = folder / CLAIM
    if not path.exists():
        return None
    if path.stat().st_size > MOST_CLAIMED:
        raise EvidenceError(f"{CLAIM} has more than {MOST_CLAIMED:,} bytes")
    attribution = read(Claim, path, "of a run", EvidenceError).attribution
    if isinstance(attribution, Missing):
        return Missing(missing=f"the run says: {attribution.missing}")
    if shapley.total([one.share for one in attribution.shares]) != attribution.difference:
        raise EvidenceError(f"{CLAIM} does not add up: the shares do not sum to the difference")
    return attribution.model_copy(update={"claimed": True})


def _files() -> Iterator[Path]:
    """The lock, and the files that it names and that are held against each other."""
    if not LOCK.is_file():
        return
    yield LOCK
    for output in map(Path, locks.outputs(locks.load(LOCK))):
        if _is_judged(output):
            for file in [output, *sorted(output.rglob("*"))]:
                if file.is_file() and not file.name.startswith("."):
                    yield file


def _is_judged(path: Path) -> bool:
    return any(path.is_relative_to(judged) for judged in JUDGED)


@contextmanager
def checked_out(folder: Path, head: str) -> Iterator[tuple[Revision, Record]]:
    """A commit in a temporary folder with the evidence of its run, and the record of that run.

    The commit is data: what is a symbolic link there is a text file here, and neither DVC nor the
    commit's own code is run.

    Raises
    ------
    EvidenceError
        If the evidence is of another commit, lacks something, or holds what no run hands over.
    """
    facts = read(Facts, folder / FACTS, "of a run", EvidenceError)
    commit = commits.commit_of(head)
    if facts.commit != commit:
        raise EvidenceError(f"the evidence is of the commit {facts.commit}, not of {commit}")
    absent = [str(path) for path in NEEDED if not (folder / path).exists()]
    if absent and not facts.run.failed:
        raise EvidenceError(f"the evidence lacks {listed(absent)}, and no stage failed")
    with commits.files_of(commit, links=False) as project:
        for file in sorted(folder.rglob("*")):
            path = file.relative_to(folder)
            if file.is_symlink() or not (
                file.is_dir() or path in (FACTS, CLAIM, LOCK) or _is_judged(path)
            ):
                raise EvidenceError(f"the evidence holds {path}, which no run hands over")
            if file.is_file() and path not in (FACTS, CLAIM):
                _lay_down(file, project / path)
        yield Revision(head, commit, project, data_only=True), facts.run


def check_whole(result: Comparison) -> None:
    """Refuse evidence that leaves out what judging needs, though no stage failed.

    Of files of one's own that are not here a rule warns; whoever hands over the others may choose.

    Raises
    ------
    EvidenceError
        If metrics, or the files that are made again, could not be had.
    """
    parts = (result.metrics, result.provenance.recomputed, result.provenance.revalidated)
    lacking = [part.missing for part in parts if isinstance(part, Missing)]
    if lacking and result.reproduction.state != "failed":
        raise EvidenceError(f"the evidence is not whole: {lacking[0]}")


def _lay_down(file: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    except OSError as error:
        raise EvidenceError(
            f"the commit has something else where a run puts {file.name}: {error.strerror}"
        ) from error
