"""A managed Postgres service: its properties, states and commands."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.postgres import access, backups, config
from clickhouse_cloud_async.apis.clickhouse.emulator.postgres.sizes import storage_gb
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import REGISTRY
from clickhouse_cloud_async.emulation.problems import Problem, bad_request
from clickhouse_cloud_async.emulation.randomness import random_text, random_uuid
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.store import public
from clickhouse_cloud_async.emulation.transitions import GONE, Transition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

STATES = StateMachine(
    REGISTRY,
    "postgres",
    {
        "creating": Transition("running", 180.0),
        "restarting": Transition("running", 30.0),
        "restoring_backup": Transition("replaying_wal", 120.0),
        "replaying_wal": Transition("finalizing_restore", 60.0),
        "finalizing_restore": Transition("running", 30.0),
        "deleting": Transition(GONE, 30.0),
    },
)

STANDBYS: Mapping[str, int] = {"none": 0, "async": 1, "sync": 2}
"""Number of standbys of a service, by its ``haType``."""

_COMMANDS: Mapping[str, frozenset[str]] = {
    "restart": frozenset({"running", "stopped", "unavailable"}),
    "promote": frozenset({"running"}),
    "switchover": frozenset({"running"}),
}
"""Commands, and the states that allow them."""

_USER = "postgres"
_RESERVED = "chc_"
_INHERITED = ("provider", "region", "postgresVersion", "size")


def create(organization: Organization, body: JsonObject) -> JsonObject:
    """Create a service as a request describes it.

    Returns:
        The service with its password, which is shown only once.

    Raises:
        Problem: 400 for a reserved tag or an impossible setting.
    """
    facts: JsonObject = {"postgresVersion": "18", "haType": "none", "tags": [], **body}
    return _add(organization, facts, config.initial(facts["size"]), "creating")


def create_replica(organization: Organization, source: Path, body: JsonObject) -> JsonObject:
    """Create a read replica, which has the properties of its source but no standby.

    Returns:
        The replica with its password, which is shown only once.

    Raises:
        Problem: 400 for a reserved tag or an invalid setting, while the source is being deleted,
            or until it has its first backup, which is not documented.
    """
    primary = _lasting(organization, source)
    if organization.world.is_live and not backups.of(organization, primary):
        raise bad_request("the service is not ready for read replicas: it has no backups, yet")
    facts = {
        **{name: primary[name] for name in _INHERITED},
        "haType": "none",
        "tags": [],
        **body,
        "isPrimary": False,
        "_source": primary["id"],
    }
    return _add(organization, facts, config.of(organization, source), "creating")


def restore(organization: Organization, source: Path, body: JsonObject) -> JsonObject:
    """Create a service from the state of another one at a time in the past.

    Returns:
        The new service with its password, which is shown only once.

    Raises:
        Problem: 400 for a reserved tag or an impossible setting, or while the source is deleted.
    """
    original = _lasting(organization, source)
    inherited = {name: original[name] for name in (*_INHERITED, "haType")}
    asked = {name: value for name, value in body.items() if name != "restoreTarget"}
    facts = {**inherited, "tags": [], **asked}
    return _add(organization, facts, config.of(organization, source), "restoring_backup")


def change(organization: Organization, service: JsonObject, changes: JsonObject) -> None:
    """Change name, size, standbys, tags or access rules of a service.

    Raises:
        Problem: 400 for a reserved tag, a rule that cannot be, or a read replica.
    """
    check_is_primary(organization, service)
    _check_tags(changes)
    if organization.world.is_live:
        # Tags are the only property that a change replaces as a whole.
        changes = {"tags": []} | changes
    if "ipAccessList" in changes:
        rules = access.changed(organization, service["ipAccessList"], changes["ipAccessList"])
        changes = changes | {"ipAccessList": rules}
    service.update(changes)
    _derive(service)


def check_is_primary(organization: Organization, service: JsonObject) -> None:
    """Check that a service can be changed directly.

    Raises:
        Problem: 400 for a read replica, which is not documented.
    """
    if organization.world.is_live and not service["isPrimary"]:
        raise bad_request("Read replicas cannot be modified directly")


def command(organization: Organization, path: Path, name: str) -> JsonObject:
    """Restart a service, promote a read replica, or switch over to a standby.

    Returns:
        The service.

    Raises:
        Problem: 400 if the service or its state does not allow the command.
    """
    service = organization.world.store.document(path)
    if name == "promote" and service["isPrimary"]:
        raise bad_request("command: promote works on a read replica, and this is a primary")
    if name == "switchover" and not STANDBYS[service["haType"]]:
        raise bad_request("command: switchover needs a standby, and haType is none")
    if name == "restart" and service["state"] == "restarting":
        # A repeated command, perhaps because the first response was lost: it has no effect.
        return service
    if service["state"] not in _COMMANDS[name]:
        raise bad_request(f"command: {name} does not work in the state {service['state']}")
    if name == "promote":
        service["isPrimary"] = True
        service["_source"] = None
        service["_writableSince"] = organization.world.elapsed
    return STATES.enter(organization, path, "restarting")


def delete(organization: Organization, path: Path) -> None:
    """Start the deletion of a service; nothing where it has begun.

    Raises:
        Problem: 409 while read replicas depend on it.
    """
    service = organization.world.store.document(path)
    if service["state"] == "deleting":
        return
    for other in organization.collection("postgres").values():
        if other["_source"] == service["id"] and other["state"] != "deleting":
            raise Problem(
                HTTPStatus.CONFLICT,
                f"read replica {other['id']} depends on this service",
                details={"code": "DEPENDENT_REPLICA"},
            )
    STATES.enter(organization, path, "deleting")


def new_password(organization: Organization) -> str:
    """Generate a password that follows the rules for passwords."""
    return f"Aa1{random_text(organization.world.random, 21)}"


def _add(
    organization: Organization, facts: JsonObject, settings: JsonObject, state: str
) -> JsonObject:
    _check_tags(facts)
    asked = {name: facts.pop(name) for name in config.PARTS if name in facts}
    settings = config.merged(organization, settings, asked)
    is_primary = facts.get("isPrimary", True)
    service: JsonObject = {
        "id": random_uuid(organization.world.random),
        "createdAt": organization.timestamp,
        "username": _USER,
        "isPrimary": is_primary,
        "_source": None,
        "_writableSince": organization.world.elapsed if is_primary else None,
        **facts,
        "ipAccessList": access.initial(organization, facts.get("ipAccessList")),
        "earliestRestoreTime": organization.timestamp,
    }
    _derive(service)
    path = (*organization.path, "postgres", service["id"])
    organization.world.store.put(path, service)
    organization.world.store.put((*path, "config"), settings)
    STATES.enter(organization, path, state)
    password = new_password(organization)
    address = f"{_USER}:{password}@{service['hostname']}:5432/postgres"
    return public(service) | {
        "password": password,
        "connectionString": f"postgres://{address}?sslmode=verify-full",
    }


def _derive(service: JsonObject) -> None:
    """Set the properties that name and size determine; the domain of the host has no hosts."""
    label = re.sub(r"[^a-z0-9]+", "-", service["name"].lower()).strip("-") or "pg"
    place = f"{service['region']}.{service['provider']}"
    service["hostname"] = f"{label}-{service['id'][:8]}.{place}.pg.clickhouse.example"
    service["storageSize"] = storage_gb(service["size"])


def _lasting(organization: Organization, path: Path) -> JsonObject:
    service = organization.world.store.document(path)
    if service["state"] == "deleting":
        raise bad_request("the service is being deleted")
    return service


def _check_tags(body: JsonObject) -> None:
    for index, tag in enumerate(body.get("tags", ())):
        if tag["key"].startswith(_RESERVED):
            raise bad_request(f"tags[{index}].key: the prefix {_RESERVED} is reserved")
