"""Numbers that states give to persons, known by the check digits of python-stdnum."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from types import ModuleType

from stdnum import ean, isbn

from truerun.adopt.columns.personal.kind import share

# Of persons, not of firms; each has check digits, or a date of birth in it.
STANDARDS = (
    "at.vnr", "au.tfn", "be.nn", "bg.egn", "br.cpf", "ca.sin", "ch.ssn", "cl.rut", "cn.ric",
    "cz.rc", "de.idnr", "dk.cpr", "dz.nif", "ee.ik", "es.dni", "es.nie", "fi.hetu", "fr.nir", "gb.nhs",
    "gr.amka", "hr.oib", "id.nik", "ie.pps", "il.idnr", "in_.aadhaar", "in_.pan", "is_.kennitala",
    "it.codicefiscale", "kr.rrn", "lt.asmens", "mx.curp", "my.nric", "nl.bsn",
    "no.fodselsnummer", "pl.pesel", "ro.cnp", "se.personnummer", "si.emso", "th.pin", "tr.tckimlik",
    "ua.rntrc", "us.ssn", "za.idnr",
)  # fmt: skip
LEAST = 0.9  # of the texts are valid
WITH_MARKS = frozenset(["us.ssn"])  # any nine digits would do
SURE = 8  # texts of digits alone: of fewer, some are valid by chance


def standard(texts: Sequence[str], least: float = LEAST) -> str | None:
    """The standard that nearly all texts satisfy, such as br.cpf; None if there is none.

    One digit in ten is right by chance, so few texts of digits alone are no proof.
    """
    bare = sum(text.isdigit() for text in texts) * 2 > len(texts)
    if not texts or (bare and len(texts) < SURE):
        return None
    allowed = len(texts) - least * len(texts)
    for name in STANDARDS:
        if bare and name in WITH_MARKS:
            continue
        check = _module(name)
        wrong = 0
        for text in texts:
            wrong += not check.is_valid(text)
            if wrong > allowed:
                break
        else:
            return name
    return None


def is_of_goods(texts: Sequence[str]) -> bool:
    """Whether texts are numbers of books or other goods, which look like many another number."""
    return share(texts, lambda text: isbn.is_valid(text) or ean.is_valid(text)) >= LEAST


@cache
def _module(name: str) -> ModuleType:
    """A module of python-stdnum."""
    return import_module(f"stdnum.{name}")
