"""Services that an emulator begins with: what a description says of them, and defaults."""

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
from clickhouse_cloud_async.emulation.json_values import is_array, is_object

from .place import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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

_SERVICE_FIELDS: Final = {
    *("name", "description", "environment", "environmentType"),
    *("plans", "instances"),
}
_PLAN_FIELDS: Final = {"name", "modelType", "tierType", "cloud", "regions", "resources"}
_INSTANCE_FIELDS: Final = {"plan", "resource", "state", "region", "cloud", "requestParams"}
_STATES: Final = ("RUNNING", "STOPPED", "FAILED")
_MOST_INSTANCES: Final = 100_000


_ACCOUNTS: Final = {
    "aws": {"awsAccountID": "123456789012"},
    "gcp": {"gcpProjectID": "emulated-project", "gcpProjectNumber": "123456789012"},
    "azure": {"azureSubscriptionID": "emulated-subscription", "azureTenantID": "emulated-tenant"},
    "nebius": {"nebiusTenantID": "tenant-emulated"},
    "oci": {"ociTenancyID": "ocid1.tenancy.emulated", "ociDomainID": "ocid1.domain.emulated"},
}
"""What identifies the account of the emulator in each cloud."""


def add_account(world: World, org: str, cloud: str) -> JsonObject:
    """Add a cloud account that is ready, of which everything is made up."""
    fields = {
        "cloudProviderId": CLOUDS[cloud].id,
        "name": f"{cloud} account",
        "description": "The account that the emulator began with",
        **_ACCOUNTS[cloud],
    }
    return cloud_accounts.add(world, org, fields, state="READY")


def populate(world: World, user: JsonObject, services: Iterable[Mapping[str, object]]) -> None:
    """Add services with plans that are released, a subscription of the user and instances.

    Raises:
        ValueError: A description has something that it cannot have; the message says where.
    """
    for place, service in enumerate(services):
        where = f"services[{place}]"
        said = _object(service, where, _SERVICE_FIELDS)
        environment = _add_environment(world, user, said, where)
        plans = said.get("plans", ["Standard"])
        if not is_array(plans) or not plans:
            raise ValueError(f"{where}.plans must be a list with at least one plan")
        for number, plan in enumerate(plans):
            _add_plan(world, environment, plan, f"{where}.plans[{number}]")
        for number, instance in enumerate(_instances(said.get("instances", 0), where)):
            _add_instance(world, user, environment, instance, f"{where}.instances[{number}]")


def _add_environment(
    world: World, user: JsonObject, said: Mapping[str, Any], where: str
) -> JsonObject:
    org, name = user["orgId"], _text(said, "name", where)
    if first(world, "services", _org=org, name=name) is not None:
        raise ValueError(f"{where}.name: there is a service {name!r} already")
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
            "description": "The environment that the emulator began with",
            "type": said.get("environmentType", "PROD"),
            "visibility": "PUBLIC",
            "deploymentConfigId": default["id"],
            "autoApproveSubscription": True,
        },
    )


def _add_plan(world: World, environment: JsonObject, plan: object, where: str) -> None:
    """Add a service model with a product tier and its resources, and release them."""
    if isinstance(plan, str):
        plan = {"name": plan}
    said = _object(plan, where, _PLAN_FIELDS)
    org, within = environment["_org"], {"serviceId": environment["serviceId"]}
    name, cloud = _text(said, "name", where), said.get("cloud", "aws")
    if cloud not in CLOUDS:
        raise ValueError(f"{where}.cloud must be one of {', '.join(CLOUDS)}, got {cloud!r}")
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
            "tierType": said.get("tierType", "OMNISTRATE_DEDICATED_TENANCY"),
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
        "modelType": said.get("modelType", "OMNISTRATE_HOSTED"),
        "accountConfigIds": [account["id"]],
        "activeAccountConfigIds": {cloud: account["id"]},
    }
    return tree.add(world, "models", api["_org"], fields)


def _instances(said: object, where: str) -> Iterator[object]:
    """Yield what is said of each instance; a number stands for so many of the first plan."""
    if isinstance(said, int) and not isinstance(said, bool):
        if not 0 <= said <= _MOST_INSTANCES:
            raise ValueError(f"{where}.instances must be from 0 to {_MOST_INSTANCES}, got {said}")
        yield from ({} for _ in range(said))
    elif is_array(said):
        yield from said
    else:
        raise ValueError(f"{where}.instances must be a number or a list")


def _add_instance(
    world: World, user: JsonObject, environment: JsonObject, instance: object, where: str
) -> None:
    said = _object(instance, where, _INSTANCE_FIELDS)
    target = _target(world, environment, said, where)
    state = said.get("state", "RUNNING")
    if state not in _STATES:
        raise ValueError(f"{where}.state must be one of {', '.join(_STATES)}, got {state!r}")
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
    """Return what an instance is of: the plan and the resource that are named, or the first."""
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


def _object(value: object, where: str, known: set[str]) -> Mapping[str, Any]:
    if not is_object(value):
        raise ValueError(f"{where} must be a mapping")
    unknown = sorted(set(value) - known)
    if unknown:
        names = ", ".join(sorted(known))
        raise ValueError(f"{where}.{unknown[0]} is not known; what can be said is {names}")
    return value


def _text(said: Mapping[str, Any], name: str, where: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}.{name} must be text, got {value!r}")
    return value
