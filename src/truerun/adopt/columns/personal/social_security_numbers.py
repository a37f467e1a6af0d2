"""Social security numbers, and other numbers that a state gives to a person."""

import re

from truerun.adopt.columns.personal import check_digits
from truerun.adopt.columns.personal.kind import Kind, numbered

HEADERS = frozenset(
    "ssn socialsecurity sin nino nss cpf dni nif nie curp aadhaar pesel bsn personnummer fødselsnummer"
    " steuerid svnr passport passeport pasaporte reisepass паспорт снилс инн 身份证 身份证号 マイナンバー"
    " 주민등록번호 codicefiscale hetu".split()
)
SOCIAL = re.compile(r"(?!000|666|9)\d{3}-\d{2}-\d{4}|[12][ ]?\d{2}[ ]?\d{2}[ ]?\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{2}"
                    r"|[A-CEGHJ-PR-TW-Z]{2}[ ]?\d{2}[ ]?\d{2}[ ]?\d{2}[ ]?[A-D]|\d{3}\.\d{3}\.\d{3}-\d{2}"
                    r"|756\.\d{4}\.\d{4}\.\d{2}|[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]|\d{6}[-+A]\d{3}[\dA-Z]"
                    r"|\d{2}(0[1-9]|1[0-2])[0-3]\d-[1-4]\d{6}|\d{8}-?[TRWAGMYFPDXBNJZSQVHLCKE]|\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}"
                    r"|[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d|[1-9]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])[0-3]\d{4}[\dX]")  # fmt: skip

KIND = Kind(
    label="social security numbers",
    headers=HEADERS,
    pairs=(
        ("social", "security"),
        ("national", "id"),
        ("tax", "id"),
        ("passport", "no"),
        ("national", "insurance"),
        ("codice", "fiscale"),
        ("id", "card"),
    ),
    certified=check_digits.standard,
    holds=SOCIAL.fullmatch,
    fits=numbered,
)
