"""Infrastructure in a customer's own cloud account as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from clickhouse_cloud_async.apis.clickhouse.models.organizations import (
    ByocConfig,
    ByocInfrastructureDetails,
    ByocInfrastructurePatchRequest,
    ByocInfrastructurePostRequest,
)
from clickhouse_cloud_async.apis.clickhouse.operations.byoc import LIFECYCLE
from clickhouse_cloud_async.core.errors import InvalidArgumentError, NotFoundError
from clickhouse_cloud_async.desired.comparison import Comparison, as_mapping, as_set, as_value
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import Created, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import (
        Change,
        Creation,
        Location,
        Resource,
        Status,
    )

_NOT_VALIDATED = frozenset({"display_name"})
"""Fields of a creation that a validation does not accept."""


@attrs.frozen
class Infrastructure:
    """Infrastructure as the API shows it.

    Attributes:
        shown: The item of a list, or all details.
        tags: The tags of its cloud resources; None if they were not fetched.
    """

    shown: ByocConfig | ByocInfrastructureDetails
    tags: Mapping[str, str] | None = None


def _chosen(name: str, shown: str, compare: Comparison = as_value) -> Field:
    """Return a field that is set at creation, and that only details show."""
    return Field(
        name,
        read=lambda item: getattr(item.shown, shown, None),
        compare=compare,
        change=None,
        is_listed=False,
    )


def _sent(name: str) -> Field:
    """Return a field of the creation that the API never shows."""
    return Field(name, read=lambda _: None, change=None, is_history=True)


def _connectivity(name: str) -> Field:
    return Field(
        name,
        read=lambda item: getattr(item.shown, name, None),
        in_creation=False,
        is_listed=False,
    )


class BYOCInfrastructure(Kind[Infrastructure]):
    """BYOC infrastructure of an account and region; services refer to it by their `byoc_id`."""

    name: ClassVar[str] = "byoc_infrastructure"
    noun: ClassVar[str] = "infrastructure"
    key: ClassVar[tuple[str, ...]] = ("account_id", "region_id")
    get_requests: ClassVar[int] = 2
    models: ClassVar[tuple[type[Model], ...]] = (
        ByocInfrastructurePostRequest,
        ByocInfrastructurePatchRequest,
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "account_id",
            read=lambda item: item.shown.account_id or getattr(item.shown, "account_name", None),
            change=None,
        ),
        Field("region_id", read=lambda item: item.shown.region_id, change=None),
        Field("display_name", read=lambda item: item.shown.display_name),
        _chosen("vpc_cidr_range", "vpc_cidr_range"),
        _chosen("vpc_id", "byo_vpc_id"),
        _chosen("private_subnet_ids", "byo_vpc_private_subnet_ids", as_set),
        _chosen("gcp_pod_cidr_range_names", "byo_vpc_pod_cidr_range_names", as_set),
        _chosen("gcp_shared_vpc_host_project_id", "byo_vpc_shared_vpc_host_project_id"),
        _sent("availability_zone_suffixes"),
        _sent("public_subnet_ids"),
        _sent("external_id"),
        _sent("tenant_id"),
        _sent("service_principal_client_id"),
        _connectivity("enable_private_link"),
        _connectivity("enable_private_load_balancer"),
        _connectivity("enable_public_load_balancer"),
        _connectivity("gcp_psc_subnet_id"),
        Field("tags", read=lambda item: item.tags, compare=as_mapping, is_listed=False),
    )
    usual_wait: ClassVar[float] = LIFECYCLE.transitional["infra-provisioning"]

    async def list_items(self, location: Location) -> Sequence[Infrastructure]:
        """Return the infrastructure of the organisation, without its details."""
        organization = await location.client.organizations.get(location.scope.id)
        return [Infrastructure(each) for each in organization.byoc_config or ()]

    async def get(self, resource: Resource[Infrastructure]) -> Infrastructure | None:
        """Return infrastructure with its details and its tags."""
        byoc, organization = resource.client.byoc, {"organization_id": resource.scope.id}
        try:
            shown = await byoc.get(resource.id, **organization)
            labels = await byoc.get_tags(resource.id, **organization)
        except NotFoundError:
            return None
        return Infrastructure(shown, labels.tags or {})

    async def create(self, creation: Creation) -> Created[Infrastructure]:
        """Set up infrastructure, if the API's check of the account succeeds."""
        byoc, organization = creation.client.byoc, {"organization_id": creation.scope.id}
        asked = {k: v for k, v in creation.fields.items() if k not in _NOT_VALIDATED}
        found = await byoc.validate(**asked, **organization)
        refused = [each for each in found.checks or () if each.allowed is False]
        if refused:
            named = "; ".join(f"{each.action}: {each.reason or 'not allowed'}" for each in refused)
            raise InvalidArgumentError(f"the account does not allow all that is needed: {named}")
        made = await byoc.create(**creation.fields, **organization)
        return Created(Infrastructure(made, creation.fields.get("tags", {})))

    async def change(self, change: Change[Infrastructure]) -> Infrastructure | None:
        """Change name, connectivity or tags; null removes all tags."""
        fields: dict[str, Any] = dict(change.fields)
        if "tags" in fields:
            fields["tags"] = fields["tags"] or {}
        await change.client.byoc.update(
            change.resource.id, **fields, organization_id=change.scope.id
        )
        return None

    async def delete(self, resource: Resource[Infrastructure]) -> None:
        """Terminate infrastructure, which must not contain services."""
        await resource.client.byoc.delete(resource.id, organization_id=resource.scope.id)

    def id_of(self, item: Infrastructure) -> str:
        """Return its ID."""
        return item.shown.id

    def status(self, item: Infrastructure) -> Status:
        """Return whether services can be created in it."""
        return status_of(LIFECYCLE, str(item.shown.state))
