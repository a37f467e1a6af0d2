"""What a table does not tell and only its user knows, with the options that answer it."""

from collections.abc import Iterable
from dataclasses import dataclass

from truerun.adopt.columns.advice import option
from truerun.adopt.columns.column_decisions import Decision
from truerun.adopt.columns.target import Target
from truerun.adopt.request import Request
from truerun.base.errors import AdoptError, listed

SHOWN = 3
RARE, REPEATED = 0.05, 3  # share of rows, and rows, with a word among numbers that hardly matters
# Words that are no class of a target but say that it is not known.
UNKNOWN = frozenset(
    [
        "unknown",
        "unk",
        "missing",
        "not available",
        "not known",
        "no data",
        "undefined",
        "unspecified",
        "not specified",
        "unbekannt",
        "keine angabe",
        "k.a.",
        "inconnu",
        "non renseigné",
        "desconocido",
        "desconocida",
        "sin datos",
        "sconosciuto",
        "desconhecido",
        "onbekend",
        "okänd",
        "nieznany",
        "неизвестно",
        "bilinmiyor",
    ]
)


@dataclass(frozen=True)
class Answer:
    """An option of the command, or several, and what it says."""

    option: str
    meaning: str


@dataclass(frozen=True)
class Question:
    """A question, and its answers: the first is the likelier one."""

    text: str
    answers: tuple[Answer, ...]


class QuestionsError(AdoptError):
    """What the table does not tell, and the user must; nothing is written."""

    exit_status = 2


def of_columns(decisions: Iterable[Decision], request: Request) -> Iterable[Question]:
    """Questions about the cells of features and of the target that the request does not answer."""
    for decision in decisions:
        if decision.is_feature or decision.kind == "target":
            yield from _stand_ins(decision, request)
            yield from _words(decision, request)
        if decision.is_feature:
            yield from _mostly_numbers(decision, request)


def of_classes(
    name: str, target: Target, alike: dict[str, str], request: Request
) -> Iterable[Question]:
    """Questions about the classes of the target.

    Parameters
    ----------
    alike : classes that differ from another in capitals, blanks and marks alone, with that one.
    """
    settled = request.values.get(name, ())
    open_ = {text: other for text, other in alike.items() if text not in settled}
    if open_ and target.task in ("binary", "multiclass"):
        shown = listed([f"{text!r} and {other!r}" for text, other in open_.items()], SHOWN)
        yield Question(
            f"{name}: the classes {shown} differ in capitals, blanks or marks alone: are they one?",
            (
                Answer(option("fold", name), "they are one class"),
                Answer(_pairs("value", name, open_), "they are classes of their own"),
            ),
        )
    words = [each for each in target.classes if each.casefold() in UNKNOWN and each not in settled]
    for word in words:
        yield Question(
            f"{name}: does the class {word!r} mean that it is not known?",
            (
                Answer(_pairs("missing", name, [word]), "yes: rows with it are left out"),
                Answer(_pairs("value", name, [word]), "no: it is a class to predict"),
            ),
        )


def lines(questions: Iterable[Question]) -> Iterable[str]:
    """The questions, each with its answers, to be shown to the user."""
    for question in questions:
        yield f"? {question.text}"
        for answer in question.answers:
            yield f"    {answer.option}    {answer.meaning}"


def error(questions: tuple[Question, ...]) -> QuestionsError:
    """What ends the command: how many questions there are, and the likelier answers in one line."""
    count = len(questions)
    options = " ".join(question.answers[0].option for question in questions)
    asked = "1 question is open" if count == 1 else f"{count} questions are open"
    return QuestionsError(
        f"{asked}, and nothing was written: add an answer to each to the command; the likelier ones"
        f" are\n  {options}"
    )


def _stand_ins(decision: Decision, request: Request) -> Iterable[Question]:
    """Values that repeat far from all others: do they mean missing?"""
    name, summary = decision.column, decision.summary
    settled = request.values.get(name, ())
    open_ = {text: count for text, count in summary.stand_ins if text not in settled}
    if not open_ or decision.option.as_ not in ("number", "date"):
        return
    rows = sum(open_.values())
    share = rows / max(summary.rows, 1)
    yield Question(
        f"{name} is {listed(list(open_), SHOWN)} in {rows:,} rows ({share:.1%}), far from all"
        f" others ({summary.ordinary}): does it mean missing?",
        (
            Answer(_pairs("missing", name, open_), "yes"),
            Answer(_pairs("value", name, open_), "no: it is a value like the others"),
        ),
    )


def _words(decision: Decision, request: Request) -> Iterable[Question]:
    """Words among numbers or dates: do they mean missing?

    Rare words are read so without a question, and told: they hardly matter either way.
    """
    name, summary = decision.column, decision.summary
    answered = {*request.missing.get(name, ()), *request.values.get(name, ())}
    open_ = [text for text, _ in summary.words if text not in answered]
    if name in request.as_ or decision.option.as_ not in ("number", "date"):
        return
    if not any(
        count >= max(RARE * summary.rows, REPEATED)
        or (text.casefold() in UNKNOWN and count >= REPEATED)
        for text, count in summary.words
        if text in open_
    ):
        return
    kind = "dates" if decision.option.as_ == "date" else "numbers"
    answers = [Answer(_pairs("missing", name, open_), "yes")]
    if decision.kind != "target":
        answers.append(Answer(option("as", name, "category"), "no: each is a value of its own"))
    shown = listed([repr(text) for text in open_], SHOWN)
    yield Question(f"{name} holds {kind}, and {shown}: does that mean missing?", tuple(answers))


def _mostly_numbers(decision: Decision, request: Request) -> Iterable[Question]:
    """Texts, most of which are numbers: are they meant to be?"""
    name, summary = decision.column, decision.summary
    if not summary.numeric or name in request.as_:
        return
    yield Question(
        f"{name}: {summary.numeric}; is it a number?",
        (
            Answer(option("as", name, "number"), "yes: any other text is missing"),
            Answer(option("as", name, "category"), "no: each text is a value"),
        ),
    )


def _pairs(called: str, name: str, texts: Iterable[str]) -> str:
    """An option for each of some texts of a column, to be pasted."""
    return " ".join(option(called, name, text) for text in texts)
