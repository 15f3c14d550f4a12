"""The customer's bucket for the backups of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.emulation.problems import bad_request, require_properties
from clickhouse_cloud_async.emulation.randomness import random_uuid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path


@attrs.frozen
class Variant:
    """The properties of a provider's bucket.

    Args:
        shown: Properties that every such bucket has.
        optional: Properties that it may have.
        secrets: Properties that each request must have and that are never shown or stored.
    """

    shown: tuple[str, ...]
    optional: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def properties(self) -> tuple[str, ...]:
        """All properties, including those that are not stored."""
        return (*self.shown, *self.optional, *self.secrets)


VARIANTS: Mapping[str, Variant] = {
    "AWS": Variant(
        ("bucketPath", "iamRoleArn"), optional=("iamRoleSessionName", "iamRoleExternalId")
    ),
    "GCP": Variant(("bucketPath", "accessKeyId"), secrets=("secretAccessKey",)),
    "AZURE": Variant(("containerName",), secrets=("connectionString",)),
}


def create(organization: Organization, path: Path, body: JsonObject) -> JsonObject:
    """Set the bucket of a service.

    Args:
        organization: The organisation of the service.
        path: The path of the bucket's document.
        body: The body of the request.

    Raises:
        Problem: 400 if the service has a bucket, or a property is missing or unknown.
    """
    if organization.world.store.find(path) is not None:
        raise bad_request("backupBucket: the service has one already")
    require_properties(body, "bucketProvider")
    facts = _described(body)
    return organization.world.store.put(
        path, {"id": random_uuid(organization.world.random), **facts}
    )


def update(organization: Organization, path: Path, body: JsonObject) -> JsonObject:
    """Change the bucket of a service; a change of its provider needs all properties.

    Raises:
        Problem: 404 without a bucket, 400 if a property is missing or unknown.
    """
    bucket = organization.world.store.document(path)
    bucket_id, provider = bucket["id"], body.get("bucketProvider", bucket["bucketProvider"])
    kept = {name: value for name, value in bucket.items() if name != "id"}
    if provider != bucket["bucketProvider"]:
        kept = {"bucketProvider": provider}
    facts = _described(kept | body)
    return organization.world.store.put(path, {"id": bucket_id, **facts})


def _described(body: JsonObject) -> JsonObject:
    """Return the stored properties of a complete description."""
    provider = body["bucketProvider"]
    variant = VARIANTS[provider]
    for name in (*variant.shown, *variant.secrets):
        if not body.get(name):
            raise bad_request(f"{name}: is required for {provider}")
    for name in body:
        if name not in {"bucketProvider", *variant.properties}:
            raise bad_request(f"{name}: is not known for {provider}")
    return {
        name: body[name]
        for name in ("bucketProvider", *variant.shown, *variant.optional)
        if body.get(name) is not None
    }
