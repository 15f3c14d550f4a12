"""Services as a kind of documents; `ServicesHandler` plans and applies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.services import Service
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.apis.clickhouse.service_fields import FIELDS, ChangeGroup
from clickhouse_cloud_async.core.codec import model_fields
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import status_of

from .checking import FLEET_TAG, check_service
from .document import DesiredService
from .observe import SEPARATE
from .prices import compute_usage
from .service_export import export_details, export_service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Location, Resource, Status
    from clickhouse_cloud_async.desired.usage import Usage
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath


_WAREHOUSE = "data_warehouse_id"


def _field(name: str) -> Field:
    field = FIELDS[name]
    is_fixed = field.group in {ChangeGroup.FIXED, ChangeGroup.ONCE}
    return Field(
        name,
        read=lambda service: field.read(service, name),
        change=None if is_fixed else field.group.name.lower(),
        in_creation=field.in_creation,
        is_history=field.group is ChangeGroup.ONCE,
        embeds=(("services", name),) if name == _WAREHOUSE else (),
    )


_RANGE = ("min_replicas", "max_replicas")
"""The fields that replace a fixed number of replicas."""


class Services(Kind[Service]):
    """Services, with the settings that have separate requests."""

    name: ClassVar[str] = "services"
    noun: ClassVar[str] = "service"
    models: ClassVar[tuple[type[Model], ...]] = (DesiredService,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name", change=None),
        *(
            _field(field.name)
            for field in model_fields(DesiredService)
            if field.name not in {"name", "organization"}
        ),
    )
    replaces: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "num_replicas": _RANGE,
        **dict.fromkeys(_RANGE, ("num_replicas",)),
    }
    is_owned: ClassVar[bool] = True
    uncounted: ClassVar[tuple[str, ...]] = ("storage", "backups", "data transfer")
    usual_wait: ClassVar[float] = LIFECYCLE.transitional["provisioning"]

    details_requests: ClassVar[int] = len(SEPARATE)
    details_reported_by: ClassVar[frozenset[str]] = frozenset().union(*SEPARATE.values())
    restless: ClassVar[frozenset[str]] = frozenset(("state", "currentScaling"))

    async def list_items(self, location: Location) -> Sequence[Service]:
        """Return the services of the organisation."""
        services: Sequence[Service] = await location.client.services.list(
            organization_id=location.scope.id
        )
        return services

    async def rename(self, resource: Resource[Service], name: str) -> None:
        """Rename a service."""
        await resource.client.services.update(
            resource.id, name=name, organization_id=resource.scope.id
        )

    async def mark(self, resource: Resource[Service], fleet: str | None) -> None:
        """Set the fleet tag of a service, or remove it."""
        there = [tag for tag in resource.item.tags or () if tag.key == FLEET_TAG]
        added = [] if fleet is None else [{"key": FLEET_TAG, "value": fleet}]
        await resource.client.services.update(
            resource.id, tags={"remove": there, "add": added}, organization_id=resource.scope.id
        )

    def owner(self, item: Service) -> str | None:
        """Return the fleet whose tag a service carries."""
        tags: Mapping[str, str | None] = FIELDS["tags"].read(item, "tags")
        return tags.get(FLEET_TAG)

    def export(self, resource: Resource[Service]) -> dict[str, Any]:
        """Return the fields of a service that the list of services shows."""
        return export_service(resource.item)

    async def details(self, resource: Resource[Service]) -> Mapping[str, Any]:
        """Return backup configuration and upgrade window, which belong to the warehouse."""
        return await export_details(resource) if resource.item.is_primary is not False else {}

    def embedded(self, resource: Resource[Service], output: str) -> str | None:
        """Return the ID of a service, or that of the warehouse whose primary it is."""
        if output == _WAREHOUSE and resource.item.is_primary is False:
            return None
        return super().embedded(resource, output)

    def status(self, item: Service) -> Status:
        """Return the status of a service; an idle or stopped service is ready."""
        return status_of(LIFECYCLE, str(item.state))

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that the values of a description do not contradict each other."""
        check_service(fields, path, errors)

    def usage(self, fields: Mapping[str, Any]) -> Sequence[Usage] | None:
        """Return the compute units that a service uses, between idle and fully scaled."""
        return compute_usage(fields)
