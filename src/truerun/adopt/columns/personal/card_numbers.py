"""Numbers of credit cards."""

import re

from truerun.adopt.columns.personal.kind import Kind, numbered

HEADERS = frozenset("creditcard cardnumber ccnumber kreditkarte".split())
CARD = re.compile(r"[2-6]\d{3}([ -]?\d{4}){2}[ -]?\d{3,4}|3\d{3}[ -]?\d{6}[ -]?\d{5}")


def luhn(text: str) -> bool:
    """Whether digits end with the check digit that card numbers have."""
    digits = [int(char) for char in reversed(re.sub(r"[ -]", "", text))]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _holds(text: str) -> bool:
    return bool(CARD.fullmatch(text)) and luhn(text)


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
