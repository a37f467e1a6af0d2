"""The sections about cost, experiments, and whether the run can be repeated."""

from collections.abc import Iterator

from truerun.report.document import Block, Items, Paragraph, ReportSection, Table
from truerun.report.visible_text import short
from truerun.report.words import (
    COSTS,
    NAME,
    SENTENCE,
    Json,
    as_large,
    capital,
    cost_of,
    counted,
    digits,
    facts,
    figure,
    growth,
    label,
    listed,
    present,
)

CLAIMED = (
    "Claimed, not recomputed: that the prepared rows are those of the raw data, and that the model"
    " was fitted on the training rows only. After the merge main runs every stage once more."
)

TRAINING = ("train_seconds", "train_peak_bytes")
LARGE = 1.5  # times: less is within what two runs differ by

Sides = tuple[str, str]


def cost(comparison: Json, sides: Sides) -> Iterator[ReportSection]:
    """What training and predicting cost, measured on both sides in the same run."""
    part = present(comparison["cost"])
    if not part:
        return
    rows = tuple(
        (
            COSTS[one["name"]],
            cost_of(one["name"], one["base"]),
            cost_of(one["name"], one["head"]),
            _change(one),
        )
        for one in part
        if one["base"] is not None or one["head"] is not None
    )
    notes = tuple(
        f"{COSTS[one['name']]}: {short(one['note'], SENTENCE)}" for one in part if one.get("note")
    )
    blocks: list[Block] = []
    if rows:
        blocks.append(Table("Cost on the same machine", ("what", *sides, "change"), "lrrr", rows))
    if measurements := " ".join(_measured(part)):
        blocks.append(Paragraph(measurements))
    if notes:
        blocks.append(Items(notes))
    if blocks:
        yield ReportSection("Cost", tuple(blocks))


def _change(one: Json) -> str:
    """How a cost changed, as far as it is known: with its interval, or where it is large."""
    if one.get("same"):
        return "the same model"
    if ratio := one.get("ratio"):
        low, high = (growth(ratio[end]) for end in ("low", "high"))
        return f"{growth(ratio['median'])} ({low} to {high})"
    if not one["base"] or one["head"] is None:
        return ""
    times = one["head"] / one["base"]
    if one["name"] == "bytes":
        return "the same" if times == 1 else growth(times)
    return "" if 1 / LARGE < times < LARGE else as_large(times)


def _measured(part: list[Json]) -> Iterator[str]:
    """How often things were measured, and so how sure the changes are."""
    ratio = next((one["ratio"] for one in part if one.get("ratio")), None)
    if ratio:
        yield (
            f"Both models predicted {ratio['pairs']:,} times in turn: an interval holds the true "
            f"change in {100 * ratio['confidence']:.3g} % of cases."
        )
    trained = [
        one for one in part if one["name"] in TRAINING and None not in (one["base"], one["head"])
    ]
    if trained:
        yield "Each side was trained once, so that only a large difference says something."


def experiments(comparison: Json) -> Iterator[ReportSection]:
    """The runs of `dvc exp`, the best first."""
    runs = present(comparison["experiments"])
    if not runs:
        return
    main = comparison["main_metric"]
    metric = facts(comparison, main)
    low = not metric["higher_is_better"]
    decimals = digits(metric, *(run["values"].get(main) for run in runs))

    def place(run: Json) -> tuple[bool, float]:
        value = run["values"].get(main)
        return value is None, 0 if value is None else value if low else -value

    rows = tuple(
        (
            short(run["name"], NAME),
            listed(
                [
                    f"{short(one['name'], NAME)} = {short(one['head'] or 'none', NAME)}"
                    for one in run["parameters"]
                ]
            ),
            figure(run["values"].get(main), decimals),
        )
        for run in sorted(runs, key=place)
    )
    table = Table(
        "Experiments, best first", ("experiment", "parameters", label(metric)), "llr", rows
    )
    yield ReportSection(f"Experiments: {len(rows):,}", (table,))


def reproduction(comparison: Json) -> Iterator[ReportSection]:
    """Whether running the pipeline gave what is in Git, and what nobody has computed once more."""
    run = comparison["reproduction"]
    apart = run["differences"]
    state = {
        "reproduced": "the pipeline was run, and reproduced dvc.lock and the files in Git",
        "differs": "what is in Git is not what the pipeline produces",
        "uncommitted": (
            "the pipeline was run with changes that are not committed, so Git has nothing to "
            "compare it with"
        ),
        "failed": "the pipeline did not finish, so this is unknown",
        "not run": "the pipeline was not run, so this is unknown",
    }[run["state"]]
    sentences = [f"{capital(state)}."]
    if run["ran"]:
        sentences.append(
            f"Stages that ran: {listed([short(name, NAME) for name in run['ran']], 10)}."
        )
    if run["state"] in ("reproduced", "differs", "uncommitted"):
        sentences.append(
            "Every stage was rerun."
            if run["every"]
            else "Stages whose inputs had not changed were not rerun."
        )
    blocks: list[Block] = [Paragraph(" ".join(sentences)), Paragraph(CLAIMED)]
    if apart:
        blocks.append(
            Table(
                "What differs",
                ("stage", "what", "expected", "found"),
                "llll",
                tuple(
                    (
                        short(one["stage"], NAME),
                        f"{short(one['kind'], NAME)} {short(one['name'], NAME)}",
                        short(one["expected"], SENTENCE),
                        short(one["found"], SENTENCE),
                    )
                    for one in apart
                ),
            )
        )
    title = {"differs": counted(run["count"], "difference")}.get(run["state"], run["state"])
    yield ReportSection(f"Reproducibility: {title}", tuple(blocks))
