"""What a change does to the rows: by key and by column, whatever their order."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truerun.base import tables
from truerun.base.tables import TableError
from truerun.base.tasks import Task
from truerun.compare import causes, data, experiments, lost_rows, moves
from truerun.compare.revision import Revision
from truerun.compare.shorten import Shortener
from truerun.contract.contract import Column, Contract

CONTRACT = Contract(
    task="binary",
    predicts="whether a customer leaves",
    not_for="anything else",
    target="left",
    key=("shop", "number"),
    columns={
        "shop": Column(type="text", feature=False),
        "number": Column(type="int", feature=False),
        "left": Column(type="int", categories=(0, 1)),
        "plan": Column(type="text"),
        "spent": Column(type="float", nullable=True),
    },
)
ROWS = pd.DataFrame(
    {
        "shop": ["a", "a", "b", "b"],
        "number": [1, 2, 1, 2],
        "left": [0, 1, 0, 1],
        "plan": ["gold", "gold", "tin", "tin"],
        "spent": [1.5, None, 3.0, 4.5],
        "split": ["train", "train", "test", "test"],
    }
)


def lay_down(root: Path, **partitions: pd.DataFrame) -> Path:
    for name, rows in partitions.items():
        tables.write_table(rows, root / f"data/validated/{name}.parquet")
    return root


def changes(tmp_path: Path, before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame]):
    base, head = (tmp_path / side for side in ("base", "head"))
    return data.compare_tables(lay_down(base, **before), lay_down(head, **after), CONTRACT)


def test_the_same_rows_are_no_change(tmp_path: Path) -> None:
    found = changes(tmp_path, {"one": ROWS}, {"one": ROWS})
    assert found.rows.model_dump() == {
        "base_rows": 4,
        "head_rows": 4,
        "both_test": 2,
        **dict.fromkeys(
            [
                "added",
                "removed",
                "removed_test",
                "edited",
                "targets",
                "targets_test",
                "labels_to_positive",
                "labels_to_negative",
                "to_test",
                "to_training",
            ],
            0,
        ),
    }
    assert (found.partitions, found.columns) == ((), ())


@pytest.mark.slow
@given(order=st.permutations(range(4)), cut=st.integers(1, 3))
def test_reordered_rows_are_no_change_nor_are_rows_in_another_partition(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], cut: int
) -> None:
    shuffled = ROWS.iloc[order].reset_index(drop=True)
    found = changes(
        tmp_path_factory.mktemp("order"),
        {"one": ROWS},
        {"one": shuffled[:cut], "two": shuffled[cut:]},
    )
    assert (found.rows.added, found.rows.removed, found.rows.edited) == (0, 0, 0)
    assert found.columns == ()


def test_each_kind_of_change_is_counted_where_it_is(tmp_path: Path) -> None:
    after = ROWS.copy()
    after.loc[0, "left"] = 1  # a label
    after.loc[1, "spent"] = 2.0  # no longer missing
    after.loc[2, "plan"] = "steel"  # a new category
    after.loc[3, "split"] = "train"
    new = pd.DataFrame([{**ROWS.iloc[0], "shop": "c", "plan": "gold"}])
    found = changes(tmp_path, {"one": ROWS}, {"one": pd.concat([after, new], ignore_index=True)})

    assert (found.rows.added, found.rows.removed, found.rows.edited) == (1, 0, 3)
    assert found.rows.targets == 1
    assert (found.rows.labels_to_positive, found.rows.labels_to_negative) == (1, 0)
    assert (found.rows.to_test, found.rows.to_training) == (0, 1)
    column = {change.name: change for change in found.columns}
    assert column["plan"].new_categories == ("steel",)
    assert column["plan"].lost_categories == ()
    assert (column["spent"].base_missing, column["spent"].head_missing) == (0.25, 0)
    assert {name: change.edited for name, change in column.items()} == {
        "shop": 0,
        "number": 0,
        "left": 1,
        "plan": 1,
        "spent": 1,
    }


def test_labels_that_changed_are_counted_by_the_side_of_the_split_they_are_on(
    tmp_path: Path,
) -> None:
    after = ROWS.assign(left=[1, 1, 1, 0])
    other = ROWS.assign(shop="z")
    found = changes(tmp_path, {"one": ROWS, "two": other}, {"one": after, "two": other}).rows
    assert (found.targets, found.targets_test, found.both_test) == (3, 2, 4)


@pytest.mark.slow
def test_rows_that_are_gone_are_told_by_partition_side_and_reason(tmp_path: Path) -> None:
    failures = {"failed_check": "isin", "failed_value": "ore"}
    broken = ROWS.drop(columns="split")[2:3].assign(failed_column="plan", **failures)
    also = broken.assign(failed_column="spent")
    tables.write_table(pd.concat([broken, also]), tmp_path / "head/data/quarantine/one.parquet")
    before = {"one": ROWS, "two": ROWS.assign(shop="z")}
    found = changes(tmp_path, before, {"one": ROWS[1:2]})
    assert [(lost.partition, lost.side, lost.reason, lost.rows) for lost in found.lost] == [
        ("one", "test", "in quarantine: plan, isin", 1),
        ("one", "test", lost_rows.SAME_FILES, 1),
        ("one", "training", lost_rows.SAME_FILES, 1),
        ("two", "test", "the partition is gone", 2),
        ("two", "training", "the partition is gone", 2),
    ]
    assert changes(tmp_path / "same", before, before).lost == []


@pytest.mark.slow
def test_why_rows_are_gone_is_said_only_as_far_as_it_is_known(tmp_path: Path) -> None:
    (unread,) = changes(tmp_path, {"one": ROWS}, {"one": ROWS[1:]}).lost
    assert unread.reason == lost_rows.NOT_READ
    tables.write_table(
        ROWS[:0].assign(failed_column="", failed_check="", failed_value=""),
        tmp_path / "head/data/quarantine/one.parquet",
    )
    (tmp_path / "head/data/raw.dvc").write_text("outs: [{path: raw, md5: a}]", encoding="utf-8")
    (other,) = changes(tmp_path, {"one": ROWS}, {"one": ROWS[1:]}).lost
    assert other.reason == lost_rows.OTHER_FILES


@pytest.mark.parametrize(
    ("file", "text", "cause"),
    [
        ("params.yaml", "split: {by: random}", "settings"),
        ("params.yaml", "source: {name: other}", "settings"),
        ("params.yaml", "train: {seed: 1}", "code"),
        ("schema.yaml", "key: [shop]", "settings"),
        ("data/raw.dvc", "outs: [{path: raw, md5: a}]", "data"),
        ("data/raw.dvc", "", "code"),
    ],
)
def test_what_moved_rows_to_the_other_side_is_told(
    file: str, text: str, cause: str, tmp_path: Path
) -> None:
    moved = ROWS.assign(split=["test", "train", "test", "test"])
    found = changes(tmp_path, {"one": ROWS}, {"one": moved}).rows
    (tmp_path / "head" / file).write_text(text, encoding="utf-8")
    base, head = (Revision(name, None, tmp_path / name) for name in ("base", "head"))
    assert moves.cause(base, head, found) == cause
    unmoved = changes(tmp_path / "same", {"one": ROWS}, {"one": ROWS}).rows
    assert moves.cause(base, head, unmoved) is None


@pytest.mark.parametrize(
    ("task", "column", "values"),
    [
        ("multiclass", Column(type="text", categories=("a", "b")), ["a", "b", "a", "b"]),
        ("regression", Column(type="float"), [1.0, 2.0, 3.0, 4.5]),
        ("counts", Column(type="int", min=0), [0, 3, 0, 1]),
    ],
)
def test_a_target_that_is_no_label_of_two_is_counted_and_drifts_like_a_column(
    task: Task, column: Column, values: list[Any], tmp_path: Path
) -> None:
    its = CONTRACT.model_copy(
        update={"task": task, "columns": {**CONTRACT.columns, "left": column}}
    )
    before = ROWS.assign(left=values)
    after = ROWS.assign(left=[values[1], values[0], *values[2:]])
    base, head = (tmp_path / side for side in ("base", "head"))
    found = data.compare_tables(lay_down(base, one=before), lay_down(head, one=after), its)

    assert found.rows.targets == 2
    assert (found.rows.labels_to_positive, found.rows.labels_to_negative) == (None, None)
    target = next(change for change in found.columns if change.name == "left")
    assert (target.edited, target.psi) == (2, 0)


def test_categories_that_are_too_many_to_list_are_counted_and_keys_are_none(tmp_path: Path) -> None:
    new = pd.concat([ROWS] * 10, ignore_index=True)
    new["shop"] = new["plan"] = [f"n{number}" for number in range(40)]
    found = changes(tmp_path, {"one": ROWS}, {"one": pd.concat([ROWS, new], ignore_index=True)})
    column = {change.name: change for change in found.columns}
    assert (column["plan"].new_count, len(column["plan"].new_categories)) == (40, 20)
    assert (column["plan"].lost_count, column["plan"].lost_categories) == (0, ())
    assert (column["shop"].new_count, column["shop"].new_categories) == (0, ())


def test_a_category_that_goes_is_lost(tmp_path: Path) -> None:
    found = changes(tmp_path, {"one": ROWS}, {"one": ROWS[:2]})
    column = {change.name: change for change in found.columns}
    assert found.rows.removed == 2
    assert column["plan"].lost_categories == ("tin",)
    assert column["plan"].psi is not None
    assert column["shop"].psi is None  # no feature: where it lies is no drift


@pytest.mark.slow
def test_rows_that_are_gone_are_counted_by_the_side_of_the_split_they_were_on(
    tmp_path: Path,
) -> None:
    found = changes(tmp_path / "one", {"one": ROWS}, {"one": ROWS[1:3]})
    assert (found.rows.removed, found.rows.removed_test) == (2, 1)
    found = changes(tmp_path / "two", {"one": ROWS, "two": ROWS.assign(shop="z")}, {"one": ROWS})
    assert (found.rows.removed, found.rows.removed_test) == (4, 2)
    moved = ROWS.assign(split="train")
    found = changes(tmp_path / "three", {"one": ROWS}, {"one": moved})
    assert (found.rows.removed_test, found.rows.to_training) == (0, 2)


def test_a_column_that_only_one_side_has_is_told(tmp_path: Path) -> None:
    found = changes(tmp_path, {"one": ROWS}, {"one": ROWS.drop(columns="plan").assign(age=7)})
    sides = {change.name: change.present for change in found.columns}
    assert sides == {"plan": "base", "age": "head"}


def test_a_key_of_another_type_still_finds_its_row(tmp_path: Path) -> None:
    after = ROWS.assign(number=ROWS["number"].astype("str"))
    found = changes(tmp_path, {"one": ROWS}, {"one": after})
    assert (found.rows.added, found.rows.removed) == (0, 0)


def test_a_partition_that_is_the_same_file_is_not_read(tmp_path: Path) -> None:
    """A broken file that is the same on both sides is no reason to stop."""
    more = ROWS.assign(shop="z", number=range(4))
    base = lay_down(tmp_path / "base", one=ROWS, two=more)
    head = lay_down(tmp_path / "head", one=ROWS, two=more[:3])
    found = data.compare_tables(base, head, CONTRACT)
    assert [(p.name, p.base_rows, p.head_rows) for p in found.partitions] == [("two", 4, 3)]
    assert (found.rows.base_rows, found.rows.head_rows, found.rows.removed) == (8, 7, 1)


def test_repeated_keys_are_counted_and_stop_nothing(tmp_path: Path) -> None:
    twice = pd.concat([ROWS, ROWS], ignore_index=True)
    found = changes(tmp_path, {"one": ROWS}, {"one": twice})
    assert (found.rows.added, found.rows.removed, found.rows.edited) == (4, 0, 0)


def test_a_side_without_rows_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="base/data/validated"):
        data.compare_tables(tmp_path / "base", lay_down(tmp_path / "head", one=ROWS), CONTRACT)


def test_test_rows_that_training_rows_repeat_are_counted(tmp_path: Path) -> None:
    twin = ROWS.iloc[[0]].assign(number=9, split="test")  # another key, the same features and label
    head = lay_down(tmp_path, one=pd.concat([ROWS, twin], ignore_index=True))
    assert data.repeated(head, CONTRACT) == 1
    assert data.repeated(lay_down(tmp_path / "clean", one=ROWS), CONTRACT) == 0


def test_test_rows_that_the_base_was_trained_on_are_counted(tmp_path: Path) -> None:
    base = lay_down(tmp_path / "base", one=ROWS)
    head = lay_down(tmp_path / "head", one=ROWS.assign(split=["test", "train", "test", "test"]))
    assert data.seen(base, head, CONTRACT) == 1
    assert data.seen(base, base, CONTRACT) == 0


def test_packages_of_another_version_are_told() -> None:
    before = "dvc==3.67.1 \\\n    --hash=sha256:aa\npandas[x]==3.0 ; python_version > '3'\nold==1\n"
    after = "dvc==3.68.0 \\\n    --hash=sha256:bb\npandas[x]==3.0 ; python_version > '3'\nnew==2\n"
    told = [(change.name, change.base, change.head) for change in causes.packages(before, after)]
    assert told == [("dvc", "3.67.1", "3.68.0"), ("old", "1", None), ("new", None, "2")]


def test_another_version_of_the_package_is_told() -> None:
    before, after = {"version": "0.1.0", "stages": {}}, {"version": "0.2.0", "stages": {}}
    (change,) = causes.package(before, after)
    assert (change.name, change.base, change.head) == ("truerun", "0.1.0", "0.2.0")
    (new,) = causes.package({}, after)
    assert (new.name, new.base, new.head) == ("truerun", None, "0.2.0")
    assert causes.package(after, after) == causes.package({}, {}) == []


def test_settings_that_changed_are_told_by_their_full_names() -> None:
    before = {"train": {"seed": 1, "model": "a", "gone": None}}
    after = {"train": {"seed": 2, "model": "a"}, "new": [1, 2]}
    told = [(change.name, change.base, change.head) for change in causes.settings(before, after)]
    assert told == [("train.seed", "1", "2"), ("train.gone", "null", None), ("new", None, "[1, 2]")]


NOWHERE = (Path("no base"), Path("no head"))


def lock(**changes: str):
    """Two stages, of which the second takes the first's output."""
    return {
        "first": {
            "cmd": "first",
            "deps": [{"path": "src/first.py", "md5": changes.get("code", "1"), "size": 1}],
            "params": {"params.yaml": {"first": {"rate": changes.get("rate", "1")}}},
            "outs": [{"path": "data/one", "md5": changes.get("one", "2"), "size": 1}],
        },
        "second": {
            "cmd": "second",
            "deps": [{"path": "data/one", "md5": changes.get("one", "2"), "size": 1}],
            "outs": [{"path": "data/two", "md5": changes.get("two", "3"), "size": 1}],
        },
    }


