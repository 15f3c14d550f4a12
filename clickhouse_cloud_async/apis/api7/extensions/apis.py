"""Methods of APIs that combine operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.extensions.fetching import carried_out
from clickhouse_cloud_async.apis.api7.models.common import Direction, OrderBy
from clickhouse_cloud_async.apis.api7.operations import apis
from clickhouse_cloud_async.core.errors import CloudError
from clickhouse_cloud_async.core.values import UNSET, OpenText, Unset, veil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.apis.api7.models.apis import (
        Api,
        ApiPath,
        ApiType,
        ApiTypeText,
        FineGrainedRouteControl,
    )
    from clickhouse_cloud_async.apis.api7.models.common import ActiveState
    from clickhouse_cloud_async.apis.api7.models.dicts import (
        ApiPathDict,
        FineGrainedRouteControlDict,
    )


class AsyncAPIs(apis.AsyncAPIs):
    """APIs of an application.

    Their policies override the same policies of the application.
    """

    async def create(
        self,
        app_id: str,
        *,
        name: str,
        paths: Sequence[ApiPath | ApiPathDict],
        active: ActiveState | int | Unset = UNSET,
        description: str | Unset = UNSET,
        methods: Sequence[str] | Unset = UNSET,
        policies: Mapping[str, object] | Unset = UNSET,
        strip_path_prefix: bool | Unset = UNSET,
        labels: Sequence[str] | Unset = UNSET,
        type: ApiType | ApiTypeText | OpenText | Unset = UNSET,
        fine_grained_route_control: FineGrainedRouteControl
        | FineGrainedRouteControlDict
        | Unset = UNSET,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> Api:
        """Create an API in an application.

        Sources disagree whether the response contains the new API. If it does not, the call fetches
        the newest API of the application with this name.

        Not retried when its outcome is unknown: each request creates another API.

        Args:
            app_id: ID of the application. Matching ``^[1-9][0-9]*$``.
            name: Name of the API. 1 to 64 characters.
            paths: Paths, relative to the path prefix of the application. 1 to 64 items.
            active: Whether gateways serve it; note that 0 means active and 1 inactive. One of 0, 1.
            description: Description of the object. At most 256 characters.
            methods: HTTP methods; all methods without any.
            policies: Policies by name, each with its configuration; the values may contain secrets.
            strip_path_prefix: Whether gateways remove the path prefix before they forward a
                request.
            labels: Labels of the object, by which lists can be filtered. At most 32 items.
            type: Kind of API. The API's default is ``Rest``.
            fine_grained_route_control: Conditions on requests in addition to path and method.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for each request, None for no limit; the client's by default.

        Returns:
            The new API.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            BadRequestError: The API refuses an argument.
            NotFoundError: The object does not exist, or the token has no access to it.
            OutcomeUnknownError: The request may or may not have been carried out.
            CloudError: The new API could not be fetched, or any other failure.

        Source: ``POST /api/v1/apps/{app_id}/apis`` (createApi).
        """
        extra = veil(extra)
        created = await super().create(
            app_id,
            name=name,
            paths=paths,
            active=active,
            description=description,
            methods=methods,
            policies=policies,
            strip_path_prefix=strip_path_prefix,
            labels=labels,
            type=type,
            fine_grained_route_control=fine_grained_route_control,
            extra=extra,
            timeout=timeout,
        )
        if created is not None:
            return created
        with carried_out("the API was created"):
            return await self._newest(app_id, name, timeout)

    async def _newest(self, app_id: str, name: str, timeout: float | Unset | None) -> Api:
        """Fetch the API of a name that was created last."""
        newest_first = self.iterate(
            app_id,
            search=name,
            order_by=OrderBy.CREATED_AT,
            direction=Direction.DESC,
            timeout=timeout,
        )
        async for api in newest_first:
            if api.name == name:
                return api
        raise CloudError(f"no API named {name!r} is listed", operation="createApi")
