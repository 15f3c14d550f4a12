"""The operations that create, show, change, delete and list things in the usual way."""

from __future__ import annotations

from typing import Final

from clickhouse_cloud_async.apis.omnistrate.emulator.tree.crud import register

_EVERYTHING: Final = ("create", "describe", "update", "delete")

_STEMS: Final = {
    "environments": "ServiceEnvironment",
    "service-apis": "ServiceAPI",
    "models": "ServiceModel",
    "output-parameters": "OutputParameter",
    "infra-configs": "InfraConfig",
    "image-configs": "ImageConfig",
    "compute-configs": "ComputeConfig",
    "storage-configs": "StorageConfig",
    "volume-configs": "StorageVolumeConfig",
    "network-configs": "NetworkConfig",
    "image-registries": "ImageRegistry",
    "identity-providers": "IdentityProvider",
}
"""Kinds of which all is usual, with how their operations call them."""

_LISTS: Final = {"image-configs": "listImageConfigs", "identity-providers": "listIdentityProviders"}
"""Lists that are named in the plural."""

for _collection, _stem in _STEMS.items():
    _names = {verb: f"{verb}{_stem}" for verb in _EVERYTHING}
    register(_collection, **_names, list=_LISTS.get(_collection, f"list{_stem}"))

register(
    "services",
    create="createService",
    describe="describeService",
    delete="deleteService",
    list="listService",
)
register(
    "tiers",
    create="createProductTier",
    update="updateProductTier",
    delete="deleteProductTier",
    list="listProductTier",
)
register("resources", describe="describeResource", delete="deleteResource", list="listResources")
register(
    "deployment-configs",
    create="createDeploymentConfig",
    update="updateDeploymentConfig",
    list="listDeploymentConfigs",
)
register(
    "input-parameters",
    describe="describeInputParameter",
    delete="deleteInputParameter",
    list="listInputParameter",
)
register("custom-domains", describe="describeCustomDomain", list="listCustomDomain")
register("account-configs", describe="describeAccountConfig")
