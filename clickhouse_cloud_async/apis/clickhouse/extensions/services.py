"""Methods of services that combine operations."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from clickhouse_cloud_async.apis.clickhouse.connection import (
    access_to,
    check_user,
    connection_of,
)
from clickhouse_cloud_async.apis.clickhouse.models.services import ServiceState
from clickhouse_cloud_async.apis.clickhouse.operations import services
from clickhouse_cloud_async.apis.clickhouse.queries.endpoint import (
    read_batches,
    read_bytes,
    read_result,
    read_rows,
)
from clickhouse_cloud_async.apis.clickhouse.queries.query import Query
from clickhouse_cloud_async.apis.clickhouse.queries.results import ARROW_STREAM, JSON_ROWS
from clickhouse_cloud_async.apis.clickhouse.tag_filters import check_filter
from clickhouse_cloud_async.core.deadline import Deadline
from clickhouse_cloud_async.core.errors import (
    BadRequestError,
    CloudError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
)
from clickhouse_cloud_async.core.extras import require_extra
from clickhouse_cloud_async.core.functions import checked_function
from clickhouse_cloud_async.core.lookups import is_uuid
from clickhouse_cloud_async.core.recording import recording
from clickhouse_cloud_async.core.telemetry import logger
from clickhouse_cloud_async.core.values import UNSET, Unset, protect, veil
from clickhouse_cloud_async.hashing import hash_password

from .connecting import open_async_client

if TYPE_CHECKING:
    import builtins
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Callable,
        Collection,
        Mapping,
        Sequence,
    )
    from contextlib import AbstractAsyncContextManager
    from uuid import UUID

    from clickhouse_connect.driver.asyncclient import AsyncClient

    from clickhouse_cloud_async.apis.clickhouse.connection import ServiceConnection
    from clickhouse_cloud_async.apis.clickhouse.models.services import (
        Service,
        ServiceEndpointProtocol,
        ServiceEndpointProtocolText,
        ServicePasswordPatchResponse,
        ServicePostResponse,
        ServiceStateText,
    )
    from clickhouse_cloud_async.apis.clickhouse.queries.results import QueryKey, QueryResult
    from clickhouse_cloud_async.core.errors import OutcomeUnknownError
    from clickhouse_cloud_async.core.values import OpenText, Secret
    from clickhouse_cloud_async.core.waiting.wait import Progress

State: TypeAlias = "ServiceState | ServiceStateText | OpenText"
ServiceTarget: TypeAlias = "State | Collection[State] | Callable[[Service], bool]"
"""The possible targets of a wait for a service, for type checkers."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""Tolerance between the time of creation and the time at which the request was sent."""


STOP_TIME = 1800.0
"""Seconds within which a service that a block has started is stopped again."""

_STARTING = frozenset((ServiceState.PROVISIONING, ServiceState.STARTING, ServiceState.AWAKING))
"""States in which the API refuses to stop a service."""

_STOPPED = frozenset((ServiceState.STOPPING, ServiceState.STOPPED))


