"""Birth dates: only the column's name tells them from other dates."""

from truerun.adopt.columns.personal.kind import Candidate, Kind

HEADERS = frozenset(
    "dob birthdate birthday dateofbirth geburtsdatum geburtstag nacimiento naissance nascita nascimento"
    " рождения 生年月日 出生日期 생년월일 birth fødselsdato geboortedatum födelsedatum narození urodzenia"
    " doğum syntymäaika".split()
)


def _fits(column: Candidate) -> bool:
    return column.type == "date"


KIND = Kind(
    label="birth dates",
    headers=HEADERS,
    pairs=(
        ("date", "birth"),
        ("birth", "date"),
        ("data", "nascita"),
        ("fecha", "nacimiento"),
    ),
    fits=_fits,
)
