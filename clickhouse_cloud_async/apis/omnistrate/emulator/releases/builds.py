"""Services built from files: missing resources are created, differing ones changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.omnistrate.emulator.ids import slug
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.copies import put
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import first, having

from . import releases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

    from .plans import Plan, PlannedResource


@attrs.frozen
class Built:
    """The resources that a build has created or found.

    Args:
        service: The service.
        environment: Its environment.
        tier: The product tier of the plan.
        undefined: IDs of existing resources that the file does not contain, by their keys.
    """

    service: JsonObject
    environment: JsonObject
    tier: JsonObject
    undefined: Mapping[str, str]


def find(world: World, org: str, name: str, environment: str, plan: Plan) -> dict[str, str]:
    """Return the IDs of the existing resources of a build, for dry runs."""
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
    """Create or change a service as a file describes it.

    Args:
        world: The emulator's documents and time.
        org: Id of the organisation.
        plan: The plan in the file.
        name: Name of the service.
        description: Its description.
        logo: URL of its logo; None for none.
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
    keys = {slug(resource.name) for resource in plan.resources}
    _put_resources(world, tier, env, plan)
    undefined = {
        resource["key"]: resource["id"]
        for resource in having(world, "resources", productTierId=tier["id"])
        if resource["key"] not in keys and not resource.get("_managed")
    }
    return Built(service, env, tier, undefined)


def release(world: World, built: Built, body: Mapping[str, Any], user: str) -> bool:
    """Release a build, if the request says so and there are changes.

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


def _put_resources(world: World, tier: JsonObject, environment: JsonObject, plan: Plan) -> None:
    """Create or change the resources of a product tier as a file describes them."""
    org, within = tier["_org"], {"serviceId": tier["serviceId"]}
    ids: dict[str, str] = {}
    for said in plan.resources:
        known_by = {"productTierId": tier["id"], "key": slug(said.name)}
        known = first(world, "resources", **known_by)
        fields = {
            "name": said.name,
            "description": said.name if known is None else known["description"],
            "internal": said.is_internal,
            **_put_configs(world, environment, said),
        }
        ids[said.name] = put(world, "resources", org, known_by, {**within, **fields})["id"]
    for said in plan.resources:
        resource = world.store.document(("resources", ids[said.name]))
        resource["_dependencyIds"] = [ids[need] for need in said.needs]
        resource["dependencies"] = [{"resourceId": ids[need]} for need in said.needs]
        for parameter in said.parameters:
            known_by = {"resourceId": resource["id"], "key": parameter["key"]}
            put(world, "input-parameters", org, known_by, {**within, **parameter})


def _put_configs(world: World, environment: JsonObject, said: PlannedResource) -> dict[str, str]:
    """Apply the configurations of a resource in a file, and return their IDs by field."""
    org, within = environment["_org"], {"serviceId": environment["serviceId"]}
    below = {"serviceEnvironmentId": environment["id"]}
    found: dict[str, str] = {}
    if said.image:
        known_by = {**below, "imageName": said.image}
        fields = {**within, "description": said.name, "imageTag": said.tag}
        found["imageConfigId"] = put(world, "image-configs", org, known_by, fields)["id"]
    if said.ports:
        fields = {"description": said.name, "openPorts": list(said.ports)}
        known_by = {**within, "name": said.name}
        network = put(world, "network-configs", org, known_by, fields)
        fields = {**within, "description": said.name, "networkConfigId": network["id"]}
        known_by = {**below, "name": said.name}
        found["infraConfigId"] = put(world, "infra-configs", org, known_by, fields)["id"]
    return found
