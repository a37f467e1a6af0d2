"""Words in names of columns that speak of what comes after; they never count by themselves."""

from truerun.adopt.columns import spellings

AFTER = frozenset(
    "outcome outcomes result results resolution resolved reason reasons cause verdict decision"
    " after afterwards final finally ended end close closed closing settled settlement paid"
    " payment payments pymnt pmt repaid received recovered recovery recoveries collected"
    " collection collections outstanding owed writeoff refund refunded refunds returned return"
    " returns reimbursed cancelled canceled cancellation exit left leaving termination terminated"
    " discharge discharged death died survived actual actually duration elapsed delay delivered"
    " delivery arrived arrival completed completion finished served processed reviewed confirmed"
    " confirmation approved rejected denied awarded penalty fine fined damage damages injury"
    " injuries loss losses follow followup post last next future subsequent later converted"
    " conversion retention winback predicted prediction status disposition label".split()
)


def in_name(name: str) -> str | None:
    """The word that is one of them, if any."""
    return next((word for word in spellings.words(name) if word in AFTER), None)