def test_stages_that_changed_are_told_with_their_reasons() -> None:
    told = causes.stages(lock(), lock(code="5", rate="9", one="7", two="8"), NOWHERE, Shortener())
    assert [(stage.name, stage.reasons) for stage in told] == [
        ("first", ("src/first.py", "first.rate: '1' → '9'")),
        ("second", ("another stage's output",)),
    ]
    assert [(c.path, c.change) for c in causes.code(lock(), lock(code="5"), NOWHERE)] == [
        ("src/first.py", "changed")
    ]


def test_a_stage_that_another_version_of_the_package_moved_has_that_as_its_reason() -> None:
    before, after = lock(), lock(one="7")
    for side, digest in ((before, "a" * 64), (after, "b" * 64)):
        side["first"]["params"][".truerun.yaml"] = {"stages.first": digest}
    told = causes.stages(before, after, NOWHERE, Shortener())
    assert [(stage.name, stage.reasons) for stage in told] == [
        ("first", ("truerun's code of first",))
    ]


def test_a_stage_whose_outputs_are_the_same_is_not_named_though_its_code_changed() -> None:
    """A comment in a file of code makes DVC run a stage, and nothing else."""
    assert causes.stages(lock(), lock(code="5", rate="9"), NOWHERE, Shortener()) == []


