"""Initial services of an emulator: from a description, with defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.clouds import cloud_accounts
from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.clouds import CLOUDS
from clickhouse_cloud_async.apis.omnistrate.emulator.customers import subscriptions
from clickhouse_cloud_async.apis.omnistrate.emulator.instances import instances
from clickhouse_cloud_async.apis.omnistrate.emulator.instances.addresses import Target
from clickhouse_cloud_async.apis.omnistrate.emulator.instances.instances import machine_of
from clickhouse_cloud_async.apis.omnistrate.emulator.releases import releases
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import first, having, peek

from .place import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

EXAMPLE: Final[tuple[dict[str, object], ...]] = (
    {
        "name": "Postgres",
        "plans": ["Free", "Premium"],
        "instances": [
            {"plan": "Free"},
            {"plan": "Premium"},
            {"plan": "Premium", "state": "STOPPED"},
        ],
    },
)
"""The service that the documentation's examples use."""

_TEXT: Final = {"type": "string", "minLength": 1}
_MODELS: Final = ["OMNISTRATE_HOSTED", "CUSTOMER_HOSTED", "BYOA"]
_TENANCIES: Final = ["OMNISTRATE_DEDICATED_TENANCY", "OMNISTRATE_MULTI_TENANCY", "CUSTOM_TENANCY"]
_MOST_INSTANCES: Final = 100_000

_PLAN: Final = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": _TEXT,
        "modelType": {"enum": _MODELS},
        "tierType": {"enum": _TENANCIES},
        "cloud": {"enum": list(CLOUDS)},
        "regions": {"type": "array", "minItems": 1, "items": _TEXT},
        "resources": {"type": "array", "minItems": 1, "items": _TEXT},
    },
}
_INSTANCE: Final = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "plan": _TEXT,
        "resource": _TEXT,
        "state": {"enum": ["RUNNING", "STOPPED", "FAILED"]},
        "cloud": {"enum": list(CLOUDS)},
        "region": _TEXT,
        "requestParams": {"type": "object"},
    },
}
_SERVICE: Final = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": _TEXT,
        "description": _TEXT,
        "environment": _TEXT,
        "environmentType": {
            "enum": ["DEV", "QA", "STAGING", "CANARY", "PROD", "PRIVATE", "GLOBAL"]
        },
        "plans": {"type": "array", "minItems": 1, "items": {"anyOf": [_TEXT, _PLAN]}},
        "instances": {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": _MOST_INSTANCES},
                {"type": "array", "items": _INSTANCE},
            ]
        },
    },
}
"""The keys of a service in a description."""

_ACCOUNTS: Final = {
    "aws": {"awsAccountID": "123456789012"},
    "gcp": {"gcpProjectID": "emulated-project", "gcpProjectNumber": "123456789012"},
    "azure": {"azureSubscriptionID": "emulated-subscription", "azureTenantID": "emulated-tenant"},
    "nebius": {"nebiusTenantID": "tenant-emulated"},
    "oci": {"ociTenancyID": "ocid1.tenancy.emulated", "ociDomainID": "ocid1.domain.emulated"},
}
"""The identity of the emulator's account in each cloud."""


def add_account(world: World, org: str, cloud: str) -> JsonObject:
    """Add a ready cloud account with generated values."""
    fields = {
        "cloudProviderId": CLOUDS[cloud].id,
        "name": f"{cloud} account",
        "description": "The initial account of the emulator",
        **_ACCOUNTS[cloud],
    }
    return cloud_accounts.add(world, org, fields, state="READY")


def populate(world: World, user: JsonObject, services: Iterable[Mapping[str, object]]) -> None:
    """Add services with released plans, a subscription of the user, and instances.

    Raises:
        ValueError: A description has an unknown or invalid value; the message has its path.
        Problem: Values of a description contradict each other.
    """
    for place, service in enumerate(services):
        said = world.validator.check(_SERVICE, service, ("services", place))
        environment = _add_environment(world, user, said)
        for plan in said.get("plans", ["Standard"]):
            _add_plan(world, environment, {"name": plan} if isinstance(plan, str) else plan)
        instances_said = said.get("instances", 0)
        if isinstance(instances_said, int):
            instances_said = [{}] * instances_said
        for number, instance in enumerate(instances_said):
            _add_instance(
                world, user, environment, instance, f"services[{place}].instances[{number}]"
            )


