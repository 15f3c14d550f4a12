"""A query as a value, and the request that sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode
from uuid import uuid4

import attrs
import orjson

from clickhouse_cloud_async.core.arguments import checked_timeout
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.messages import Request
from clickhouse_cloud_async.core.operation import Operation, ResultKind
from clickhouse_cloud_async.core.urls import normalise_base_url
from clickhouse_cloud_async.core.values import Secret, Veiled

from .parameters import parameter_texts
from .results import query_url_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clickhouse_cloud_async.core.caller import Caller
    from clickhouse_cloud_async.core.deadline import Deadline

    from .results import QueryKey

_RUN: Final[Operation[bytes]] = Operation(
    id="query",
    method="POST",
    path="/service/{serviceId}/run",
    result=bytes,
    result_kind=ResultKind.BYTES,
)


@attrs.frozen
class Query:
    """A query, and the format of its result.

    Attributes:
        sql: Its text.
        parameters: Values of its parameters, hidden in representations; None for none.
        format: Name of the format of its result.
        database: Name of the database in which it runs; None for the user's.
        wake: Whether to wake an idle service.
        key: The key with which it is sent; None for the client's credentials.
        query_url: URL of the query service; None for the one that belongs to the API.
        timeout: Seconds until the result begins, and maximum time without data after that; None for
            no limit.
        find_service: Returns the ID of the service, within a deadline.
    """

    sql: Secret
    parameters: Any = attrs.field(repr=False)
    format: str
    database: str | None
    wake: bool
    key: QueryKey | None
    query_url: str | None
    timeout: float | None = attrs.field(converter=checked_timeout)
    find_service: Callable[[Deadline], Awaitable[str]] = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.sql, Secret) or not self.sql.reveal().strip():
            raise InvalidArgumentError("sql must be the text of a query, and not empty")
        if not isinstance(self.format, str) or not self.format:
            raise InvalidArgumentError(f"format must be the name of a format, got {self.format!r}")

    def request(self, caller: Caller, service_id: str) -> Request:
        """Return the request that sends the query.

        Args:
            caller: Sends the client's requests.
            service_id: ID of the service.

        Raises:
            InvalidArgumentError: A parameter has no text.
            ConfigurationError: The URL of the query service cannot be used.
        """
        given = self.parameters.reveal() if isinstance(self.parameters, Veiled) else {}
        url = self.query_url or query_url_of(caller.transport.base_url)
        body = {"runId": str(uuid4()), "sql": self.sql.reveal()}
        if self.database is not None:
            body["database"] = self.database
        headers = {"X-Service-Type": "clickhouse"}
        if self.key is not None:
            headers["Auth-Provider"] = "custom"
        return Request(
            operation=_RUN,
            api=caller.api,
            path=f"/service/{quote(service_id, safe='')}/run",
            query=urlencode({"format": self.format, **parameter_texts(given)}, quote_via=quote),
            body=orjson.dumps(body),
            headers=headers,
            secrets=(self.sql,),
            base_url=normalise_base_url(url, caller.api.version_path, "query_url"),
        )
