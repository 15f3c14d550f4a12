"""Helm packages, identified by chart and version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.emulation.problems import not_found
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path


@operation("saveHelmPackage")
def save(call: Call) -> None:
    """Add a package, or replace the one with the same chart and version."""
    package = call.body["helmPackage"]
    path = _path(call, package["chartName"], package["chartVersion"])
    call.store.put(path, {**package, "_org": call.org_id})


@operation("listHelmPackages")
def list_all(call: Call) -> JsonObject:
    """List the packages of the organisation, or those of a chart."""
    chart = call.query.get("chartName")
    every = call.all("helm-packages")
    found = [public(package) for package in every if chart in {None, package["chartName"]}]
    return {"helmPackages": found}


@operation("describeHelmPackage")
def describe(call: Call) -> JsonObject:
    """Show a package."""
    return public(call.store.document(_named(call)))


@operation("deleteHelmPackage")
def delete(call: Call) -> None:
    """Delete a package."""
    call.store.remove(_named(call))


def _named(call: Call) -> Path:
    path = _path(call, call.parameters["chartName"], call.parameters["chartVersion"])
    if call.store.peek(path) is None:
        raise not_found(f"helm-package {path[-1].partition(' ')[2]}")
    return path


def _path(call: Call, chart: str, version: str) -> Path:
    return ("helm-packages", f"{call.org_id} {chart} {version}")
