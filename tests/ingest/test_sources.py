"""Raw data is laid down and added through what the project's source offers, whatever that is."""

import subprocess
import sys
from pathlib import Path

import pytest

from truerun.base.errors import IngestError
from truerun.base.paths import PARAMS, RAW, RAW_DVC
from truerun.ingest import __main__ as ingest
from truerun.ingest.raw_files import extended_record, read_record

REQUIRED = """\
from truerun.base.errors import SourceError
from truerun.sources.protocol import Arrival

Options = partitions = prepare = None
"""
ARRIVE = '''

def arrive(names, folder, recorded):
    """Names are days of the tide, such as monday."""
    if "sunday" in names:
        raise SourceError("sunday: the gauge rests")
    files = {f"{name}.txt": (folder / name).read_bytes() for name in names}
    return Arrival(
        files=files,
        summaries={file: f"{len(content)} bytes" for file, content in files.items()},
        origin="that of the gauge",
        subject="The tide",
        notes=[f"{len(recorded)} days were there"],
        steps=["tell the harbour"],
    )
'''
FIRST_DATA = """

class Gauge:
    name = "the gauge"

    def files(self):
        return ["friday.txt"]

    def read(self, file):
        return b"low\\n"


def first_data():
    return Gauge()
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder is a project whose source is the package `tide`, with one raw file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "src")
    monkeypatch.delitem(sys.modules, "tide.source", raising=False)
    monkeypatch.delitem(sys.modules, "tide", raising=False)
    (tmp_path / "src/tide").mkdir(parents=True)
    RAW.mkdir(parents=True)
    RAW_DVC.touch()
    (RAW / "friday.txt").write_bytes(b"low\n")
    RAW_DVC.write_bytes(extended_record({"friday.txt": b"low\n"}))
    PARAMS.write_text("source: {name: tide, max_dropped: 0.1, options: {}}\n", encoding="utf-8")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox/monday").write_bytes(b"high\n")
    monkeypatch.setattr(ingest, "commit_to_cache", lambda: None)  # as if DVC were there
    return tmp_path


def source(root: Path, *offered: str) -> None:
    (root / "src/tide/source.py").write_text("".join([REQUIRED, *offered]), encoding="utf-8")


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The message of a call that must fail and change nothing."""
    before = sorted((path, path.read_bytes()) for path in Path("data").rglob("*") if path.is_file())
    with pytest.raises(SystemExit) as ended:
        ingest.main(arguments)
    after = sorted((path, path.read_bytes()) for path in Path("data").rglob("*") if path.is_file())
    assert (ended.value.code, after) == (1, before)
    return capsys.readouterr().err


def test_a_third_source_adds_what_it_accepts(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source(repository, ARRIVE)
    ingest.main(["monday", "--from", "inbox"])
    assert (RAW / "monday.txt").read_bytes() == b"high\n"
    assert list(read_record()) == ["friday.txt", "monday.txt"]
    assert capsys.readouterr().out == (
        "added data/raw/monday.txt: 5 bytes\n"
        "note: 1 days were there\n"
        "Next:\n"
        "  git add data/raw.dvc\n"
        "  git commit -m 'The tide'\n"
        "  tell the harbour\n"
        "  make repro\n"
    )


def test_what_a_source_refuses_changes_nothing(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source(repository, ARRIVE)
    told = refused(capsys, "monday", "sunday", "--from", "inbox")
    assert told == "error: sunday: the gauge rests\n"


def test_a_file_in_the_way_of_what_arrives_is_kept(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source(repository, ARRIVE)
    (RAW / "monday.txt").write_bytes(b"mine\n")
    told = refused(capsys, "monday", "--from", "inbox")
    there = "data/raw/monday.txt exists, is not listed in data/raw.dvc, and differs from that"
    assert told == f"error: {there} of the gauge: move it away first\n"


def test_a_source_that_accepts_nothing_new_is_named_with_what_to_do(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source(repository)
    told = refused(capsys, "monday")
    assert told.startswith("error: source.name is tide, which cannot check new raw data (it has no")
    assert "list them in data/raw.dvc, and run `dvc commit data/raw.dvc`" in told


def test_a_missing_file_is_had_from_the_source_that_has_it(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source(repository, FIRST_DATA)
    (RAW / "friday.txt").unlink()
    ingest.main([])
    assert (RAW / "friday.txt").read_bytes() == b"low\n"
    assert capsys.readouterr().out == "data/raw: 1 files, as data/raw.dvc lists them\n"


def test_a_missing_file_that_no_source_has_asks_for_dvc_pull(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source(repository, ARRIVE)
    (RAW / "friday.txt").unlink()
    said = refused(capsys)
    assert said.startswith(
        "error: data/raw/friday.txt is missing: run `dvc pull`, once the project"
    )
    assert "`dvc remote add --default storage ADDRESS`, `dvc push`" in said
    Path(".dvc").mkdir(exist_ok=True)
    Path(".dvc/config").write_text("['remote \"storage\"']\n    url = s3://bucket\n")
    assert refused(capsys) == "error: data/raw/friday.txt is missing: run `dvc pull`\n"


def test_help_shows_what_the_source_says_of_new_data(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source(repository, ARRIVE)
    with pytest.raises(SystemExit):
        ingest.main(["--help"])
    assert capsys.readouterr().out.endswith("\n\nNames are days of the tide, such as monday.\n")


def test_help_needs_no_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        ingest.main(["--help"])
    assert ended.value.code == 0
    assert "truerun ingest customers-may.csv" in capsys.readouterr().out


def test_a_folder_without_names_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        ingest.main(["--from", "inbox"])
    assert ended.value.code == 2
    assert "--from needs the names of what is to be added" in capsys.readouterr().err


@pytest.mark.slow
def test_checking_what_is_there_loads_neither_the_source_nor_a_heavy_library(
    repository: Path,
) -> None:
    (repository / "src/tide/source.py").write_text("raise SystemExit('loaded')\n")
    program = (
        "import sys, truerun.ingest.__main__ as ingest\n"
        "ingest.all_kept = lambda record: True\n"
        "ingest.main([])\n"
        "print({'pandas', 'numpy', 'pydantic', 'dvc'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "data/raw: 1 files, as data/raw.dvc lists them\nset()\n"


@pytest.mark.slow
def test_without_git_the_files_stay_and_the_way_out_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (RAW_DVC, Path(".dvc/config")):
        path.parent.mkdir(parents=True)
        path.touch()
    told = r"could not take them into its cache; .*\n.* is in no Git repository, .*`git init "
    with pytest.raises(IngestError, match=told):
        ingest.commit_to_cache()
