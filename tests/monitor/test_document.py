"""Pages of any result are well formed: names and texts of others are shown, and do nothing."""

from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from tests.report.test_report_hostile import assert_plain, assert_well_formed
from truerun.monitor import prometheus
from truerun.monitor.document import document
from truerun.monitor.result import MonitorResult
from truerun.report import page, terminal

DAY = "2024-03-01"


def filled(kind: Any, text: str) -> Any:
    """A value of a type, with something in every part, and a text wherever one may be."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind(
            **{
                name: DAY if name in ("until", "day") else filled(field.annotation, text)
                for name, field in kind.model_fields.items()
            }
        )
    origin, inside = get_origin(kind), get_args(kind)
    if origin is tuple:
        return (filled(inside[0], text),)
    if origin is Literal:
        return inside[-1]
    if origin in (Union, UnionType):
        return filled(inside[0], text)
    return {str: text, int: 12, float: 1.5, bool: True}[kind]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a\u202eb",
        "x\n\ny",
        '"><img src=x>',
        "\x1b[2J",
        "",
        "long " * 99,
    ],
)
def test_a_page_of_any_result_is_well_formed(text: str) -> None:
    result: MonitorResult = filled(MonitorResult, text)
    assert result.labels is not None
    told = document(result)
    assert_well_formed(page.render(told, None))
    assert_plain(terminal.render(told, None))
    for line in prometheus.text(result).splitlines():
        known = ("# HELP truerun_monitor_", "# TYPE truerun_monitor_", "truerun_monitor_")
        assert line.startswith(known), line
