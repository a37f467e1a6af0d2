"""The sections about what was changed: data, contract, parameters, code and packages."""

import re
from collections.abc import Iterator

from truerun.report.document import Block, Paragraph, ReportSection, Table
from truerun.report.verdict import outputs_same
from truerun.report.visible_text import short
from truerun.report.words import (
    NAME,
    SENTENCE,
    Json,
    count,
    counted,
    listed,
    percent,
    present,
    spaced_percent,
    value,
)

ROWS = {
    "added": "added",
    "removed": "removed",
    "edited": "edited",
    "targets": "with another target",
    "labels_to_positive": "label now positive",
    "labels_to_negative": "label now negative",
    "to_test": "moved to the test rows",
    "to_training": "moved to the training rows",
}
VALUE = 60  # characters of a setting
PATH = 80  # of a file's name
SAME_OUTPUTS = "The code changed, and every stage gives the same outputs as before."

Sides = tuple[str, str]


def data(comparison: Json, sides: Sides) -> Iterator[ReportSection]:
    """Files, contract, rows, columns, and what is noteworthy about the head's data."""
    part = comparison["data"]
    failed = comparison["reproduction"]["state"] == "failed"  # the findings then stand at the top
    blocks: list[Block] = [
        *_noteworthy(part, sides),
        *([] if failed else _new_findings(part)),
        *_by_base(part, sides),
        *_rows(part, sides),
        *_columns(part, sides),
        *_quarantine(part, sides),
        *_settings("Contract: schema.yaml", part["contract"], sides),
        *_files("Raw files", part["files"]),
        *([] if failed else _standing_findings(part, sides)),
    ]
    if blocks:
        yield ReportSection(f"Data: {_summary(part) or 'worth a look'}", (*blocks, *_newest(part)))


def causes(comparison: Json, sides: Sides) -> Iterator[ReportSection]:
    """Parameters, stages, code and packages that differ."""
    part = comparison["causes"]
    blocks: list[Block] = [
        *_settings("Parameters: params.yaml", part["parameters"], sides),
        *_files("Code that a stage reads", part["code"]),
        *([Paragraph(SAME_OUTPUTS)] if part["code"] and outputs_same(comparison) else []),
        *_settings("Packages", part["packages"], sides),
    ]
    if part["stages"]:
        rows = tuple(
            (
                short(stage["name"], NAME),
                listed([short(reason, VALUE) for reason in stage["reasons"]], 5),
            )
            for stage in part["stages"]
        )
        blocks.append(Table("Stages whose outputs changed, and why", ("stage", "why"), "ll", rows))
    if blocks:
        summary = ", ".join(
            counted(len(part[key]), one)
            for key, one in (
                ("parameters", "parameter"),
                ("code", "code file"),
                ("packages", "package"),
                ("stages", "stage"),
            )
            if part[key]
        )
        yield ReportSection(f"Causes: {summary}", tuple(blocks))


def findings(comparison: Json) -> Iterator[Table]:
    """What the stage `validate` warned of, or failed for."""
    yield from _findings("What validate found", _listed(comparison["data"]))


def _listed(part: Json, *, standing: bool | None = None) -> list[Json]:
    """What does not pass; of that, what stands as at the base, or what does not."""
    return [
        one
        for one in present(part["findings"]) or ()
        if one["status"] != "pass" and (standing is None or standing == (one.get("new") is False))
    ]


def _new_findings(part: Json) -> Iterator[Table]:
    """What validate found that the base has not, or that nobody can compare."""
    not_standing = _listed(part, standing=False)
    are_new = all(one.get("new") for one in not_standing)
    yield from _findings(
        "New findings of validate" if are_new else "What validate found", not_standing
    )


def _standing_findings(part: Json, sides: Sides) -> Iterator[Block]:
    """What the base has, too: counted, and behind what is new."""
    standing = _listed(part, standing=True)
    if standing:
        verb = "stands" if len(standing) == 1 else "stand"
        yield Paragraph(f"{counted(len(standing), 'finding')} of validate {verb} as in {sides[0]}.")
        yield from _findings(f"Findings that {sides[0]} has, too", standing)


def _by_base(part: Json, sides: Sides) -> Iterator[Table]:
    """What the limits of the base find in the same rows, where the change has others."""
    caption = f"What the limits and the contract of {sides[0]} find"
    not_passed = [one for one in present(part["findings_by_base"]) or () if one["status"] != "pass"]
    yield from _findings(caption, not_passed)


def _findings(caption: str, listed_findings: list[Json]) -> Iterator[Table]:
    if listed_findings:
        yield Table(
            caption,
            ("outcome", "check", "detail"),
            "vll",
            tuple(
                (
                    one["status"],
                    short(one["check"], NAME),
                    spaced_percent(short(one["detail"], 2 * SENTENCE)),
                )
                for one in listed_findings
            ),
        )


def _summary(part: Json) -> str:
    """What changed, in few words of ours."""
    rows = present(part["rows"]) or {}
    parts = [counted(len(part["files"]), "raw file")] if part["files"] else []
    parts += [
        f"{counted(rows[key], 'row')} {word}"
        for key, word in (("added", "added"), ("removed", "removed"), ("edited", "edited"))
        if rows.get(key)
    ]
    not_standing, standing = (_listed(part, standing=stands) for stands in (False, True))
    if not_standing:
        are_new = all(one.get("new") for one in not_standing)
        parts.append(counted(len(not_standing), "new finding" if are_new else "finding"))
    if standing:
        parts.append(f"{counted(len(standing), 'finding')} as before")
    if part["contract"]:
        parts.append(f"{counted(len(part['contract']), 'line')} of the contract")
    return ", ".join(parts)


