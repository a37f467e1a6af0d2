"""Program of `truerun predict`: reads rows, writes scores."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from truerun.base.errors import PredictError, exit_with
from truerun.predict import requested_rows, score_files
from truerun.predict.options import ENDINGS, parser
from truerun.predict.scorer import Scorer


def main(argv: Sequence[str] | None = None) -> None:
    """Score, and say how many rows; exit status 1 if none could be."""
    options = parser()
    chosen = options.parse_args(argv)
    if chosen.at is None and (chosen.data is None) == (chosen.sql is None):
        options.error("name one of: a file, a folder or an address; --sql with --query; --at")
    if chosen.at is not None and chosen.sql is not None:
        options.error("--at goes with data/raw or another folder of raw data, not with --sql")
    if (chosen.sql is None) != (chosen.query is None):
        options.error("--sql and --query go together")
    if chosen.output.suffix not in ENDINGS:
        options.error(f"--output {chosen.output}: it ends in {', '.join(ENDINGS)}")
    exit_with(lambda: predict(chosen))


def predict(chosen: argparse.Namespace) -> None:
    """Score every partition, and join what comes out into one file."""
    with tempfile.TemporaryDirectory(prefix="predict-") as temporary:
        rows = requested_rows.of(chosen, Path(temporary))
        scorer = Scorer.load(sum(rows.sizes), chosen.explain)
        result = score_files.write(rows, scorer, chosen.output)
    for name in result.ignored:
        print(f"predict: column {name} is ignored: the model was made without it")
    count = result.scored + result.refused
    print(f"predict: {result.scored:,} of {count:,} rows scored, in {chosen.output}")
    print(f"predict: by model {scorer.predictor.version} ({scorer.described})")
    interval = scorer.predictor.facts["interval"]
    if interval:
        print(f"predict: of the test rows {interval['held']:.1%} lay between low and high")
    if result.refused:
        print(f"predict: {result.refused:,} refused, in {score_files.refused_path(chosen.output)}:")
        ordered = sorted(result.checks.items(), key=lambda item: (-item[1], item[0]))
        for (column, check), broken in ordered:
            print(f"  {broken:>8,} rows  column {column}, check {check}")
    if not result.scored:
        raise PredictError("no row could be scored: see above")


if __name__ == "__main__":
    main()
