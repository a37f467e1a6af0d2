"""From a log and its outcomes by the monitor to a pull request, without the pipeline's own work."""

from pathlib import Path

import pytest

from tests.monitor import town
from tests.monitor.town import LAST, MARKER
from tests.retrain.test_retrain import Hub, git, pipeline
from truerun.monitor.__main__ import main as monitor
from truerun.retrain import __main__ as program

pytestmark = pytest.mark.slow


@pytest.fixture
def hub(folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch) -> Hub:
    """The town's project as a clone, and GitHub."""
    assert folder == Path.cwd()
    git("init", "--quiet", "--initial-branch=main")
    git("config", "user.name", "A")
    git("config", "user.email", "a@example.org")
    ignored = "/log/\n/labels.csv\n/reports/\n/comparison.json\n/run.json\n"
    Path(".gitignore").write_text(ignored, encoding="utf-8")
    git("add", "--all")
    git("commit", "--quiet", "--message", "Start")
    origin = tmp_path_factory.mktemp("origin")
    git("init", "--quiet", "--bare", str(origin))
    git("remote", "add", "origin", str(origin))
    made = Hub()
    monkeypatch.setattr(program, "from_environment", lambda: made)
    return made


def test_a_target_that_turned_becomes_a_pull_request_that_says_so(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started = pipeline("better", monkeypatch)
    program.main(["--today", str(LAST), "--propose"])
    assert "nothing is trained: there is no reason to" in capsys.readouterr().out

    table = town.live()
    town.write_log(Path("log"), town.lines(table))
    town.write_labels(Path("labels.csv"), table.assign(bad=1 - table["bad"]))
    with pytest.raises(SystemExit) as ended:
        monitor(["log", "--labels", "labels.csv", "--time", "known", "--until", str(LAST)])
    assert ended.value.code == 2
    program.main(["--today", str(LAST), "--propose"])
    ((method, path, body),) = hub.sent
    assert (method, path, body["head"]) == ("POST", "pulls", f"retrain-{LAST}-act")
    lines = body["body"].splitlines()
    assert "    the monitor says: act" in lines
    assert any(line.startswith("    act: ROC AUC is ") for line in lines), lines
    assert MARKER not in body["body"]
    assert [line.split()[0] for line in started] == ["repro", "compare"]
