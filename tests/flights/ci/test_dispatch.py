"""Parameters from outside: plain ones are accepted, and nothing else."""

from pathlib import Path

import pytest

from truerun.ci.__main__ import main
from truerun.ci.dispatch import OverrideError, checked


@pytest.fixture(autouse=True)
def _in_folder(in_folder) -> None:
    in_folder("params.yaml")


def test_plain_parameters_are_let_through_as_they_are_written() -> None:
    text = """
      train.model=lightgbm
      train.hist_gradient_boosting.learning_rate=1e-3; train.logistic_regression.C=2
      featurize.exclude=[plane, weather]
      evaluate.slices=[]
      compare.cluster=null
    """
    assert checked(text) == [
        "train.model=lightgbm",
        "train.hist_gradient_boosting.learning_rate=1e-3",
        "train.logistic_regression.C=2",
        "featurize.exclude=[plane, weather]",
        "evaluate.slices=[]",
        "compare.cluster=null",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "train.seed=$(touch /tmp/x)",
        "train.seed=`id`",
        "train.seed=7 && id",
        "train.seed=7|id",
        "train.seed=${oc.env:HOME}",  # DVC would look it up
        "train.seed=1,2",  # DVC would run both
        "train.seed=range(1,9)",
        "train.seed=choice(1,2)",
        "+train.seed=7",
        "++train.extra=7",
        "~train.seed",
        "train.seed",
        "train.seed=",
        "=7",
        "--queue",
        "-S train.seed=7",
        "train@x:y=7",
        "dvc.yaml:stages.train.cmd=id",
        "train.seed='7'",
        'train.model="baseline"',
        "train..seed=7",
        "train.__class__=7",
        "train.seed=\x00",
        "train.seed=٧",  # noqa: RUF001, a digit, but none of ours
        "featurize.exclude=[[plane]]",
        "featurize.exclude=[plane",
        f"train.model={'x' * 300}",
    ],
)
def test_what_dvc_or_a_shell_would_expand_is_refused(text: str) -> None:
    with pytest.raises(OverrideError, match=r"is not accepted|is not a parameter"):
        checked(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train.modle=baseline", r"train\.modle is not a parameter"),
        ("nothing.here=1", r"nothing\.here is not a parameter"),
        ("train.seed.deeper=1", r"train\.seed\.deeper is not a parameter"),
        ("train.model=perceptron", r"params\.yaml: train\.model: "),
        ("train.seed=many", r"params\.yaml: train\.seed: "),
        ("train.seed=-1", r"params\.yaml: train\.seed: "),
        ("evaluate.threshold=nan", r"params\.yaml: evaluate\.threshold: "),
        ("train.lightgbm=7", r"params\.yaml: train\.lightgbm: "),
        ("", "give 1 to 30"),
        (" ; \n ;", "give 1 to 30"),
        ("train.seed=1;" * 31, "give 1 to 30"),
    ],
)
def test_params_yaml_with_the_parameters_must_be_valid(text: str, message: str) -> None:
    before = Path("params.yaml").read_bytes()
    with pytest.raises(OverrideError, match=message):
        checked(text)
    assert Path("params.yaml").read_bytes() == before


@pytest.mark.parametrize("name", ["--force", "A", "a/b", "x" * 90])
def test_an_experiments_name_is_plain(name: str, capsys) -> None:
    with pytest.raises(SystemExit):
        main(["dispatch", f"--name={name}", "train.seed=7"])
    assert "lower-case letters" in capsys.readouterr().err
