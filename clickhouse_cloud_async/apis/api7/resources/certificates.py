"""Certificates as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.api7.models.certificates import Certificate, CertificateSpec
from clickhouse_cloud_async.apis.api7.operations.certificates import LIFECYCLE
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.values import Secret
from clickhouse_cloud_async.desired.comparison import as_set
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import Created

from .fields import entity_status

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


class Certificates(Kind[Certificate]):
    """Certificates, identified by their first label or, without labels, by their serial number."""

    name: ClassVar[str] = "certificates"
    noun: ClassVar[str] = "certificate"
    models: ClassVar[tuple[type[Model], ...]] = (CertificateSpec,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "name",
            read=lambda each: each.labels[0] if each.labels else each.serial_number,
            type=str,
        ),
        Field("labels", read=lambda each: (each.labels or [])[1:], compare=as_set, default=[]),
        Field("type", change=None),
        Field("certificate", is_secret=True),
        Field("private_key", is_secret=True),
        Field("ca_certificate", is_secret=True),
        Field("client_ca_certificate", is_secret=True),
    )
    usual_wait: ClassVar[float] = LIFECYCLE.transitional["uninitialized"]

    async def list_items(self, location: Location) -> Sequence[Certificate]:
        """Return the certificates of the control plane."""
        return [each async for each in location.client.certificates.iterate()]

    async def create(self, creation: Creation) -> Created[Certificate]:
        """Upload a certificate with its key."""
        return Created(await creation.client.certificates.create(**_labelled(creation.fields)))

    async def change(self, change: Change[Certificate]) -> None:
        """Replace a certificate in place, so that no request is without one."""
        fields = {"labels": (change.item.labels or [])[1:], "type": change.item.type}
        wanted = {k: v for k, v in {**fields, **change.wanted}.items() if v is not None}
        if missing := self.missing(wanted):
            raise InvalidArgumentError(
                f"{' and '.join(missing)}: the API replaces a certificate as a whole and does not"
                " show its PEM texts; describe where they are"
            )
        await change.client.certificates.replace(change.resource.id, **_labelled(wanted))

    async def delete(self, resource: Resource[Certificate]) -> None:
        """Delete a certificate, which no application may use."""
        await resource.client.certificates.delete(resource.id)

    def status(self, item: Certificate) -> Status:
        """Return whether gateways have received it."""
        return entity_status(LIFECYCLE, item.status)

    def missing(self, fields: Mapping[str, Any]) -> Sequence[str]:
        """Return the missing fields, including the PEM texts, which a new certificate needs."""
        return [name for name in ("certificate", "private_key") if name not in fields]


def _labelled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields in the form of requests: the name as the first of the labels.

    The client treats only the PEM text of the key as a secret.
    """
    rest = {
        name: value.reveal() if isinstance(value, Secret) and name != "private_key" else value
        for name, value in fields.items()
        if name != "name"
    }
    return {**rest, "labels": [fields["name"], *(fields.get("labels") or ())]}
