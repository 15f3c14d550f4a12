"""Targets: the part of a description to plan."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .order import split_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .plan import PlanOptions
    from .wanted import Wanted


def meant(wanted: Sequence[Wanted], options: PlanOptions) -> list[Wanted]:
    """Return the described resources to plan, with all that they refer to.

    Args:
        wanted: All described resources.
        options: Which of them are planned.
    """
    every = [each for each in wanted if options.only is None or each.kind.name in options.only]
    if options.targets is None:
        return every
    named: defaultdict[tuple[str, str], list[Wanted]] = defaultdict(list)
    for each in every:
        for name in {each.name, each.label}:
            named[each.kind.name, name].append(each)
    waiting = [
        each for kind, name in map(split_target, options.targets) for each in named[kind, name]
    ]
    found: dict[int, Wanted] = {}
    while waiting:
        each = waiting.pop()
        if id(each) not in found:
            found[id(each)] = each
            for reference in each.references():
                named_so = (named[reference.kind, name] for name in each.labels(reference))
                waiting += next(filter(None, named_so), [])
    return [each for each in every if id(each) in found]
