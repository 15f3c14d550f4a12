"""Cloud accounts as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.ids import new_id
from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import REGISTRY
from clickhouse_cloud_async.apis.omnistrate.emulator.states import CLOUD_ACCOUNTS
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import peek
from clickhouse_cloud_async.emulation.problems import bad_request

from .clouds import CLOUDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

    from .clouds import Cloud

_NEEDED: Final = {
    "aws": ("awsAccountID",),
    "gcp": ("gcpProjectID", "gcpProjectNumber"),
    "azure": ("azureSubscriptionID", "azureTenantID"),
    "nebius": ("nebiusTenantID",),
    "oci": ("ociTenancyID", "ociDomainID"),
}
"""Required fields of an account of a cloud, deduced from their descriptions."""


ACCOUNT: Final = "r-injectedaccountconfig"
"""Prefixes of the IDs of resources whose instances are customers' cloud accounts."""


def add(world: World, org: str, fields: Mapping[str, Any], *, state: str = "PENDING") -> JsonObject:
    """Add a cloud account.

    Args:
        world: The emulator's documents and time.
        org: ID of the organisation that owns it.
        fields: Its known fields; its cloud is in ``cloudProviderId``.
        state: The initial state.

    Raises:
        Problem: 400 for a cloud that does not exist, or a missing field.
    """
    cloud = next((c for c in CLOUDS.values() if c.id == fields["cloudProviderId"]), None)
    if cloud is None:
        raise bad_request(f"cloudProviderId: there is no cloud {fields['cloudProviderId']}")
    for name in _NEEDED[cloud.name]:
        if not fields.get(name):
            raise bad_request(f"{name} is required for accounts of {cloud.name}")
    known = {**fields, **_instructions(cloud, fields), "_cloud": cloud.name, "status": state}
    if "byoaInstanceID" in fields:
        known["byoaInstanceIDs"] = [fields["byoaInstanceID"]]
    if "nebiusBindings" in fields:
        known["nebiusBindings"] = bindings(fields["nebiusBindings"])
    account = tree.add(world, "account-configs", org, known)
    CLOUD_ACCOUNTS.enter(Place(world), ("account-configs", account["id"]), state)
    return account


def bindings(given: list[JsonObject]) -> list[JsonObject]:
    """Return the bindings of a Nebius account, without their private keys."""
    return [
        {
            **{name: value for name, value in each.items() if name != "privateKeyPEM"},
            "publicKeyIDMatches": True,
            "serviceAccountKeyValidated": True,
            "region": CLOUDS["nebius"].regions[0],
        }
        for each in given
    ]


@REGISTRY.on_create("tiers")
def _inject(place: Place, path: Path) -> None:
    """Add the resource for customers' accounts to a product tier that uses such accounts."""
    world = place.world
    tier = world.store.document(path)
    if peek(world, "models", tier["serviceModelId"])["modelType"] == "BYOA":
        fields = {
            "id": new_id(world, ACCOUNT),
            "key": "cloud-provider-account",
            "name": "Cloud Provider Account",
            "description": "The account of a customer",
            "serviceId": tier["serviceId"],
            "productTierId": tier["id"],
            "isDeprecated": False,
            "_managed": True,
        }
        tree.add(world, "resources", tier["_org"], fields)


@REGISTRY.on_state("instance")
def _bring(place: Place, path: Path, state: str) -> None:
    """Add the account of an instance when it is connected for the first time."""
    world = place.world
    instance = world.store.document(path)
    is_account = instance["resourceID"].startswith(ACCOUNT)
    if state == "READY" and is_account and "_accountId" not in instance:
        cloud = CLOUDS[instance["cloud_provider"]]
        fields = dict.fromkeys(_NEEDED[cloud.name], instance["id"])
        fields |= {"cloudProviderId": cloud.id, "byoaInstanceID": instance["id"]}
        names = {"name": "Account of a customer", "description": instance["id"]}
        org = peek(world, "services", instance["_serviceId"])["_org"]
        instance["_accountId"] = add(world, org, {**names, **fields}, state="READY")["id"]


def _instructions(cloud: Cloud, fields: Mapping[str, Any]) -> JsonObject:
    """Return the command that a person has to run in the cloud; its addresses are invented."""
    place = "https://templates.example.com"
    if cloud.name == "aws":
        account = fields["awsAccountID"]
        return {
            "awsBootstrapRoleARN": fields.get("awsBootstrapRoleARN")
            or f"arn:aws:iam::{account}:role/bootstrap",
            "awsCloudFormationTemplateURL": f"{place}/account.yaml",
            "awsCloudFormationNoLBTemplateURL": f"{place}/account-no-lb.yaml",
        }
    if cloud.name == "gcp":
        project = fields["gcpProjectID"]
        email = f"bootstrap@{project}.iam.gserviceaccount.com"
        return {
            "gcpServiceAccountEmail": fields.get("gcpServiceAccountEmail") or email,
            "gcpBootstrapShellCommand": f"curl {place}/gcp.sh | bash",
            "gcpDisconnectShellCommand": f"curl {place}/gcp-disconnect.sh | bash",
        }
    if cloud.name == "azure":
        return {"azureBootstrapShellCommand": f"curl {place}/azure.sh | bash"}
    if cloud.name == "oci":
        return {"ociBootstrapShellCommand": f"curl {place}/oci.sh | bash"}
    return {"nebiusBindings": []}
