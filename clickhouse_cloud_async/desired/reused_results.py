"""Reuses the observation of a plan when the plan is applied."""

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


class ReusedResults:
    """Reuses the observation of a plan when the plan is applied.

    If something is going to change, everything in the same parent resource is read again. Its
    cached results are discarded before anything is sent, so that no later observation uses them.

    Args:
        recall: The results of the plan's observation and of earlier ones.
        context: The application.
    """

    def __init__(self, recall: Recall, context: Context) -> None:
        self._recall = recall
        self._context = context
        self._touched: dict[str, set[tuple[str, str]]] = {}

    def memory(
        self,
        what: str,
        reported_by: frozenset[str],  # noqa: ARG002 - later activities do not matter
        parent: Resource[Any],
    ) -> Memory | None:
        """Return the plan's results for a parent; None if something in it is going to change.

        Args:
            what: The kind, or the field that is read separately.
            reported_by: As for `Recall`.
            parent: The parent resource.
        """
        if parent.kind not in self._touched:
            self._touched[parent.kind] = set(self._parents(parent.kind))
        if (parent.scope.id, parent.id) in self._touched[parent.kind]:
            self._recall.forget(parent)
            return None
        return self._recall.last(what, parent)

    async def keep(self) -> None:
        """Write the file without the results that are going to change.

        Raises:
            OSError: The file cannot be written.
        """
        await self._recall.save_forgotten()

    def _parents(self, kind: str) -> Iterator[tuple[str, str]]:
        """Yield scope and ID of the resources of a kind that change or whose children change."""
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
