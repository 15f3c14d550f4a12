"""Resources of product tiers: their images and dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import crud, tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.crud import released, version_asked_for
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.features import disable, enable
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.kinds import BY_COLLECTION
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having
from clickhouse_cloud_async.emulation.problems import bad_request, conflict, not_found

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_KIND = BY_COLLECTION["resources"]


@operation("createResource")
def create(call: Call) -> str:
    """Add a resource to a product tier."""
    dependencies = call.body.get("resourceDependencies", [])
    needed = [each["resourceId"] for each in dependencies]
    return crud.create(call, _KIND, isDeprecated=False, _dependencyIds=needed)


@operation("updateResource")
def update(call: Call) -> None:
    """Change a resource; its dependencies are replaced as a whole."""
    resource = _resource(call)
    dependencies = call.body.get("dependencies")
    if dependencies is not None:
        _check_dependencies(call, resource["id"], [each["resourceId"] for each in dependencies])
    tree.change(call.world, _KIND, resource, call.body)
    _note_dependencies(resource)


@operation("deprecateResource")
def deprecate(call: Call) -> None:
    """Deprecate a resource, which is removed with the next release."""
    _resource(call)["isDeprecated"] = True


@operation("undeprecateResource")
def undeprecate(call: Call) -> None:
    """Undo the deprecation of a resource."""
    _resource(call)["isDeprecated"] = False


@operation("listDependentResource")
def list_dependents(call: Call) -> JsonObject:
    """List the resources that depend on this one."""
    resource = _resource(call)
    every = having(call.world, "resources", productTierId=resource["productTierId"])
    found = [other["id"] for other in every if resource["id"] in other.get("_dependencyIds", ())]
    return {"id": resource["id"], "serviceId": resource["serviceId"], "ids": found}


@operation("addResourceDependency")
def add_dependency(call: Call) -> None:
    """Add a dependency on another resource of the product tier."""
    resource, other = _resource(call), call.parameters["resourceDependencyId"]
    if other in resource.get("_dependencyIds", ()):
        raise conflict(f"the resource depends on {other} already")
    _check_dependencies(call, resource["id"], [other])
    entry = {"resourceId": other, "parameterMap": call.body.get("parameterMap", {})}
    resource.setdefault("dependencies", []).append(entry)
    _note_dependencies(resource)


@operation("removeResourceDependency")
def remove_dependency(call: Call) -> None:
    """Remove a dependency on another resource."""
    resource, other = _resource(call), call.parameters["resourceDependencyId"]
    disable(resource.setdefault("dependencies", []), {"resourceId": other}, "resourceId")
    _note_dependencies(resource)


@operation("registerActionHook")
def add_hook(call: Call) -> None:
    """Add a hook: a command that runs at a stage of an instance's lifecycle."""
    hooks = _resource(call).setdefault("actionHooks", [])
    enable(hooks, dict(call.body), "type", "scope", is_new=True)


@operation("deregisterActionHook")
def remove_hook(call: Call) -> None:
    """Remove a hook."""
    disable(_resource(call).setdefault("actionHooks", []), call.body, "type", "scope")


@operation("listActionHooks")
def list_hooks(call: Call) -> JsonObject:
    """List the hooks in the lifecycle of an instance."""
    return {"hooks": _resource(call).get("actionHooks", [])}


@operation("enableResourceCapability")
def enable_capability(call: Call) -> None:
    """Enable a capability of a resource, or change its settings."""
    entry = {"configuration": {}, **call.body}
    enable(_resource(call).setdefault("capabilities", []), entry, "capability")


@operation("disableResourceCapability")
def disable_capability(call: Call) -> None:
    """Disable a capability of a resource."""
    disable(_resource(call).setdefault("capabilities", []), call.body, "capability")


@operation("listResourceCapabilities")
def list_capabilities(call: Call) -> JsonObject:
    """List the enabled capabilities of a resource, now or in a version of its product tier."""
    return {"capabilities": _read(call).get("capabilities", [])}


@operation("setEnvironmentVariables")
def set_variables(call: Call) -> None:
    """Set environment variables of a resource; others do not change."""
    variables = _resource(call).setdefault("environmentVariables", [])
    for variable in call.body.get("environmentVariables", []):
        enable(variables, variable, "key")


@operation("unsetEnvironmentVariables")
def unset_variables(call: Call) -> None:
    """Remove environment variables of a resource, by their keys."""
    variables = _resource(call).setdefault("environmentVariables", [])
    for variable in call.body.get("environmentVariables", []):
        disable(variables, variable, "key")


@operation("registerResourceMetricsConfig")
def set_metrics(call: Call) -> None:
    """Set the endpoint for metrics of a resource."""
    resource = _resource(call)
    if "_metricEndpoint" in resource:
        raise conflict("the resource has a metrics configuration already")
    resource["_metricEndpoint"] = call.body["metricEndpoint"]


@operation("deregisterResourceMetricsConfig")
def remove_metrics(call: Call) -> None:
    """Remove the endpoint for metrics of a resource."""
    if _resource(call).pop("_metricEndpoint", None) is None:
        raise not_found("the metrics configuration of the resource")


@operation("describeResourceMetricsConfig")
def describe_metrics(call: Call) -> JsonObject:
    """Show the endpoint for metrics of a resource."""
    resource = _read(call)
    if "_metricEndpoint" not in resource:
        raise not_found("the metrics configuration of the resource")
    place = {"id": resource["id"], "serviceId": resource["serviceId"]}
    return {**place, "metricEndpoint": resource["_metricEndpoint"]}


def _resource(call: Call) -> JsonObject:
    return call.get("resources", call.parameters["id"])


def _read(call: Call) -> JsonObject:
    """Return the current resource, or its state in the requested version."""
    version = version_asked_for(call)
    if version is None:
        return _resource(call)
    found = released(call, _KIND, *version).get(call.parameters["id"])
    if found is None:
        raise not_found(f"resource {call.parameters['id']} of version {version[1]}")
    return found


def _note_dependencies(resource: JsonObject) -> None:
    resource["_dependencyIds"] = [each["resourceId"] for each in resource.get("dependencies", ())]


def _check_dependencies(call: Call, key: str, wanted: list[str]) -> None:
    """Check that a new dependency of a resource exists, and does not create a cycle."""
    for other in wanted:
        waiting, seen = [other], set[str]()
        while waiting:
            found = waiting.pop()
            if found == key:
                raise bad_request(f"resource {other} and {key} would depend on each other")
            if found not in seen:
                seen.add(found)
                waiting += call.get("resources", found).get("_dependencyIds", ())
