"""A page for each day, an index that leads to them, and a mail that says how the day was."""

import datetime as dt
import email
import email.policy
import json
import re
from pathlib import Path

import pytest

from tests.monitor import town
from tests.monitor.town import LAST
from tests.morning.conftest import MailServer
from truerun.base.errors import MorningError
from truerun.morning import mail
from truerun.morning.__main__ import main
from truerun.report import page
from truerun.report.document import Document, Items, ReportSection

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("folder")]
LOG, LABELS, SITE = Path("log"), Path("labels.csv"), Path("reports/morning")
DAY = dt.timedelta(days=1)


def morning(*more: str, until: dt.date = LAST) -> int:
    """The exit status."""
    with pytest.raises(SystemExit) as ended:
        main([str(LOG), "--until", str(until), *more])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def lay_down() -> None:
    table = town.live()
    town.write_log(LOG, town.lines(table))
    town.write_labels(LABELS, table, 1.0)


def links(text: str) -> list[str]:
    return re.findall(r'<li><a href="([^"]+)">', text)


def test_each_day_has_its_page_and_the_index_leads_to_all_of_them() -> None:
    lay_down()
    with_labels = ("--labels", str(LABELS), "--time", "known")
    for day in (LAST - 2 * DAY, LAST - DAY, LAST):
        assert morning(*with_labels, until=day) == 0
        made = (SITE / f"{day}.html").read_bytes()
        assert made == Path("reports/monitor/monitor.html").read_bytes()
    index = (SITE / "index.html").read_text(encoding="utf-8")
    assert links(index) == [f"{LAST - n * DAY}.html" for n in range(3)]
    assert all((SITE / link).exists() for link in links(index))
    assert f"The model holds, until {LAST}" in index
    assert f"{LAST}: holds, 48 rows scored, 0 refused, ROC AUC 0." in index
    assert "ROC AUC by day" in index
    assert f'<a href="{LAST - 2 * DAY}.html"><circle' in index  # the newest with outcomes
    again = (SITE / "index.html").read_bytes()
    assert morning(*with_labels) == 0
    assert (SITE / "index.html").read_bytes() == again


def test_a_day_of_which_nothing_is_known_has_a_page_that_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lay_down()
    assert morning() == 0
    later = LAST + 400 * DAY
    assert morning(until=later) == 3
    said = capsys.readouterr().err
    assert f"Nothing can be said of {later}" in said
    shown = (SITE / f"{later}.html").read_text(encoding="utf-8")
    assert f"Nothing is known of {later}" in shown
    assert links(shown) == ["index.html"]
    index = (SITE / "index.html").read_text(encoding="utf-8")
    assert f"! Nothing is known of {later}" in index
    assert links(index) == [f"{later}.html", f"{LAST}.html"]


def test_what_must_be_done_is_told_in_the_index_and_by_mail(mails: MailServer) -> None:
    table = town.live()
    last = table["at"].dt.date == LAST
    town.write_log(LOG, town.lines(table.assign(load=table["load"].where(~last))))
    assert morning() == 2
    index = (SITE / "index.html").read_text(encoding="utf-8")
    assert "✗ Act" in index
    assert "column load is missing in 100.0%" in index
    taken = email.message_from_string(mails.taken[0], policy=email.policy.default)
    assert taken["Subject"] == f"{LAST}: act"
    assert taken["To"] == "ann@example.org, bob@example.org"
    body = taken.get_body(("plain",))
    assert body is not None
    assert "column load is missing" in body.get_content()
    (attached,) = taken.iter_attachments()
    assert attached.get_filename() == f"{LAST}.html"
    assert attached.get_content().replace("\r\n", "\n") == (SITE / f"{LAST}.html").read_text(
        encoding="utf-8"
    )


def test_mail_that_cannot_be_sent_is_an_error_and_the_pages_are_there(
    mails: MailServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_down()
    monkeypatch.setenv("TRUERUN_MAIL_TO", "nobody@example.org")
    assert morning() == 3
    assert "no mail by 127.0.0.1" in capsys.readouterr().err
    assert (SITE / "index.html").exists()
    monkeypatch.setenv("TRUERUN_SMTP_USER", "me")
    monkeypatch.setenv("TRUERUN_SMTP_PASSWORD", "secret")
    assert morning() == 3
    said = capsys.readouterr().err
    assert "offers no TLS" in said
    assert "secret" not in said
    assert mails.taken == []


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"TRUERUN_SMTP": "host:port"}, "TRUERUN_SMTP must be HOST"),
        ({"TRUERUN_SMTP": "host"}, "TRUERUN_MAIL_FROM must name"),
        ({"TRUERUN_SMTP": "host", "TRUERUN_MAIL_FROM": "a@b"}, "TRUERUN_MAIL_TO must name"),
        (
            {"TRUERUN_SMTP": "h", "TRUERUN_MAIL_FROM": "a@b", "TRUERUN_MAIL_TO": "x@y,\nBcc: z"},
            "TRUERUN_MAIL_TO must name",
        ),
    ],
)
def test_settings_that_are_none_are_named(environment: dict[str, str], reason: str) -> None:
    with pytest.raises(MorningError, match=reason):
        mail.settings(environment)
    assert mail.settings({}) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("2020-01-01.json", json.dumps({"answer": "holds"}).encode()),
        ("2020-01-01.json", json.dumps({"unknown": 5}).encode()),
        ("2020-01-01.json", b"\xff{"),
        ("2020-19-99.json", json.dumps({"unknown": "no rows"}).encode()),
    ],
)
def test_what_was_kept_and_damaged_since_is_named(
    name: str, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_down()
    SITE.mkdir(parents=True)
    (SITE / name).write_bytes(content)
    assert morning() == 3
    assert f"{name} is not what a morning has kept" in capsys.readouterr().err


def test_an_item_leads_to_its_page_and_neither_can_leave_its_place() -> None:
    items = Items(("<b>one</b>", "two"), ('"><script>', ""))
    made = page.render(
        Document("pass", "a", "b", "", (ReportSection("c", (items,), folded=False),), ""), None
    )
    assert '<li><a href="&quot;&gt;&lt;script&gt;">&lt;b&gt;one&lt;/b&gt;</a></li>' in made
    assert "<li>two</li>" in made
