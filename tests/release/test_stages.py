"""A stage holds one version: who promotes, who takes back, and what all readers see of it."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.conftest import dvc_md5
from tests.release.test_versions import refused
from tests.release.workshop import MODEL, Workshop
from truerun.base.errors import ReleaseError
from truerun.model.scoring import bundle as bundles
from truerun.release import objects, stages, tags
from truerun.release.__main__ import main

pytestmark = pytest.mark.slow  # Git, many times
GTO = Path(sys.executable).parent / "gto"


@pytest.fixture
def two(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> Workshop:
    """A workshop with versions v1.0.0 and v1.1.0, and an empty stage."""
    main(["create", "v1.0.0"])
    workshop.proved("Another model", threshold=0.2)
    main(["create", "v1.1.0"])
    capsys.readouterr()
    return workshop


def held(stage: str, capsys: pytest.CaptureFixture[str]) -> str | None:
    """The version in a stage."""
    capsys.readouterr()
    main(["show", stage, "--json"])
    there = json.loads(capsys.readouterr().out)["stages"]
    return there[stage]["version"] if stage in there else None


def gto_held(folder: Path) -> dict[str, str]:
    """The version in each stage, as GTO reads it."""
    done = subprocess.run(
        [GTO, "show", MODEL, "--json"], cwd=folder, capture_output=True, text=True, check=True
    )
    return {
        stage["stage"]: each["version"]
        for each in json.loads(done.stdout)
        for stage in each["stages"]
    }


def test_a_version_is_promoted_and_taken_back_with_an_audit(
    two: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["promote", "v1.0.0", "production"])
    main(["promote", "v1.1.0", "production", "--reason", "the canary held"])
    said = capsys.readouterr().out
    assert "production holds v1.1.0" in said
    assert "before, it held v1.0.0" in said
    main(["promote", "v1.1.0", "production"])  # as a workflow that is run again does
    assert "production holds v1.1.0 already, since 20" in capsys.readouterr().out
    main(["rollback", "production", "--reason", "too many false alarms"])
    assert held("production", capsys) == "v1.0.0"

    changes = tags.read(two.clone, MODEL).changes["production"]
    told = [(tag.number, tag.audit["action"], tag.audit["version"]) for tag in changes if tag.audit]
    assert told == [
        (1, "promote", "v1.0.0"),
        (2, "leave", "v1.0.0"),
        (2, "promote", "v1.1.0"),
        (3, "leave", "v1.1.0"),
        (3, "rollback", "v1.0.0"),
    ]
    last = changes[-1].audit
    assert last is not None
    assert (last["from"], last["reason"], last["who"]) == (
        "v1.1.0",
        "too many false alarms",
        "Ada <ada@example.org>",
    )
    assert two.tags() == two.tags("origin.git")
    main(["show"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:2] == ["production", "v1.0.0"]
    assert lines[1].endswith("too many false alarms")
    assert [line.split()[0] for line in lines[4:]] == ["v1.1.0", "v1.0.0"]


def test_gto_reads_the_same_after_each_change(
    two: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (
        ["promote", "v1.1.0", "staging"],
        ["promote", "v1.1.0", "production"],
        ["rollback", "production", "--to", "v1.0.0"],  # to a lower one
        ["promote", "v1.1.0", "production"],
        ["rollback", "production"],
    ):
        main(arguments)  # within one second
    assert gto_held(two.clone) == {"staging": "v1.1.0", "production": "v1.0.0"}
    assert (held("staging", capsys), held("production", capsys)) == ("v1.1.0", "v1.0.0")

    # What GTO writes is read as well.
    done = [GTO, "assign", MODEL, "--version", "v1.1.0", "--stage", "canary"]
    subprocess.run(done, cwd=two.clone, capture_output=True, check=True)
    assert held("canary", capsys) == "v1.1.0"
    main(["promote", "v1.0.0", "canary"])
    assert gto_held(two.clone)["canary"] == held("canary", capsys) == "v1.0.0"


def test_rollbacks_go_back_one_after_the_other(
    two: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "production holds no version" in refused(["rollback", "production"], capsys)
    assert "production holds no version" in refused(["fetch", "production", "--into", "x"], capsys)
    main(["promote", "v1.0.0", "production"])
    main(["promote", "v1.1.0", "production"])
    two.proved("A third model", threshold=0.3)
    main(["create", "v2.0.0"])
    main(["promote", "v2.0.0", "production"])
    for expected in ("v1.1.0", "v1.0.0"):
        main(["rollback", "production"])
        assert held("production", capsys) == expected
    assert "held no version before v1.0.0" in refused(["rollback", "production"], capsys)
    assert "there is no version v3.0.0" in refused(
        ["rollback", "production", "--to", "v3.0.0"], capsys
    )


def test_of_two_promotions_at_once_one_is_told(
    two: Workshop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["promote", "v1.0.0", "production"])
    two.git("clone", "--quiet", "../origin.git", "../other", folder=two.clone)
    other = two.folder / "other"
    for name, value in (("user.name", "Bob"), ("user.email", "bob@example.org")):
        two.git("config", name, value, folder=other)
    both = threading.Barrier(2)
    results: list[subprocess.CompletedProcess[str]] = []

    def promote(folder: Path, version: str) -> None:
        both.wait()
        command = [sys.executable, "-m", "truerun.release", "promote", version, "production"]
        results.append(
            subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        )

    two.proved("A third model", threshold=0.3)
    main(["create", "v2.0.0"])
    two.git("fetch", "--quiet", "--tags", folder=other)
    # Both saw the stage as it was: a hook of the origin lets the second come while the first waits.
    ready, hook = two.folder / "ready", two.folder / "origin.git/hooks/pre-receive"
    hook.write_text(
        f"#!/bin/sh\necho >> {ready}\nwhile test $(wc -l < {ready}) -lt 2; do :; done\n"
    )
    hook.chmod(0o755)
    threads = [
        threading.Thread(target=promote, args=arguments)
        for arguments in ((two.clone, "v1.1.0"), (other, "v2.0.0"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.returncode for result in results) == [0, 1], results
    (lost,) = [result for result in results if result.returncode]
    (won,) = [result for result in results if not result.returncode]
    assert "was made by" in lost.stderr
    assert "nothing was changed by this command" in lost.stderr
    expected = "v1.1.0" if "holds v1.1.0" in won.stdout else "v2.0.0"
    for folder in (two.clone, other):
        monkeypatch.chdir(folder)
        assert held("production", capsys) == expected
    named = {f"{MODEL}#production#1", f"{MODEL}#production#2", f"{MODEL}#production!#2"}
    versions = {f"{MODEL}@{version}" for version in ("v1.0.0", "v1.1.0", "v2.0.0")}
    for where in ("clone", "other", "origin.git"):
        assert two.tags(where) == named | versions


def test_an_origin_that_cannot_be_reached_keeps_a_stage_as_it_is(
    two: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["promote", "v1.0.0", "production"])
    (two.folder / "origin.git").rename(two.folder / "gone")
    before = two.tags()
    assert "the origin cannot be reached" in refused(["promote", "v1.1.0", "production"], capsys)
    assert two.tags() == before
    capsys.readouterr()
    main(["show", "production"])
    printed = capsys.readouterr()
    assert "what is known is of the last time" in printed.err
    assert "v1.0.0" in printed.out


def test_an_origin_that_refuses_leaves_nothing(
    two: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = two.folder / "origin.git/hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho no tags on Fridays\nexit 1\n")
    hook.chmod(0o755)
    before = two.tags()
    assert "no tags on Fridays" in refused(["promote", "v1.1.0", "production"], capsys)
    assert two.tags() == two.tags("origin.git") == before


def test_a_stage_whose_tag_was_moved_is_not_believed(
    two: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["promote", "v1.0.0", "production"])
    name = f"{MODEL}#production#1"
    said = two.git("for-each-ref", "--format=%(contents)", f"refs/tags/{name}")
    two.git("tag", "--force", "--annotate", name, "--message", said)  # at the commit of v1.1.0
    two.git("push", "--quiet", "--force", "origin", f"refs/tags/{name}")
    for arguments in (["fetch", "production", "--into", "served"], ["rollback", "production"]):
        assert "it was moved by force" in refused(arguments, capsys)
    assert not (two.clone / "served").exists()
    main(["promote", "v1.0.0", "production"])
    assert held("production", capsys) == "v1.0.0"
    # The tag of the version is deleted, and made again elsewhere.
    two.git("tag", "--delete", f"{MODEL}@v1.0.0")
    two.git("push", "--quiet", "--delete", "origin", f"refs/tags/{MODEL}@v1.0.0")
    assert "the tag of the version was moved or deleted" in refused(["show"], capsys)


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("stage", ["prodution", "x y", "a#b", ""])
def test_a_stage_is_one_of_those_that_are_named(
    stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = refused(["promote", "v1.0.0", stage], capsys)
    assert "stages are staging, canary, production" in text


def test_gto_s_own_settings_name_stages(two: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    (two.clone / ".gto").write_text("stages: [blue, green]\n")
    assert "stages are blue, green" in refused(["promote", "v1.0.0", "staging"], capsys)
    main(["promote", "v1.0.0", "green"])
    assert held("green", capsys) == "v1.0.0"


def test_a_bundle_is_laid_down_at_one_stroke_and_says_what_it_is(
    two: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["promote", "v1.0.0", "production"])
    cache = two.clone / ".dvc/cache"
    for path in cache.rglob("*"):
        if path.is_file():
            path.unlink()
    into = two.clone / "served"
    main(["fetch", "production", "--into", "served"])
    assert "laid down in served" in capsys.readouterr().out
    first = bundles.read(into).version
    told = json.loads((into.resolve().parent / "release.json").read_text())
    assert (told["version"], told["stage"]) == ("v1.0.0", "production")
    assert dvc_md5(into.resolve()) == told["bundle"]

    # Without a network: what was fetched is in the cache by now.
    two.storage.rename(two.folder / "gone")
    (two.folder / "origin.git").rename(two.folder / "gone too")
    main(["fetch", "v1.0.0", "--into", "again"])
    assert bundles.read(two.clone / "again").version == first
    assert "lacks the object" not in capsys.readouterr().err
    text = refused(["fetch", "v1.1.0", "--into", "served"], capsys)
    assert "no folder is there" in text
    assert bundles.read(into).version == first
    (two.folder / "gone").rename(two.storage)
    (two.folder / "gone too").rename(two.folder / "origin.git")

    main(["promote", "v1.1.0", "production"])
    before = into.resolve()
    main(["fetch", "production", "--into", "served"])
    assert bundles.read(into).facts["threshold"] == 0.2
    assert not before.exists()
    main(["fetch", "production", "--into", "served"])
    assert "is there already, in served" in capsys.readouterr().out
    # A file that was changed here is laid down again.
    (into / "bundle.json").write_text("{}")
    main(["fetch", "production", "--into", "served"])
    assert bundles.read(into).facts["threshold"] == 0.2


@pytest.mark.parametrize(
    ("listing", "said"),
    [
        (b'[{"md5": "0", "relpath": "../x"}]', "lists '../x', which is no file of a bundle"),
        (b'[{"md5": "0", "relpath": "/etc/x"}]', "is no file of a bundle"),
        (b"{}x", "is no list of files"),
        (b"[1]", "is no list of files"),
    ],
)
def test_a_listing_leads_nowhere_else(listing: bytes, said: str) -> None:
    with pytest.raises(ReleaseError, match=said):
        objects.listing(listing, "0")


def test_what_is_in_the_way_stays(two: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    main(["promote", "v1.0.0", "production"])
    (two.clone / "served").mkdir()
    text = refused(["fetch", "production", "--into", "served"], capsys)
    assert "served is there, and not made by this command" in text


def test_times_are_in_utc() -> None:
    assert stages.moment(86_399) == "1970-01-01 23:59 UTC"
