"""Lifecycles of resources that change by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clickhouse_cloud_async.core.operation import Operation

T = TypeVar("T")


@attrs.frozen(kw_only=True, eq=False)
class Lifecycle(Generic[T]):
    """How one kind of resource changes by itself, and how to poll it.

    Attributes:
        kind: Name of the kind in messages, such as ``service``.
        model: Type of the resource in the responses of both operations below; if a list shows less
            than the other one, the type of the list's items.
        item: The path parameter that identifies a resource, such as ``serviceId``.
        identity: The attribute that holds the same value in a list.
        state: The attribute that holds the state; empty if there is none.
        get: The operation that returns one resource; None if only a list shows it.
        list: The operation that returns all resources under the same parent; None if there is none,
            or if it does not show the state.
        within: Keys that lead from the list operation's result to the list, if it is a part of the
            result.
        state_names: Names of states that are numbers in responses, by number; everywhere else such
            a state is referred to by its name.
        states: All known states, to refuse a misspelt one; if empty, none is refused.
        transitional: Typical seconds of each state that ends without a command.
        terminal: States that do not end without a command, and from which no other state can be
            waited for.
        gone: States of resources that are deleted or being deleted. Such a state that is not
            transitional is equivalent to an absence: no other state follows it.
        up: States in which the resource serves.
        dormant: States of `up` in which the resource has to be woken before it serves.
        deleted: States of `gone` in which the resource counts as deleted, though it is still
            listed.
        deletable: States in which the API accepts a deletion; empty for any.
        leads_to: The state in which each transitional state usually ends.
        appears_within: Seconds within which a resource that no request creates may appear in the
            list; its absence is an error only after that. 0 for resources that a request creates.
        advice: Advice for each state in which a wait may end without success.
    """

    kind: str
    model: Any
    item: str
    identity: str
    state: str
    get: Operation[Any] | None = None
    list: Operation[Any] | None = None
    within: tuple[str, ...] = ()
    state_names: Mapping[int, str] = attrs.field(factory=dict[int, str])
    states: frozenset[str] = frozenset()
    transitional: Mapping[str, float] = attrs.field(factory=dict[str, float])
    terminal: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    up: frozenset[str] = frozenset()
    dormant: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()
    deletable: frozenset[str] = frozenset()
    leads_to: Mapping[str, str] = attrs.field(factory=dict[str, str])
    appears_within: float = 0.0
    advice: Mapping[str, str] = attrs.field(factory=dict[str, str])

    def __attrs_post_init__(self) -> None:
        assert self.get or self.list, "it can be read or listed"

    def name_of(self, state: object) -> str | None:
        """Return the name of a state in a response; None for an invalid one."""
        if isinstance(state, int) and not isinstance(state, bool):
            return self.state_names.get(state, str(int(state)))
        return state if isinstance(state, str) else None

    @property
    def awake(self) -> frozenset[str]:
        """States in which the resource serves without being woken."""
        return self.up - self.dormant

    @property
    def present(self) -> frozenset[str]:
        """States of resources that are neither deleted nor being deleted."""
        return self.states - self.gone

    @property
    def settling(self) -> frozenset[str]:
        """Transitional states that lead to one in which commands are accepted."""
        return frozenset(self.transitional) - self.gone

    def leading_to(self, states: Collection[str]) -> frozenset[str]:
        """Return the transitional states that lead to one of some states.

        Args:
            states: The states.
        """
        return frozenset(state for state, end in self.leads_to.items() if end in states)

    @property
    def ends(self) -> frozenset[str]:
        """States that are equivalent to being absent."""
        return self.gone - self.transitional.keys()
