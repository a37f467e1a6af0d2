"""A relation by which a target is made of other columns."""

from collections.abc import Mapping
from dataclasses import dataclass

LESS = "(1 - "  # before a share that is taken away


@dataclass(frozen=True)
class Relation:
    """What a target is made of: columns, how they go together, and in which share of the rows.

    `kind` is sum, product, or part: then the columns are the most of the target, never more than
    it, and sometimes all of it. `weights` are coefficients, or exponents of a product; `constant`
    is what is added, or multiplied with; a margin is a product that is taken from 1 or 100.
    """

    kind: str
    weights: Mapping[str, float]
    share: float
    constant: float = 0.0
    taken_from: float | None = None

    @property
    def names(self) -> frozenset[str]:
        """The columns, without what is done to them."""
        return frozenset(
            name.removeprefix(LESS).removesuffix(")") if name.startswith(LESS) else name
            for name in self.weights
        )

    @property
    def text(self) -> str:
        """As a formula, as in casual + registered.

        >>> Relation("sum", {"revenue": 1.0, "cost": -1.0}, 1.0).text
        'revenue - cost'
        >>> Relation("product", {"price": 1.0, "pieces": 1.0, "weight": -2.0}, 1.0).text
        'price x pieces / weight^2'
        """
        ordered = sorted(self.weights.items(), key=lambda item: item[1] < 0)
        text = ""
        for name, weight in ordered:
            size = abs(weight)
            if self.kind == "product":
                sign = (" / " if text else "1 / ") if weight < 0 else " x " if text else ""
                text += f"{sign}{name}" + (f"^{size:g}" if size != 1 else "")
            else:
                sign = (" - " if text else "-") if weight < 0 else " + " if text else ""
                text += sign + (f"{size:.4g} " if size != 1 else "") + name
        if self.kind == "product":
            text = text if self.constant in (0.0, 1.0) else f"{self.constant:.4g} x {text}"
            return text if self.taken_from is None else f"{self.taken_from:g} - {text}"
        if not self.constant:
            return text
        sign = "-" if self.constant < 0 else "+"
        return f"{text} {sign} {abs(self.constant):.4g}"
