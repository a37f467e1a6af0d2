"""Attribute a difference of two revisions to what was changed between them."""

from dataclasses import dataclass
from pathlib import Path

from truerun.base.dvc_cache import cache_folder
from truerun.base.errors import TruerunError
from truerun.base.progress import progress
from truerun.compare import causes, packages, pairs
from truerun.compare.attribution import groups as grouping
from truerun.compare.attribution import shares
from truerun.compare.attribution.combinations import (
    AttributionError,
    Budget,
    BudgetError,
    Runner,
    SideScores,
    scores_of,
)
from truerun.compare.pairing import Pairing
from truerun.compare.reproduction import CLOSE
from truerun.compare.revision import PACKAGES, Revision
from truerun.comparison.comparison import Attribution, Missing
from truerun.contract.contract import Contract
from truerun.model.tasks import TASKS


@dataclass(frozen=True)
class Whose:
    """Whether to tell whose doing a difference is: found out in `minutes`, or by a run's claim."""

    minutes: float | None = None
    claim: Attribution | Missing | None = None


NOT_ASKED = Whose()


def asked_or_claimed(
    whose: Whose, sides: tuple[Revision, Revision], main: Pairing | Missing, contract: Contract
) -> Attribution | Missing | None:
    """Whose doing the difference of base and head is, if that was asked, or if a run claims it."""
    if whose.minutes is None:
        return _fitting(whose.claim, main, contract)
    if isinstance(main, Missing):
        return main
    return attribute(*sides, contract, main.cluster, whose.minutes)


def _fitting(
    claim: Attribution | Missing | None, main: Pairing | Missing, contract: Contract
) -> Attribution | Missing | None:
    """A claim, if it is of the difference that is measured here, as far as that can be told."""
    if not isinstance(claim, Attribution):
        return claim
    name = TASKS[contract.task].main_metric
    fits = claim.metric == name
    if fits and isinstance(main, Pairing) and len(main.scored) == claim.count:
        values = pairs.sides(main.scored, [name])[name]
        fits = values is not None and abs(values[1] - values[0] - claim.difference) <= CLOSE
    return claim if fits else Missing(missing="what the run claims is not of this difference")


def attribute(
    base: Revision, head: Revision, contract: Contract, cluster: str | None, minutes: float
) -> Attribution | Missing:
    """The share of each group of changes, or why there are none.

    The code of both is run.

    Parameters
    ----------
    contract : the head's.
    cluster : the column of clusters.
    minutes : for all runs.
    """
    try:
        return _attributed(base, head, contract, cluster, Budget(minutes))
    except (TruerunError, OSError) as error:  # without shares, there still is a comparison
        return Missing(missing=str(error))


def _attributed(
    base: Revision, head: Revision, contract: Contract, cluster: str | None, budget: Budget
) -> Attribution:
    _check_packages(base, head)
    groups, together = grouping.at_most(grouping.differing(base, head))
    if not groups:
        raise AttributionError("nothing that a stage reads differs")
    ends = scores_of(base, contract), scores_of(head, contract)
    scores = {0: ends[0]}
    if len(groups) > 1:
        runner = Runner(base, head, groups, str(cache_folder(Path.cwd())), budget)
        scores |= _run(runner, contract)
    scores[2 ** len(groups) - 1] = ends[1]
    in_order = [scores[combination] for combination in sorted(scores)]
    return shares.attribution(groups, shares.game(in_order, contract, cluster), together)


def _check_packages(base: Revision, head: Revision) -> None:
    """One environment runs all combinations: packages must be the same in it and on both sides."""
    if changes := causes.packages(base.text(PACKAGES), head.text(PACKAGES)):
        raise AttributionError(
            f"packages differ ({', '.join(change.name for change in changes[:3])}), and what they"
            " do cannot be told from the rest: all combinations run with those that are installed"
        )
    if others := packages.other_than_here(head.text(PACKAGES)):
        raise AttributionError(f"other packages are installed than {PACKAGES} names: {others[0]}")


def _run(runner: Runner, contract: Contract) -> dict[int, SideScores]:
    """The scores of all combinations but the base, those first that need few stages.

    The head's is among them, to see that the groups are all that makes it.
    """
    reached = grouping.stages_reached(runner.groups, grouping.stages_of(runner.head))

    def stages_to_run(combination: int) -> int:
        """How many have inputs that are neither all the base's nor all the head's."""
        return sum(combination & groups not in (0, groups) for groups in reached)

    combinations = sorted(range(1, 2 ** len(runner.groups)), key=stages_to_run)
    scores = {}
    with progress(doing="attribution", unit="run", total=len(combinations)) as bar:
        for done, combination in enumerate(combinations):
            try:
                scores[combination] = runner.scores(combination, contract)
            except BudgetError as error:
                raise AttributionError(
                    f"{error}: {done} of {len(combinations)} combinations were run"
                ) from error
            bar.update()
    return scores
