"""Columns that look like personal data: by their names, in many languages, and by their values.

It misses some and suspects others wrongly: docs/personal-data.md counts both on a labelled list.
"""

import ipaddress
import re
from collections.abc import Callable, Sequence

from truerun.adopt.columns import spellings

MOST = 0.5  # of the values must look like it
SOME = 0.05  # of free texts must hold one
FEWEST_DIGITS = 8  # of a number that may identify a person
SHORT_NAME = 40  # characters of a person's name, at most
FEWEST_NAMES = 0.3  # of the values must begin with a common first name

EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+")
PHONE = re.compile(r"(\+|00)[1-9][\d\s().\-/]{6,18}\d|\(?0\d{1,4}\)?[\s\-/.]+\d[\d\s\-/.]{4,12}\d"
                   r"|\(\d{3}\)\s?\d{3}-\d{4}|1?-?\d{3}-\d{3}-\d{4}|\d{3}\.\d{3}\.\d{4}")  # fmt: skip
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
CARD = re.compile(r"[2-6]\d{3}([ -]?\d{4}){2}[ -]?\d{3,4}|3\d{3}[ -]?\d{6}[ -]?\d{5}")
SOCIAL = re.compile(r"(?!000|666|9)\d{3}-\d{2}-\d{4}|[12][ ]?\d{2}[ ]?\d{2}[ ]?\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{2}"
                    r"|[A-CEGHJ-PR-TW-Z]{2}[ ]?\d{2}[ ]?\d{2}[ ]?\d{2}[ ]?[A-D]|\d{3}\.\d{3}\.\d{3}-\d{2}"
                    r"|756\.\d{4}\.\d{4}\.\d{2}|[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]|\d{6}[-+A]\d{3}[\dA-Z]"
                    r"|\d{2}(0[1-9]|1[0-2])[0-3]\d-[1-4]\d{6}|\d{8}-?[TRWAGMYFPDXBNJZSQVHLCKE]|\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}"
                    r"|[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d|[1-9]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])[0-3]\d{4}[\dX]")  # fmt: skip
