"""Bank accounts."""

from stdnum import iban

from truerun.adopt.columns.personal.kind import Kind, numbered

HEADERS = frozenset("iban bic accountnumber kontonummer".split())

KIND = Kind(
    label="bank accounts",
    headers=HEADERS,
    pairs=(
        ("bank", "account"),
        ("account", "number"),
        ("account", "no"),
    ),
    holds=iban.is_valid,
    fits=numbered,
)
