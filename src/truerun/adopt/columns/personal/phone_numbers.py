"""Phone numbers, by themselves and in texts."""

import re

from truerun.adopt.columns.personal.kind import Candidate, Kind, numbered

HEADERS = frozenset(
    "phone telephone tel telefon telefono teléfono téléphone telefone mobile mobil cell cellphone handy"
    " fax móvil celular portable телефон 電話 电话 手机 携帯 전화 هاتف telefoon puhelin telefonnummer"
    " handynummer phonenumber".split()
)
PHONE = re.compile(r"(\+|00)[1-9][\d\s().\-/]{6,18}\d|\(?0\d{1,4}\)?[\s\-/.]+\d[\d\s\-/.]{4,12}\d"
                   r"|\(\d{3}\)\s?\d{3}-\d{4}|1?-?\d{3}-\d{3}-\d{4}|\d{3}\.\d{3}\.\d{4}")  # fmt: skip
IN_TEXT = re.compile(r"(\+|\b00)[1-9][\d\s()./-]{7,16}\d")
DIGITS = re.compile(r"[\d ().+/-]{7,20}")
MONTHS = re.compile(r"(19|20)\d\d[-/.]\d|\d[-/.](19|20)\d\d\b|\d{1,2}[-/.]\d{1,2}[-/.]\d\d\b")


def _holds(text: str) -> bool:
    return bool(PHONE.fullmatch(text)) and not MONTHS.search(text)


def _fits(column: Candidate) -> bool:
    return numbered(column, DIGITS)


KIND = Kind(
    label="phone numbers",
    headers=HEADERS,
    pairs=(
        ("phone", "number"),
        ("contact", "number"),
        ("numéro", "téléphone"),
    ),
    holds=_holds,
    least=0.8,
    fits=_fits,
    in_text=IN_TEXT.search,
)
