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
        kind: Its name in messages, such as ``service``.
        model: Its type, as which the answers of both operations below are read; where a list shows
            less than the other one, it is the type of the list's items.
        item: The path parameter that names one thing, such as ``serviceId``.
        identity: The attribute that holds the same value in a list.
        state: The attribute that holds the state; empty where no state tells.
        get: The operation that gives one thing; None where only a list shows it.
        list: The operation that gives all things under the same parent; None where there is none,
            or where it does not show the state.
        within: Keys that lead from the list operation's result to the list, where that is a part
            of it.
        state_names: The names of states that are numbers in responses, by number; everywhere else
            such a state goes by its name.
        states: Every state that is known, to refuse a misspelt one; empty refuses none.
        transitional: Typical seconds of each state that passes by itself.
        terminal: States that nothing leaves by itself, and from which no other can be waited for.
        gone: States of what is deleted or being deleted. One that is not transitional is as good as
            an absence: nothing follows it.
        up: States in which it serves.
        dormant: States of `up` in which it has to be woken before it serves.
        deleted: States of `gone` in which it is gone for all purposes, though still listed.
        deletable: States in which the API accepts a deletion; empty for any.
        leads_to: The state in which each transitional one usually ends.
        appears_within: Seconds within which a thing may come to be listed by itself; only later is
            it an error that it is absent. 0 for what a request creates.
        advice: What to do about a state in which a wait may end without success.
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
        """States in which it serves without being woken."""
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
