"""The page: one row, its reasons, other values of a column; rows of a file; the model.

Streamlit runs this file from its first line to its last at each touch of the page.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from truerun.app import form
from truerun.app.client import URL_NAME, Client
from truerun.app.form import Field
from truerun.app.options import URL
from truerun.base.errors import AppError

ACROSS = 3  # fields beside each other
REASONS = 8  # columns
WIDEST = 180  # pixels of the name of a column
MORE, LESS = "#c0392b", "#2471a3"
NO_VALUE = "(missing)"


def main() -> None:
    """Draw the page by what the service says now."""
    st.set_page_config(page_title="truerun", page_icon="📈")  # an icon by name comes from elsewhere
    client = Client(os.environ.get(URL_NAME, URL))
    try:
        description, openapi = client.description(), client.openapi()
        fields = form.fields(openapi)
        st.title(openapi["info"]["title"])
        st.caption(_model_line(description))
        one, many, model = st.tabs(["One row", "A file", "The model"])
        with one:
            _one_row(client, fields, description)
        with many:
            _file(client, fields)
        with model:
            st.markdown(description["card"] or "The bundle is served without its model card.")
    except AppError as error:
        st.error(str(error))


def _model_line(description: Mapping[str, Any]) -> str:
    commit = description["commit"]
    return f"model {description['version']}" + (f" of commit {commit[:10]}" if commit else "")


def _one_row(client: Client, fields: Sequence[Field], description: Mapping[str, Any]) -> None:
    """A form, the answer to what it holds, and the answers to other values of a column."""
    with st.form("row"):
        needed = [field for field in fields if field.is_needed]
        others = [field for field in fields if not field.is_needed]
        row = _side_by_side(needed)
        if others:
            with st.expander(f"{len(others)} columns that may be missing", expanded=not needed):
                row |= _side_by_side(others)
        st.form_submit_button("Score", type="primary")
    answer = client.answer(row, REASONS if description["explains"] else 0)
    if "error" in answer:
        _refused(answer["broken"])
        return
    _score(answer)
    _reasons(answer)
    _other_values(client, fields, row)


def _side_by_side(fields: Sequence[Field]) -> dict[str, Any]:
    """What the form holds for columns; on a phone they stand below each other."""
    row = {}
    for first in range(0, len(fields), ACROSS):
        for place, field in zip(st.columns(ACROSS), fields[first : first + ACROSS], strict=False):
            with place:
                row[field.name] = _asked(field)
    return row


def _asked(field: Field) -> Any:
    """What the form holds for a column."""
    default = "" if field.default is None else str(field.default)
    if field.choices:
        empty = [] if field.is_needed else [NO_VALUE]
        choices = [*empty, *field.choices]
        place = choices.index(default) if default in choices else 0
        chosen = st.selectbox(field.name, choices, place)
        return None if chosen == NO_VALUE else field.value(chosen)
    hint = None if field.ends is None else f"{field.ends[0]:g} to {field.ends[1]:g}"
    return field.value(st.text_input(field.name, default, help=hint))


def _refused(broken: Sequence[Mapping[str, Any]]) -> None:
    st.error("The row breaks the contract, so it has no score:")
    st.dataframe(_table(broken, ("column", "check", "value")), hide_index=True)


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame([{name: str(row.get(name, "")) for name in columns} for row in rows])


def _score(answer: Mapping[str, Any]) -> None:
    score, decision = answer["score"], answer["decision"]
    if isinstance(score, dict):
        st.metric("Likeliest", str(decision))
        st.bar_chart(pd.Series(score, name="probability"), horizontal=True)
        return
    left, right = st.columns(2)
    left.metric("Score", f"{score:.4g}")
    if "low" in answer:
        right.metric("9 of 10 lie within", f"{answer['low']:.4g} to {answer['high']:.4g}")
    elif decision != score:
        right.metric("Decision", str(decision))


def _reasons(answer: Mapping[str, Any]) -> None:
    if "contributions" not in answer:
        return
    st.subheader("What moves this score")
    bars = alt.Chart(pd.DataFrame(answer["contributions"])).mark_bar()
    colour = alt.condition(alt.datum.contribution > 0, alt.value(MORE), alt.value(LESS))
    names = alt.Axis(labelLimit=WIDEST, labelOverlap=False)
    st.altair_chart(
        bars.encode(
            alt.X("contribution:Q", title=None),
            alt.Y("column:N", sort=None, title=None, axis=names),
            color=colour,
        )
    )
    st.caption("Shapley values, before the link: in log odds where the score is a probability.")


def _other_values(client: Client, fields: Sequence[Field], row: Mapping[str, Any]) -> None:
    """What the model would say of the row with another value of a column."""
    st.subheader("What if")
    tried = {field.name: field for field in fields if field.values()}
    if not tried:
        st.caption("The contract has neither limits nor categories to choose from.")
        return
    field = tried[st.selectbox("With another value of", list(tried))]
    values = field.values()
    value = st.select_slider(field.name, values, values[len(values) // 2], format_func=_short)
    rows = [{**row, field.name: field.value(str(each))} for each in (value, *values)]
    here, *others = client.answers(rows)
    if "score" in here:
        _score(here)
    scores = {
        each: answer["score"]
        for each, answer in zip(values, others, strict=True)
        if "score" in answer
    }
    if not scores:
        st.caption("The contract refuses all of these values beside the others of this row.")
        return
    table = pd.DataFrame(list(scores.values()), index=pd.Index(list(scores), name=field.name))
    if table.shape[1] == 1:
        table.columns = pd.Index(["score"])
    (st.bar_chart if field.choices else st.line_chart)(table)
    st.caption("What the model says, not what would happen: it knows what goes together, not why.")


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _file(client: Client, fields: Sequence[Field]) -> None:
    """Scores of the rows of a file, to look at and to take away."""
    file = st.file_uploader("Rows as CSV or JSON lines", ["csv", "jsonl", "ndjson"])
    if file is None:
        return
    rows = form.rows_of(file.name, file.getvalue(), fields)
    with st.spinner(f"{len(rows):,} rows"):
        answers = client.answers(rows)
    scored = [(number, each) for number, each in enumerate(answers, 1) if "score" in each]
    st.metric("Rows with a score", f"{len(scored):,} of {len(rows):,}")
    if scored:
        table = pd.json_normalize([{"row": number, **each} for number, each in scored])
        st.dataframe(table, hide_index=True)
        st.download_button("Download", table.to_csv(index=False), "scores.csv", "text/csv")
    broken = [
        {**each, "row": n}
        for n, answer in enumerate(answers, 1)
        for each in answer.get("broken", ())
    ]
    if broken:
        st.error("Rows that break the contract have no score:")
        st.dataframe(_table(broken, ("row", "column", "check", "value")), hide_index=True)


if __name__ == "__main__":  # as Streamlit runs it
    main()