STREET = re.compile(
    r"\d+[a-z]?,?\s+([\w.'-]+\s+){0,4}(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way"
    r"|court|ct|place|pl|square|sq|terrace|close|crescent|highway|hwy|parkway|circle)\b\.?.*"
    r"|[\w.' -]*(stra(ß|ss)e|str\.|weg|platz|allee|gasse|gatan|vägen|veien|gata|vej|laan|straat|plein"
    r"|utca|sokak|caddesi|katu|tie)\s*\d+.*"
    r"|(\d+,?\s+(bis\s+)?)?(rue|avenue|boulevard|chemin|allée|impasse|via|viale|piazza|corso|calle|avenida"
    r"|av\.|plaza|paseo|rua|travessa|ul\.|ulica|ulice|улица|ул\.|проспект|пр\.|jalan|jl\.|đường)\s+\S+.*\d.*"
    r"|\d+,?\s+(bis\s+)?(rue|avenue|boulevard|chemin|allée|impasse)\s.*"
    r"|.*(丁目|番地|[市区町村].*\d+-\d+|路\d+号|街\d+号|로 \d+|길 \d+).*",
    re.IGNORECASE,
)  # fmt: skip
FIRST_NAMES = frozenset(
    "james john robert michael william david richard joseph thomas charles christopher daniel matthew"
    " anthony mark donald steven paul andrew joshua mary patricia jennifer linda elizabeth barbara susan"
    " jessica sarah karen lisa nancy betty margaret sandra ashley emily kimberly donna michelle carol"
    " anna maria peter hans klaus wolfgang jürgen stefan andreas ursula monika petra sabine heike jean"
    " pierre michel jacques marie nathalie isabelle françois luc claire jose josé juan carlos luis antonio"
    " francisco carmen ana isabel lucía sofía giuseppe marco giovanni luca francesca giulia chiara joão"
    " pedro paulo mariana beatriz ivan dmitri sergey olga natalia иван дмитрий сергей алексей ольга наталья"
    " елена анна мария андрей александр татьяна piotr krzysztof agnieszka katarzyna jan pavel petr eva lars"
    " erik anders johan karin ingrid mette søren mohammed muhammad ahmed ali omar fatima aisha hassan محمد"
    " أحمد فاطمة علي wei li wang zhang liu chen yang hiroshi takashi yuki sakura kenji min-jun ji-woo"
    " raj priya amit anita sanjay deepak rahul sunita kwame ama chinedu ngozi thabo nguyen minh linh"
    " mehmet mustafa ayşe fatma emre david moshe sarah noa emma olivia liam noah sophia mia lucas"
    " leon ben paula laura julia martin simon tom kate jane alice bob eric kevin brian george edward".split()
)
HEADERS: dict[str, frozenset[str]] = {
    "e-mail addresses": frozenset(
        "email mail emails correo courriel почта мейл メール 邮箱 邮件 이메일 epost".split()
    ),
    "phone numbers": frozenset(
        "phone telephone tel telefon telefono teléfono téléphone telefone mobile mobil cell cellphone handy"
        " fax móvil celular portable телефон 電話 电话 手机 携帯 전화 هاتف telefoon puhelin telefonnummer"
        " handynummer phonenumber".split()
    ),
    "names of persons": frozenset(
        "firstname lastname surname fullname forename vorname nachname familienname prénom apellido apellidos"
        " nombre nome nom cognome sobrenome имя фамилия отчество фио 姓名 氏名 名前 이름 성명 اسم imię nazwisko"
        " jméno příjmení förnamn efternamn etunimi sukunimi voornaam achternaam fornavn etternavn soyad"
        " maidenname middlename givenname".split()
    ),
    "street addresses": frozenset(
        "address street addr adresse straße strasse anschrift dirección direccion domicilio calle rue indirizzo"
        " via endereço endereco rua адрес улица 住所 地址 주소 عنوان adres ulica adresa adress osoite straat".split()
    ),
    "bank accounts": frozenset("iban bic accountnumber kontonummer".split()),
    "birth dates": frozenset(
        "dob birthdate birthday dateofbirth geburtsdatum geburtstag nacimiento naissance nascita nascimento"
        " рождения 生年月日 出生日期 생년월일 birth fødselsdato geboortedatum födelsedatum narození urodzenia"
        " doğum syntymäaika".split()
    ),
    "social security numbers": frozenset(
        "ssn socialsecurity sin nino nss cpf dni nif nie curp aadhaar pesel bsn personnummer fødselsnummer"
        " steuerid svnr passport passeport pasaporte reisepass паспорт снилс инн 身份证 身份证号 マイナンバー"
        " 주민등록번호 codicefiscale hetu".split()
    ),
    "IP addresses": frozenset("ip ipaddress ipv4 ipv6 ipaddr".split()),
    "card numbers": frozenset("creditcard cardnumber ccnumber kreditkarte".split()),
}
PAIRS = {
    "names of persons": [("first", "name"), ("last", "name"), ("full", "name"), ("middle", "name"),
                         ("given", "name"), ("family", "name"), ("customer", "name"), ("client", "name"),
                         ("patient", "name"), ("employee", "name"), ("user", "name"), ("contact", "name"),
                         ("person", "name"), ("passenger", "name"), ("nom", "famille"), ("maiden", "name"),
                         ("guest", "name"), ("student", "name"), ("author", "name")],
    "birth dates": [("date", "birth"), ("birth", "date"), ("data", "nascita"), ("fecha", "nacimiento")],
    "social security numbers": [("social", "security"), ("national", "id"), ("tax", "id"), ("passport", "no"),
                                ("national", "insurance"), ("codice", "fiscale"), ("id", "card")],
    "card numbers": [("credit", "card"), ("card", "number"), ("card", "no"), ("debit", "card")],
    "bank accounts": [("bank", "account"), ("account", "number"), ("account", "no")],
    "IP addresses": [("ip", "address"), ("ip", "addr"), ("client", "ip")],
    "phone numbers": [("phone", "number"), ("contact", "number"), ("numéro", "téléphone")],
}  # fmt: skip

OTHERS_TOO = frozenset("fullname nombre nome nom имя 名前 이름 اسم".split())  # have such names
PARTS = frozenset(["first", "last", "middle", "given", "maiden"])  # of a person's name

TITLE = re.compile(r"\b(mr|mrs|ms|miss|dr|prof|herr|frau|mme|sr|sra|sig)\b\.?", re.IGNORECASE)
INITIALS = re.compile(r"([A-Z]\.? ?){1,2}[A-Z][a-z][\w'-]*|[A-Z][\w'-]+, ?([A-Z]\.? ?){1,2}")
DIGITS = re.compile(r"[\d ().+/-]{7,20}")
NUMBERED = re.compile(r"[A-Za-z]{0,6}[\d .\-/]{5,24}[A-Za-z]?[\dA-Za-z]{0,6}")
FRACTION = re.compile(r"[.,]\d*[1-9]")
MONTHS = re.compile(r"(19|20)\d\d[-/.]\d|\d[-/.](19|20)\d\d\b|\d{1,2}[-/.]\d{1,2}[-/.]\d\d\b")


def suspect(name: str, texts: Sequence[str], kind: str, varied: float) -> str | None:
    """The kind of personal data that a column looks like, if any.

    Parameters
    ----------
    texts : some of its values, each once.
    kind : what the column is otherwise: number, date, words ...
    varied : its number of distinct values, as a share of the rows.
    """
    amounts = kind == "number" and (
        not any(len(text) >= FEWEST_DIGITS for text in texts)
        or _share(texts, FRACTION.search) >= MOST
    )
    if kind in ("boolean", "empty") or amounts or not texts:
        return None
    for what, holds in BY_VALUES.items():
        if kind != "date" and _share(texts, holds) >= (MOST if what != "phone numbers" else 0.8):
            return what
    named = _named(name)
    if named and _fits(named, name, texts, kind, varied):
        return named
    if kind not in ("category", "words", "identifier"):
        return None
    return "names of persons" if _are_names(name, texts, varied) else _in_text(texts)


