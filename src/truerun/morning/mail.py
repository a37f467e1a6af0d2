"""The mail of a day, if the environment says where to."""

import os
import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage

from truerun.base.errors import MorningError

SERVER, FROM, TO = "TRUERUN_SMTP", "TRUERUN_MAIL_FROM", "TRUERUN_MAIL_TO"
USER, PASSWORD = "TRUERUN_SMTP_USER", "TRUERUN_SMTP_PASSWORD"
PORT, TLS_PORT = 587, 465
SECONDS = 30.0
ADDRESS = re.compile(r"[^\s@,]+@[^\s@,]+")


@dataclass(frozen=True)
class MailSettings:
    """Where mail goes, and by which server."""

    host: str
    port: int
    sender: str
    receivers: tuple[str, ...]
    user: str
    password: str = field(repr=False)


def settings(environment: Mapping[str, str] = os.environ) -> MailSettings | None:
    """What the environment says; None without a server.

    Raises
    ------
    MorningError
        If an address or the port is missing or none.
    """
    server = environment.get(SERVER, "")
    if not server:
        return None
    host, _, port = server.partition(":")
    if not port.isdigit() and port:
        raise MorningError(f"{SERVER} must be HOST or HOST:PORT, and {server} is neither")
    sender = environment.get(FROM, "").strip()
    receivers = tuple(each.strip() for each in environment.get(TO, "").split(",") if each.strip())
    for name, addresses in ((FROM, (sender,)), (TO, receivers)):
        if not addresses or not all(map(ADDRESS.fullmatch, addresses)):
            raise MorningError(f"{name} must name a mail address, as {SERVER} is set")
    user, password = environment.get(USER, ""), environment.get(PASSWORD, "")
    return MailSettings(host, int(port or PORT), sender, receivers, user, password)


def message(chosen: MailSettings, subject: str, text: str, page: str, name: str) -> EmailMessage:
    """A mail with a text, and a page beside it."""
    made = EmailMessage()
    made["Subject"] = " ".join(subject.split())
    made["From"], made["To"] = chosen.sender, ", ".join(chosen.receivers)
    made.set_content(text)
    made.add_attachment(page, subtype="html", filename=name)
    return made


def send(chosen: MailSettings, mail: EmailMessage) -> None:
    """Send a mail; with a password, over TLS alone.

    Raises
    ------
    MorningError
        If the server cannot be reached, or does not take it.
    """
    context = ssl.create_default_context()
    try:
        if chosen.port == TLS_PORT:
            with smtplib.SMTP_SSL(
                chosen.host, chosen.port, timeout=SECONDS, context=context
            ) as server:
                _deliver(server, chosen, mail)
        else:
            with smtplib.SMTP(chosen.host, chosen.port, timeout=SECONDS) as server:
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls(context=context)
                elif chosen.user:
                    raise MorningError(
                        f"{chosen.host} offers no TLS, and {PASSWORD} is not sent without"
                    )
                _deliver(server, chosen, mail)
    except (OSError, smtplib.SMTPException) as error:
        raise MorningError(f"no mail by {chosen.host}:{chosen.port}: {error}") from error


def _deliver(server: smtplib.SMTP, chosen: MailSettings, mail: EmailMessage) -> None:
    if chosen.user:
        server.login(chosen.user, chosen.password)
    server.send_message(mail)
