"""Dashboards of ClickStack as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.clickstack_dashboards import (
    AggregateFunction,
    ClickStackCreateDashboardRequest,
    ClickStackDashboardResponse,
)
from clickhouse_cloud_async.desired.comparison import as_outlined, as_set, keyed
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.plain import plain
from clickhouse_cloud_async.desired.resource import Created

from .in_service import InService, service_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource


def _without_ids(items: Any) -> list[dict[str, Any]]:
    """Return tiles or filters in the form of documents and of requests."""
    return [_sendable({k: v for k, v in item.items() if k != "id"}) for item in plain(items or [])]


def _sendable(value: Any) -> Any:
    """Return a value from a response without parts that requests must not have."""
    if isinstance(value, list):
        return [_sendable(item) for item in value]
    if not isinstance(value, dict):
        return value
    function, refused = value.get("agg_fn"), set[str]()
    if function is not None and function != AggregateFunction.QUANTILE:
        refused.add("level")
    if function == AggregateFunction.COUNT:
        refused.add("value_expression")
    return {
        name: _sendable(item)
        for name, item in value.items()
        if item is not None and name not in refused
    }


_SOURCES = (("clickstack_sources", "id"),)


class ClickStackDashboards(InService[ClickStackDashboardResponse]):
    """Dashboards; their tiles are identified by name and keep their alerts."""

    name: ClassVar[str] = "clickstack_dashboards"
    noun: ClassVar[str] = "ClickStack dashboard"
    after: ClassVar[tuple[str, ...]] = ("clickstack_sources",)
    models: ClassVar[tuple[type[Model], ...]] = (ClickStackCreateDashboardRequest,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name"),
        Field(
            "tiles",
            read=lambda dashboard: _without_ids(dashboard.tiles),
            compare=keyed("name"),
            embeds=_SOURCES,
            warning="removing a tile removes its alerts",
        ),
        Field("tags", compare=as_set),
        Field(
            "filters",
            read=lambda dashboard: _without_ids(dashboard.filters),
            compare=keyed("name"),
            embeds=_SOURCES,
        ),
        Field("saved_query", normalise=lambda query: query or None),
        Field("saved_query_language"),
        Field("saved_filter_values", compare=as_outlined, default=[]),
        Field("containers", compare=as_outlined, default=[]),
    )

    async def list_items(self, location: Location) -> Sequence[ClickStackDashboardResponse]:
        """Return the dashboards of a service."""
        dashboards: Sequence[
            ClickStackDashboardResponse
        ] = await location.client.clickstack.dashboards.list(**service_of(location))
        return dashboards

    async def create(self, creation: Creation) -> Created[ClickStackDashboardResponse]:
        """Create a dashboard."""
        dashboard = await creation.client.clickstack.dashboards.create(
            **{"tiles": [], **creation.fields}, **service_of(creation)
        )
        return Created(dashboard)

    async def change(
        self, change: Change[ClickStackDashboardResponse]
    ) -> ClickStackDashboardResponse | None:
        """Replace a dashboard, and keep the IDs of its tiles and filters."""
        there, fields = change.item, self.whole(change)
        fields["tiles"] = _with_ids(fields.get("tiles", ()), there.tiles)
        fields["filters"] = [
            # The API requires an ID, and replaces that of a new filter.
            {"id": f"{number:024x}", **filter_}
            for number, filter_ in enumerate(
                _with_ids(fields.get("filters", ()), there.filters or ()), start=1
            )
        ]
        dashboard: ClickStackDashboardResponse = await change.client.clickstack.dashboards.update(
            click_stack_dashboard_id=change.resource.id, **fields, **service_of(change)
        )
        return dashboard

    async def delete(self, resource: Resource[ClickStackDashboardResponse]) -> None:
        """Delete a dashboard together with the alerts of its tiles."""
        await resource.client.clickstack.dashboards.delete(
            click_stack_dashboard_id=resource.id, **service_of(resource)
        )


def _with_ids(wanted: Sequence[dict[str, Any]], there: Sequence[Any]) -> list[dict[str, Any]]:
    """Give tiles or filters the IDs of those with the same name, or else at the same position.

    Args:
        wanted: All desired ones, as mappings of their fields.
        there: All existing ones.
    """
    free = {item["id"]: item for item in plain(there)}
    ids: dict[int, str] = {}
    for same in _SAMENESS:
        for index, item in enumerate(wanted):
            if index in ids or "id" in item:
                continue
            found = [key for key, other in free.items() if same(item, other)]
            if len(found) == 1:
                ids[index] = found[0]
                del free[found[0]]
    return [{"id": ids[i], **item} if i in ids else item for i, item in enumerate(wanted)]


def _is_named_alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(one.get("name") == other.get("name"))


def _is_at_same_place(one: dict[str, Any], other: dict[str, Any]) -> bool:
    place = ("container_id", "tab_id", "x", "y")
    return "x" in one and all(one.get(name) == other.get(name) for name in place)


_SAMENESS: tuple[Callable[[dict[str, Any], dict[str, Any]], bool], ...] = (
    _is_named_alike,
    _is_at_same_place,
)