class AsyncServices(services.AsyncServices):
    """ClickHouse services, from creation to deletion."""

    async def list(
        self,
        *,
        filter: Sequence[str] | Unset = UNSET,
        organization_id: str | UUID | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> builtins.list[Service]:
        """List the services of the organisation.

        A filter of the form `tag:Key=Value` or `tag:Key` returns services with certain tags. Any
        other filter is refused: the API would ignore it and return every service.

        Needs no permission: any valid key is accepted.

        Args:
            filter: Tag conditions of the form tag:Key=Value or tag:Key.
            organization_id: The organisation; the client's by default.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            The services of the organisation.

        Raises:
            InvalidArgumentError: An argument cannot be sent, or a filter has no tag; nothing was
                sent.
            BadRequestError: The API refuses an argument.
            AuthenticationError: The credentials are wrong, disabled or expired.
            PermissionDeniedError: The key lacks a permission, or the feature is not enabled.
            CloudError: Any other failure; see the subclass.

        Source: ``GET /v1/organizations/{organizationId}/services`` (instanceGetList).
        """
        check_filter(filter)
        return await super().list(filter=filter, organization_id=organization_id, timeout=timeout)

    async def get_by_name(
        self,
        name: str,
        *,
        organization_id: str | UUID | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> Service:
        """Find the only service with a name.

        Args:
            name: The exact name.
            organization_id: The organisation; the client's by default.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            The service.

        Raises:
            NotFoundError: No service has the name.
            CloudError: Several have it, or the list cannot be fetched.

        Source: ``GET /v1/organizations/{organizationId}/services`` (instanceGetList).
        """
        every = await self.list(organization_id=organization_id, timeout=timeout)
        found = [service for service in every if service.name == name]
        if len(found) == 1:
            return found[0]
        if not found:
            raise NotFoundError(f"no service is named {name!r}", operation="instanceGetList")
        ids = ", ".join(service.id for service in found)
        raise CloudError(
            f"{len(found)} services are named {name!r}: {ids}", operation="instanceGetList"
        )

    async def reset_password(
        self,
        service_id: str | UUID,
        *,
        password: Secret | str | Unset = UNSET,
        new_password_hash: Secret | str | Unset = UNSET,
        new_double_sha1_hash: Secret | str | Unset = UNSET,
        organization_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> ServicePasswordPatchResponse:
        """Set the password of a service's default user.

        With a password, only its hashes are sent, and the API returns nothing. Without password and
        hash, the API generates a new password and returns it.

        Not retried when its outcome is unknown: each request may generate another password.

        Needs the permission ``control-plane:service:manage``.

        Args:
            service_id: ID of the service.
            password: The new password.
            new_password_hash: Base64 of its SHA-256 digest, in place of the password.
            new_double_sha1_hash: Hexadecimal SHA-1 of its SHA-1 digest, for the MySQL protocol;
                only together with the other hash.
            organization_id: The organisation; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            The new password, if the API has generated it.

        Raises:
            InvalidArgumentError: Both a password and a hash are given, or one cannot be sent.
            NotFoundError: The service does not exist, or the key has no access to it.
            OutcomeUnknownError: The password may or may not have been set.
            CloudError: Any other failure; see the subclass.

        Source: ``PATCH /v1/organizations/{organizationId}/services/{serviceId}/password``
        (instancePasswordUpdate).
        """
        password = protect(password)
        new_password_hash = protect(new_password_hash)
        new_double_sha1_hash = protect(new_double_sha1_hash)
        extra = veil(extra)
        if not isinstance(password, Unset):
            if not (new_password_hash is UNSET and new_double_sha1_hash is UNSET):
                raise InvalidArgumentError("give either a password or its hashes, not both")
            hashes = hash_password(password)
            new_password_hash, new_double_sha1_hash = hashes.sha256, hashes.double_sha1
        return await super().reset_password(
            service_id,
            new_password_hash=new_password_hash,
            new_double_sha1_hash=new_double_sha1_hash,
            organization_id=organization_id,
            extra=extra,
            timeout=timeout,
        )

    async def reconcile(
        self,
        error: OutcomeUnknownError,
        *,
        organization_id: str | UUID | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> Service | None:
        """Find out by name and creation time whether a service was created.

        Its initial password was in the lost response: set a new one with `reset_password`.

        Args:
            error: The error that `create` has raised.
            organization_id: The organisation; the client's by default.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            The service, or None if none was created.

        Raises:
            InvalidArgumentError: The error is not about the creation of a service.
            CloudError: Several services match, or the list cannot be fetched.

        Source: ``GET /v1/organizations/{organizationId}/services`` (instanceGetList).
        """
        if error.operation != "instanceCreate" or error.sent_at is None:
            raise InvalidArgumentError("the error is not about the creation of a service")
        with recording() as recorded:
            every = await self.list(organization_id=organization_id, timeout=timeout)
        earliest = recorded.response(None).server_time(error.sent_at) - CLOCK_TOLERANCE
        found = [
            service
            for service in every
            if service.name == error.name
            and (service.created_at is None or service.created_at >= earliest)
        ]
        if len(found) > 1:
            ids = ", ".join(service.id for service in found)
            raise CloudError(f"several services may be the one that was created: {ids}")
        return found[0] if found else None

    async def connection(
        self,
        id_or_name: str | UUID | ServicePostResponse,
        *,
        user: str = "default",
        password: Secret | str | None = None,
        protocol: ServiceEndpointProtocol | ServiceEndpointProtocolText | OpenText = "https",
        organization_id: str | UUID | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> ServiceConnection:
        """Return the connection settings of a service for a driver.

        The service may be in any state: the call neither wakes it nor connects to it.

        The result also provides a URL, with the password or with asterisks.

        Args:
            id_or_name: ID or exact name of the service, or the response of `create`, whose password
                is then used.
            user: Name of the database user.
            password: Password of the user; it is not sent to the API.
            protocol: Protocol of the endpoint.
            organization_id: The organisation; the client's by default.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            Host, port, user and password.

        Raises:
            InvalidArgumentError: The user has no name; nothing was sent.
            NotFoundError: The service does not exist, or has no endpoint of the protocol.
            CloudError: Any other failure; see the subclass.

        Example:
            >>> connection = await cloud.services.connection("analytics", password=password)
            >>> print(connection.url())
            https://default:**********@abc.eu-central-1.aws.clickhouse.cloud:8443

        Source: ``GET /v1/organizations/{organizationId}/services/{serviceId}`` (instanceGet); ``GET
        /v1/organizations/{organizationId}/services`` (instanceGetList) for a name.
        """
        password = protect(password)
        check_user(user)
        key, password = access_to(id_or_name, password)
        find = self.get if is_uuid(key) else self.get_by_name
        service = await find(key, organization_id=organization_id, timeout=timeout)
        return connection_of(service, user=user, password=password, protocol=protocol)

    def awake(
        self,
        id_or_name: str | UUID,
        *,
        stop_again: bool = False,
        on_progress: Callable[[Progress[Service]], object] | None = None,
        organization_id: str | UUID | None = None,
        timeout: float | None = 1800.0,
    ) -> AbstractAsyncContextManager[Service]:
        """Run a block of code while a service runs; start or wake the service if necessary.

        Use it as a context manager. The wait shares its polls with other waits.

        With `stop_again`, a service that this call has started is stopped at the end of the block,
        also if the block raises, is cancelled, or is not entered because the start takes too long.
        The API cannot stop a service that is still starting, so the call first waits until it has
        started. A service that was running or idle before is not stopped.

        Blocks are independent of each other: the one that has started the service also stops it.

        Args:
            id_or_name: ID or exact name of the service.
            stop_again: Whether to stop a service again that was stopped before; the block ends when
                the API has accepted the command.
            on_progress: Called at every poll; an exception that it raises ends the wait.
            organization_id: The organisation; the client's by default.
            timeout: Seconds until the service runs; None for no limit.

        Returns:
            A context manager, which returns the service as of the last poll.

        Raises:
            InvalidArgumentError: The timeout is not positive.
            NotFoundError: The service does not exist, or the key has no access to it.
            WaitTimeoutError: The service does not run in time; the message gives the last state.
            UnreachableStateError: It has failed, or is being deleted.
            CloudError: Any other failure; see the subclass.

        Example:
            >>> async with cloud.services.awake("etl", stop_again=True) as service:
            ...     print(service.state)
            running

        Source: ``PATCH /v1/organizations/{organizationId}/services/{serviceId}/state``
        (instanceStateUpdate); ``GET /v1/organizations/{organizationId}/services/{serviceId}``
        (instanceGet).
        """
        return self._awake(
            id_or_name,
            stop_again=stop_again,
            on_progress=on_progress,
            organization_id=organization_id,
            timeout=timeout,
        )

    @asynccontextmanager
    async def _awake(
        self,
        id_or_name: str | UUID,
        *,
        stop_again: bool,
        on_progress: Callable[[Progress[Service]], object] | None,
        organization_id: str | UUID | None,
        timeout: float | None,
    ) -> AsyncGenerator[Service]:
        deadline = Deadline(timeout)
        service_id = await self._id_of(id_or_name, organization_id, deadline)
        seen = await self.wait_until(
            service_id,
            lambda service: service.state != ServiceState.STOPPING,
            on_progress=on_progress,
            organization_id=organization_id,
            timeout=timeout,
        )
        was_stopped = seen.state == ServiceState.STOPPED
        try:
            if was_stopped:
                was_stopped = await self._start_stopped(service_id, organization_id, deadline)
            yield await self.wait_until(
                service_id,
                ServiceState.RUNNING,
                wake=True,
                on_progress=on_progress,
                organization_id=organization_id,
                timeout=deadline.left(),
            )
        except BaseException as error:
            if was_stopped and stop_again:
                try:
                    await self._stop_again(service_id, organization_id)
                except CloudError as failure:
                    # The error of the block is the one that its caller handles.
                    error.add_note(f"the service could not be stopped again: {failure}")
            raise
        if was_stopped and stop_again:
            await self._stop_again(service_id, organization_id)

    async def _id_of(
        self, id_or_name: str | UUID, organization_id: str | UUID | None, deadline: Deadline
    ) -> str:
        if is_uuid(str(id_or_name)):
            return str(id_or_name)
        found = await self.get_by_name(
            str(id_or_name), organization_id=organization_id, timeout=deadline.left()
        )
        return found.id

    async def _start_stopped(
        self, service_id: str, organization_id: str | UUID | None, deadline: Deadline
    ) -> bool:
        """Start a service; return whether it was this call that started it."""
        try:
            await self.start(service_id, organization_id=organization_id, timeout=deadline.left())
        except (BadRequestError, ConflictError) as error:
            # Somebody else may have been first, or an earlier attempt whose response was lost.
            service = await self.get(
                service_id, organization_id=organization_id, timeout=deadline.left()
            )
            if service.state == ServiceState.STOPPED:
                raise
            return error.has_ambiguous_attempt
        return True

    async def _stop_again(self, service_id: str, organization_id: str | UUID | None) -> None:
        """Stop a service as soon as the API accepts it; cancel scopes around do not end this."""
        from anyio import CancelScope

        deadline = Deadline(STOP_TIME)
        try:
            with CancelScope(shield=True):
                service = await self.wait_until(
                    service_id,
                    lambda service: service.state not in _STARTING,
                    organization_id=organization_id,
                    timeout=deadline.left(),
                )
                if service.state not in _STOPPED:
                    await self.stop(
                        service_id, organization_id=organization_id, timeout=deadline.left()
                    )
        except BaseException:
            logger.warning("service %s was started and could not be stopped again", service_id)
            raise

    async def connect(
        self,
        id_or_name: str | UUID | ServicePostResponse,
        *,
        user: str = "default",
        password: Secret | str | None = None,
        wake: bool = True,
        organization_id: str | UUID | None = None,
        timeout: float | None = 1800.0,
        **options: Any,
    ) -> AsyncClient:
        """Return a clickhouse-connect client that is connected to a service.

        The call waits until the service runs, waking it if it is idle, finds its `https` endpoint
        and retries the first query until the service responds. The call waits for a stopped service
        but does not start it: use `awake` to start it.

        The client's timeouts allow for a service that wakes up: 30 s to connect, and 900 s for a
        response. Close the client when it is no longer used. Needs the extra `connect`.

        Args:
            id_or_name: ID or exact name of the service, or the response of `create`.
            user: Name of the database user.
            password: Password of the user; by default the one in the response of `create`.
            wake: Whether to wake an idle service before the first query.
            organization_id: The organisation; the client's by default.
            timeout: Seconds until the client is ready; None for no limit. In any case, a running
                service has to respond to the first query within 120 s.
            **options: Further arguments of the client, such as `database`, `settings` or `ca_cert`.

        Returns:
            The client: `AsyncClient` of clickhouse-connect, or `Client` in the synchronous client.

        Raises:
            ConfigurationError: clickhouse-connect is not installed; the message names the extra.
            InvalidArgumentError: The user has no name, there is no password, or the timeout is not
                positive.
            NotFoundError: The service does not exist, or has no `https` endpoint.
            WaitTimeoutError: The service does not run in time; the message gives the last state.
            APIConnectionError: The service runs, but does not respond to queries.
            CloudError: Any other failure; see the subclass. If ClickHouse refuses the query, for
                example because of a wrong password, the driver's own error is raised.

        Example:
            >>> client = await cloud.services.connect("analytics", password=password)
            >>> print(await client.command("SELECT 1"))
            1

            >>> created = await cloud.services.create(name="ads", provider="aws", region=region)
            >>> client = await cloud.services.connect(created)

        Source: ``GET /v1/organizations/{organizationId}/services/{serviceId}`` (instanceGet).
        """
        password = protect(password)
        deadline = Deadline(timeout)
        connection = await running_connection(
            self,
            id_or_name,
            user=user,
            password=password,
            wake=wake,
            organization_id=organization_id,
            deadline=deadline,
        )
        return await open_async_client(connection, deadline, options)

    async def query(
        self,
        id_or_name: str | UUID,
        sql: str | Secret,
        *,
        parameters: Mapping[str, object] | None = None,
        format: str = "JSONEachRow",
        database: str | None = None,
        wake: bool = True,
        key: QueryKey | None = None,
        query_url: str | None = None,
        organization_id: str | UUID | None = None,
        timeout: float | None = 900.0,
    ) -> QueryResult:
        """Run SQL on a service without a driver, and return the whole result.

        The query is sent to the query endpoint of the service. The endpoint has to allow the key:
        see `query_endpoints.set` and `query_endpoints.temporary_key`. The query runs with the roles
        of the endpoint. It is never retried.

        Args:
            id_or_name: ID or exact name of the service. With an ID, no request is needed to find
                the service.
            sql: Text of the query. Pass values as `parameters`.
            parameters: Values of the parameters of the query, such as `{name:String}`. They are
                sent separately, and never become part of the text.
            format: Name of the format of the result. Rows need `JSONEachRow`, Arrow `ArrowStream`.
            database: Name of the database in which the query runs; by default the user's.
            wake: Whether to wake an idle service. A stopped service is not started.
            key: The key with which the query is sent; by default the client's credentials.
            query_url: URL of the query service; by default the one that belongs to the client's
                base URL, such as `https://queries.clickhouse.cloud`.
            organization_id: The organisation in which to find the name; the client's by default.
            timeout: Seconds until the result begins, including waking, and maximum time without
                data after that; None for no limit.

        Returns:
            The result: its bytes, `rows()` as dictionaries, `arrow()` as a table, `text()`.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            QueryError: ClickHouse refuses the query, or fails while running it.
            ServiceNotRunningError: The service is stopped, or idle with `wake=False`.
            AuthenticationError: The query endpoint of the service does not accept the key.
            OutcomeUnknownError: There was no response in time; the query may have been run.
            CloudError: Any other failure; see the subclass.

        Example:
            >>> result = await cloud.services.query(
            ...     "analytics", "SELECT {n:UInt8} AS n", parameters={"n": 42}
            ... )
            >>> print(result.rows())
            [{'n': 42}]

        Source: ``POST /service/{serviceId}/run`` (query), of the query service.
        """
        sql, parameters = protect(sql), veil(parameters)
        service = partial(self._id_of, id_or_name, organization_id)
        query = Query(sql, parameters, format, database, wake, key, query_url, timeout, service)
        return await read_result(self._caller, query)

    def query_rows(
        self,
        id_or_name: str | UUID,
        sql: str | Secret,
        *,
        parameters: Mapping[str, object] | None = None,
        database: str | None = None,
        wake: bool = True,
        key: QueryKey | None = None,
        query_url: str | None = None,
        organization_id: str | UUID | None = None,
        timeout: float | None = 900.0,
    ) -> AsyncIterator[dict[str, Any]]:
        """Run SQL on a service without a driver, and iterate over the rows as they arrive.

        The query is sent to the query endpoint of the service. The endpoint has to allow the key:
        see `query_endpoints.set` and `query_endpoints.temporary_key`. The query runs with the roles
        of the endpoint. It is never retried.

        Args:
            id_or_name: ID or exact name of the service. With an ID, no request is needed to find
                the service.
            sql: Text of the query. Pass values as `parameters`.
            parameters: Values of the parameters of the query, such as `{name:String}`. They are
                sent separately, and never become part of the text.
            database: Name of the database in which the query runs; by default the user's.
            wake: Whether to wake an idle service. A stopped service is not started.
            key: The key with which the query is sent; by default the client's credentials.
            query_url: URL of the query service; by default the one that belongs to the client's
                base URL, such as `https://queries.clickhouse.cloud`.
            organization_id: The organisation in which to find the name; the client's by default.
            timeout: Seconds until the result begins, including waking, and maximum time without
                data after that; None for no limit.

        Returns:
            An iterator of dictionaries with JSON values. Nothing is sent before the first one is
            requested.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            QueryError: ClickHouse refuses the query, or fails while running it.
            ServiceNotRunningError: The service is stopped, or idle with `wake=False`.
            AuthenticationError: The query endpoint of the service does not accept the key.
            OutcomeUnknownError: There was no response in time; the query may have been run.
            CloudError: Any other failure; see the subclass.

        Example:
            >>> async for row in cloud.services.query_rows("analytics", "SELECT 42 AS n"):
            ...     print(row)
            {'n': 42}

        Source: ``POST /service/{serviceId}/run`` (query), of the query service.
        """
        sql, parameters = protect(sql), veil(parameters)
        service = partial(self._id_of, id_or_name, organization_id)
        query = Query(sql, parameters, JSON_ROWS, database, wake, key, query_url, timeout, service)
        return read_rows(self._caller, query)

    def query_arrow(
        self,
        id_or_name: str | UUID,
        sql: str | Secret,
        *,
        parameters: Mapping[str, object] | None = None,
        database: str | None = None,
        wake: bool = True,
        key: QueryKey | None = None,
        query_url: str | None = None,
        organization_id: str | UUID | None = None,
        timeout: float | None = 900.0,
    ) -> AsyncIterator[Any]:
        """Run SQL on a service without a driver, and iterate over Arrow batches as they arrive.

        The query is sent to the query endpoint of the service. The endpoint has to allow the key:
        see `query_endpoints.set` and `query_endpoints.temporary_key`. The query runs with the roles
        of the endpoint. It is never retried. Needs the extra `arrow`.

        Args:
            id_or_name: ID or exact name of the service. With an ID, no request is needed to find
                the service.
            sql: Text of the query. Pass values as `parameters`.
            parameters: Values of the parameters of the query, such as `{name:String}`. They are
                sent separately, and never become part of the text.
            database: Name of the database in which the query runs; by default the user's.
            wake: Whether to wake an idle service. A stopped service is not started.
            key: The key with which the query is sent; by default the client's credentials.
            query_url: URL of the query service; by default the one that belongs to the client's
                base URL, such as `https://queries.clickhouse.cloud`.
            organization_id: The organisation in which to find the name; the client's by default.
            timeout: Seconds until the result begins, including waking, and maximum time without
                data after that; None for no limit.

        Returns:
            An iterator of `pyarrow.RecordBatch`, which keeps one batch in memory at a time. Nothing
            is sent before the first one is requested.

        Raises:
            ConfigurationError: pyarrow is not installed; the message names the extra.
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            QueryError: ClickHouse refuses the query, or fails while running it.
            ServiceNotRunningError: The service is stopped, or idle with `wake=False`.
            AuthenticationError: The query endpoint of the service does not accept the key.
            OutcomeUnknownError: There was no response in time; the query may have been run.
            CloudError: Any other failure; see the subclass.

        Example:
            >>> async for batch in cloud.services.query_arrow("analytics", "SELECT 42 AS n"):
            ...     print(batch.to_pylist())
            [{'n': 42}]

        Source: ``POST /service/{serviceId}/run`` (query), of the query service.
        """
        sql, parameters = protect(sql), veil(parameters)
        service = partial(self._id_of, id_or_name, organization_id)
        query = Query(
            sql, parameters, ARROW_STREAM, database, wake, key, query_url, timeout, service
        )
        return read_batches(self._caller, query)

    def query_bytes(
        self,
        id_or_name: str | UUID,
        sql: str | Secret,
        *,
        parameters: Mapping[str, object] | None = None,
        format: str = "JSONEachRow",
        database: str | None = None,
        wake: bool = True,
        key: QueryKey | None = None,
        query_url: str | None = None,
        organization_id: str | UUID | None = None,
        timeout: float | None = 900.0,
    ) -> AsyncIterator[bytes]:
        r"""Run SQL on a service without a driver, and iterate over the bytes as they arrive.

        The query is sent to the query endpoint of the service. The endpoint has to allow the key:
        see `query_endpoints.set` and `query_endpoints.temporary_key`. The query runs with the roles
        of the endpoint. It is never retried.

        Args:
            id_or_name: ID or exact name of the service. With an ID, no request is needed to find
                the service.
            sql: Text of the query. Pass values as `parameters`.
            parameters: Values of the parameters of the query, such as `{name:String}`. They are
                sent separately, and never become part of the text.
            format: Name of the format of the result, such as `CSV`, `Parquet` or `Native`.
            database: Name of the database in which the query runs; by default the user's.
            wake: Whether to wake an idle service. A stopped service is not started.
            key: The key with which the query is sent; by default the client's credentials.
            query_url: URL of the query service; by default the one that belongs to the client's
                base URL, such as `https://queries.clickhouse.cloud`.
            organization_id: The organisation in which to find the name; the client's by default.
            timeout: Seconds until the result begins, including waking, and maximum time without
                data after that; None for no limit.

        Returns:
            An iterator of chunks of the result. Nothing is sent before the first one is requested.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            QueryError: ClickHouse refuses the query, or fails while running it.
            ServiceNotRunningError: The service is stopped, or idle with `wake=False`.
            AuthenticationError: The query endpoint of the service does not accept the key.
            OutcomeUnknownError: There was no response in time; the query may have been run.
            CloudError: Any other failure; see the subclass.

        Example:
            >>> pieces = cloud.services.query_bytes("analytics", "SELECT 42", format="CSV")
            >>> print(b"".join([piece async for piece in pieces]))
            b'42\n'

        Source: ``POST /service/{serviceId}/run`` (query), of the query service.
        """
        sql, parameters = protect(sql), veil(parameters)
        service = partial(self._id_of, id_or_name, organization_id)
        query = Query(sql, parameters, format, database, wake, key, query_url, timeout, service)
        return read_bytes(self._caller, query)

    async def wait_until(
        self,
        service_id: str | UUID,
        target: ServiceState
        | ServiceStateText
        | OpenText
        | Collection[ServiceState | ServiceStateText | OpenText]
        | Callable[[Service], bool],
        *,
        wake: bool = False,
        idle_counts: bool = False,
        on_progress: Callable[[Progress[Service]], object] | None = None,
        organization_id: str | UUID | None = None,
        timeout: float | None = 1800.0,
    ) -> Service:
        """Wait until a service is in a state, or meets a condition.

        All waits of an organisation share one request per poll cycle.

        Use a condition for changes that no state shows, such as `lambda service:
        service.current_scaling.effective_max_replicas == 3` after `scale`. An idle service is not
        `running`: wake it, or accept idle with `idle_counts`.

        Args:
            service_id: ID of the service.
            target: A state, several states, or a condition.
            wake: Whether to wake the service first if it is idle.
            idle_counts: Whether to accept `idle` as `running`.
            on_progress: Called at every poll; an exception that it raises ends the wait.
            organization_id: The organisation; the client's by default.
            timeout: Seconds for the whole wait, including waking; None for no limit.

        Returns:
            The service as of the last poll.

        Raises:
            InvalidArgumentError: There is no such state, the timeout is not positive, or
                `idle_counts` is given without the target `running`.
            WaitTimeoutError: The timeout has expired; the message gives the last state.
            UnreachableStateError: It is `failed`, `terminating`, `terminated`, `softdeleting` or
                `softdeleted`, and this is not the target.
            NotFoundError: It does not exist, or the key has no access to it.
            AuthenticationError: The credentials are wrong, disabled or expired.
            PermissionDeniedError: The key lacks the permission, or the feature is not enabled.
            CloudError: Any other permanent failure; see the subclass.

        Source: ``GET /v1/organizations/{organizationId}/services/{serviceId}`` (instanceGet); ``GET
        /v1/organizations/{organizationId}/services`` (instanceGetList) while several wait.
        """
        if idle_counts:
            target = _or_idle(target)
        deadline = None
        if wake:
            deadline = Deadline(timeout)
            seen = await super().wait_until(
                service_id,
                _until_idle(target),
                on_progress=on_progress,
                organization_id=organization_id,
                timeout=timeout,
            )
            if seen.state != ServiceState.IDLE:
                return seen
            await self._wake_idle(service_id, organization_id, deadline.left())
        return await super().wait_until(
            service_id,
            target,
            on_progress=on_progress,
            organization_id=organization_id,
            timeout=deadline.left() if deadline else timeout,
        )

    async def _wake_idle(
        self,
        service_id: str | UUID,
        organization_id: str | UUID | None,
        timeout: float | None,
    ) -> None:
        try:
            await self.wake(service_id, organization_id=organization_id, timeout=timeout)
        except (BadRequestError, ConflictError):
            # Somebody else may have been first.
            service = await self.get(service_id, organization_id=organization_id, timeout=timeout)
            if service.state == ServiceState.IDLE:
                raise


async def running_connection(
    services: AsyncServices,
    id_or_name: str | UUID | ServicePostResponse,
    *,
    user: str,
    password: Secret | None,
    wake: bool,
    organization_id: str | UUID | None,
    deadline: Deadline,
) -> ServiceConnection:
    """Wait until a service runs, and return its connection settings for clickhouse-connect.

    Args:
        services: The services of a client.
        id_or_name: ID or exact name of the service, or the response of its creation.
        user: Name of the database user.
        password: Password of the user; None for the initial one of a created service.
        wake: Whether to wake an idle service.
        organization_id: The organisation; the client's by default.
        deadline: The end of the wait.

    Raises:
        ConfigurationError: clickhouse-connect is not installed.
        InvalidArgumentError: The user has no name, or there is no password.
        CloudError: The service does not run in time, or has no endpoint.
    """
    require_extra("clickhouse_connect", "connect")
    check_user(user)
    service_id, password = access_to(id_or_name, password)
    if password is None:
        raise InvalidArgumentError(
            "password is missing: the API does not know it, pass the one that you kept"
        )
    if not is_uuid(service_id):
        found = await services.get_by_name(
            service_id, organization_id=organization_id, timeout=deadline.left()
        )
        service_id = found.id
    service = await services.wait_until(
        service_id,
        ServiceState.RUNNING,
        wake=wake,
        organization_id=organization_id,
        timeout=deadline.left(),
    )
    return connection_of(service, user=user, password=password, protocol="https")


def _or_idle(
    target: ServiceTarget,
) -> frozenset[State]:
    if not callable(target):
        states = _states(target)
        if ServiceState.RUNNING in states:
            return states | {ServiceState.IDLE}
    raise InvalidArgumentError("idle_counts goes with the state running as the target")


def _until_idle(
    target: ServiceTarget,
) -> frozenset[State] | Callable[[Service], bool]:
    if callable(target):
        checked_function("target", target)
        return lambda service: service.state == ServiceState.IDLE or target(service)
    return _states(target) | {ServiceState.IDLE}


def _states(target: State | Collection[State]) -> frozenset[State]:
    return frozenset((target,) if isinstance(target, str) else target)
