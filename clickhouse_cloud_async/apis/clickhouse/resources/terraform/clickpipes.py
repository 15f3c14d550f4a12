"""ClickPipes, their size and their private connections to sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.models import clickpipes as models
from clickhouse_cloud_async.apis.clickhouse.models.reverse_private_endpoints import (
    CreateReversePrivateEndpoint,
    CustomPrivateDnsMapping,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.core.model import Model

    from .attributes import Attributes
    from .draft import Draft

_SOURCES: Mapping[str, type[Model]] = {
    "kafka": models.ClickPipePostKafkaSource,
    "kinesis": models.ClickPipePostKinesisSource,
    "object_storage": models.ClickPipePostObjectStorageSource,
    "pubsub": models.ClickPipePostPubSubServiceAccountSource,
    "postgres": models.ClickPipePostPostgresSource,
    "mysql": models.ClickPipePostMySQLSource,
    "mongodb": models.ClickPipePostMongoDBSource,
    "bigquery": models.ClickPipePostBigQueryServiceAccountSource,
}
_DATABASES = frozenset({"postgres", "mysql", "mongodb", "bigquery"})

_NO_CREDENTIALS = "the state has none: add them to the document before it creates the pipe"
_PASSWORDLESS = frozenset({"IAM_ROLE"})


def convert_clickpipe(draft: Draft, attributes: Attributes) -> None:
    """Convert a pipe with its source, destination, size and settings."""
    notes = attributes.notes
    pipe_id = attributes.take("id")
    fields: dict[str, Any] = attributes.take_all("name")
    fields["service"] = draft.service(notes, attributes.take("service_id"))
    fields["state"] = "stopped" if attributes.take("stopped") else "running"
    source = attributes.section("source")
    kind = ""
    if source is not None:
        kind, fields["source"] = _source(draft, source, str(pipe_id))
    destination = attributes.section("destination")
    if destination is not None:
        fields["destination"] = _destination(destination, is_database=kind in _DATABASES)
    mappings = attributes.sections("field_mappings")
    if mappings:
        fields["field_mappings"] = [each.take_as(models.ClickPipeFieldMapping) for each in mappings]
    for name, model in (
        ("scaling", models.ClickPipeScaling),
        ("settings", models.ClickPipeSettings),
    ):
        section = attributes.section(name)
        if section is not None and (found := section.take_as(model)):
            fields[name] = found
    # A resync is an action: its attribute is false again after it.
    attributes.drop("trigger_resync", "state")
    draft.add(attributes.notes, "clickpipes", fields)


def convert_cdc_infrastructure(draft: Draft, attributes: Attributes) -> None:
    """Convert the size that all database pipes of a service share."""
    service = draft.service(attributes.notes, attributes.take("service_id"))
    size = attributes.take_as(models.ClickPipesCdcScalingPatchRequest)
    draft.add(attributes.notes, "cdc_infrastructure", {"service": service, **size})


def convert_private_endpoint(draft: Draft, attributes: Attributes) -> None:
    """Convert a reverse private endpoint."""
    endpoint_id = attributes.take("id")
    service = draft.service(attributes.notes, attributes.take("service_id"))
    attributes.drop("dns_names", "private_dns_names", "endpoint_id", "status")
    fields = attributes.take_as(CreateReversePrivateEndpoint)
    draft.add(
        attributes.notes, "reverse_private_endpoints", {"service": service, **fields}, endpoint_id
    )


def convert_private_dns(draft: Draft, attributes: Attributes) -> None:
    """Convert the DNS names of a reverse private endpoint to a field of the endpoint."""
    endpoint_id = attributes.take("reverse_private_endpoint_id")
    attributes.drop("id", "service_id")
    mappings = [
        each.take_as(CustomPrivateDnsMapping) for each in attributes.sections("mapping") or ()
    ]
    fields = {"custom_private_dns_mappings": mappings}
    draft.fold(attributes.notes, "reverse_private_endpoints", endpoint_id, fields)


def _source(draft: Draft, source: Attributes, pipe_id: str) -> tuple[str, dict[str, Any]]:
    """Return the kind of a source, and the source."""
    for kind, model in _SOURCES.items():
        section = source.section(kind)
        if section is None:
            continue
        fields = _access(section, kind)
        fields |= _finish(draft, section, section.take_as(model))
        if fields.get("consumer_group") == f"clickpipes-{pipe_id}":
            # The API derives it from the ID, which a new pipe does not have yet.
            del fields["consumer_group"]
        return kind, {kind: fields}
    source.notes.lose("source", "none of its kinds is known to this version")
    return "", {}


def _access(section: Attributes, kind: str) -> dict[str, Any]:
    """Return the fields that contain secrets, as references."""
    fields: dict[str, Any] = {}
    credentials = section.section("credentials")
    if credentials is not None:
        fields["credentials"] = _credentials(credentials)
    registry = section.section("schema_registry")
    if registry is not None:
        inner = registry.section("credentials")
        fields["schema_registry"] = {
            "type": "confluent",
            **registry.take_all("url", "authentication"),
            **({} if inner is None else {"credentials": _credentials(inner)}),
        }
    if kind == "mongodb" and (uri := section.secret("uri")):
        # It may contain a password, which the API masks.
        fields["uri"] = uri
    if kind == "bigquery":
        fields["authentication"] = "SERVICE_ACCOUNT"
    needs = kind in {"postgres", "mysql", "mongodb"}
    if needs and credentials is None and section.peek("authentication") not in _PASSWORDLESS:
        section.notes.lose(f"source.{kind}.credentials", _NO_CREDENTIALS)
    return fields


def _credentials(section: Attributes) -> dict[str, Any]:
    """Return credentials; a write-only password has its version."""
    version = section.peek("password_wo_version")
    section.drop("password_wo", "password_wo_version")
    names = ("username", "access_key_id", "secret_key", "connection_string", "certificate")
    fields = section.take_all(*names, "password", "private_key", "service_account_file")
    if version is not None and "password" not in fields:
        fields["password"] = {**section.new_secret("password"), "version": version}
    return fields


def _finish(draft: Draft, section: Attributes, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a source with references, in the types of the request."""
    endpoints = fields.get("reverse_private_endpoint_ids")
    if endpoints:
        attribute = "source.kafka.reverse_private_endpoint_ids"
        kind = "reverse_private_endpoints"
        fields["reverse_private_endpoint_ids"] = [
            draft.refer(section.notes, attribute, kind, each) for each in endpoints
        ]
    timestamp = fields.get("timestamp")
    if isinstance(timestamp, str) and timestamp.isdecimal():
        fields["timestamp"] = int(timestamp)
    return fields


def _destination(section: Attributes, *, is_database: bool) -> dict[str, Any]:
    """Return the destination of a pipe."""
    if is_database:
        # The mappings determine the tables, and this flag has no effect.
        section.drop("managed_table")
    return section.take_as(models.ClickPipePostDestination)
