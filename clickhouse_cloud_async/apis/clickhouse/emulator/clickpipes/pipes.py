"""Creation, changes and scaling of pipes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.emulation.json_values import is_object, without_nulls
from clickhouse_cloud_async.emulation.problems import (
    Problem,
    bad_request,
    not_found,
    require_properties,
)
from clickhouse_cloud_async.emulation.randomness import random_uuid

from . import destination, source_changes, sources, states
from .rules import given, refuse, refuse_empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

SCALING: Final[Mapping[str, object]] = {
    "replicas": 1,
    "replicaCpuMillicores": 125,
    "replicaMemoryGb": 0.5,
}
"""The default size of a pipe."""

_LONGEST_NAME: Final = 255
_KAFKA_SETTING: Final = "kafka_read_committed"


def create(organization: Organization, collection: Path, body: JsonObject) -> JsonObject:
    """Create a pipe.

    Args:
        organization: Its organisation.
        collection: The collection of pipes of its service.
        body: The body of the request.

    Returns:
        The pipe in its first state.

    Raises:
        Problem: 400 if a rule is broken.
    """
    if organization.world.is_live:
        refuse_empty(body)
    _check(organization, collection, body)
    pipe_id = random_uuid(organization.world.random)
    now = organization.timestamp
    pipe: JsonObject = {
        "id": pipe_id,
        "serviceId": collection[-2],
        "name": body["name"],
        "source": sources.complete(organization, pipe_id, body["source"]),
        "destination": destination.complete(body["destination"]),
        "fieldMappings": body.get("fieldMappings") or [],
        "settings": _settings(body["source"], body.get("settings") or {}),
        "createdAt": now,
        "updatedAt": now,
    }
    if not states.is_database(pipe):
        pipe["fieldMappings"] = pipe["fieldMappings"] or destination.by_name(
            pipe["destination"]["columns"]
        )
        pipe["scaling"] = dict(SCALING) | without_nulls(body.get("scaling") or {})
    path = (*collection, pipe_id)
    organization.world.store.put(path, pipe)
    states.enter(organization, path, "Stopped" if body.get("startPaused") else "Provisioning")
    return pipe


def _check(organization: Organization, collection: Path, body: JsonObject) -> None:
    require_properties(body, "name", "source", "destination")
    if not body["name"]:
        raise bad_request("name: must have at least 1 characters")
    if len(body["name"]) > _LONGEST_NAME:
        raise bad_request(f"name: must have at most {_LONGEST_NAME} characters")
    kind = sources.check(organization, collection[:-1], body["source"])
    destination.check_roles(body["destination"])
    if sources.KINDS[kind].is_database:
        _check_database(kind, body, list(organization.world.store.collection(collection).values()))
    else:
        destination.check(body["destination"], body.get("fieldMappings") or ())


def _check_database(kind: str, body: JsonObject, others: list[JsonObject]) -> None:
    if body.get("startPaused"):
        raise bad_request("startPaused: is not for pipes of databases")
    if given(without_nulls(body.get("scaling") or {})):
        raise bad_request(
            "scaling: is not for pipes of databases, which share clickpipesCdcScaling"
        )
    source = body["source"][kind]
    if kind == "postgres" and (source.get("settings") or {}).get("replicationMode") == "snapshot":
        database = body["destination"].get("database", "default")
        targets = [(database, table["targetTable"]) for table in source["tableMappings"]]
        destination.check_empty(targets, others, f"source.{kind}.tableMappings")


def change(organization: Organization, path: Path, body: JsonObject) -> JsonObject:
    """Change a pipe; its table does not change.

    Args:
        organization: Its organisation.
        path: Its path.
        body: The body of the request; null keeps a property.

    Returns:
        The pipe.

    Raises:
        Problem: 400 if a rule is broken.
    """
    pipe = organization.world.store.document(path)
    if organization.world.is_live:
        refuse_empty(body)
    wanted = without_nulls(body)
    new: JsonObject = {name: wanted[name] for name in ("name", "fieldMappings") if name in wanted}
    if "settings" in wanted:
        new["settings"] = _settings(pipe["source"], pipe["settings"] | wanted["settings"])
    if "destination" in wanted:
        new["destination"] = pipe["destination"] | without_nulls(wanted["destination"])
    if (
        organization.world.is_live
        and "objectStorage" in pipe["source"]
        and "fieldMappings" in wanted
        and "columns" not in (wanted.get("destination") or {})
    ):
        raise bad_request("fieldMappings: needs destination.columns beside it")
    changes_tables = states.is_database(pipe) and _names_tables(wanted.get("source") or {})
    if changes_tables and organization.world.is_live and pipe["state"] != "Paused":
        raise bad_request("ClickPipe must be paused to edit")
    if "source" in wanted:
        service_path = path[:-2]
        new["source"] = source_changes.changed(
            organization, service_path, pipe["source"], wanted["source"]
        )
    if not states.is_database(pipe):
        whole = pipe | new
        destination.check(whole["destination"], whole["fieldMappings"])
    pipe.update(new, updatedAt=organization.timestamp)
    if "source" in new:
        states.modify(organization, path, resumes=changes_tables)
    return pipe


def _names_tables(source: JsonObject) -> bool:
    """Return whether a change of a source adds or removes tables."""
    return any(
        without_nulls(part).keys() & {"tableMappingsToAdd", "tableMappingsToRemove"}
        for part in source.values()
        if is_object(part)
    )


def scale(organization: Organization, path: Path, body: JsonObject) -> JsonObject:
    """Change the size of a pipe of a stream or of files.

    Raises:
        Problem: 400 for a pipe of a database, 500 for an empty body, as seen live.
    """
    pipe = organization.world.store.document(path)
    if states.is_database(pipe):
        raise bad_request("the pipes of databases share their size: clickpipesCdcScaling")
    if organization.world.is_live and not without_nulls(body):
        raise Problem(500, "Internal error")
    pipe["scaling"] |= without_nulls(body)
    pipe["updatedAt"] = organization.timestamp
    return pipe


def settings_of(organization: Organization, path: Path) -> JsonObject:
    """Return the settings of a pipe.

    Raises:
        Problem: 404 for a pipe of a database, as seen live.
    """
    pipe = organization.world.store.document(path)
    if organization.world.is_live and states.is_database(pipe):
        raise not_found(f"settings of the database ClickPipe {pipe['id']}")
    settings: JsonObject = pipe["settings"]
    return settings


def configure(organization: Organization, path: Path, body: JsonObject) -> JsonObject:
    """Replace the settings of a pipe; null is a setting's default.

    Raises:
        Problem: 404 as for `settings_of`, 400 for a setting of Kafka for another source.
    """
    settings_of(organization, path)
    pipe = organization.world.store.document(path)
    if organization.world.is_live and "kafka" not in pipe["source"]:
        refuse(body, "settings", _KAFKA_SETTING, "is only for Kafka")
    settings = pipe["settings"] = _settings(pipe["source"], body)
    pipe["updatedAt"] = organization.timestamp
    return settings


def _settings(source: JsonObject, settings: JsonObject) -> JsonObject:
    """Return the stored form of settings, which always has the setting that cannot be null."""
    fixed = {_KAFKA_SETTING: False} if sources.kind_of(source) == "kafka" else {}
    return fixed | without_nulls(settings)
