"""Phone numbers, by themselves and in texts."""

import re
from collections.abc import Sequence

import phonenumbers

from truerun.adopt.columns.personal import check_digits
from truerun.adopt.columns.personal.kind import Candidate, Kind, numbered, share

HEADERS = frozenset(
    "phone telephone tel telefon telefono teléfono téléphone telefone mobile mobil cell cellphone handy"
    " fax móvil celular portable телефон 電話 电话 手机 携帯 전화 هاتف telefoon puhelin telefonnummer"
    " handynummer phonenumber".split()
)
PHONE = re.compile(r"(\+|00)[1-9][\d\s().\-/]{6,18}\d|\(?0\d{1,4}\)?[\s\-/.]+\d[\d\s\-/.]{4,12}\d"
                   r"|\(\d{3}\)\s?\d{3}-\d{4}|1?-?\d{3}-\d{3}-\d{4}|\d{3}\.\d{3}\.\d{4}")  # fmt: skip
IN_TEXT = re.compile(r"(\+|\b00)[1-9][\d\s()./-]{7,16}\d")
DIGITS = re.compile(r"[\d ().+/-]{7,20}")
PLACE = re.compile(r"-?\d{1,3}\.\d+[ ,;]+-?\d{1,3}\.\d+")  # as latitude and longitude
MONTHS = re.compile(r"(19|20)\d\d[-/.]\d|\d[-/.](19|20)\d\d\b|\d{1,2}[-/.]\d{1,2}[-/.]\d\d\b")


# Written with marks, national numbers of these lands are looked for.
REGIONS = (
    "US GB DE FR ES IT NL BE CH AT SE NO DK FI PL CZ PT IE GR HU RO RU UA TR IN CN JP KR BR MX AR CL CO"
    " AU NZ ZA NG KE EG IL AE SA ID MY PH TH VN SG HK TW"
).split()
LIKE = re.compile(r"[+(]?\d[\d\s().\-/+]{5,22}\d")
MARKED = re.compile(r"^(?:\+|00)|\d[\s().\-/]+\d")
LONG = 9  # digits, of fewer of which there are too many other numbers
VALID, FIRST = 0.9, 20  # of the texts are numbers of one land; the texts that are looked at


def certified(texts: Sequence[str]) -> bool:
    """Whether texts are phone numbers that can be called in one land, or from anywhere.

    Bare digits are not: nearly all numbers of ten digits can be called somewhere.
    """
    shaped = share(texts, _is_like_one)
    if min(shaped, share(texts, MARKED.search)) < VALID or check_digits.is_of_goods(texts):
        return False
    digits = share(texts, lambda text: sum(map(str.isdigit, text)) >= LONG or text[0] == "+")
    if digits < VALID:
        return False
    some = [re.sub("^00", "+", text) for text in texts[:: max(1, len(texts) // FIRST)]]
    return any(_of_region(some, region) for region in (None, *REGIONS))


def _is_like_one(text: str) -> bool:
    return bool(LIKE.fullmatch(text)) and not (MONTHS.search(text) or PLACE.fullmatch(text))


def _of_region(texts: Sequence[str], region: str | None) -> bool:
    return share(texts, lambda text: _can_be_called(text, region)) >= VALID


def _can_be_called(text: str, region: str | None) -> bool:
    """Whether a number is one of a land's plan, as it is written there, or of any land with a +."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


def _holds(text: str) -> bool:
    return bool(PHONE.fullmatch(text)) and not (MONTHS.search(text) or PLACE.fullmatch(text))


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
    certified=certified,
    holds=_holds,
    least=0.8,
    fits=_fits,
    in_text=IN_TEXT.search,
)
