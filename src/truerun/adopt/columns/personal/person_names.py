"""Names of persons: by what the column is called, by what its texts are, or by both."""

from truerun.adopt.columns import spellings
from truerun.adopt.columns.personal import given_names
from truerun.adopt.columns.personal.kind import MOST, SOME, TEXTS, Candidate, Kind, share

HEADERS = frozenset(
    "firstname lastname surname fullname forename vorname nachname familienname prénom apellido apellidos"
    " nombre nome nom cognome sobrenome имя фамилия отчество фио 姓名 氏名 名前 이름 성명 اسم imię nazwisko"
    " jméno příjmení förnamn efternamn etunimi sukunimi voornaam achternaam fornavn etternavn soyad"
    " maidenname middlename givenname hostname".split()
)
OTHERS_TOO = frozenset(
    "fullname nombre nome nom имя 名前 이름 اسم hostname".split()
)  # have such names
PARTS = frozenset(["first", "last", "middle", "given", "maiden"])  # of a person's name
PERSONS = frozenset(
    "name names person persons people passenger host hostess owner driver agent author teacher professor"
    " instructor lecturer seller buyer vendor patient doctor physician surgeon nurse dentist employee worker"
    " staff manager supervisor boss contact customer client member user subscriber student pupil player"
    " athlete coach captain candidate applicant borrower lender insured insurer claimant witness victim"
    " suspect officer director actor actress artist singer writer editor reviewer sender recipient assignee"
    " assigned responsible signed by approver technician engineer operator cashier salesperson rep guest"
    " tenant landlord resident parent mother father spouse husband wife child donor volunteer inspector"
    " judge lawyer attorney politician senator president mayor voter respondent interviewer winner baker"
    " chef kunde kundin fahrer lehrer arzt ärztin patientin mitarbeiter ansprechpartner inhaber autor"
    " versicherter schüler besitzer client propriétaire auteur chauffeur médecin professeur élève salarié"
    " empleado cliente paciente dueño autor conductor profesor alumno médico vendedor responsable titular"
    " proprietario paziente autore conducente medico venditore dipendente aluno motorista ansvarlig"
    " kontaktperson medarbejder ägare förare lärare omistaja kuljettaja kierowca właściciel pacjent lekarz"
    " nauczyciel zákazník řidič lékař tulajdonos sofőr müşteri sürücü öğretmen доктор врач водитель"
    " учитель клиент пациент сотрудник автор владелец 担当者 顧客名 患者 医師 作者 客户 医生 司机 담당자 고객"
    " eier eigenaar chauffeur leraar arts klant".split()
)
THINGS = frozenset(
    "product item brand make model color colour month city town village country state county region"
    " province place location station street species genus breed variety team club company firm bank"
    " title movie film song album book game ship vessel storm hurricane file field column table variable"
    " sheet station store shop school university hospital hotel restaurant department category"
    " class type kind status level language religion ethnicity race nationality currency day weekday"
    " farbe stadt land monat ort marke ville pays mois couleur marque ciudad país mes color marca città"
    " paese mese colore cidade cor mês plan segment drug disease diagnosis crop flower tree".split()
)
FEW, CERTAIN, ALONE = 5, 0.75, 0.6  # texts; the mean certainty of fewer, and of others
VAGUE = frozenset(["name", "names"])  # of anything
NAMED_TOO, OF_PERSONS, HALF_OF_THEM = 0.3, 0.2, 0.35  # with a column's name that says so
BEYOND_DOUBT = 0.9
ONE_WORD, OF_ONE_WORD = 0.8, 0.7  # of the texts are one word, which is a name of many another thing


def _fits(column: Candidate) -> bool:
    varied = 1.0 if _only_persons(column.name) else column.varied
    return column.type in TEXTS and _like_names(column, varied)


def _only_persons(name: str) -> bool:
    """Whether a column's name can only mean names of persons, however few there are."""
    words = spellings.words(name)
    part = "name" in words and PARTS & set(words)
    return bool((HEADERS - OTHERS_TOO) & {*words, "".join(words)} or part)


def _like_names(column: Candidate, varied: float) -> bool:
    """Whether texts may be names: not long, without digits, with a capital where letters have any."""
    plain = share(
        column.texts,
        lambda text: (
            len(text) <= given_names.LONGEST
            and not any(map(str.isdigit, text))
            and (
                text.split()[0] in given_names.PARTICLES
                or not (text[0].islower() and text[0].isascii() and " " in text)
            )
        ),
    )
    return plain >= 1 - 2 * SOME and (varied >= 2 * SOME or len(column.texts) > 100)  # noqa: PLR2004


def _are_names(column: Candidate) -> bool:
    """Whether texts are names, by themselves or with the help of the column's name."""
    words = {word.rstrip("0123456789") for word in spellings.words(column.name)}
    things = bool(words & THINGS)
    named = bool(words & PERSONS) and not things
    texts = column.texts
    certain = sum(map(given_names.certainty, texts)) / len(texts)
    if named:
        sure = bool(words & (PERSONS - VAGUE))
        least, likely = (OF_PERSONS, HALF_OF_THEM) if sure else (NAMED_TOO, MOST)
        return certain >= least and share(texts, given_names.certainty) >= likely
    if things:  # a wrong name, where texts are all of a first and a family name
        return certain >= BEYOND_DOUBT and share(texts, lambda text: " " in text) >= BEYOND_DOUBT
    single = share(texts, lambda text: len(text.split()) == 1) >= ONE_WORD
    least = CERTAIN if len(texts) < FEW else OF_ONE_WORD if single else ALONE
    enough = len(texts) >= FEW or not single
    varied = column.varied >= SOME or len(texts) > 100  # noqa: PLR2004
    return enough and certain >= least and varied


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
