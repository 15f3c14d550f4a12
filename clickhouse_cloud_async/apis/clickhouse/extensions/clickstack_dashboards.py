"""Dashboards of ClickStack, whose tiles keep their ids."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from clickhouse_cloud_async.apis.clickhouse.models.clickstack_dashboards import (
    ClickStackUpdateDashboardRequest,
)
from clickhouse_cloud_async.apis.clickhouse.operations import clickstack_dashboards
from clickhouse_cloud_async.core.codec import encode
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.telemetry import logger
from clickhouse_cloud_async.core.values import UNSET, veil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from clickhouse_cloud_async.apis.clickhouse.models.clickstack_dashboards import (
        ClickStackDashboardContainer,
        ClickStackDashboardResponse,
        ClickStackFilter,
        ClickStackSavedFilterValue,
        ClickStackTileInput,
    )
    from clickhouse_cloud_async.apis.clickhouse.models.common import (
        QueryLanguage,
        QueryLanguageText,
    )
    from clickhouse_cloud_async.apis.clickhouse.models.dicts import (
        ClickStackDashboardContainerDict,
        ClickStackFilterDict,
        ClickStackSavedFilterValueDict,
        ClickStackTileInputDict,
    )
    from clickhouse_cloud_async.core.values import OpenText, Unset


class AsyncClickStackDashboards(clickstack_dashboards.AsyncClickStackDashboards):
    """Dashboards.

    There is no concurrency control: the last write wins.
    """

    async def update(
        self,
        service_id: str | UUID,
        click_stack_dashboard_id: str,
        *,
        name: str,
        tiles: Sequence[ClickStackTileInput | ClickStackTileInputDict],
        tags: Sequence[str] | Unset = UNSET,
        filters: Sequence[ClickStackFilter | ClickStackFilterDict] | Unset = UNSET,
        saved_query: str | Unset | None = UNSET,
        saved_query_language: QueryLanguage | QueryLanguageText | OpenText | Unset | None = UNSET,
        saved_filter_values: Sequence[ClickStackSavedFilterValue | ClickStackSavedFilterValueDict]
        | Unset = UNSET,
        containers: Sequence[ClickStackDashboardContainer | ClickStackDashboardContainerDict]
        | Unset = UNSET,
        organization_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> ClickStackDashboardResponse:
        """Replace a dashboard.

        Omitted fields are removed. The API matches tiles by id, and deletes a tile with its alerts
        if its id is not sent. If tiles have no id, this call therefore reads the dashboard first
        and gives each the id of the only tile with its name; the log lists tiles that are replaced
        nevertheless. An unknown id is replaced with a new one.

        Needs the permission ``control-plane:service:manage-clickstack-api``.

        Beta: the API may still change this call.

        Args:
            service_id: ID of the service.
            click_stack_dashboard_id: ID of the dashboard.
            name: Name of the dashboard.
            tiles: All tiles of the dashboard.
            tags: Labels for finding the dashboard.
            filters: Filters that users of the dashboard can set.
            saved_query: Query that the dashboard opens with.
            saved_query_language: Language of the saved query.
            saved_filter_values: Filter values that the dashboard opens with.
            containers: Containers that group the tiles.
            organization_id: The organisation; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            A dashboard with its tiles, filters and containers.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            BadRequestError: The API refuses an argument.
            AuthenticationError: The credentials are wrong, disabled or expired.
            PermissionDeniedError: The key lacks a permission, or the feature is not enabled.
            NotFoundError: The object does not exist, or the key has no access to it.
            CloudError: Any other failure; see the subclass.

        Source: ``PUT
        /v1/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards/{clickStackDashboardId}``
        (clickStackUpdateDashboard).
        """
        extra = veil(extra)
        deadline = self._caller.deadline(timeout)
        request = ClickStackUpdateDashboardRequest(
            name=name,
            tiles=tiles,
            tags=tags,
            filters=filters,
            saved_query=saved_query,
            saved_query_language=saved_query_language,
            saved_filter_values=saved_filter_values,
            containers=containers,
            extra=extra,
        )
        sent = _encoded_tiles(request)
        if not all("id" in tile for tile in sent):
            present = await self.get(
                service_id,
                click_stack_dashboard_id,
                organization_id=organization_id,
                timeout=deadline.left(),
            )
            tiles = _with_ids(sent, present)
        return await super().update(
            service_id,
            click_stack_dashboard_id,
            name=name,
            tiles=tiles,
            tags=tags,
            filters=filters,
            saved_query=saved_query,
            saved_query_language=saved_query_language,
            saved_filter_values=saved_filter_values,
            containers=containers,
            organization_id=organization_id,
            extra=extra,
            timeout=deadline.left(),
        )


def _encoded_tiles(request: ClickStackUpdateDashboardRequest) -> list[dict[str, Any]]:
    """Return the tiles of a request as JSON.

    Raises:
        InvalidArgumentError: The request cannot be sent.
    """
    try:
        body = encode(ClickStackUpdateDashboardRequest, request)
    except InvalidArgumentError as error:
        error.operation = "clickStackUpdateDashboard"
        raise
    return cast("list[dict[str, Any]]", body["tiles"])


def _with_ids(
    tiles: list[dict[str, Any]], present: ClickStackDashboardResponse
) -> list[ClickStackTileInputDict]:
    """Give tiles without id that of the only tile with the same name.

    Args:
        tiles: All tiles of the request, as JSON.
        present: The current dashboard.
    """
    taken = {tile["id"] for tile in tiles if "id" in tile}
    free = [tile for tile in present.tiles if tile.id not in taken]
    there = Counter(tile.name for tile in free)
    asked = Counter(tile["name"] for tile in tiles if "id" not in tile)
    ids: dict[object, str] = {
        tile.name: tile.id for tile in free if there[tile.name] == asked[tile.name] == 1
    }
    replaced = [tile.name for tile in free if tile.name not in ids]
    if ids:
        logger.info("update of dashboard %s keeps the ids of %d tiles", present.id, len(ids))
    if replaced:
        logger.warning(
            "update of dashboard %s removes tiles with their alerts: %s",
            present.id,
            ", ".join(map(repr, replaced)),
        )
    kept = [
        {"id": ids[name], **tile} if "id" not in tile and (name := tile["name"]) in ids else tile
        for tile in tiles
    ]
    return cast("list[ClickStackTileInputDict]", kept)
