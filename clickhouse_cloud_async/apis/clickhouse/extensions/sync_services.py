"""The methods of the synchronous services that are not generated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.deadline import Deadline
from clickhouse_cloud_async.core.sync import run
from clickhouse_cloud_async.core.values import protect

from .connecting import open_client
from .services import running_connection

if TYPE_CHECKING:
    from uuid import UUID

    from clickhouse_connect.driver.client import Client

    from clickhouse_cloud_async.apis.clickhouse.models.services import ServicePostResponse
    from clickhouse_cloud_async.core.values import Secret

    from .services import AsyncServices


class SyncServices:
    """The methods of the synchronous services that are not generated."""

    def __init__(self, namespace: AsyncServices) -> None:
        self._async = namespace

    def connect(
        self,
        id_or_name: str | UUID | ServicePostResponse,
        *,
        user: str = "default",
        password: Secret | str | None = None,
        wake: bool = True,
        organization_id: str | UUID | None = None,
        timeout: float | None = 1800.0,
        **options: Any,
    ) -> Client:
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
            >>> client = cloud.services.connect("analytics", password=password)
            >>> print(client.command("SELECT 1"))
            1

            >>> created = cloud.services.create(name="ads", provider="aws", region=region)
            >>> client = cloud.services.connect(created)

        Source: ``GET /v1/organizations/{organizationId}/services/{serviceId}`` (instanceGet).
        """
        password = protect(password)
        deadline = Deadline(timeout)
        connection = run(
            running_connection,
            self._async,
            id_or_name,
            user=user,
            password=password,
            wake=wake,
            organization_id=organization_id,
            deadline=deadline,
        )
        # The plain client blocks: it is opened in the caller's own thread.
        return open_client(connection, deadline, options)
