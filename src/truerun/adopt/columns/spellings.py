"""How missing values and booleans are written in practice, and what names say about a column."""

import re
from collections.abc import Collection

MISSING: tuple[str, ...] = (
    "", "NA", "N/A", "n/a", "#N/A", "<NA>", "N.A.", "n.a.", "NaN", "nan", "-nan", "NaT",
    "NULL", "null", "Null", "(null)", "None", "#NULL!", "#NAME?", "#VALUE!", "#DIV/0!", "#REF!",
    "\\N", "?", "-", "--", ".",
)  # fmt: skip
TRUE = frozenset(
    "1 1.0 1,0 true t yes y on wahr ja j vrai oui o verdadero si sí s vero verdadeiro sim waar tak"
    " ano áno da evet igen kyllä jah jā taip ναι да д так 是 真 有 はい 예 네 نعم כן हाँ हां có"
    " ya doğru sant истина".split()
)
FALSE = frozenset(
    "0 0.0 0,0 false f no n off falsch nein faux non falso não nao nee nie ne nu hayır hayir nem"
    " ei nē όχι οχι нет н ні 否 假 无 無 いいえ 아니오 아니요 لا לא नहीं không tidak nei nej"
    " yanlış usant falskt ложь не".split()
)
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
    """The spellings of true and of false, if the texts hold both and nothing else."""
    true = tuple(sorted(text for text in texts if text.casefold() in TRUE))
    false = tuple(sorted(text for text in texts if text.casefold() in FALSE))
    if not (true and false) or len(true) + len(false) < len(texts):
        return None
    return true, false
