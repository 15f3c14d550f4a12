"""The differences between two contracts, fact by fact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs

from .facts import contract_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .facts import Json, Node

Action = Literal["added", "removed", "changed"]
_SIGNS: dict[Action, str] = {"added": "+", "removed": "-", "changed": "~"}


@attrs.frozen(order=True)
class Change:
    """One difference between two contracts.

    Attributes:
        kind: The kind of fact, such as ``operation``, ``field``, ``word`` or ``maximum``.
        place: Its place, such as ``Service.state``.
        action: Whether it was added, removed or changed.
        before: Its value before; None for what was added.
        after: Its value after; None for what was removed.
    """

    kind: str
    place: str
    action: Action
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        line = f"{_SIGNS[self.action]} {self.kind} {self.place}"
        if self.before is None and self.after is None:
            return line
        return f"{line}: {self.before or 'nothing'} -> {self.after or 'nothing'}"


@attrs.frozen
class Difference:
    """All differences between two contracts, by kind and place.

    Attributes:
        changes: The differences. Parts of something that was added or removed, such as the fields
            of an object, are not listed.
    """

    changes: tuple[Change, ...]

    def lines(self) -> list[str]:
        """One line a change: removals first, then additions, then what changed."""
        actions: tuple[Action, ...] = ("removed", "added", "changed")
        return [str(change) for action in actions for change in self.of(action)]

    def of(self, action: Action) -> list[Change]:
        """The changes of one action."""
        return [change for change in self.changes if change.action == action]

    def summary(self) -> str:
        """Return the number of changes of each action."""
        actions: tuple[Action, ...] = ("added", "removed", "changed")
        return ", ".join(f"{len(self.of(action))} {action}" for action in actions)


def difference(new: Json, present: Json) -> Difference:
    """List the changes between two contracts.

    Args:
        new: The new contract.
        present: The one to compare it with.
    """
    changes = _compared(contract_tree(present), contract_tree(new))
    return Difference(tuple(sorted(changes)))


def _compared(before: Node, after: Node) -> Iterator[Change]:
    for name in before.facts.keys() | after.facts.keys():
        old, new = before.facts.get(name), after.facts.get(name)
        if (type(old) is bool, old) != (type(new) is bool, new):
            yield Change(name, after.place, "changed", _written(old), _written(new))
    for key, child in before.children.items():
        if key in after.children:
            yield from _compared(child, after.children[key])
        else:
            yield Change(child.kind, child.place, "removed")
    for key, child in after.children.items():
        if key not in before.children:
            yield Change(child.kind, child.place, "added")


def _written(value: Any) -> str | None:
    if value is None:
        return None
    return " or ".join(value) if isinstance(value, tuple) else str(value)
