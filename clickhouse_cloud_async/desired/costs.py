"""Monthly costs of a plan."""

from __future__ import annotations

import attrs


@attrs.frozen
class Cost:
    """A monthly cost, or a change of one.

    Attributes:
        least: The minimum amount.
        most: The maximum amount.
    """

    least: float = 0.0
    most: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.least + other.least, self.most + other.most)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.least - other.least, self.most - other.most)

    def to_dict(self) -> dict[str, float]:
        """The amounts as JSON values, in hundredths."""
        return {"least": round(self.least, 2), "most": round(self.most, 2)}

    def __str__(self) -> str:
        low, high = (f"{amount:+,.2f}" for amount in sorted((self.least, self.most)))
        return low if low == high else f"{low} to {high}"


@attrs.frozen
class ItemCost:
    """The change of the monthly cost of one resource.

    Attributes:
        kind: Its kind.
        label: Its name, after that of its parent.
        change: The change of its cost, negative if it costs less; None if that is unknown.
    """

    kind: str
    label: str
    change: Cost | None

    def to_dict(self) -> dict[str, object]:
        """The costs as JSON values."""
        change = None if self.change is None else self.change.to_dict()
        return {"kind": self.kind, "name": self.label, "change": change}

    def __str__(self) -> str:
        amount = "not known" if self.change is None else str(self.change)
        return f"{self.kind}/{self.label}: {amount}"


@attrs.frozen
class PlanCosts:
    """The change of monthly costs by a plan.

    Attributes:
        currency: The currency of the prices.
        date: The date of the prices.
        items: The resources whose cost changes or is unknown.
        uncounted: Costs of these resources that are not included, such as storage.
    """

    currency: str
    date: str
    items: tuple[ItemCost, ...]
    uncounted: tuple[str, ...] = ()

    @property
    def total(self) -> Cost:
        """The sum of the known changes."""
        return sum((item.change for item in self.items if item.change is not None), Cost())

    @property
    def unknown(self) -> tuple[ItemCost, ...]:
        """Resources whose cost is unknown."""
        return tuple(item for item in self.items if item.change is None)

    def to_dict(self) -> dict[str, object]:
        """The costs as JSON values."""
        return {
            "currency": self.currency,
            "date": self.date,
            "total": self.total.to_dict(),
            "items": [item.to_dict() for item in self.items],
            "not_counted": list(self.uncounted),
        }

    def to_markdown(self) -> str:
        """The costs as Markdown, for a comment on a pull request."""
        lines = [f"| resource | {self.currency} a month |", "|---|--:|"]
        lines += [f"| {item.kind}/{item.label} | {_amount(item)} |" for item in self.items]
        lines.append(f"| **sum** at prices of {self.date} | **{self.total}** |")
        lines += ["", self._beside] if self.uncounted else []
        return "\n".join(lines)

    def __str__(self) -> str:
        head = f"{self.total} {self.currency} a month, at prices of {self.date}"
        without = f", without {len(self.unknown)} not known" if self.unknown else ""
        lines = [head + without, *(f"    {item}" for item in self.items)]
        lines += [f"    {self._beside}"] if self.uncounted else []
        return "\n".join(lines)

    @property
    def _beside(self) -> str:
        return f"not counted: {', '.join(self.uncounted)}"


def _amount(item: ItemCost) -> str:
    return "not known" if item.change is None else str(item.change)
