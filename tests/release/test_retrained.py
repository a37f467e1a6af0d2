"""What a retraining merged by itself becomes the next version, and nothing else does."""

from pathlib import Path

import pytest

from tests.release.test_versions import refused
from tests.release.workshop import MODEL, Workshop
from truerun.ci.proposals import AUTOMATIC
from truerun.release.__main__ import main

pytestmark = pytest.mark.slow  # Git, many times
SAYS = "retrain: {automatic: true}\n"


def merge(workshop: Workshop, trailer: str = AUTOMATIC, settings: str = SAYS) -> str:
    """Merge a branch with a new model into main, which proves it; the commit."""
    workshop.git("switch", "--quiet", "--create", "retrain-2024-03-01-act")
    (workshop.clone / "params.yaml").write_text(settings, encoding="utf-8")
    workshop.git("add", "--all")
    workshop.git("commit", "--quiet", "--message", "Train anew", "--message", trailer)
    workshop.git("switch", "--quiet", "main")
    workshop.git("merge", "--quiet", "--no-ff", "--message", "Merge it", "retrain-2024-03-01-act")
    return workshop.proved("A word")


def test_the_merge_of_a_retraining_becomes_the_next_patch(
    workshop: Workshop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["create", "v1.2.0"])
    merge(workshop)
    main(["create", "--retrained"])  # a commit of somebody's after it
    assert "no retraining merged this commit" in capsys.readouterr().out
    workshop.git("reset", "--quiet", "--hard", "HEAD^")
    workshop.attest()
    main(["create", "--retrained"])
    assert workshop.tags("origin.git") == {f"{MODEL}@v1.2.0", f"{MODEL}@v1.2.1"}
    outputs = workshop.folder / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))
    main(["check", "v1.2.1"])
    main(["check", "v1.2.0"])
    said = [line for line in outputs.read_text().splitlines() if line.startswith("automatic")]
    assert said == ["automatic=true", "automatic=false"]


@pytest.mark.parametrize(
    ("trailer", "settings"),
    [
        ("Retrained: by hand", SAYS),
        ("No trailer", SAYS),
        (AUTOMATIC, "retrain: {automatic: false}\n"),
        (AUTOMATIC, "{}\n"),
    ],
)
def test_what_is_not_to_be_released_by_itself_is_not(
    trailer: str, settings: str, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["create", "v1.2.0"])
    merge(workshop, trailer, settings)
    workshop.git("reset", "--quiet", "--hard", "HEAD^")
    workshop.attest()
    main(["create", "--retrained"])
    assert "no retraining merged this commit" in capsys.readouterr().out
    assert workshop.tags() == {f"{MODEL}@v1.2.0"}


def test_a_squashed_one_counts_and_the_first_version_is_made_by_hand(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("params.yaml").write_text(SAYS, encoding="utf-8")
    workshop.proved(f"Train anew\n\n{AUTOMATIC}")
    said = refused(["create", "--retrained"], capsys)
    assert "make the first version by hand: `truerun release create v1.0.0`" in said


@pytest.mark.parametrize("arguments", [["create"], ["create", "v1.0.0", "--retrained"]])
def test_a_version_is_named_or_follows(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
