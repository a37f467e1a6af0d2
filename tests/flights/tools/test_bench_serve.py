"""The page has what was measured, a failed request is no figure, and what is lost is found."""

import dataclasses
from pathlib import Path

import pytest
from tools.flights.bench_serve import endurance, load, page, peers, services
from tools.flights.bench_serve.endurance import Answer, Endured
from tools.flights.bench_serve.services import Cost, Service

from tests.serve.bundles import rows_of, typed
from truerun.base.errors import TruerunError

PRINTED = """\
Running 10s test @ http://127.0.0.1:8000/v1/predict
    Latency    23.69ms   12.52ms 108.45ms   79.72%
  Latency Distribution
     50%  784.00us
     75%   27.96ms
     99%    1.20s
  4000 requests in 10.00s, 701.81KB read
"""
LOADS = tuple(load.Load(clients, 400, 0.4, 0.7, 2.5) for clients in load.CLIENTS)
OURS = {"truerun": Cost(1.25, 54.66, LOADS)}
CALM = endurance.judged(Endured({0: Answer(0, "a", 0.5, 1.0)}), {"a": [0.5]}, {0: ("a", 0.5)})


def test_what_wrk_prints_is_read_and_failed_requests_are_no_figure() -> None:
    made = load.parsed(16, PRINTED.replace("1.20s", "1.20s "), 2.0)
    assert (made.a_second, made.processor, made.median, made.most) == (400, 0.5, 0.784, 1200)
    minutes = load.parsed(16, PRINTED.replace("in 10.00s", "in 1.00m"), 2.0)
    assert minutes.a_second == pytest.approx(4000 / 60)
    for wrong in (f"{PRINTED}  Non-2xx or 3xx responses: 7\n", PRINTED.replace("99%", "98%")):
        with pytest.raises(TruerunError):
            load.parsed(16, wrong, 2.0)


def test_the_page_has_figures_limits_and_why_a_server_is_missing() -> None:
    text = page.page(OURS, {"Other": "no\nwheel"}, CALM, 10, 3.14)
    assert "| truerun | 16 | 400 | 0.40 | 0.7 | 2.5 |" in text
    assert "| truerun | 1.2 | 55 |" in text
    assert "Other is missing here: no wheel" in text
    assert "| MB | 60 | 54.66 | yes |" in text
    assert "Nothing was wrong." in text
    assert page.problems(OURS, CALM) == []
    slow = {"truerun": Cost(1.6, 61, tuple(dataclasses.replace(e, most=11.0) for e in LOADS))}
    assert len(page.problems(slow, CALM)) == 3
    assert "| s until it answers | 1.5 | 1.60 | **no** |" in page.page(slow, {}, CALM, 10, 3.14)


def test_wrong_answers_and_lost_lines_are_found_but_those_of_the_stated_second() -> None:
    expected = {"a": [0.5, 0.25], "b": [0.6, 0.35]}
    answers = {
        0: Answer(0, "a", 0.5, 10.0),
        1: Answer(1, "b", 0.35, 10.0),
        2: Answer(1, "a", 0.35, 10.0),  # the other bundle's
        3: Answer(0, "c", 0.5, 10.0),  # of no bundle
        4: Answer(0, "a", 0.5, 19.5),  # before a kill
        5: Answer(0, "a", 0.5, 18.5),  # too long before
        6: Answer(0, "a", 0.5, 20.5),  # after it
        7: Answer(0, "a", 0.5, 10.0),  # another score in its line
        8: Answer(0, "a", 0.5, 10.0),  # another version in its line
    }
    lines = {number: (each.version, each.score) for number, each in answers.items() if number < 4}
    lines |= {7: ("a", 0.6), 8: ("b", 0.5), 99: ("a", 0.5)}
    verdict = endurance.judged(Endured(answers, kills=[20.0]), expected, lines)
    assert (verdict.answers, verdict.wrong, verdict.differing) == (9, 2, 2)
    assert (verdict.lost, verdict.lost_beyond) == (3, 2)
    assert len(verdict.problems()) == 3
    assert endurance.judged(Endured(), {}, {}).problems() == ["no answer came"]
    refused = dataclasses.replace(CALM, endured=Endured(refused=["503"]))
    assert refused.problems() == ["requests were refused: 503"]


@pytest.mark.slow
def test_a_service_endures_reloads_and_a_killed_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_of(typed(tmp_path)[["id", "whole", "number", "few", "full", "many", "note"]])
    (tmp_path / "endured").mkdir()
    monkeypatch.setattr(endurance, "CLIENTS", 3)
    monkeypatch.setattr(endurance, "RELOADS", 4)
    monkeypatch.setattr(endurance, "KILLS", 1)
    verdict = endurance.endure(tmp_path / "endured", tmp_path / "models/bundle", rows, 3 / 60)
    assert verdict.problems() == []
    endured = verdict.endured
    assert (endured.reloads, len(endured.kills)) == (4, 1)
    assert len({answer.version for answer in endured.answers.values()}) == 2


@pytest.mark.slow
def test_a_server_that_ends_or_says_another_score_is_named(tmp_path: Path) -> None:
    def service(code: str) -> Service:
        command = ("python3", "-c", code, "{port}")
        return Service("Other", command, tmp_path, "/", {}, lambda said: float(said["score"]))

    with pytest.raises(TruerunError, match="Other does not answer:\nno model"):
        services.cost(service("print('no model')"), 0.5, 1, tmp_path)
    answers = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"score": 0.75}')
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
    with pytest.raises(TruerunError, match=r"Other answers 0.75, and the model says 0.5"):
        services.cost(service(answers), 0.5, 1, tmp_path)


def test_each_peer_is_locked_with_the_packages_that_read_the_model() -> None:
    names = ("numpy", "pandas", "scikit-learn", "skops")
    for peer in peers.PEERS:
        ours, its = (
            {
                line.split(" ")[0]
                for line in Path(f"requirements/{name}.txt").read_text("utf-8").splitlines()
                if line.startswith(tuple(f"{each}==" for each in names))
            }
            for name in ("run", peer.lower())
        )
        assert its == ours, peer
