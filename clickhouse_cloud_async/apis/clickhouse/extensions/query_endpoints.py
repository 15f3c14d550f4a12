"""The query endpoint of a service, which has to be provisioned first."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from clickhouse_cloud_async.apis.clickhouse.extensions.api_keys import AsyncAPIKeys
from clickhouse_cloud_async.apis.clickhouse.extensions.services import AsyncServices
from clickhouse_cloud_async.apis.clickhouse.models.services import ServiceState
from clickhouse_cloud_async.apis.clickhouse.operations import query_endpoints
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.apis.clickhouse.queries.results import QueryKey
from clickhouse_cloud_async.core.errors import (
    CloudError,
    InvalidArgumentError,
    NotFoundError,
    ResponseDecodeError,
    ServerError,
)
from clickhouse_cloud_async.core.held import RequestHeld
from clickhouse_cloud_async.core.telemetry import logger
from clickhouse_cloud_async.core.values import UNSET, OpenText, Unset, veil

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from uuid import UUID

    from clickhouse_cloud_async.apis.clickhouse.models.access import ApiKeyPostResponse
    from clickhouse_cloud_async.apis.clickhouse.models.common import IpAccessListEntry
    from clickhouse_cloud_async.apis.clickhouse.models.dicts import IpAccessListEntryDict
    from clickhouse_cloud_async.apis.clickhouse.models.query_endpoints import (
        QueryEndpointRole,
        QueryEndpointRoleText,
        ServiceQueryAPIEndpoint,
    )
    from clickhouse_cloud_async.core.caller import Caller
    from clickhouse_cloud_async.core.deadline import Deadline

PROVISIONING_TIME = 1800.0
"""Default time limit in seconds for the wait for a service."""

KEY_LIFE = timedelta(hours=1)
"""Time after which a temporary key expires by itself, even if the program has failed."""

SETTLING_TIME = 60.0
"""Seconds for which the query service may not know a new key yet."""


class AsyncQueryEndpoints(query_endpoints.AsyncQueryEndpoints):
    """The endpoint of a service for SQL over HTTP."""

    async def set(
        self,
        service_id: str | UUID,
        *,
        roles: Sequence[QueryEndpointRole | QueryEndpointRoleText | OpenText],
        open_api_keys: Sequence[str],
        allowed_origins: str | Unset = UNSET,
        organization_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> ServiceQueryAPIEndpoint:
        """Create or replace the query endpoint of a service; a service has one.

        The API responds with 500 while the service is `provisioning`. This call then waits until
        the service is ready, for at most 30 minutes, and retries the request, which is logged.

        Needs the permission ``control-plane:service:manage-query-api-endpoints``.

        Args:
            service_id: ID of the service.
            roles: SQL console roles that queries run with.
            open_api_keys: IDs of the API keys that may call the endpoint.
            allowed_origins: Origins from which browsers may call the endpoint, separated by commas.
            organization_id: The organisation; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for the whole call, None for no limit; the client's by default. By
                default it does not include the wait for the service.

        Returns:
            The query endpoint of a service: the keys that may use it, and the roles of queries.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            BadRequestError: The API refuses an argument.
            AuthenticationError: The credentials are wrong, disabled or expired.
            PermissionDeniedError: The key lacks a permission, or the feature is not enabled.
            NotFoundError: The object does not exist, or the key has no access to it.
            WaitError: The service did not become ready.
            CloudError: Any other failure; see the subclass.

        Source: ``POST
        /v1/organizations/{organizationId}/services/{serviceId}/serviceQueryEndpoint``
        (instanceQueryEndpointUpsert).
        """
        extra = veil(extra)
        deadline = self._caller.deadline(timeout)
        send = partial(
            super().set,
            service_id,
            roles=roles,
            open_api_keys=open_api_keys,
            allowed_origins=allowed_origins,
            organization_id=organization_id,
            extra=extra,
        )
        try:
            return await send(timeout=deadline.left())
        except ServerError:
            if not await _is_provisioning(self._caller, service_id, organization_id, deadline):
                raise
        limit = PROVISIONING_TIME if isinstance(timeout, Unset) else deadline.left()
        await _wait_until_up(self._caller, service_id, organization_id, limit)
        return await send(timeout=timeout if isinstance(timeout, Unset) else deadline.left())

    def temporary_key(
        self,
        service_id: str | UUID,
        *,
        role: QueryEndpointRole | QueryEndpointRoleText | OpenText = "sql_console_read_only",
        ip_access_list: Sequence[IpAccessListEntry | IpAccessListEntryDict]
        | Literal["anywhere"] = "anywhere",
        organization_id: str | UUID | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> AbstractAsyncContextManager[QueryKey]:
        """Create an API key that can query a service for the duration of a block of code.

        The key may only use query endpoints and expires after an hour. It is added to the query
        endpoint of the service, which is created if it does not exist. At the end of the block,
        also if it raises or is cancelled, the key is removed from the endpoint and deleted, and an
        endpoint that this call has created is deleted.

        The endpoint is read and written as a whole: concurrent changes of others may be lost.

        Args:
            service_id: ID of the service.
            role: SQL console role that queries run with. An existing endpoint keeps its roles.
            ip_access_list: IP addresses from which the key may be used, or `"anywhere"`.
            organization_id: The organisation; the client's by default.
            timeout: Seconds for each request, None for no limit; the client's by default.

        Returns:
            A context manager, which returns the key to pass to `services.query`.

        Raises:
            InvalidArgumentError: An argument cannot be sent, or the endpoint exists and has other
                roles.
            PermissionDeniedError: The client's key may not create keys or change query endpoints.
            OutcomeUnknownError: The key may have been created; it was deleted if it was found.
            CloudError: Any other failure; see the subclass.

        Example:
            >>> async with cloud.query_endpoints.temporary_key(service.id) as key:
            ...     result = await cloud.services.query(service.id, "SELECT 1", key=key)

        Source: ``POST /v1/organizations/{organizationId}/keys`` (openapiKeyCreate); ``POST
        /v1/organizations/{organizationId}/services/{serviceId}/serviceQueryEndpoint``
        (instanceQueryEndpointUpsert).
        """
        return self._temporary_key(
            service_id,
            role,
            ip_access_list,
            {"organization_id": organization_id, "timeout": timeout},
        )

    @asynccontextmanager
    async def _temporary_key(
        self,
        service_id: str | UUID,
        role: str,
        ip_access_list: Any,
        options: dict[str, Any],
    ) -> AsyncGenerator[QueryKey]:
        before = await self._find(service_id, options)
        if before is not None and before.roles and set(before.roles) != {role}:
            raise InvalidArgumentError(
                f"role: the query endpoint of the service has {', '.join(before.roles)} for all of"
                f" its keys, got {role}"
            )
        name = f"query-{uuid4()}"
        created: ApiKeyPostResponse | None = None
        try:
            created = await AsyncAPIKeys(self._caller).create(
                name=name,
                roles=["query_endpoints"],
                expire_at=datetime.now(UTC) + KEY_LIFE,
                ip_access_list=ip_access_list,
                **options,
            )
            key = _key_of(created)
            await self._bind(service_id, key.id, role, options)
            yield key
        except RequestHeld:
            raise
        except BaseException as error:
            try:
                await self._remove(service_id, name, created, before, options)
            except CloudError as failure:
                # The error of the block is the one that its caller handles.
                error.add_note(f"the API key {name} could not be removed: {failure}")
            raise
        await self._remove(service_id, name, created, before, options)

    async def _find(
        self, service_id: str | UUID, options: dict[str, Any]
    ) -> ServiceQueryAPIEndpoint | None:
        try:
            return await self.get(service_id, **options)
        except NotFoundError:
            return None

    async def _bind(
        self, service_id: str | UUID, key_id: str, role: str, options: dict[str, Any]
    ) -> None:
        endpoint = await self._find(service_id, options)
        keys = [] if endpoint is None else endpoint.open_api_keys or []
        await self._put(service_id, endpoint, [*keys, key_id], [role], options)

    async def _put(
        self,
        service_id: str | UUID,
        endpoint: ServiceQueryAPIEndpoint | None,
        keys: Sequence[str],
        roles: Sequence[str],
        options: dict[str, Any],
    ) -> None:
        """Set the keys of a query endpoint, and keep the rest of it."""
        origins = endpoint.allowed_origins if endpoint is not None else None
        await self.set(
            service_id,
            roles=(endpoint.roles if endpoint is not None else None) or list(map(OpenText, roles)),
            open_api_keys=keys,
            allowed_origins=UNSET if origins is None else origins,
            **options,
        )

    async def _remove(
        self,
        service_id: str | UUID,
        name: str,
        created: ApiKeyPostResponse | None,
        before: ServiceQueryAPIEndpoint | None,
        options: dict[str, Any],
    ) -> None:
        """Remove a key from a query endpoint, and delete it; cancel scopes do not end this."""
        from anyio import CancelScope

        try:
            with CancelScope(shield=True):
                if created is None:
                    # The response may be lost although the key was created.
                    keys = AsyncAPIKeys(self._caller).iterate(**options)
                    found = [key.id async for key in keys if key.name == name]
                else:
                    found = [created.key.id]
                for key_id in found:
                    try:
                        await self._unbind(service_id, key_id, before, options)
                    finally:
                        await AsyncAPIKeys(self._caller).delete(key_id, **options)
        except BaseException:
            logger.warning("the API key %s was made for queries and could not be removed", name)
            raise

    async def _unbind(
        self,
        service_id: str | UUID,
        key_id: str,
        before: ServiceQueryAPIEndpoint | None,
        options: dict[str, Any],
    ) -> None:
        endpoint = await self._find(service_id, options)
        keys = [] if endpoint is None else endpoint.open_api_keys or []
        if key_id not in keys:
            return
        left = [each for each in keys if each != key_id]
        if before is None and not left:
            await self.delete(service_id, **options)
        else:
            await self._put(service_id, endpoint, left, [], options)


def _key_of(created: ApiKeyPostResponse) -> QueryKey:
    if created.key_id is None or created.key_secret is None:
        raise ResponseDecodeError("the API made a key and does not show it")
    return QueryKey(
        api_key=created.key_id,
        api_secret=created.key_secret,
        id=created.key.id,
        settles_at=time.monotonic() + SETTLING_TIME,
    )


# These are functions, not methods, because a key may lack the permission to see the service.


async def _is_provisioning(
    caller: Caller,
    service_id: str | UUID,
    organization_id: str | UUID | None,
    deadline: Deadline,
) -> bool:
    try:
        service = await AsyncServices(caller).get(
            service_id, organization_id=organization_id, timeout=deadline.left()
        )
    except CloudError:
        # The request failed; the key may lack the permission to see the service.
        return False
    return service.state == ServiceState.PROVISIONING


async def _wait_until_up(
    caller: Caller,
    service_id: str | UUID,
    organization_id: str | UUID | None,
    timeout: float | None,
) -> None:
    logger.info("query endpoint of service %s waits until it is provisioned", service_id)
    await AsyncServices(caller).wait_until(
        service_id,
        lambda service: service.state in LIFECYCLE.up,
        organization_id=organization_id,
        timeout=timeout,
    )