def test_files_are_named_and_not_the_folder_of_code_that_a_stage_reads(tmp_path: Path) -> None:
    folders = (tmp_path / "base", tmp_path / "head")
    before, after = lock(), lock(code="5", one="7")
    for folder, side in zip(folders, (before, after), strict=True):
        side["first"]["deps"][0]["path"] = "src/first"
        (folder / "src/first/__pycache__").mkdir(parents=True)
        (folder / "src/first/__pycache__/a.pyc").write_text(folder.name)
        (folder / "src/first/same.py").write_text("")
        (folder / "src/first/edited.py").write_text(folder.name)
    (folders[1] / "src/first/more.py").write_text("")
    assert [(c.path, c.change) for c in causes.code(before, after, folders)] == [
        ("src/first/edited.py", "changed"),
        ("src/first/more.py", "added"),
    ]
    (stage,) = causes.stages(before, after, folders, Shortener())
    assert stage.reasons == ("src/first/edited.py", "src/first/more.py")


def test_stages_that_come_or_go_are_told() -> None:
    both = lock()
    only, cut = {"first": both["first"]}, Shortener()
    assert [(s.name, s.reasons) for s in causes.stages(only, both, NOWHERE, cut)] == [
        ("second", ("new",))
    ]
    assert [(s.name, s.reasons) for s in causes.stages(both, only, NOWHERE, cut)] == [
        ("second", ("removed",))
    ]


