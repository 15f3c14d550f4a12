"""Files from which whole services are built, validated before anything is changed.

From files in either of the two formats the emulator reads plans, resources with their images,
ports and dependencies, and parameters. It accepts and ignores everything else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs

from clickhouse_cloud_async.apis.omnistrate.emulator.ids import slug
from clickhouse_cloud_async.emulation.json_values import is_array, is_object
from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject

_MODELS: Final = {
    "hostedDeployment": "OMNISTRATE_HOSTED",
    "byoaDeployment": "BYOA",
    "onPremDeployment": "CUSTOMER_HOSTED",
}
"""Types of service models by the key of a plan's ``deployment``."""

_TENANCIES: Final = (
    "OMNISTRATE_DEDICATED_TENANCY",
    "OMNISTRATE_MULTI_TENANCY",
    "CUSTOM_TENANCY",
)
_TYPES: Final = ("String", "Boolean", "Float64", "Password", "Resource", "Secret")


@attrs.frozen
class PlannedResource:
    """The description of a resource in a file.

    Args:
        name: Its name.
        image: Name of its image; empty for none.
        tag: Tag of its image.
        ports: The ports on which it listens.
        needs: Names of the resources that it depends on.
        is_internal: Whether it is hidden from customers.
        parameters: Its input parameters, with the API's fields.
    """

    name: str
    image: str
    tag: str
    ports: tuple[int, ...]
    needs: tuple[str, ...]
    is_internal: bool
    parameters: tuple[JsonObject, ...]


@attrs.frozen
class Plan:
    """The description of a service plan in a file.

    Args:
        name: Its name.
        description: Its description.
        tier_type: Type of its product tier.
        model_type: Type of its service model.
        resources: Its resources.
    """

    name: str
    description: str
    tier_type: str
    model_type: str
    resources: tuple[PlannedResource, ...]


def read_compose(document: JsonObject) -> Plan:
    """Read a compose file.

    Raises:
        Problem: 400 for what it must not say, or lacks.
    """
    services = document.get("services")
    if not is_object(services) or not services:
        raise bad_request("fileContent: the file must have services")
    resources = []
    for name, service in services.items():
        said = _mapping(service, f"services.{name}")
        resources.append(
            _resource(
                str(name),
                said,
                ports=said.get("ports"),
                needs=said.get("depends_on"),
                is_internal=said.get("x-omnistrate-mode-internal"),
                parameters=said.get("x-omnistrate-api-params"),
            )
        )
    return _plan(_mapping(document.get("x-omnistrate-service-plan") or {}, "the plan"), resources)


def read_plan(document: JsonObject) -> Plan:
    """Read a plan specification.

    Raises:
        Problem: 400 for what it must not say, or lacks.
    """
    services = document.get("services")
    if not is_array(services) or not services:
        raise bad_request("fileContent: the file must have a list of services")
    resources = []
    for place, service in enumerate(services):
        said = _mapping(service, f"services[{place}]")
        if not isinstance(said.get("name"), str):
            raise bad_request(f"fileContent: services[{place}] must have a name")
        network = said.get("network")
        resources.append(
            _resource(
                said["name"],
                said,
                ports=network.get("ports") if is_object(network) else None,
                needs=said.get("dependsOn"),
                is_internal=said.get("internal"),
                parameters=said.get("apiParameters"),
            )
        )
    return _plan(document, resources)


def _plan(said: Mapping[str, Any], resources: list[PlannedResource]) -> Plan:
    deployment = said.get("deployment")
    kinds = [_MODELS[key] for key in deployment if key in _MODELS] if is_object(deployment) else []
    tenancy = said.get("tenancyType", _TENANCIES[0])
    if tenancy not in _TENANCIES:
        words = ", ".join(_TENANCIES)
        raise bad_request(f"fileContent: tenancyType must be one of {words}, got {tenancy!r}")
    _check_needs(resources)
    keys = [slug(resource.name) for resource in resources]
    if len(set(keys)) < len(keys):
        raise bad_request("fileContent: the names of resources must differ")
    return Plan(
        name=str(said.get("name") or "default"),
        description=str(said.get("description") or ""),
        tier_type=tenancy,
        model_type=next(iter(kinds), _MODELS["hostedDeployment"]),
        resources=tuple(resources),
    )


def _check_needs(resources: Iterable[PlannedResource]) -> None:
    """Check that the dependencies of resources exist and are not circular.

    Raises:
        Problem: 400 if it is not.
    """
    waiting = {resource.name: set(resource.needs) for resource in resources}
    for name, needs in waiting.items():
        for need in sorted(needs - waiting.keys()):
            raise bad_request(f"fileContent: {name} depends on {need}, which does not exist")
    while waiting:
        ready = [name for name, needs in waiting.items() if not needs & waiting.keys()]
        if not ready:
            raise bad_request(f"fileContent: {', '.join(waiting)} depend on each other")
        for name in ready:
            del waiting[name]


def _resource(  # noqa: PLR0913 - what the two languages say in ways of their own
    name: str,
    said: Mapping[str, Any],
    *,
    ports: object,
    needs: object,
    is_internal: object,
    parameters: object,
) -> PlannedResource:
    # A colon before a slash belongs to the port of a registry.
    image = re.fullmatch(r"(.*?)(?::([^:/]*))?", str(said.get("image") or ""))
    assert image is not None, "every text fits"
    return PlannedResource(
        name=name,
        image=image[1],
        tag=image[2] or "latest",
        ports=tuple(_port(name, port) for port in _list(ports, f"ports of {name}")),
        # Compose files may have more fields for each dependency, by its name.
        needs=tuple(map(str, needs if is_object(needs) else _list(needs, f"needs of {name}"))),
        is_internal=bool(is_internal),
        parameters=tuple(
            _parameter(name, each) for each in _list(parameters, f"parameters of {name}")
        ),
    )


def _port(name: str, said: object) -> int:
    """Return the container port, which is the last part of a mapping."""
    text = str(said.get("target") if is_object(said) else said)
    found = re.fullmatch(r"(?:.*:)?(\d{1,5})(?:/\w+)?", text)
    if found is None:
        raise bad_request(f"fileContent: {name} has a port that cannot be read: {text!r}")
    return int(found[1])


def _parameter(name: str, value: object) -> JsonObject:
    said = _mapping(value, f"parameter of {name}")
    key, kind = said.get("key"), said.get("type", _TYPES[0])
    if not isinstance(key, str) or not re.fullmatch(r"[a-zA-Z]\w*", key, re.ASCII):
        raise bad_request(f"fileContent: a parameter of {name} must have a key, got {key!r}")
    if kind not in _TYPES:
        words = ", ".join(_TYPES)
        raise bad_request(f"fileContent: the type of {key} must be one of {words}, got {kind!r}")
    parameter: JsonObject = {
        "key": key,
        "name": str(said.get("name", key)),
        "description": str(said.get("description", "")),
        "type": kind,
        "modifiable": bool(said.get("modifiable", True)),
        "required": bool(said.get("required", False)),
    }
    if "defaultValue" in said:
        parameter["defaultValue"] = str(said["defaultValue"])
    return parameter


def _mapping(value: object, place: str) -> JsonObject:
    if not is_object(value):
        raise bad_request(f"fileContent: {place} must be a mapping")
    return value


def _list(value: object, place: str) -> list[Any]:
    if value is None:
        return []
    if not is_array(value):
        raise bad_request(f"fileContent: the {place} must be a list")
    return value
