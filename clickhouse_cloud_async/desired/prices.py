"""Monthly costs of resources, by prices that the user provides.

A file of prices has a currency, the date of the prices, and a list of rates. A rate has a `unit`,
its price, and labels: a rate with ``provider: aws`` applies only to resources on AWS. If several
rates apply to a resource, the one with the most labels is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, Any, Self

import attrs

from .costs import Cost, ItemCost, PlanCosts
from .plan import PlanAction
from .validation import ErrorCollector, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from .entry import Text
    from .plan import Plan, ResourcePlan
    from .usage import Usage
    from .validation import FieldPath

_HEAD = ("currency", "date", "rates")


@attrs.frozen
class Rate:
    """A price.

    Attributes:
        unit: The unit.
        price: The price of one unit.
        labels: The labels that a resource must have for the price to apply.
    """

    unit: str
    price: float
    labels: Mapping[str, str]

    def counts_for(self, usage: Usage) -> bool:
        """Return whether the price applies to a usage."""
        is_alike = all(usage.labels.get(name) == value for name, value in self.labels.items())
        return self.unit == usage.unit and is_alike


@attrs.frozen(kw_only=True)
class Prices:
    """Prices that the user provides.

    Attributes:
        currency: Their currency.
        date: The date of the prices.
        rates: The rates, in the order of the file.
    """

    currency: str
    date: str
    rates: tuple[Rate, ...]

    @classmethod
    def load(cls, file: str | PathLike[str]) -> Self:
        """Read a YAML file.

        Args:
            file: The file.

        Raises:
            DescriptionError: It has errors; the message lists each with line and reason.
            OSError: The file cannot be read.
        """
        from .reading import read_file

        return cls.of(read_file(file))

    @classmethod
    def of(cls, text: Text) -> Self:
        """Read prices.

        Args:
            text: A YAML document as plain values.

        Raises:
            DescriptionError: It has errors; the message lists each with line and reason.
        """
        rates = list(_rates(text.value, text.errors))
        text.errors.check()
        head = text.value
        return cls(currency=head["currency"], date=head["date"], rates=tuple(rates))

    def cost(self, usages: Iterable[Usage]) -> Cost | None:
        """Return the monthly cost of usages; None if a price is missing.

        Args:
            usages: The monthly usages.
        """
        total = Cost()
        for usage in usages:
            rate = self._rate(usage)
            if rate is None and usage.most:
                return None
            if rate is not None:
                total += Cost(usage.least * rate.price, usage.most * rate.price)
        return total

    def costs(self, plan: Plan) -> PlanCosts:
        """Return the change of monthly costs by a plan.

        Args:
            plan: The plan.
        """
        changes: list[ItemCost] = []
        uncounted: dict[str, None] = {}
        for item in plan.items:
            if item.action is PlanAction.REFUSED:
                continue
            change = self._change(item)
            if change != Cost():
                changes.append(ItemCost(item.kind, item.label, change))
            if change != Cost() or item.action is not PlanAction.CHANGE:
                uncounted |= dict.fromkeys(item.uncounted)
        return PlanCosts(self.currency, self.date, tuple(changes), tuple(uncounted))

    def _change(self, item: ResourcePlan) -> Cost | None:
        costs = [None if usages is None else self.cost(usages) for usages in item.usage()]
        before, after = costs
        return None if before is None or after is None else after - before

    def _rate(self, usage: Usage) -> Rate | None:
        counting = [rate for rate in self.rates if rate.counts_for(usage)]
        return max(counting, key=lambda rate: len(rate.labels), default=None)


def _rates(document: object, errors: ErrorCollector) -> Iterable[Rate]:
    if not isinstance(document, Mapping):
        errors.add((), f"prices are a mapping with the fields {', '.join(_HEAD)}")
        return
    for name in document:
        if name not in _HEAD:
            errors.add((name,), unknown(name, _HEAD))
    for name in ("currency", "date"):
        if not isinstance(document.get(name), str):
            errors.add((name,), "is required, as a text")
    rates = document.get("rates")
    if not isinstance(rates, list):
        errors.add(("rates",), "is required, as a list")
        return
    for index, given in enumerate(rates):
        if (rate := _rate(given, ("rates", index), errors)) is not None:
            yield rate


def _rate(given: Any, path: FieldPath, errors: ErrorCollector) -> Rate | None:
    if not isinstance(given, Mapping):
        errors.add(path, "a rate is a mapping of unit, price and what it is for")
        return None
    unit: Any = given.get("unit")
    price: Any = given.get("price")
    labels = {name: value for name, value in given.items() if name not in {"unit", "price"}}
    if not isinstance(unit, str):
        errors.add((*path, "unit"), "is required, as a text")
    is_number = isinstance(price, int | float) and not isinstance(price, bool)
    if not (is_number and 0 <= price < inf):
        errors.add((*path, "price"), "is required, as a number from 0 on")
    for name, value in labels.items():
        if not isinstance(value, str):
            errors.add((*path, name), "is not text")
    return None if errors.has(path) else Rate(str(unit), float(price), labels)
