"""Bank accounts."""

import re

from truerun.adopt.columns.personal.kind import Kind, numbered

HEADERS = frozenset("iban bic accountnumber kontonummer".split())
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


def iban(text: str) -> bool:
    """Whether a text is a bank account, by its check digits."""
    plain = text.replace(" ", "").upper()
    if not (plain.isascii() and IBAN.fullmatch(plain)):
        return False
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


KIND = Kind(
    label="bank accounts",
    headers=HEADERS,
    pairs=(
        ("bank", "account"),
        ("account", "number"),
        ("account", "no"),
    ),
    holds=iban,
    fits=numbered,
)
