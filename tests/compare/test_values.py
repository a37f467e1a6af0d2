"""What one part hands to another stays as it was."""

from tests.values import changeable
from truerun import compare


def test_no_value_can_be_changed_by_whoever_gets_it() -> None:
    assert changeable(compare) == []