def test_reasons_that_are_too_many_to_list_are_told() -> None:
    many = {f"rate{number}": number for number in range(60)}
    before, after = lock(), lock(one="7")
    after["first"]["params"]["params.yaml"]["first"] = many
    cut = Shortener()
    (stage,) = causes.stages(before, after, NOWHERE, cut)
    assert len(stage.reasons) == 50
    assert cut.notes == ["reasons of the stage first: 50 of 61 are listed"]


@pytest.mark.parametrize(("task", "best"), [("binary", 59), ("regression", 0)])
def test_the_best_of_many_experiments_are_listed(task: Task, best: int) -> None:
    def shown(name: str, **test: float) -> dict[str, Any]:
        params = {"params.yaml": {"data": {f"p{n}": name for n in range(60)}}}
        data = {"params": params, "metrics": {"metrics/evaluate.json": {"data": {"test": test}}}}
        return {"name": name, "revs": [{"rev": name, "data": data}]}

    runs = [shown(str(number), roc_auc=number / 100, rmse=float(number)) for number in range(60)]
    baseline = {"data": {}, "experiments": [shown("none", f1=0.5, r2=0.5), *runs]}
    cut = Shortener()
    found = experiments.best_first([baseline], task, cut)

    assert (len(found), found[0].name) == (50, str(best))
    assert len(found[0].parameters) == 50
    assert "experiments: 50 of 61 are listed" in cut.notes
    assert len(cut.lists(50)) == 50
    assert cut.lists(50)[-1] == "13 more lists"
    assert cut.lists(100) == tuple(cut.notes)
