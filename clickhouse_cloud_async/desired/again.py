"""What an application takes from the look of its plan."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .names import UnresolvedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.core.memory import Memory

    from .handler import Context
    from .recall import Recall
    from .resource import Resource


class Again:
    """What an application takes from the look of its plan.

    Where it is going to change something it looks again at all that is in the same resource. That
    is forgotten before anything is sent, so that no later look takes it for what is there.

    Args:
        recall: What the plan has from its look, and from earlier ones.
        context: The application.
    """

    def __init__(self, recall: Recall, context: Context) -> None:
        self._recall = recall
        self._context = context
        self._touched: dict[str, set[tuple[str, str]]] = {}

    def memory(
        self,
        what: str,
        told_by: frozenset[str],  # noqa: ARG002 - what has happened does not matter
        parent: Resource[Any],
    ) -> Memory | None:
        """Return what the plan knows of a place; None where something is going to change.

        Args:
            what: What is read there.
            told_by: As for `Recall`.
            parent: The resource that it is in.
        """
        if parent.kind not in self._touched:
            self._touched[parent.kind] = set(self._parents(parent.kind))
        if (parent.scope.id, parent.id) in self._touched[parent.kind]:
            self._recall.forget(parent)
            return None
        return self._recall.last(what, parent)

    async def keep(self) -> None:
        """Write the file without what is going to change.

        Raises:
            OSError: It cannot be written.
        """
        await self._recall.save()

    def _parents(self, kind: str) -> Iterator[tuple[str, str]]:
        """Yield scope and ID of the resources of a kind that change, or in which something does."""
        context = self._context
        for item in context.shown or ():
            parent = context.kinds[item.kind].parent
            if item.kind == kind and item.resource_id is not None:
                yield item.organization_id, item.resource_id
            elif parent is not None and parent.kind == kind and item.parent is not None:
                with suppress(UnresolvedError):
                    found = context.names.find(kind, item.organization_id, item.parent)
                    if found is not None:
                        yield item.organization_id, found.id
            if (inside := item.inside()) is not None and inside[0] == kind:
                yield item.organization_id, inside[1]
