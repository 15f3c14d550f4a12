"""Whole services built from a file: what is missing is created, and what differs is changed.

Of the two languages of such files the emulator reads what makes the tree: plans, resources with
their images, ports and dependencies, and parameters. The rest is accepted and left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from clickhouse_cloud_async.apis.omnistrate.emulator.ids import slug
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.copies import put
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import first, having
from clickhouse_cloud_async.emulation.json_values import is_array, is_object
from clickhouse_cloud_async.emulation.problems import bad_request

from . import releases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

_MODELS: Final = {
    "hostedDeployment": "OMNISTRATE_HOSTED",
    "byoaDeployment": "BYOA",
    "onPremDeployment": "CUSTOMER_HOSTED",
}
"""Types of service models by the key of a plan's ``deployment``."""


@attrs.frozen
class Plan:
    """What a file says of a service plan.

    Args:
        name: Its name.
        description: Its description.
        tier_type: Type of its product tier.
        model_type: Type of its service model.
        resources: What is said of each resource, by its name.
    """

    name: str
    description: str
    tier_type: str
    model_type: str
    resources: Mapping[str, JsonObject]


@attrs.frozen
class Built:
    """What a build has made or found.

    Args:
        service: The service.
        environment: Its environment.
        tier: The product tier of the plan.
        undefined: Ids of resources that were there and are not in the file, by their keys.
    """

    service: JsonObject
    environment: JsonObject
    tier: JsonObject
    undefined: Mapping[str, str]


def read_compose(document: JsonObject) -> Plan:
    """Read a compose file.

    Raises:
        Problem: 400 where it has no services.
    """
    services = document.get("services")
    if not is_object(services) or not services:
        raise bad_request("fileContent: the file must have services")
    plan = document.get("x-omnistrate-service-plan") or {}
    return _plan(plan, {name: _composed(name, each) for name, each in services.items()})


def read_plan(document: JsonObject) -> Plan:
    """Read a plan specification.

    Raises:
        Problem: 400 where it has no services with names.
    """
    services = document.get("services")
    if not is_array(services) or not services:
        raise bad_request("fileContent: the file must have a list of services")
    resources: dict[str, JsonObject] = {}
    for service in services:
        if not is_object(service) or not isinstance(service.get("name"), str):
            raise bad_request("fileContent: each of the services must have a name")
        network = service.get("network") or {}
        resources[service["name"]] = {
            "image": service.get("image", ""),
            "ports": network.get("ports", []) if is_object(network) else [],
            "needs": service.get("dependsOn", []),
            "internal": bool(service.get("internal")),
            "parameters": service.get("apiParameters", []),
        }
    return _plan(document, resources)


def find(world: World, org: str, name: str, environment: str, plan: Plan) -> dict[str, str]:
    """Return the ids that a build would have, as far as the things are there; for dry runs."""
    service = first(world, "services", _org=org, name=name) or {}
    env = first(world, "environments", serviceId=service.get("id"), name=environment) or {}
    tier = first(world, "tiers", serviceId=service.get("id"), name=plan.name) or {}
    return {
        "serviceID": service.get("id", ""),
        "serviceEnvironmentID": env.get("id", ""),
        "productTierID": tier.get("id", ""),
    }


def build(  # noqa: PLR0913 - what the request says of the service
    world: World,
    org: str,
    plan: Plan,
    *,
    name: str,
    description: str,
    logo: str | None,
    environment: str,
    environment_type: str,
) -> Built:
    """Make a service what a file says.

    Args:
        world: What the emulator holds.
        org: Id of the organisation.
        plan: What the file says.
        name: Name of the service.
        description: Its description.
        logo: Where its logo is; None for none.
        environment: Name of its environment.
        environment_type: Type of the environment.
    """
    fields = {"description": description} | ({} if logo is None else {"serviceLogoURL": logo})
    service = put(world, "services", org, {"_org": org, "name": name}, fields)
    within = {"serviceId": service["id"]}
    default = first(world, "deployment-configs", _org=org, _default=True)
    assert default is not None, "every organisation has one"
    env = first(world, "environments", **within, name=environment) or put(
        world,
        "environments",
        org,
        {**within, "name": environment},
        {
            "description": environment,
            "type": environment_type,
            "visibility": "PUBLIC" if environment_type == "PROD" else "PRIVATE",
            "deploymentConfigId": default["id"],
            "autoApproveSubscription": True,
        },
    )
    tier = _put_tier(world, org, service, env, plan)
    keys = {slug(each) for each in plan.resources}
    _put_resources(world, org, tier, plan)
    undefined = {
        resource["key"]: resource["id"]
        for resource in having(world, "resources", productTierId=tier["id"])
        if resource["key"] not in keys and not resource.get("_managed")
    }
    return Built(service, env, tier, undefined)


