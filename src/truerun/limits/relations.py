"""How far the relation of two columns differs from a reference, whatever each alone does."""

import numpy as np
import numpy.typing as npt

ROUNDS = 8  # of the fit to the margins
PRIOR = 0.5  # rows added to a cell of the reference
Floats = npt.NDArray[np.float64]
Pairs = list[tuple[int, int]]


def cells(widths: list[int], pairs: Pairs) -> npt.NDArray[np.intp]:
    """The places of the cells of each pair's table among the counts of all, one after the other.

    Smaller tables are filled up with cells after the last. The cells of all pairs lie side by side
    in memory, so that what is done with tables is done with many at once.

    Returns
    -------
    Places of shape (pairs, bins, bins).
    """
    starts, whole, widest = np.concatenate([[0], np.cumsum(widths)]), sum(widths), max(widths)
    made = np.full((widest, widest, len(pairs)), whole * whole)
    for place, (left, right) in enumerate(pairs):
        rows, columns = (np.arange(starts[side], starts[side + 1]) for side in (left, right))
        made[: len(rows), : len(columns), place] = rows[:, None] * whole + columns
    return made.transpose(2, 0, 1)


def tables(counts: Floats, places: npt.NDArray[np.intp]) -> Floats:
    """The table of each pair out of the counts of all, by its `cells`."""
    made: Floats = np.append(counts, 0.0)[places]
    return made


def information(observed: Floats) -> Floats:
    """Mutual information of each table, in nats."""
    shares = _shares(observed)
    margins = shares.sum(axis=2, keepdims=True) * shares.sum(axis=1, keepdims=True)
    return _divergence(shares, margins)


def change(observed: Floats, reference: Floats) -> Floats:
    """The information in each table beyond its margins and the relation of a reference, in nats.

    The reference is fitted to the margins of what is observed (iterative proportional fitting,
    Deming and Stephan 1940), which keeps its odds ratios; what is left is the minimum
    discrimination information (Kullback 1959, Information Theory and Statistics): 0 where the
    columns hang together as before, however often each value comes.

    Parameters
    ----------
    observed, reference : counts of shape (pairs, bins, bins).
    """
    shares = _shares(observed)
    rows, columns = shares.sum(axis=2, keepdims=True), shares.sum(axis=1, keepdims=True)
    fitted = _shares(reference + PRIOR)
    for _ in range(ROUNDS):
        fitted *= rows / np.maximum(fitted.sum(axis=2, keepdims=True), 1e-300)
        fitted *= columns / np.maximum(fitted.sum(axis=1, keepdims=True), 1e-300)
    return _divergence(shares, fitted)


def _shares(counts: Floats) -> Floats:
    shares: Floats = counts / np.maximum(counts.sum(axis=(1, 2), keepdims=True), 1e-300)
    return shares


def _divergence(shares: Floats, expected: Floats) -> Floats:
    """Sum of p ln(p / q) over the cells of each table."""
    ratio = np.where(shares > 0, shares, 1) / np.maximum(np.where(shares > 0, expected, 1), 1e-300)
    divergence: Floats = (shares * np.log(ratio)).sum(axis=(1, 2))
    return np.maximum(divergence, 0.0)
