"""Numbers of credit cards."""

import re

from stdnum import luhn

from truerun.adopt.columns.personal.kind import Kind, numbered

HEADERS = frozenset("creditcard cardnumber ccnumber kreditkarte".split())
CARD = re.compile(r"[2-6]\d{3}([ -]?\d{4}){3}|3[47]\d{2}[ -]?\d{6}[ -]?\d{5}")


def _holds(text: str) -> bool:
    return bool(CARD.fullmatch(text)) and luhn.is_valid(re.sub("[ -]", "", text))


KIND = Kind(
    label="card numbers",
    headers=HEADERS,
    pairs=(
        ("credit", "card"),
        ("card", "number"),
        ("card", "no"),
        ("debit", "card"),
    ),
    holds=_holds,
    fits=numbered,
)
