"""E-mail addresses, by themselves and in texts."""

import re

from truerun.adopt.columns.personal.kind import Kind

HEADERS = frozenset(
    "email mail emails correo courriel почта мейл メール 邮箱 邮件 이메일 epost".split()
)
EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+")

KIND = Kind(
    label="e-mail addresses",
    headers=HEADERS,
    holds=EMAIL.fullmatch,
    in_text=EMAIL.search,
)