def _add_environment(world: World, user: JsonObject, said: Mapping[str, Any]) -> JsonObject:
    """Add a service with an environment, and return the environment."""
    org, name = user["orgId"], said["name"]
    fields = {"name": name, "description": said.get("description", name)}
    service = tree.add(world, "services", org, fields)
    default = first(world, "deployment-configs", _org=org, _default=True)
    assert default is not None, "every organisation has one"
    return tree.add(
        world,
        "environments",
        org,
        {
            "serviceId": service["id"],
            "name": said.get("environment", "Production"),
            "description": "The initial environment of the emulator",
            "type": said.get("environmentType", "PROD"),
            "visibility": "PUBLIC",
            "deploymentConfigId": default["id"],
            "autoApproveSubscription": True,
        },
    )


def _add_plan(world: World, environment: JsonObject, said: Mapping[str, Any]) -> None:
    """Add a service model with a product tier and its resources, and release them."""
    org, within = environment["_org"], {"serviceId": environment["serviceId"]}
    name, cloud = said["name"], said.get("cloud", "aws")
    known_by = {**within, "serviceEnvironmentId": environment["id"]}
    api = first(world, "service-apis", **known_by) or tree.add(
        world, "service-apis", org, {**known_by, "description": "The API of the service"}
    )
    model = _add_model(world, api, said, name, cloud)
    tier = tree.add(
        world,
        "tiers",
        org,
        {
            **within,
            "serviceModelId": model["id"],
            "name": name,
            "description": name,
            "planDescription": name,
            "tierType": said.get("tierType", _TENANCIES[0]),
            "allowCreatesWhenPaymentNotConfigured": True,
            CLOUDS[cloud].region_field: said.get("regions", list(CLOUDS[cloud].regions)),
        },
    )
    for resource in said.get("resources", ["Cluster"]):
        fields = {"name": resource, "description": resource, "isDeprecated": False}
        tree.add(world, "resources", org, {**within, **fields, "productTierId": tier["id"]})
    releases.release(world, tier["id"], kind="Major", is_preferred=True, user="emulator")


def _add_model(
    world: World, api: JsonObject, said: Mapping[str, Any], name: str, cloud: str
) -> JsonObject:
    ready = having(world, "account-configs", _org=api["_org"], _cloud=cloud, status="READY")
    account = next(ready, None) or add_account(world, api["_org"], cloud)
    fields = {
        "serviceId": api["serviceId"],
        "serviceApiId": api["id"],
        "name": name,
        "description": name,
        "modelType": said.get("modelType", _MODELS[0]),
        "accountConfigIds": [account["id"]],
        "activeAccountConfigIds": {cloud: account["id"]},
    }
    return tree.add(world, "models", api["_org"], fields)


def _add_instance(
    world: World, user: JsonObject, environment: JsonObject, said: Mapping[str, Any], where: str
) -> None:
    """Add an instance in its state, and a subscription if the user has none to its plan."""
    target = _target(world, environment, said, where)
    state = said.get("state", "RUNNING")
    tier = target.tier["id"]
    known = having(world, "subscriptions", productTierId=tier, rootUserId=user["id"])
    subscription = next(known, None) or subscriptions.add(world, target.service, target.tier, user)
    names = {"cloud": "cloud_provider", "region": "region", "requestParams": "requestParams"}
    body = {wire: said[name] for name, wire in names.items() if name in said}
    made = instances.create(world, target, subscription, user, body)
    path = ("instances", made["id"])
    machine = machine_of(target.tier, target.resource)
    machine.enter(Place(world), path, "RUNNING")
    if state != "RUNNING":
        machine.enter(Place(world), path, state)


def _target(world: World, environment: JsonObject, said: Mapping[str, Any], where: str) -> Target:
    """Return the plan and the resource of an instance: the given ones, or the first."""
    plan, resource = said.get("plan"), said.get("resource")
    service = environment["serviceId"]
    for tier in having(world, "tiers", serviceId=service):
        if plan not in {None, tier["name"]}:
            continue
        for found in having(world, "resources", productTierId=tier["id"]):
            if resource in {None, found["name"]}:
                model = peek(world, "models", tier["serviceModelId"])
                api = peek(world, "service-apis", model["serviceApiId"])
                return Target(
                    peek(world, "services", service), environment, api, model, tier, found
                )
    raise ValueError(f"{where}: there is no plan {plan!r} with a resource {resource!r}")
