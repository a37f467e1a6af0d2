"""What a stage reads of the package, as dvc.yaml of this repository has it, and its digest."""

import pytest
import yaml

from tests.conftest import ROOT
from truerun.package import contents, digests
from truerun.package.stage_code import STAGE_CODE

PACKAGE = "src/truerun/"
TABLE = {"base/tasks.py", "sources/table"}  # what the source `table` reads, which is not run here
FILES = contents.files()


def declared(stage: str) -> set[str]:
    """The files of the package that a stage of dvc.yaml depends on."""
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    deps = stages[stage]["deps"]
    return {dep.removeprefix(PACKAGE) for dep in deps if dep.startswith(PACKAGE)}


@pytest.mark.parametrize("stage", STAGE_CODE)
def test_a_stage_reads_what_dvc_yaml_says(stage: str) -> None:
    table = TABLE if stage == "prepare" else set()
    assert set(STAGE_CODE[stage]) == declared(stage) | table
    assert len(set(STAGE_CODE[stage])) == len(STAGE_CODE[stage])


def test_all_stages_have_code() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    assert list(STAGE_CODE) == list(stages) == list(digests.stages())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "reached"),
    [
        ("base/paths.py", {"prepare", "validate", "featurize", "train", "evaluate"}),
        ("sources/table/cells.py", {"prepare"}),
        ("model/estimators/__init__.py", {"train", "evaluate"}),
        ("model/metrics/binary.py", {"evaluate"}),
        ("gate/costs.py", set()),
        ("package/marks.py", set()),
        ("report/page.css", set()),
        ("model/estimators/notes.txt", set()),
    ],
)
def test_a_file_moves_the_digests_of_the_stages_that_read_it(file: str, reached: set[str]) -> None:
    changed = {**FILES, file: b"something else\n"}
    before = {stage: digests.of(stage, FILES) for stage in STAGE_CODE}
    after = {stage: digests.of(stage, changed) for stage in STAGE_CODE}
    assert {stage for stage in STAGE_CODE if before[stage] != after[stage]} == reached
    assert before == digests.stages()


def test_a_file_that_is_new_gone_or_renamed_in_a_folder_moves_the_digest() -> None:
    before = digests.of("train", FILES)
    name = "model/estimators/ridge.py"
    new = {**FILES, "model/estimators/forest.py": b""}
    gone = {place: content for place, content in FILES.items() if place != name}
    renamed = {**gone, "model/estimators/rigid.py": FILES[name]}
    digests_of = [digests.of("train", files) for files in (new, gone, renamed)]
    assert len({before, *digests_of}) == 4


def test_every_file_that_a_stage_reads_is_there() -> None:
    for read in {read for reads in STAGE_CODE.values() for read in reads}:
        assert any(place == read or place.startswith(f"{read}/") for place in FILES), read
