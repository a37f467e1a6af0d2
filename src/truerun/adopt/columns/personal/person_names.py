"""Names of persons."""

import re
from collections.abc import Sequence

from truerun.adopt.columns import spellings
from truerun.adopt.columns.personal.kind import MOST, SOME, TEXTS, Candidate, Kind, share

HEADERS = frozenset(
    "firstname lastname surname fullname forename vorname nachname familienname prénom apellido apellidos"
    " nombre nome nom cognome sobrenome имя фамилия отчество фио 姓名 氏名 名前 이름 성명 اسم imię nazwisko"
    " jméno příjmení förnamn efternamn etunimi sukunimi voornaam achternaam fornavn etternavn soyad"
    " maidenname middlename givenname".split()
)
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
OTHERS_TOO = frozenset("fullname nombre nome nom имя 名前 이름 اسم".split())  # have such names
PARTS = frozenset(["first", "last", "middle", "given", "maiden"])  # of a person's name
TITLE = re.compile(r"\b(mr|mrs|ms|miss|dr|prof|herr|frau|mme|sr|sra|sig)\b\.?", re.IGNORECASE)
INITIALS = re.compile(r"([A-Z]\.? ?){1,2}[A-Z][a-z][\w'-]*|[A-Z][\w'-]+, ?([A-Z]\.? ?){1,2}")
SHORT_NAME = 40  # characters of a person's name, at most
FEWEST_NAMES = 0.3  # of the values must begin with a common first name


def _fits(column: Candidate) -> bool:
    varied = 1.0 if _only_persons(column.name) else column.varied
    return column.type in TEXTS and _like_names(column.texts, varied)


def _only_persons(name: str) -> bool:
    """Whether a column's name can only mean names of persons, however few there are."""
    words = spellings.words(name)
    part = "name" in words and PARTS & set(words)
    return bool((HEADERS - OTHERS_TOO) & {*words, "".join(words)} or part)


def _like_names(texts: Sequence[str], varied: float) -> bool:
    """Whether texts may be names: short, without digits, with a capital where letters have any."""
    plain = share(
        texts,
        lambda text: (
            len(text) <= SHORT_NAME
            and not any(map(str.isdigit, text))
            and not (text[0].islower() and text[0].isascii() and " " in text)
        ),
    )
    return plain >= 1 - 2 * SOME and (varied >= 2 * SOME or len(texts) > 100)  # noqa: PLR2004


def _are_names(column: Candidate) -> bool:
    """Whether texts are names: many begin with a common one, or have a title or initials."""
    common = share(
        column.texts,
        lambda text: (
            TITLE.search(text)
            or any(word in FIRST_NAMES for word in re.findall(r"[\w-]+", text.lower())[:2])
        ),
    )
    named = any(word.rstrip("0123456789") == "name" for word in spellings.words(column.name))
    short = named and share(column.texts, INITIALS.fullmatch) >= MOST
    least = FEWEST_NAMES / 2 if named else FEWEST_NAMES
    return (short or common >= least) and _like_names(column.texts, column.varied)


KIND = Kind(
    label="names of persons",
    headers=HEADERS,
    pairs=(
        ("first", "name"),
        ("last", "name"),
        ("full", "name"),
        ("middle", "name"),
        ("given", "name"),
        ("family", "name"),
        ("customer", "name"),
        ("client", "name"),
        ("patient", "name"),
        ("employee", "name"),
        ("user", "name"),
        ("contact", "name"),
        ("person", "name"),
        ("passenger", "name"),
        ("nom", "famille"),
        ("maiden", "name"),
        ("guest", "name"),
        ("student", "name"),
        ("author", "name"),
    ),
    fits=_fits,
    recognized=_are_names,
)
