"""Services built from files, compose files for images, and the kit for customers' clouds."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.instances.addresses import resolve_model
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.releases import builds
from clickhouse_cloud_async.apis.omnistrate.emulator.releases.plans import read_compose, read_plan
from clickhouse_cloud_async.apis.omnistrate.emulator.spec import read_yaml
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import first
from clickhouse_cloud_async.emulation.messages import Reply
from clickhouse_cloud_async.emulation.problems import conflict

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.apis.omnistrate.emulator.releases.plans import Plan
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("buildServiceFromComposeSpec")
def build_from_compose(call: Call) -> JsonObject:
    """Build a service from a compose file."""
    return _build(call, read_compose(read_yaml("fileContent", call.body["fileContent"])))


@operation("buildServiceFromServicePlanSpec")
def build_from_plan(call: Call) -> JsonObject:
    """Build a service from a plan specification."""
    return _build(call, read_plan(read_yaml("fileContent", call.body["fileContent"])))


@operation("createServiceFromComposeSpec")
def create_from_compose(call: Call) -> str:
    """Add a service from a compose file; its name must be new."""
    plan = read_compose(read_yaml("fileContent", call.body["fileContent"]))
    if first(call.world, "services", _org=call.org_id, name=call.body["name"]) is not None:
        raise conflict(f"services: the name {call.body['name']!r} is taken")
    key: str = _made(call, plan).service["id"]
    return key


@operation("checkIfContainerImageAccessible")
def check_image(_call: Call) -> JsonObject:
    """Show whether an image can be pulled; without access to a registry, every image can."""
    return {"imageAccessible": True}


@operation("generateComposeSpecFromContainerImage")
def generate_compose(call: Call) -> JsonObject:
    """Generate a compose file for an image, as base64."""
    image = call.body["image"]
    name = image.rpartition("/")[2].partition(":")[0]
    variables = call.body.get("environmentVariables", [])
    service = {
        "image": f"{call.body['imageRegistry']}/{image}",
        "environment": {each["key"]: each["value"] for each in variables},
    }
    document = {"services": {name: service}}
    text = json.dumps(document, indent=2)  # which is YAML, too
    return {"fileContent": base64.b64encode(text.encode()).decode()}


@operation("getResourceInstanceProvisionerSetupKit")
def setup_kit(call: Call) -> Reply:
    """Return the archive with which customers prepare a cloud account."""
    *_, model = resolve_model(call.world, call.parameters)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as kit:
        entry = zipfile.ZipInfo("main.tf", date_time=(2026, 1, 1, 0, 0, 0))
        kit.writestr(entry, f"# Terraform of the service model {model['id']}\n")
    headers = {"Content-Type": "application/zip"}
    return Reply(archive.getvalue(), headers=headers)


def _build(call: Call, plan: Plan) -> JsonObject:
    if call.body.get("dryrun"):
        name, environment = call.body["name"], _environment(call)
        known = builds.find(call.world, call.org_id, name, environment, plan)
        return {**known, "undefinedResources": {}, "isNewServicePlanVersionCreated": False}
    built = _made(call, plan)
    is_new = builds.release(call.world, built, call.body, call.user["name"])
    return {
        "serviceID": built.service["id"],
        "serviceEnvironmentID": built.environment["id"],
        "productTierID": built.tier["id"],
        "undefinedResources": dict(built.undefined),
        "isNewServicePlanVersionCreated": is_new,
    }


def _made(call: Call, plan: Plan) -> builds.Built:
    return builds.build(
        call.world,
        call.org_id,
        plan,
        name=call.body["name"],
        description=call.body.get("description", ""),
        logo=call.body.get("serviceLogoURL"),
        environment=_environment(call),
        environment_type=call.body.get("environmentType", "DEV"),
    )


def _environment(call: Call) -> str:
    """Return the name of the environment to build: a development environment by default."""
    name: str = call.body.get("environment", "Development")
    return name
