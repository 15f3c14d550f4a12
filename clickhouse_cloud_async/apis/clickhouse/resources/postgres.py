"""Postgres services as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from clickhouse_cloud_async.apis.clickhouse.models.postgres import (
    PostgresService,
    PostgresServiceListItem,
    PostgresServicePatchRequest,
    PostgresServicePostRequest,
    PostgresServiceRestoreRequest,
    PostgresServiceSetPassword,
)
from clickhouse_cloud_async.apis.clickhouse.operations.postgres import LIFECYCLE
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.desired.comparison import keyed
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.plain import plain
from clickhouse_cloud_async.desired.resource import Created, status_of

from .checking import SECRET_TAG
from .prices import postgres_usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.diff import FieldChange
    from clickhouse_cloud_async.desired.resource import (
        Change,
        Creation,
        Location,
        Resource,
        Status,
    )
    from clickhouse_cloud_async.desired.usage import Usage
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath

Database: TypeAlias = PostgresService | PostgresServiceListItem
"""A Postgres service, as a single request or a list shows it."""

_SOURCES = ("replica_of", "restored_from")


_VERSION_TAG = f"{SECRET_TAG}password"
"""The tag with the version of the password that was sent last."""


def _history(name: str, **rest: Any) -> Field:
    """Return a field that is used only at creation, and not shown later."""
    return Field(name, read=lambda _: None, change=None, is_history=True, **rest)


def _size(size: str) -> str:
    """Return the shorter of the two equivalent names of a size."""
    return size.replace("-lssd", "")


class Postgres(Kind[Database]):
    """Managed Postgres services: new services, read replicas, and restored services."""

    name: ClassVar[str] = "postgres"
    noun: ClassVar[str] = "Postgres service"
    models: ClassVar[tuple[type[Model], ...]] = (
        PostgresServicePostRequest,
        PostgresServicePatchRequest,
        PostgresServiceRestoreRequest,
        PostgresServiceSetPassword,
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name", warning="a new name changes host name and certificates"),
        Field("provider", change=None),
        Field("region", change=None),
        Field("postgres_version", change=None),
        Field("size", normalise=_size),
        Field("ha_type"),
        Field("tags", read=lambda item: _tags(item, noted=False), compare=keyed("key")),
        Field("ip_access_list", compare=keyed("source", "port_range"), is_listed=False),
        Field("password", change="password", in_creation=False, is_secret=True),
        _history("replica_of", refers_to="postgres", type=str),
        _history("restored_from", refers_to="postgres", type=str),
        _history("restore_target"),
    )
    keeps_versions: ClassVar[bool] = True
    requests: ClassVar[tuple[str, ...]] = ("update", "password")
    uncounted: ClassVar[tuple[str, ...]] = ("backups", "data transfer")
    usual_wait: ClassVar[float] = LIFECYCLE.transitional["creating"]
    lost_secret: ClassVar[str | None] = (
        "its password was in a lost response: describe one to set it"  # noqa: S105 - words
    )

    def usage(self, fields: Mapping[str, Any]) -> Sequence[Usage] | None:
        """Return the hours of a service and its standbys."""
        return postgres_usage(fields)

    async def list_items(self, location: Location) -> Sequence[Database]:
        """Return the Postgres services of the organisation, without their access lists."""
        services: Sequence[Database] = await location.client.postgres.list(
            organization_id=location.scope.id
        )
        return services

    async def get(self, resource: Resource[Database]) -> Database | None:
        """Return the current state of a Postgres service."""
        try:
            service: Database = await resource.client.postgres.get(
                resource.id, organization_id=resource.scope.id
            )
        except NotFoundError:
            return None
        return service

    async def create(self, creation: Creation) -> Created[Database]:
        """Create a Postgres service, a read replica, or a service restored from backups."""
        postgres, fields = creation.client.postgres, dict(creation.fields)
        organization = {"organization_id": creation.scope.id}
        primary, source = (fields.pop(name, None) for name in _SOURCES)
        if primary is not None:
            made = await postgres.create_read_replica(
                primary, **_only(fields, "name", "tags"), wait_for_backup=True, **organization
            )
        elif source is not None:
            given = ("name", "restore_target", "tags", "ip_access_list")
            made = await postgres.restore(source, **_only(fields, *given), **organization)
        else:
            made = await postgres.create(**fields, **organization)
        return Created(made, made.password)

    async def change(self, change: Change[Database]) -> Database | None:
        """Set the password, or change the rest in one request."""
        postgres, organization = change.client.postgres, {"organization_id": change.scope.id}
        fields: dict[str, Any] = dict(change.fields)
        if change.request == "password":
            await postgres.set_password(change.resource.id, **fields, **organization)
            return None
        if "tags" in fields:
            fields["tags"] = [*(fields["tags"] or ()), *_tags(change.item, noted=True)]
        if "ip_access_list" in fields:
            fields["ip_access_list"] = _rules(change.item, fields["ip_access_list"] or ())
        service: Database = await postgres.update(change.resource.id, **fields, **organization)
        return service

    def sent_version(self, resource: Resource[Database]) -> str | None:
        """Return the version of its password from one of its tags."""
        return next((tag.get("value") for tag in _tags(resource.item, noted=True)), None)

    async def note_version(
        self,
        resource: Resource[Database],
        version: str | None,
        former: Resource[Database] | None = None,  # noqa: ARG002 - the tag contains no name
    ) -> None:
        """Store the version of its password in one of its tags, and keep all other tags."""
        item = await self.get(resource) or resource.item
        noted = [] if version is None else [{"key": _VERSION_TAG, "value": version}]
        await resource.client.postgres.update(
            resource.id,
            tags=[*_tags(item, noted=False), *noted],
            organization_id=resource.scope.id,
        )

    async def delete(self, resource: Resource[Database]) -> None:
        """Delete a Postgres service; its replicas must be deleted first."""
        await resource.client.postgres.delete(resource.id, organization_id=resource.scope.id)

    def status(self, item: Database) -> Status:
        """Return whether it can be connected to."""
        return status_of(LIFECYCLE, str(item.state))

    def missing(self, fields: Mapping[str, Any]) -> Sequence[str]:
        """Return the missing fields of this method of creation."""
        if fields.get("replica_of"):
            return ()
        if fields.get("restored_from"):
            return () if fields.get("restore_target") else ("restore_target",)
        addresses = () if "ip_access_list" in fields else ("ip_access_list",)
        return (*super().missing(fields), *addresses)

    def refusal(self, resource: Resource[Database], changes: Sequence[FieldChange]) -> str | None:
        """Return the reason if a change of a read replica is not one of its configuration."""
        if changes and resource.item.is_primary is False:
            return "only the configuration of a read replica can be changed"
        return None

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that there is at most one method of creation."""
        if all(fields.get(name) for name in _SOURCES):
            errors.add((*path, "restored_from"), "a read replica is not restored")
        if any(tag.get("key") == _VERSION_TAG for tag in fields.get("tags") or ()):
            errors.add((*path, "tags"), f"{_VERSION_TAG} is set by itself")


def _tags(item: Database, *, noted: bool) -> list[dict[str, Any]]:
    """Return the tags of a service, or the one with the version of its password."""
    tags: list[dict[str, Any]] = plain(item.tags or ())
    return [tag for tag in tags if (tag["key"] == _VERSION_TAG) is noted]


def _only(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return those fields that a request takes."""
    return {name: fields[name] for name in names if name in fields}


def _rules(item: Database, wanted: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return which rules to add, and which to remove by their IDs."""
    there: dict[tuple[Any, ...], list[str]] = {}
    for rule in getattr(item, "ip_access_list", None) or ():
        there.setdefault(_rule(plain(rule)), []).append(rule.id)
    added = [rule for rule in wanted if not there.pop(_rule(rule), [])]
    removed = [{"id": key} for keys in there.values() for key in keys]
    return {name: rules for name, rules in (("add", added), ("remove", removed)) if rules}


def _rule(rule: Mapping[str, Any]) -> tuple[Any, ...]:
    return rule.get("source"), rule.get("port_range"), rule.get("description") or None
