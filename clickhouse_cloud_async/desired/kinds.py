"""The kinds of an API, and their order."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .kind import Kind


class Kinds:
    """The kinds of resources that documents of an API may contain.

    Args:
        kinds: The kinds, in any order.

    Attributes:
        owned: Names of the kinds whose resources carry the mark of their fleet.
    """

    def __init__(self, kinds: Iterable[Kind[Any]]) -> None:
        by_name = {kind.name: kind for kind in kinds}
        graph = {name: kind.depends_on - {name} for name, kind in by_name.items()}
        unknown = sorted(set().union(*graph.values()) - by_name.keys())
        assert not unknown, f"kinds depend on {', '.join(unknown)}, which no kind is called"
        sorter = TopologicalSorter(graph)
        try:
            sorter.prepare()
        except CycleError as error:
            circle = " -> ".join(error.args[1])
            raise AssertionError(f"kinds depend on each other in a cycle: {circle}") from None
        order: list[str] = []
        while sorter.is_active():
            # The order of a set differs between processes; the order of a plan must not.
            ready = sorted(sorter.get_ready())
            order += ready
            sorter.done(*ready)
        self._by_name: dict[str, Kind[Any]] = {name: by_name[name] for name in order}
        self.owned: tuple[str, ...] = tuple(name for name in order if by_name[name].is_owned)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, dependencies first."""
        return tuple(self._by_name)

    def beside(self, name: str) -> frozenset[str]:
        """Return the kinds with the same parent kind.

        Args:
            name: A kind.
        """
        parent = self._by_name[name].parent
        if parent is None:
            return frozenset()
        every = self._by_name.values()
        return frozenset(
            each.name for each in every if each.parent and each.parent.kind == parent.kind
        )

    def __getitem__(self, name: str) -> Kind[Any]:
        """Return a kind.

        Args:
            name: Its name.

        Raises:
            InvalidArgumentError: There is no such kind.
        """
        try:
            return self._by_name[name]
        except KeyError:
            hint = did_you_mean(name, self._by_name)
            raise InvalidArgumentError(f"{name!r} is not a kind of resource{hint}") from None

    def __iter__(self) -> Iterator[Kind[Any]]:
        return iter(self._by_name.values())

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __len__(self) -> int:
        return len(self._by_name)
