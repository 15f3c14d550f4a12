"""The address of instances: keys from a provider to a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import first
from clickhouse_cloud_async.emulation.problems import not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World


@attrs.frozen
class Target:
    """The resources of an address.

    Args:
        service: The service.
        environment: Its environment.
        api: Its service API.
        model: Its service model.
        tier: Its product tier.
        resource: Its resource.
    """

    service: JsonObject
    environment: JsonObject
    api: JsonObject
    model: JsonObject
    tier: JsonObject
    resource: JsonObject


def resolve(world: World, keys: Mapping[str, str]) -> Target:
    """Find the resources of an address with seven keys.

    Raises:
        Problem: 404 for the first unknown key.
    """
    service, environment, api, model = resolve_model(world, keys)
    tier = resolve_tier(world, model, keys)
    found = first(world, "resources", productTierId=tier["id"], key=keys["resourceKey"])
    resource = _known(found, "resourceKey", keys)
    return Target(service, environment, api, model, tier, resource)


def resolve_model(
    world: World, keys: Mapping[str, str]
) -> tuple[JsonObject, JsonObject, JsonObject, JsonObject]:
    """Find the resources of the first five keys of an address.

    Raises:
        Problem: 404 for the first key that leads nowhere.
    """
    found = first(world, "orgs", _provider=keys["serviceProviderId"])
    org = _known(found, "serviceProviderId", keys)["id"]
    found = first(world, "services", _org=org, key=keys["serviceKey"])
    service = _known(found, "serviceKey", keys)
    found = first(world, "environments", serviceId=service["id"], key=keys["serviceEnvironmentKey"])
    environment = _known(found, "serviceEnvironmentKey", keys)
    found = first(
        world,
        "service-apis",
        serviceEnvironmentId=environment["id"],
        apiVersion=keys["serviceAPIVersion"],
    )
    api = _known(found, "serviceAPIVersion", keys)
    found = first(world, "models", serviceApiId=api["id"], key=keys["serviceModelKey"])
    return service, environment, api, _known(found, "serviceModelKey", keys)


def resolve_tier(world: World, model: JsonObject, keys: Mapping[str, str]) -> JsonObject:
    """Find the product tier of an address.

    Raises:
        Problem: 404 if the key is unknown.
    """
    found = first(world, "tiers", serviceModelId=model["id"], key=keys["productTierKey"])
    return _known(found, "productTierKey", keys)


def _known(found: JsonObject | None, name: str, keys: Mapping[str, str]) -> JsonObject:
    if found is None:
        raise not_found(f"{name} {keys[name]}")
    return found