def may_be(name: str, texts: Sequence[str]) -> bool:
    """Whether numbers might be personal data, so that all of them must be looked at."""
    return bool(_named(name)) or any(_share(texts, holds) for holds in BY_VALUES.values())


def luhn(text: str) -> bool:
    """Whether digits end with the check digit that card numbers have."""
    digits = [int(char) for char in reversed(re.sub(r"[ -]", "", text))]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def iban(text: str) -> bool:
    """Whether a text is a bank account, by its check digits."""
    plain = text.replace(" ", "").upper()
    if not (plain.isascii() and IBAN.fullmatch(plain)):
        return False
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


def address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


BY_VALUES: dict[str, Callable[[str], object]] = {
    "e-mail addresses": EMAIL.fullmatch,
    "bank accounts": iban,
    "IP addresses": address,
    "card numbers": lambda text: CARD.fullmatch(text) and luhn(text),
    "social security numbers": SOCIAL.fullmatch,
    "phone numbers": lambda text: PHONE.fullmatch(text) and not MONTHS.search(text),
    "street addresses": STREET.fullmatch,
}


def _share(texts: Sequence[str], holds: Callable[[str], object]) -> float:
    """The share of texts that satisfy a condition."""
    return sum(bool(holds(text)) for text in texts) / len(texts)


def _named(name: str) -> str | None:
    """The kind of personal data that a column's name suggests."""
    words = spellings.words(name)
    joined = "".join(words)
    for what, pairs in PAIRS.items():
        if any(set(pair) <= set(words) for pair in pairs):
            return what
    for what, headers in HEADERS.items():
        foreign = (each for each in headers if not each.isascii() and len(each) > 1)
        if headers & {*words, joined} or any(each in name.lower() for each in foreign):
            return what
    return None


def _only_persons(name: str) -> bool:
    """Whether a column's name can only mean names of persons, however few there are."""
    words = spellings.words(name)
    sure = HEADERS["names of persons"] - OTHERS_TOO
    part = "name" in words and PARTS & set(words)
    return bool(sure & {*words, "".join(words)} or part)


def _fits(what: str, name: str, texts: Sequence[str], kind: str, varied: float) -> bool:
    """Whether the values may be what the name says."""
    if what == "birth dates":
        return kind == "date"
    if what in ("phone numbers", "social security numbers", "card numbers", "bank accounts"):
        shape = DIGITS if what == "phone numbers" else NUMBERED
        digits = _share(texts, lambda text: sum(map(str.isdigit, text)) >= 6)  # noqa: PLR2004
        return min(digits, _share(texts, shape.fullmatch)) >= MOST and varied >= SOME
    if what == "names of persons":
        return kind in ("category", "identifier", "words") and (
            _like_names(texts, 1.0 if _only_persons(name) else varied)
        )
    if what == "street addresses":
        numbered = _share(texts, lambda text: any(map(str.isdigit, text)))
        lettered = _share(texts, lambda text: any(map(str.isalpha, text)))
        return lettered >= MOST and varied >= 10 * SOME and (numbered >= MOST or kind == "words")
    return False  # e-mail and IP addresses are known by their values


def _like_names(texts: Sequence[str], varied: float) -> bool:
    """Whether texts may be names: short, without digits, with a capital where letters have any."""
    plain = _share(
        texts,
        lambda text: (
            len(text) <= SHORT_NAME
            and not any(map(str.isdigit, text))
            and not (text[0].islower() and text[0].isascii() and " " in text)
        ),
    )
    return plain >= 1 - 2 * SOME and (varied >= 2 * SOME or len(texts) > 100)  # noqa: PLR2004


def _are_names(name: str, texts: Sequence[str], varied: float) -> bool:
    """Whether texts are names: many begin with a common one, or have a title or initials."""
    common = _share(
        texts,
        lambda text: (
            TITLE.search(text)
            or any(word in FIRST_NAMES for word in re.findall(r"[\w-]+", text.lower())[:2])
        ),
    )
    named = any(word.rstrip("0123456789") == "name" for word in spellings.words(name))
    short = named and _share(texts, INITIALS.fullmatch) >= MOST
    least = FEWEST_NAMES / 2 if named else FEWEST_NAMES
    return (short or common >= least) and _like_names(texts, varied)


def _in_text(texts: Sequence[str]) -> str | None:
    """Personal data within free texts."""
    if _share(texts, EMAIL.search) >= SOME:
        return "texts with e-mail addresses"
    if _share(texts, lambda text: re.search(r"(\+|\b00)[1-9][\d\s()./-]{7,16}\d", text)) >= SOME:
        return "texts with phone numbers"
    return None
