"""The argument of handlers of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from .organization import organization_at, organizations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.core.contract import ContractOperation
    from clickhouse_cloud_async.emulation.context import Context
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.messages import Incoming
    from clickhouse_cloud_async.emulation.store import Collection, Path

    from .organization import Organization


@attrs.frozen
class Call:
    """A call of an operation, after all checks.

    Args:
        organization: The organisation of the request.
        operation: The operation.
        path: The path of the request's target in the store.
        parameters: Path parameters by name.
        query: Query parameters by name, converted to their JSON types, with defaults.
        body: The JSON body; empty if none was sent.
        key_path: The path of the caller's API key, or None for the bearer token.
        incoming: The request as it arrived.
    """

    organization: Organization
    operation: ContractOperation
    path: tuple[str, ...]
    parameters: Mapping[str, str]
    query: Mapping[str, Any]
    body: JsonObject = attrs.field(repr=False)
    key_path: Path | None
    incoming: Incoming = attrs.field(repr=False)

    @classmethod
    def of(cls, context: Context) -> Call:
        """Create the call of a request that was authorised and validated."""
        return cls(
            organization=organization_of(context),
            operation=context.located.operation,
            path=context.path,
            parameters=context.parameters,
            query=context.query,
            body=context.body,
            key_path=context.identity,
            incoming=context.incoming,
        )

    @property
    def document(self) -> JsonObject:
        """The document at the path.

        Raises:
            Problem: 404 if it does not exist.
        """
        return self.organization.world.store.document(self.path)

    @property
    def collection(self) -> Collection:
        """The collection at the path, which may be empty."""
        return self.organization.world.store.collection(self.path)

    @property
    def service_path(self) -> Path:
        """The path of the service in the request's path."""
        return (*self.organization.path, "services", self.parameters["serviceId"])

    @property
    def service(self) -> JsonObject:
        """The service in the path.

        Raises:
            Problem: 404 if it does not exist.
        """
        return self.organization.world.store.document(self.service_path)


def organization_of(context: Context) -> Organization:
    """The organisation of a request: that of its path, that of its key, or the first one."""
    path = context.path if "organizationId" in context.parameters else context.identity
    if path is None:
        path = next(organizations(context.world)).path
    return organization_at(context.world, path)