def release(world: World, built: Built, body: Mapping[str, Any], user: str) -> bool:
    """Release what was built, where the request asks for it and something has changed.

    Returns:
        Whether there is a new version.
    """
    is_preferred = bool(body.get("releaseAsPreferred"))
    tier = built.tier["id"]
    forced = body.get("forceCreateNewServicePlanVersion")
    if not (body.get("release") or is_preferred):
        return False
    if not (forced or releases.has_changes(world, tier)):
        return False
    name = body.get("releaseVersionName", "")
    releases.release(world, tier, kind="Major", is_preferred=is_preferred, user=user, name=name)
    return True


def _plan(said: object, resources: Mapping[str, JsonObject]) -> Plan:
    plan: Mapping[str, Any] = said if is_object(said) else {}
    deployment = plan.get("deployment") or {}
    kinds = [_MODELS[key] for key in deployment if key in _MODELS] if is_object(deployment) else []
    tenancy = str(plan.get("tenancyType") or "OMNISTRATE_DEDICATED_TENANCY")
    return Plan(
        name=str(plan.get("name") or "default"),
        description=str(plan.get("description") or ""),
        tier_type=tenancy,
        model_type=next(iter(kinds), "OMNISTRATE_HOSTED"),
        resources=resources,
    )


def _composed(name: str, service: object) -> JsonObject:
    """Return what a compose file says of a resource."""
    if not is_object(service):
        raise bad_request(f"fileContent: services.{name} must be a mapping")
    return {
        "image": service.get("image", ""),
        "ports": service.get("ports", []),
        "needs": list(service.get("depends_on") or ()),
        "internal": bool(service.get("x-omnistrate-mode-internal")),
        "parameters": service.get("x-omnistrate-api-params") or [],
    }


def _put_tier(
    world: World, org: str, service: JsonObject, environment: JsonObject, plan: Plan
) -> JsonObject:
    within = {"serviceId": service["id"]}
    parent = {**within, "serviceEnvironmentId": environment["id"]}
    api = first(world, "service-apis", **parent) or put(
        world, "service-apis", org, parent, {"description": service["name"]}
    )
    model = put(
        world,
        "models",
        org,
        {"serviceApiId": api["id"], "name": plan.name},
        {**within, "description": plan.description, "modelType": plan.model_type},
    )
    return put(
        world,
        "tiers",
        org,
        {"serviceModelId": model["id"], "name": plan.name},
        {
            **within,
            "description": plan.description,
            "planDescription": plan.description,
            "tierType": plan.tier_type,
        },
    )


def _put_resources(world: World, org: str, tier: JsonObject, plan: Plan) -> None:
    within = {"serviceId": tier["serviceId"]}
    ids: dict[str, str] = {}
    for name, said in plan.resources.items():
        known_by = {"productTierId": tier["id"], "key": slug(name)}
        fields = {**within, "name": name, "internal": said["internal"], "_image": said["image"]}
        known = first(world, "resources", **known_by)
        fields["description"] = name if known is None else known["description"]
        ids[name] = put(world, "resources", org, known_by, fields)["id"]
    for name, said in plan.resources.items():
        resource = world.store.document(("resources", ids[name]))
        unknown = [need for need in said["needs"] if need not in ids]
        if unknown:
            raise bad_request(f"fileContent: {name} depends on {unknown[0]}, which is not there")
        resource["_dependencyIds"] = [ids[need] for need in said["needs"]]
        resource["dependencies"] = [{"resourceId": ids[need]} for need in said["needs"]]
        for fields in _parameters(name, said["parameters"]):
            known_by = {"resourceId": ids[name], "key": fields.pop("key")}
            put(world, "input-parameters", org, known_by, {**within, **fields})


def _parameters(name: str, parameters: object) -> Iterator[JsonObject]:
    if not is_array(parameters):
        raise bad_request(f"fileContent: the parameters of {name} must be a list")
    for said in parameters:
        if not is_object(said) or not isinstance(said.get("key"), str):
            raise bad_request(f"fileContent: each parameter of {name} must have a key")
        yield {
            "key": said["key"],
            "name": str(said.get("name", said["key"])),
            "description": str(said.get("description", "")),
            "type": str(said.get("type", "String")),
            "modifiable": bool(said.get("modifiable", True)),
            "required": bool(said.get("required", False)),
        } | ({"defaultValue": str(said["defaultValue"])} if "defaultValue" in said else {})
