"""Services and their environments: operations that are specific to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.releases import promotions
from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import content_at
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.kinds import BY_COLLECTION
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having, tiers_of
from clickhouse_cloud_async.emulation.problems import bad_request, conflict

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("updateService")
def update(call: Call) -> None:
    """Change a service, or only check whether that is possible."""
    service = call.get("services", call.parameters["id"])
    changed = dict(service) if call.body.get("dryRun") else service
    tree.change(call.world, BY_COLLECTION["services"], changed, call.body)


@operation("getServiceHealth")
def report_health(call: Call) -> JsonObject:
    """Report the healthy service models of each environment: those without a failed instance."""
    service = call.get("services", call.parameters["id"])
    report: JsonObject = {}
    for environment in having(call.world, "environments", serviceId=service["id"]):
        models: dict[str, JsonObject] = {}
        for model, tier in tiers_of(call.world, environment["id"]):
            failed = any(having(call.world, "instances", _tierId=tier["id"], status="FAILED"))
            vunits = models.setdefault(model["id"], {"vunits": {}})["vunits"]
            for unit in having(call.world, "vunits", serviceModelId=model["id"]):
                vunits[unit["id"]] = "DOWN" if failed else "UP"
        report[environment["id"]] = {"models": models}
    states = {
        state
        for environment in report.values()
        for model in environment["models"].values()
        for state in model["vunits"].values()
    }
    overall = "DOWN" if "DOWN" in states else "UP"
    return {"id": service["id"], "health": overall, "report": report}


@operation("promoteServiceEnvironment")
def promote(call: Call) -> None:
    """Start the promotion of released versions to the environments that follow this one."""
    environment = call.get("environments", call.parameters["id"])
    tier, version = call.body.get("productTierId"), call.body.get("productTierVersion")
    if version is not None and tier is None:
        raise bad_request("productTierVersion: needs a productTierId")
    if tier is not None:
        call.get("tiers", tier)
        if version is not None:
            content_at(call.world, tier, version)
    promotions.begin(call.world, environment["id"])


@operation("getServiceEnvironmentPromoteStatus")
def promote_status(call: Call) -> list[JsonObject]:
    """Show for each environment that follows this one whether it has the released versions."""
    environment = call.get("environments", call.parameters["id"])
    return promotions.promotion_status(call.world, environment["id"])


@operation("describeDeploymentConfig")
def describe_deployment_config(call: Call) -> JsonObject:
    """Show a deployment configuration; ``default`` is that of the organisation."""
    return _shown(_deployment_config(call))


@operation("deleteDeploymentConfig")
def delete_deployment_config(call: Call) -> None:
    """Delete a deployment configuration that no environment uses."""
    config = _deployment_config(call)
    if config.get("_default"):
        raise conflict("the default deployment configuration cannot be deleted")
    tree.remove(call.world, "deployment-configs", config["id"])


def _deployment_config(call: Call) -> JsonObject:
    if call.parameters["id"] == "default":
        return next(call.all("deployment-configs", _default=True))
    return call.get("deployment-configs", call.parameters["id"])


def _shown(config: JsonObject) -> JsonObject:
    return {name: value for name, value in config.items() if name[:1] != "_"}
