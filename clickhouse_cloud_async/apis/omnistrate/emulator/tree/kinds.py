"""The table of this API's kinds of resources: their paths and references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject


@attrs.frozen(eq=False)
class Kind:
    """A kind of resources.

    Args:
        collection: Name of their collection in the store, which error messages also use.
        prefix: Prefix of their IDs.
        stem: Their name in the API's operations, as in ``createProductTier``.
        segments: Segments of paths that precede an ID of the kind.
        belongs: Fields with a resource's parents, each with their collection: the resource is
            deleted with them.
        uses: Fields with a resource's dependencies, each with their collection: these cannot be
            deleted. A field may contain one ID or a list of them.
        within: Field whose value a resource shares with its siblings.
        unique: Fields whose values must be unique among siblings (deduced).
        keyed: Whether resources have a key that is derived from their name.
        renamed: Fields of requests that have another name in responses.
        listed: Fields of a list's response: that of the IDs, and that of the whole resources,
            empty if there is none.
        shown: Schema of a resource in responses; ``DescribeSTEMResult`` if empty.
        defaults: Defaults of optional fields for which the contract has none.
    """

    collection: str
    prefix: str
    stem: str
    segments: tuple[str, ...] = ()
    belongs: Mapping[str, str] = attrs.Factory(dict[str, str])
    uses: Mapping[str, str] = attrs.Factory(dict[str, str])
    within: str = ""
    unique: tuple[str, ...] = ()
    keyed: bool = False
    renamed: Mapping[str, str] = attrs.Factory(dict[str, str])
    listed: tuple[str, str] = ("ids", "")
    shown: str = ""
    defaults: Mapping[str, Any] = attrs.Factory(dict[str, Any])

    @property
    def schema(self) -> str:
        """Name of the schema of a resource in responses."""
        return self.shown or f"Describe{self.stem}Result"


_SERVICE: Final = {"serviceId": "services"}
_ENVIRONMENT: Final = {"serviceEnvironmentId": "environments"}

KINDS: Final = (
    Kind(
        "services",
        "s-",
        "Service",
        ("service", "service-offering"),
        within="_org",
        unique=("name", "key"),
        keyed=True,
        listed=("ids", "services"),
    ),
    Kind(
        "environments",
        "se-",
        "ServiceEnvironment",
        ("environment", "serviceenvironment"),
        belongs=_SERVICE,
        uses={"deploymentConfigId": "deployment-configs", "sourceEnvironmentId": "environments"},
        within="serviceId",
        unique=("key",),
        keyed=True,
        defaults={"type": "DEV", "visibility": "PRIVATE"},
    ),
    Kind(
        "service-apis",
        "sa-",
        "ServiceAPI",
        ("service-api", "serviceapi"),
        belongs=_ENVIRONMENT,
        defaults={"apiVersion": "v1"},
    ),
    Kind(
        "models",
        "sm-",
        "ServiceModel",
        ("model",),
        belongs={"serviceApiId": "service-apis"},
        uses={"accountConfigIds": "account-configs"},
        within="serviceApiId",
        unique=("key",),
        keyed=True,
    ),
    Kind(
        "tiers",
        "pt-",
        "ProductTier",
        ("product-tier", "producttier", "productTier"),
        belongs={"serviceModelId": "models"},
        within="serviceModelId",
        unique=("key",),
        keyed=True,
        defaults={"pricing": []},
    ),
    Kind(
        "versions",
        "",
        "TierVersionSet",
        ("version-set",),
        belongs={"productTierId": "tiers"},
        shown="TierVersionSet",
    ),
    Kind(
        "resources",
        "r-",
        "Resource",
        ("resource", "resource-dependency"),
        belongs={"productTierId": "tiers"},
        uses={
            "imageConfigId": "image-configs",
            "infraConfigId": "infra-configs",
            "_dependencyIds": "resources",
        },
        within="productTierId",
        unique=("key",),
        keyed=True,
        renamed={"resourceDependencies": "dependencies"},
        listed=("ids", "resources"),
        defaults={"resourceType": "Generic"},
    ),
    Kind(
        "input-parameters",
        "ip-",
        "InputParameter",
        ("input-parameter",),
        belongs={"resourceId": "resources"},
        uses={"dependentResourceId": "resources"},
        within="resourceId",
        unique=("key",),
        listed=("ids", "inputParameters"),
    ),
    Kind(
        "output-parameters",
        "op-",
        "OutputParameter",
        ("output-parameter",),
        belongs={"resourceId": "resources"},
        within="resourceId",
        unique=("key",),
        listed=("ids", "outputParameters"),
    ),
    Kind(
        "files",
        "f-",
        "File",
        ("file",),
        belongs={"resourceId": "resources", **_SERVICE},
        listed=("", "files"),
        shown="FileMetadata",
    ),
    Kind(
        "infra-configs",
        "ic-",
        "InfraConfig",
        ("infra-config",),
        belongs=_ENVIRONMENT,
        uses={
            "computeConfigId": "compute-configs",
            "networkConfigId": "network-configs",
            "storageConfigId": "storage-configs",
        },
    ),
    Kind(
        "image-configs",
        "imgc-",
        "ImageConfig",
        ("image-config",),
        belongs=_ENVIRONMENT,
        uses={"imageRegistryId": "image-registries"},
    ),
    Kind(
        "compute-configs",
        "cc-",
        "ComputeConfig",
        ("compute-config",),
        belongs=_SERVICE,
        defaults={"replicaCount": "1"},
    ),
    Kind(
        "storage-configs",
        "sc-",
        "StorageConfig",
        ("storage-config",),
        belongs=_SERVICE,
        uses={"_volumeIds": "volume-configs"},
    ),
    Kind(
        "volume-configs",
        "svc-",
        "StorageVolumeConfig",
        ("storage-volume-config", "volume"),
        belongs=_SERVICE,
        uses={"storageResourceID": "resources"},
    ),
    Kind(
        "network-configs",
        "nc-",
        "NetworkConfig",
        ("network-config",),
        belongs=_SERVICE,
        defaults={"zoneConfiguration": "SINGLE_ZONE_OMNISTRATE_RECOMMENDED"},
    ),
    Kind("vunits", "vu-", "VUnit", ("vunit",), belongs={"serviceModelId": "models", **_SERVICE}),
    Kind("networks", "n-", "Network", ("network",), belongs={"vunitId": "vunits", **_SERVICE}),
    Kind(
        "deployment-configs",
        "dc-",
        "DeploymentConfig",
        ("deployment-config",),
        defaults={
            "infraRollConfiguration": {
                "infraRolloutStrategy": "APPLY_IMMEDIATELY",
                "maximumNumberOfResourceInstancesPerBatch": 1,
                "maximumUnavailableReplicas": 1,
            }
        },
    ),
    Kind("image-registries", "ir-", "ImageRegistry", ("image-registry",)),
    Kind(
        "account-configs",
        "ac-",
        "AccountConfig",
        ("accountconfig", "account-config"),
        listed=("ids", "accountConfigs"),
    ),
    Kind(
        "custom-domains",
        "cd-",
        "CustomDomain",
        ("customdomain",),
        listed=("ids", "CustomDomains"),
    ),
    Kind(
        "identity-providers",
        "idp-",
        "IdentityProvider",
        ("identity-provider",),
        listed=("", "identityProviders"),
        defaults={"status": "READY"},
    ),
    Kind("custom-networks", "n-", "CustomNetwork", ("custom-network",), shown="CustomNetwork"),
    Kind(
        "subscriptions",
        "sub-",
        "Subscription",
        ("subscription",),
        belongs=_SERVICE,
        uses={"productTierId": "tiers"},
        listed=("ids", "subscriptions"),
    ),
    Kind(
        "subscription-requests",
        "subr-",
        "SubscriptionRequest",
        ("request",),
        belongs={**_SERVICE, "productTierId": "tiers"},
        listed=("ids", "subscriptionRequests"),
    ),
    Kind(
        "instances",
        "instance-",
        "ResourceInstance",
        ("resource-instance", "{resourceKey}"),
        uses={
            "resourceID": "resources",
            "subscriptionId": "subscriptions",
            "_networkId": "custom-networks",
        },
    ),
    Kind("orchestrations", "so-", "ServicesOrchestration", ("services-orchestration",)),
    Kind("users", "user-", "User", ("users", "user")),
    Kind("events", "event-", "AuditEvent", ("audit-events", "event")),
    Kind("invoices", "in-", "Invoice", ("invoice",), shown="Invoice"),
)
"""Every kind of resources with IDs."""

BY_COLLECTION: Final = {kind.collection: kind for kind in KINDS}
BY_SEGMENT: Final = {segment: kind for kind in KINDS for segment in kind.segments}


def ids_in(value: object) -> Iterator[str]:
    """Yield the IDs in a field: one, a list of them, or none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def references(document: JsonObject, fields: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield collection and ID of each reference in some fields of a document."""
    for field, collection in fields.items():
        yield from ((collection, found) for found in ids_in(document.get(field)) if found)
