"""How missing values and booleans are written in practice, and what names say about a column."""

import re
from collections.abc import Collection

MISSING: tuple[str, ...] = (
    "", "NA", "N/A", "n/a", "#N/A", "<NA>", "N.A.", "n.a.", "NaN", "nan", "-nan", "NaT",
    "NULL", "null", "Null", "(null)", "None", "#NULL!", "#NAME?", "#VALUE!", "#DIV/0!", "#REF!",
    "\\N", "?", "-", "--", ".",
)  # fmt: skip
# Yes and no in the languages of the world: a text is one of them beside its counterpart alone.
PAIRS: tuple[tuple[str, str], ...] = tuple(
    (true, false)
    for pair in (
        "1/0 1.0/0.0 1,0/0,0 true/false t/f yes/no y/n on/off wahr/falsch ja/nein j/n vrai/faux"
        " oui/non o/n verdadero/falso sí/no si/no s/n vero/falso verdadeiro/falso sim/não sim/nao"
        " waar/onwaar ja/nee tak/nie ano/ne áno/nie da/nu da/ne evet/hayır igen/nem"
        " kyllä/ei jah/ei jā/nē taip/ne ναι/όχι ναι/οχι да/нет д/н да/не так/ні 是/否 真/假"
        " 有/无 有/無 はい/いいえ 예/아니오 예/아니요 네/아니요 نعم/لا כן/לא हाँ/नहीं हां/नहीं có/không"
        " ya/tidak doğru/yanlış ja/nei ja/nej sant/usant истина/ложь да/ні"
    ).split()
    for true, _, false in (pair.partition("/"),)
)
TRUE = frozenset(true for true, _ in PAIRS)
IDS = frozenset(["id", "ids", "uuid", "guid", "rowid", "objectid"])
IDS_TOO = IDS | {  # of a column whose values are all different
    "key", "nr", "no", "num", "number", "nummer", "code", "ref", "reference", "index", "sku",
    "serial", "barcode", "ean", "isbn", "hash", "token", "numero", "número", "numéro", "ticket",
}  # fmt: skip
ROW_NUMBERS = frozenset(["rownames", "row", "rownum", "rownumber", "index", "unnamed", "x1"])
TIMES = frozenset(
    "year date time day month week quarter hour datum zeit jahr año fecha timestamp ts".split()
)
POSTAL = frozenset("zip zipcode plz postcode postal postleitzahl cep pincode".split())
POSTAL_ALONE = frozenset(["cap"])  # which is Italian, and the end of many another name
OWNERS = frozenset(
    "customer client patient member user subject person employee student account household guest"
    " driver policy policyholder tenant donor applicant subscriber kunde kunden patienten mitglied"
    " versicherten schüler mitarbeiter cliente paciente usuario abonné utilisateur paziente utente"
    " klient pacjent klant clienti клиент клиента пациент пациента пользователь 顧客 患者 客户 用户"
    " mrn cust".split()
)  # who several rows may be of
PLACES = frozenset(
    "zone location station store shop branch region district precinct ward route borough county"
    " municipality warehouse depot terminal sector block tract dept department category product"
    " item sku brand model material supplier vendor merchant filiale bezirk gemeinde abteilung"
    " tienda sucursal magasin commune site plot lot batch cage stratum strata cluster machine"
    " device sensor status type origin race religion occupation cause strain breed litter"
    " brood".split()
)  # which numbers name, rather than count or measure
MEASURED = frozenset(
    "distance to from per number num no count n total avg mean rate share price cost size age"
    " sales income population area".split()
)
NUMBERS = frozenset(
    "id nbr nr no num number nummer numero número numéro numer номер key code ref uid identifier"
    " ident kennung".split()
)


def words(name: str) -> list[str]:
    """The words of a column's name, in lower case: CustomerID, customer_id are customer and id."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word.lower() for word in re.split(r"[\W_]+", apart) if word]


def numbers_owners(name: str) -> bool:
    """Whether a name is of the number of a person, household or contract: patient_nbr, Kundennummer.

    >>> [numbers_owners(name) for name in ("CustomerID", "Kundennummer", "num_patients", "mrn")]
    [True, True, False, True]
    """
    apart = words(name)
    if apart == ["mrn"]:
        return True
    *before, last = apart or [""]
    if last in NUMBERS:
        return bool(OWNERS & set(before))
    return any(
        last == owner + number or last == f"{owner}s{number}"
        for owner in OWNERS
        for number in NUMBERS
    )


def names_codes(name: str) -> bool:
    """Whether whole numbers of such a name are codes: of a zone, a store, a product.

    >>> [names_codes(name) for name in ("PULocationID", "store_nbr", "Status", "distance_to_store")]
    [True, True, True, False]
    """
    *before, last = words(name) or [""]
    if last in NUMBERS:
        return bool(before) and before[-1] in PLACES
    return last in PLACES and not MEASURED & set(before)


def is_postal(name: str) -> bool:
    """Whether a name is of postal codes.

    >>> [is_postal(name) for name in ("zip_code", "PLZ", "CAP", "Market Cap")]
    [True, True, True, False]
    """
    apart = words(name)
    return bool(set(apart) & POSTAL) or (len(apart) == 1 and apart[0] in POSTAL_ALONE)


def booleans(texts: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The spellings of true and of false, if the texts hold both and nothing else.

    Single letters mean something only as the two of one language: o, t and n are three classes.

    >>> booleans(["yes", "No", "YES"]), booleans(["o", "t", "n"])
    ((('YES', 'yes'), ('No',)), None)
    """
    folded = {text.casefold() for text in texts}
    pairs = [(true, false) for true, false in PAIRS if true in folded and false in folded]
    letters = {text for text in folded if len(text) == 1 and text != text.upper()}
    if len(letters) > 2 or folded - {text for pair in pairs for text in pair}:  # noqa: PLR2004
        return None
    true = tuple(sorted(text for text in texts if text.casefold() in {each[0] for each in pairs}))
    false = tuple(sorted(text for text in texts if text.casefold() in {each[1] for each in pairs}))
    return (true, false) if pairs and not set(true) & set(false) else None
