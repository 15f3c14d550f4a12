"""Functions and their versions.

A function's own document contains only the number of the latest version. A deleted function stays
in the store until the last service has removed it, although the API no longer shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import REGISTRY, timer
from clickhouse_cloud_async.emulation.problems import not_found
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.store import public
from clickhouse_cloud_async.emulation.transitions import Transition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Collection, Path

_REFUSE: Final = "udf.refuse"

_NOTICED_AFTER = 10.0
"""Emulated seconds until the build of an archive that cannot be opened fails."""


def _note_end(organization: Organization, path: Path, state: str) -> None:
    version = organization.world.store.document(path)
    version["updatedAt"] = organization.timestamp
    if state == "error":
        is_zip = version["_isZip"]
        version["error"] = "the build failed" if is_zip else "the archive is no zip file"


BUILDS = StateMachine(
    REGISTRY, "udf", {"building": Transition("ready", 60.0)}, field="status", entered=_note_end
)


def find_function(call: Call) -> JsonObject:
    """Return the function in the path of a call.

    Raises:
        Problem: 404 if it does not exist or was deleted.
    """
    name = call.parameters["functionName"]
    function = call.organization.collection("udfs").get(name)
    if function is None or function["_isDeleted"]:
        raise not_found(f"udf {name}")
    return function


def versions_of(organization: Organization, name: str) -> Collection:
    """The versions of a function by their numbers as text, oldest first."""
    return organization.collection("udfs", name, "versions")


def attachments_of(organization: Organization, name: str) -> Collection:
    """The attachments of a function by the ids of services."""
    return organization.collection("udfs", name, "attachments")


def functions(organization: Organization) -> Iterator[JsonObject]:
    """The latest version of each function."""
    for name, function in organization.collection("udfs").items():
        if not function["_isDeleted"]:
            yield latest(organization, name)


def latest(organization: Organization, name: str) -> JsonObject:
    """The latest version of a function, as the API shows it."""
    number = organization.collection("udfs")[name]["_latest"]
    return public(versions_of(organization, name)[str(number)])


def is_building(organization: Organization, name: str) -> bool:
    """Return whether any version of a function is still being built."""
    versions = versions_of(organization, name).values()
    return any(version["status"] == "building" for version in versions)


def build(call: Call, number: int, *, is_zip: bool) -> JsonObject:
    """Start the build of a version, which becomes the latest of its function.

    Args:
        call: The call.
        number: Number of the version.
        is_zip: Whether its archive can be opened.

    Returns:
        The version as the API shows it.
    """
    organization, body = call.organization, call.body
    name = call.parameters.get("functionName") or body["functionName"]
    path = (*organization.path, "udfs", name, "versions", str(number))
    organization.collection("udfs")[name] = {"_latest": number, "_isDeleted": False}
    version = {
        **_defaults(call),
        **{key: value for key, value in body.items() if key != "uploadId"},
        "functionName": name,
        "version": number,
        "error": None,
        "createdAt": organization.timestamp,
        "_isZip": is_zip,
    }
    organization.world.store.put(path, version)
    BUILDS.enter(organization, path, "building")
    if not is_zip:
        organization.world.timers.cancel(path, BUILDS.kind)
        organization.world.timers.set(path, _REFUSE, organization.world.elapsed + _NOTICED_AFTER)
    return public(version)


@timer(_REFUSE)
def _refuse(organization: Organization, path: Path) -> None:
    BUILDS.enter(organization, path, "error")


def _defaults(call: Call) -> dict[str, Any]:
    """Return the defaults of a version's options."""
    contract = call.organization.world.contract
    body = contract.resolve(call.operation.body or {})
    variant = next(
        variant
        for variant in body["oneOf"]
        if variant["properties"]["type"]["const"] == call.body["type"]
    )
    return {
        "memoryLimitMib": None,
        **{
            name: schema["default"]
            for name, schema in variant["properties"].items()
            if "default" in schema
        },
    }
