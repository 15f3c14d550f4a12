"""Observes the actual state as far as a description covers it, and compares both."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .kind_handler import KindHandler
from .lockouts import without_lockouts
from .observation import relevant_kinds
from .order import ordered, with_dependencies
from .plan import PlanAction

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from .handler import Context, Handler
    from .lockouts import ReadIdentity
    from .plan import ResourcePlan


class Comparing:
    """One comparison of the desired with the actual state.

    Args:
        context: The description.
        special: Handlers of the kinds that do not use the default one.
        read_identity: Reads the identity of a client, if the API shows it.

    Attributes:
        context: As the argument.
        handlers: The handler of each relevant kind.
    """

    def __init__(
        self,
        context: Context,
        special: Mapping[str, type[Handler]],
        read_identity: ReadIdentity | None = None,
    ) -> None:
        self.context = context
        self._read_identity = read_identity
        desired = context.desired
        self._looks = relevant_kinds(context.kinds, context.wanted, desired.prune)
        # A marked resource of a fleet may have to be deleted although nothing names it any more.
        only = context.options.only
        for name in desired.kinds.intersection(context.kinds.owned):
            if only is None or name in only:
                self._looks[name] = {scope.id for scope in context.scopes}
        self.handlers: dict[str, Handler] = {
            kind.name: special.get(kind.name, KindHandler)(kind, context)
            for kind in context.kinds
            if kind.name in self._looks
        }

    def look_requests(self) -> dict[str, Counter[str]]:
        """Return the estimated number of requests that read the actual state, by kind and scope."""
        return {
            name: handler.look_requests(self._looks[name])
            for name, handler in self.handlers.items()
        }

    async def items(self) -> tuple[ResourcePlan, ...]:
        """Observe the actual state, and return the plan in order.

        Raises:
            InvalidArgumentError: The changes depend on each other in a cycle.
            OSError: The results could not be written to the file.
            CloudError: The actual state could not be read.
        """
        try:
            for name, handler in self.handlers.items():
                await handler.observe(self._looks[name])
                self.context.look.expect(name, 0)
        finally:
            if self.context.memories is not None:
                # After a failure, the results that were read before it need not be read again.
                await self.context.memories.keep()
        # It takes long for thousands of resources, so it runs in a thread, outside the event loop.
        items = await asyncio.to_thread(self._compare)
        return await without_lockouts(items, self.context, self._read_identity)

    def _compare(self) -> tuple[ResourcePlan, ...]:
        items = [item for handler in self.handlers.values() for item in handler.compare()]
        options = self.context.options
        items = self._without_followers(items)
        for handler in self.handlers.values():
            items = list(handler.complete_plan(items))
        if options.only is not None:
            items = [item for item in items if item.kind in options.only]
        if options.targets is not None:
            items = with_dependencies(items, options.targets, self.context)
        return ordered(items, self.context)

    def _without_followers(self, items: Sequence[ResourcePlan]) -> list[ResourcePlan]:
        """Omit the removal of resources that are deleted with their parent."""
        removed = {
            (item.kind, item.resource_id) for item in items if item.action is PlanAction.REMOVE
        }
        return [
            item
            for item in items
            if not (
                item.action is PlanAction.REMOVE
                and self.context.kinds[item.kind].ends_with_parent
                and item.inside() in removed
            )
        ]
