"""The kinds with generic operations: create, show, change, delete and list."""

from __future__ import annotations

from clickhouse_cloud_async.apis.omnistrate.emulator.tree.crud import register

for _collection in (
    *("environments", "service-apis", "models", "output-parameters"),
    *("infra-configs", "compute-configs", "storage-configs", "volume-configs", "network-configs"),
    "image-registries",
):
    register(_collection)

register("image-configs", list="listImageConfigs")
register("identity-providers", list="listIdentityProviders")
register("services", "create", "describe", "delete", "list")
register("tiers", "create", "update", "delete", "list")
register("resources", "describe", "delete", "list", list="listResources")
register("input-parameters", "describe", "delete", "list")
register("deployment-configs", "create", "update", "list", list="listDeploymentConfigs")
register("custom-domains", "describe", "list")
register("account-configs", "describe")
