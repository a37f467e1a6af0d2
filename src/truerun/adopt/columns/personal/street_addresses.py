"""Street addresses, in many languages."""

import re

from truerun.adopt.columns.personal.kind import MOST, SOME, Candidate, Kind, share

HEADERS = frozenset(
    "address street addr adresse straße strasse anschrift dirección direccion domicilio calle rue indirizzo"
    " via endereço endereco rua адрес улица 住所 地址 주소 عنوان adres ulica adresa adress osoite straat".split()
)
STREET = re.compile(
    r"\d+[a-z]?,?\s+([\w.'-]+\s+){0,4}(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way"
    r"|court|ct|place|pl|square|sq(?!\.? ?(?:ft|feet|m|metres?|meters?|km|yd|yards?|in|mi)\b)|terrace|close|crescent|highway|hwy|parkway|circle)\b\.?.*"
    r"|[\w.' -]*(stra(ß|ss)e|str\.|weg|platz|allee|gasse|gatan|vägen|veien|gata|vej|laan|straat|plein"
    r"|utca|sokak|caddesi|katu|tie)\s*\d+.*"
    r"|(\d+,?\s+(bis\s+)?)?(rue|avenue|boulevard|chemin|allée|impasse|via|viale|piazza|corso|calle|avenida"
    r"|av\.|plaza|paseo|rua|travessa|ul\.|ulica|ulice|улица|ул\.|проспект|пр\.|jalan|jl\.|đường)\s+\S+.*\d.*"
    r"|\d+,?\s+(bis\s+)?(rue|avenue|boulevard|chemin|allée|impasse)\s.*"
    r"|.*(丁目|番地|[市区町村].*\d+-\d+|路\d+号|街\d+号|로 \d+|길 \d+).*",
    re.IGNORECASE,
)  # fmt: skip


def _fits(column: Candidate) -> bool:
    with_digits = share(column.texts, lambda text: any(map(str.isdigit, text)))
    with_letters = share(column.texts, lambda text: any(map(str.isalpha, text)))
    return (
        with_letters >= MOST
        and column.varied >= 10 * SOME
        and (with_digits >= MOST or column.type == "words")
    )


KIND = Kind(
    label="street addresses",
    headers=HEADERS,
    holds=STREET.fullmatch,
    fits=_fits,
)
