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
POSTAL = frozenset("zip zipcode plz postcode postal postleitzahl cep pincode cap".split())


def words(name: str) -> list[str]:
    """The words of a column's name, in lower case: CustomerID, customer_id are customer and id."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word.lower() for word in re.split(r"[\W_]+", apart) if word]


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
