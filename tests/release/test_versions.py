"""A version is of a commit that main has proved, whole and higher than all before."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import dvc_md5
from tests.release.workshop import MODEL, Workshop
from tests.serve.bundles import retold
from truerun.base.notes import NOTES
from truerun.release import revisions, tags
from truerun.release.__main__ import main

pytestmark = pytest.mark.slow  # Git, many times
Fault = Callable[[Workshop], object]


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What a command says that is refused."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    text = capsys.readouterr().err
    assert re.search("^error: ", text, re.MULTILINE)
    return text


def test_a_version_is_a_tag_that_says_what_it_is_of(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    commit = workshop.git("rev-parse", "HEAD")
    main(["create", "v1.2.0"])
    assert f"{MODEL}@v1.2.0 is commit {commit[:12]}" in capsys.readouterr().out
    assert workshop.tags() == workshop.tags("origin.git") == {f"{MODEL}@v1.2.0"}
    tag = tags.read(workshop.clone, MODEL).versions["v1.2.0"]
    assert (tag.commit, tag.who) == (commit, "Ada <ada@example.org>")
    assert tag.audit is not None
    assert tag.audit["commit"] == commit
    assert tag.audit["bundle"] == dvc_md5(workshop.bundle)
    assert tag.audit["comparison"]["roc_auc"]["head"] == 0.75
    main(["check", "v1.2.0"])
    assert "its gate holds" in capsys.readouterr().out


def lose(workshop: Workshop) -> None:
    """Take a file of the bundle out of the remote."""
    md5 = dvc_md5(workshop.bundle / "bundle.json")
    (workshop.storage / "files/md5" / md5[:2] / md5[2:]).unlink()


def damage(workshop: Workshop) -> None:
    """Change a byte of a file in the remote."""
    md5 = dvc_md5(workshop.bundle / "bundle.json")
    path = workshop.storage / "files/md5" / md5[:2] / md5[2:]
    path.write_bytes(path.read_bytes().replace(b"0.4", b"0.5"))


def drop_note(workshop: Workshop) -> None:
    """Have main keep nothing of the commit."""
    workshop.git("push", "--quiet", "--delete", "origin", NOTES)
    workshop.git("update-ref", "-d", NOTES)


def other_model(workshop: Workshop) -> None:
    """Prove a bundle that is of another model."""
    retold(workshop.bundle, lambda facts: facts.update(model_md5="0" * 32))
    workshop.proved("Another bundle")


def failed_before(workshop: Workshop) -> None:
    """Have the change that made the bundle fail, and one after it pass."""
    workshop.commit("A worse model", threshold=0.3)
    workshop.push()
    workshop.attest("fail")
    workshop.proved("A word in a page")


FAULTS: dict[str, tuple[Fault, str]] = {
    "no note": (
        drop_note,
        "is not attested: refs/notes/truerun has no note of it. push it to main",
    ),
    "another commit": (lambda w: w.commit("Not proved"), "is not attested"),
    "a lock that is not attested": (
        lambda w: w.attest(lock="0" * 64),
        "is not the one that was attested",
    ),
    "a note of another commit": (
        lambda w: w.attest(commit="1" * 40),
        "in refs/notes/truerun is of another commit, 1111",
    ),
    "a note of another version": (lambda w: w.attest(version=2), "is of version 2, and 1 is read"),
    "a note that is none": (lambda w: w.attest(comparison=[]), "is not as `truerun ci attest`"),
    "a gate that contradicts itself": (
        lambda w: w.attest(
            comparison={
                "head": {"commit": w.git("rev-parse", "HEAD")},
                "gate": {"outcome": "pass", "rules": [{"rule": "a", "outcome": "fail"}]},
            }
        ),
        "says of the gate what its rules do not say",
    ),
    "a verdict that failed": (lambda w: w.attest("fail"), "did not pass: roc_auc failed"),
    "a bundle whose verdict failed": (failed_before, ", which made this bundle, did not pass"),
    "a remote that lacks an object": (lose, "the DVC remote storage lacks the object"),
    "other bytes in the remote": (damage, "are other bytes, of the md5"),
    "other bytes here": (
        lambda w: retold(w.bundle, lambda facts: facts.update(threshold=0.1)),
        "models/bundle has other bytes than dvc.lock says",
    ),
    "a bundle of another model": (other_model, "is of the model 00000000"),
    "a file that differs": (
        lambda w: (w.clone / "dvc.yaml").write_text(
            "artifacts: {churn: {path: models/model.skops}}"
        ),
        "dvc.yaml differs from the commit",
    ),
    "no remote there": (lambda w: w.storage.rename(w.folder / "gone"), "no folder is there"),
    "a staged file": (
        lambda w: [(w.clone / "new").touch(), w.git("add", "new")],
        "new differs from the commit",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_not_judged_is_not_released(
    fault: str, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    plant, said = FAULTS[fault]
    plant(workshop)
    assert said in refused(["create", "v1.0.0"], capsys)
    assert workshop.tags() == workshop.tags("origin.git") == set()


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("1.3.0", "1.3.0 is no version such as v1.2.0"),
        ("v1.3", "is no version"),
        ("v1.2.0", "churn@v1.2.0 exists"),
        ("v1.1.9", "is not higher than v1.2.0, the highest version: the next one is v1.2.1"),
        ("v1.2.0-rc.1", "is not higher than v1.2.0"),
        ("v1.2.0+more", "is not higher than v1.2.0"),
        ("v9.0.0", "churn@v9.0.0 exists"),
    ],
)
def test_a_version_is_higher_than_all_before(
    version: str, said: str, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["create", "v1.2.0"])
    workshop.git("tag", f"{MODEL}@v9.0.0")  # by hand, without a message
    workshop.proved("Another model", threshold=0.2)
    assert said in refused(["create", version], capsys)
    main(["create", "v1.2.1"])


@pytest.mark.usefixtures("workshop")
def test_a_commit_has_one_version(capsys: pytest.CaptureFixture[str]) -> None:
    main(["create", "v1.2.0"])
    assert "is version v1.2.0 already" in refused(["create", "v1.3.0"], capsys)


def test_a_warning_of_the_gate_is_no_failure(workshop: Workshop) -> None:
    workshop.attest("warn")
    main(["create", "v1.0.0"])


def test_a_verdict_that_failed_on_the_way_is_told(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["create", "v1.0.0"])
    worse = workshop.commit("A worse model", threshold=0.3)
    workshop.attest("fail")
    workshop.proved("Another model", threshold=0.2)
    capsys.readouterr()
    main(["create", "v1.1.0"])
    said = capsys.readouterr().out
    assert f"since v1.0.0 main took {worse[:12]}, whose verdict failed" in said
    assert "truerun compare --base 'churn@v1.0.0'" in said
    workshop.proved("A third model", threshold=0.25)
    main(["create", "v1.2.0"])
    assert "failed" not in capsys.readouterr().out


def test_without_a_remote_the_cache_is_asked(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    (workshop.clone / ".dvc/config").write_text("[core]\n    analytics = false\n")
    workshop.proved("No remote")
    main(["create", "v1.0.0"])
    assert "its bundle is in the cache .dvc/cache" in capsys.readouterr().out


def test_without_an_origin_the_tag_is_here(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    workshop.git("remote", "remove", "origin")
    main(["create", "v1.0.0"])
    assert "the tag is here alone: the repository has no origin" in capsys.readouterr().out


def test_who_releases_must_be_known(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("user.name", "user.email"):
        workshop.git("config", "--unset", name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("AUTHOR", "COMMITTER"):
        for part in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{name}_{part}", raising=False)
    assert "git config user.name NAME" in refused(["create", "v1.0.0"], capsys)


@pytest.mark.parametrize(
    ("artifacts", "said"),
    [
        ({}, "dvc.yaml names none: its section `artifacts:` needs one entry"),
        ({"a": {"path": "models/model.skops"}, "b": {"path": "models/model.skops"}}, "2 times"),
        ({"a b": {"path": "models/model.skops"}}, "artifacts.a b of dvc.yaml: a name has letters"),
    ],
)
def test_the_model_has_one_name(
    artifacts: object, said: str, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    (workshop.clone / "dvc.yaml").write_text(json.dumps({"artifacts": artifacts}))
    assert said in refused(["create", "v1.0.0"], capsys)


def test_a_project_in_a_folder_of_the_repository_has_it_in_its_name(
    tmp_path: Path, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    del tmp_path
    (workshop.clone / "part").mkdir()
    (workshop.clone / "part/dvc.yaml").write_bytes((workshop.clone / "dvc.yaml").read_bytes())
    monkeypatch.chdir(workshop.clone / "part")
    assert revisions.model_name(Path()) == "part=churn"


def test_a_tag_that_was_moved_is_seen(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["create", "v1.0.0"])
    name, first = f"{MODEL}@v1.0.0", workshop.git("rev-parse", "HEAD")
    workshop.proved("Another model", threshold=0.2)

    # Here alone, to another commit with the same message.
    said = workshop.git("for-each-ref", "--format=%(contents)", f"refs/tags/{name}")
    workshop.git("tag", "--force", "--annotate", name, "--message", said)
    assert "is another one than here: somebody has moved it by force" in refused(
        ["check", "v1.0.0"], capsys
    )
    # At the origin as well.
    workshop.git("push", "--quiet", "--force", "origin", f"refs/tags/{name}")
    text = refused(["check", "v1.0.0"], capsys)
    assert f"its audit says {first[:12]}: it was moved by force" in text
    # With an audit that names the commit, and not its bundle.
    head = workshop.git("rev-parse", "HEAD")
    workshop.git("tag", "--force", "--annotate", name, "--message", said.replace(first, head))
    workshop.git("push", "--quiet", "--force", "origin", f"refs/tags/{name}")
    text = refused(["promote", "v1.0.0", "staging"], capsys)
    assert "the tag was not made of this commit" in text
    # By hand, on a commit without a verdict.
    workshop.commit("Not proved")
    workshop.git("tag", "--annotate", f"{MODEL}@v3.0.0", "--message", "By hand")
    workshop.git("push", "--quiet", "origin", f"refs/tags/{MODEL}@v3.0.0")
    assert "has no audit, so `truerun release` did not make it" in refused(
        ["promote", "v3.0.0", "staging"], capsys
    )
    assert "there are v3.0.0, v1.0.0" in refused(["check", "v7.0.0"], capsys)


@pytest.mark.parametrize(
    "inspected",
    [
        [{"Config": {"Labels": {"org.opencontainers.image.revision": "COMMIT"}}}],
        {"Labels": {"org.opencontainers.image.revision": "COMMIT"}},
    ],
)
def test_an_image_is_of_the_commit_that_its_label_names(
    inspected: object, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["create", "v1.0.0"])
    text = json.dumps(inspected)
    commit = workshop.git("rev-parse", "HEAD")
    place = workshop.folder / "image.json"
    place.write_text(text.replace("COMMIT", commit))
    main(["check", "v1.0.0", "--image", str(place)])
    assert f"the image is of commit {commit[:12]}" in capsys.readouterr().out
    for content, said in (
        (text.replace("COMMIT", "1" * 40), f"the image is of the commit {'1' * 40}"),
        ("[{}]", "names no label"),
        ("{", "is not JSON"),
    ):
        place.write_text(content)
        assert said in refused(["check", "v1.0.0", "--image", str(place)], capsys)
    assert "cannot be read" in refused(["check", "v1.0.0", "--image", "none.json"], capsys)