def _noteworthy(part: Json, sides: Sides) -> Iterator[Paragraph]:
    """Test rows that are known from training."""
    repeated, seen = present(part["repeated"]), present(part["seen"])
    sentences = []
    if seen:
        sentences.append(
            f"{sides[0]} was trained on {counted(seen, 'test row')} of {sides[1]}: on these it "
            f"does better than it would on new rows."
        )
    if repeated:
        sentences.append(
            f"{counted(repeated, 'test row')} of {sides[1]} "
            f"{'has' if repeated == 1 else 'have'} the features and the label of a training row."
        )
    if sentences:
        yield Paragraph(" ".join(sentences))


def _rows(part: Json, sides: Sides) -> Iterator[Table]:
    """Rows by key, and the partitions that they lie in."""
    rows = present(part["rows"])
    if rows:
        cells = tuple((word, count(rows[key])) for key, word in ROWS.items() if rows[key])
        if rows["labels_to_positive"] is not None:  # they say more than a count does
            cells = tuple(row for row in cells if row[0] != ROWS["targets"])
        if cells:
            caption = f"Rows: {rows['base_rows']:,} before, {rows['head_rows']:,} now"
            yield Table(caption, ("what", "rows"), "lr", cells)
    if part["lost"]:
        yield Table(
            f"Rows of {sides[0]} that are gone",
            ("partition", "side", "why", "rows"),
            "lllr",
            tuple(
                (
                    short(one["partition"], NAME),
                    one["side"],
                    short(one["reason"], SENTENCE),
                    count(one["rows"]),
                )
                for one in part["lost"]
            ),
        )
    if part["partitions"]:
        yield Table(
            "Partitions that differ, in rows",
            ("partition", *sides),
            "lrr",
            tuple(
                (short(one["name"], NAME), count(one["base_rows"]), count(one["head_rows"]))
                for one in part["partitions"]
            ),
        )


def _columns(part: Json, sides: Sides) -> Iterator[Table]:
    if part["columns"]:
        yield Table(
            "Columns",
            (
                "column",
                "edited",
                f"missing, {sides[0]}",
                f"missing, {sides[1]}",
                "drift (PSI)",
                "what",
            ),
            "lrrrrl",
            tuple(
                (
                    short(one["name"], NAME),
                    count(one["edited"]),
                    _share(one["base_missing"]),
                    _share(one["head_missing"]),
                    "" if one["psi"] is None else f"{one['psi']:.2f}",
                    "; ".join(_of_column(one)),
                )
                for one in part["columns"]
            ),
        )


def _of_column(column: Json) -> Iterator[str]:
    """A column that came or went, and categories that did."""
    if column["present"] != "both":
        yield "new" if column["present"] == "head" else "removed"
    for word in ("new", "lost"):
        names = [short(name, NAME) for name in column[f"{word}_categories"]]
        if names:
            yield f"{word}: {listed(names, whole=column[f'{word}_count'])}"


def _quarantine(part: Json, sides: Sides) -> Iterator[Block]:
    """Rows that break the contract, where there are any or were some."""
    quarantine = present(part["quarantine"])
    if not quarantine or not (quarantine["rows"] or quarantine["base_rows"]):
        return
    before = quarantine["base_rows"]
    base = "" if before is None else f"; {before:,} in {sides[0]}"
    yield Paragraph(
        f"{counted(quarantine['rows'], 'row')} of {sides[1]} "
        f"({percent(quarantine['share'])}) {'is' if quarantine['rows'] == 1 else 'are'} kept in "
        f"quarantine{base}."
    )
    if quarantine["checks"]:
        yield Table(
            "Rows in quarantine, by what they break",
            ("column", "check", *sides),
            "llrr",
            tuple(
                (
                    short(one["column"], NAME),
                    short(one["check"], NAME),
                    count(one["base_rows"]),
                    count(one["head_rows"]),
                )
                for one in quarantine["checks"]
            ),
        )


def _newest(part: Json) -> Iterator[Paragraph]:
    newest = present(part["newest"])
    if newest:
        yield Paragraph(
            f"The newest row is of {_day(newest['moment'])}, {value(newest['age_days'])} days "
            f"before this comparison."
        )


def _day(moment: str) -> str:
    """The day of a moment, if it begins with one."""
    day = re.match(r"\d{4}-\d\d-\d\d(?=[ T])", moment)
    return day[0] if day else short(moment, NAME)


def _settings(caption: str, changes: list[Json], sides: Sides) -> Iterator[Table]:
    if changes:
        yield Table(
            caption,
            ("name", *sides),
            "lll",
            tuple(
                (short(one["name"], PATH), _setting(one["base"]), _setting(one["head"]))
                for one in changes
            ),
        )


def _files(caption: str, files: list[Json]) -> Iterator[Block]:
    if files:
        yield Table(
            caption,
            ("file", "change"),
            "ll",
            tuple((short(one["path"], PATH), one["change"]) for one in files),
        )


def _setting(value: str | None) -> str:
    return "" if value is None else short(value, VALUE)


def _share(value: float | None) -> str:
    return "" if value is None else percent(value)
